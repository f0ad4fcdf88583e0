"""Streams: one module per family."""
