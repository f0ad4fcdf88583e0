"""Decides when records are loaded and when their STATE is printed."""
