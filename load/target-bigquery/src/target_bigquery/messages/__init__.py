"""Reads and decodes lines from the tap, and finds bookmarks in a STATE."""
