"""Columns of every stream: name, type, meaning.

Only the key is required. A list is never null.
"""
