"""Requests, errors, waits and tokens."""
