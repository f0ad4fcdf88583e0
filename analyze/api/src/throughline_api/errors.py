"""What a client did wrong."""

from __future__ import annotations


class NotFoundError(Exception):
    """There is no such thing; the text is one line for the client."""


class ParameterError(Exception):
    """A parameter is not valid; the text is one line for the client."""
