"""A view is a pair of files: a query over marts, and what to draw from its rows."""

from __future__ import annotations


class ViewError(Exception):
    """A view's files are wrong; the text is one line for the user."""
