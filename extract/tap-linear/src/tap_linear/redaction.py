"""Removes secrets from every line that the process writes to its log.

A secret is hidden in two ways: the values that the settings hold are known
(`remember`), and what looks like a credential is hidden wherever it comes from, such
as an Authorization header that a server's message repeats.

Two places use this: a formatter around each log handler (`install`), and the final
error line of the command.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from urllib.parse import quote, unquote

HIDDEN = "***"
SHORTEST = 4  # characters; hiding a shorter value would make every line unreadable

_secrets: set[str] = set()

# Each pattern keeps what its first group matches.
PATTERNS = (
    # user:password@ in an address
    re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE),
    # an Authorization header, as a header or as JSON, with or without its scheme
    re.compile(
        r"(\bauthorization\b[\"']?\s*[:=]\s*(?:b?[\"'])?)"
        r"(?:(?:bearer|basic|token)\s+)?[^\s\"',;)}\]]+",
        re.IGNORECASE,
    ),
    re.compile(r"(\bbearer\s+)[\w.~+/-]{8,}=*", re.IGNORECASE),
    # Base64 is told from a word by a digit or by its padding.
    re.compile(r"(\bbasic\s+)(?=\S*[\d=])[\w+/-]{6,}=*", re.IGNORECASE),
    # Linear's own keys and tokens
    re.compile(r"(\blin_[a-z]+_)\w{8,}", re.IGNORECASE),
    # parameters of OAuth, in a query string or as JSON
    re.compile(
        r"(\b(?:access_token|refresh_token|client_secret|api_key|password)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&)}\]]{4,}",
        re.IGNORECASE,
    ),
)


def remember(*secrets: object) -> None:
    """Hide these values from now on, in every form in which they may appear.

    Args:
        secrets: Values of settings; what is not text, or shorter than SHORTEST, is
            passed over.
    """
    for secret in secrets:
        if isinstance(secret, str):
            for form in _forms(secret.strip()):
                if len(form) >= SHORTEST:
                    _secrets.add(form)


def remember_address(address: object) -> None:
    """Hide the user name and the password of an address such as `https://a:b@host`.

    Args:
        address: Value of a setting; may be anything.
    """
    if not isinstance(address, str):
        return
    authority = re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]
    user_info, at, _ = authority.rpartition("@")
    if at:
        user, _, password = user_info.partition(":")
        encoded = f"{unquote(user)}:{unquote(password)}".encode()
        remember(user_info, password or user, base64.b64encode(encoded).decode())


def _forms(secret: str) -> set[str]:
    plain = {secret, *secret.split(), unquote(secret)}
    return {
        form
        for one in plain
        for form in (one, quote(one, safe=""), json.dumps(one)[1:-1], repr(one)[1:-1])
    }


def redact(text: str) -> str:
    """Return a text without secrets.

    Args:
        text: A line, or several.

    Returns:
        The text with HIDDEN in place of each secret.
    """
    # Longest first: a secret may hold another.
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern in PATTERNS:
        keep_at = "@" if pattern is PATTERNS[0] else ""
        text = pattern.sub(rf"\g<1>{HIDDEN}{keep_at}", text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record as another formatter does, and removes secrets.

    That covers the message, its arguments and a traceback.

    Args:
        inner: The formatter to ask; None for the standard one.
    """

    def __init__(self, inner: logging.Formatter | None) -> None:
        """Wrap a formatter."""
        super().__init__()
        self.inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return redact(self.inner.format(record))


def install() -> None:
    """Put a RedactingFormatter on every log handler of the process; harmless twice."""
    loggers = [
        logging.getLogger(),
        *map(logging.getLogger, logging.root.manager.loggerDict),
    ]
    for logger in loggers:
        for handler in logger.handlers:
            if not isinstance(handler.formatter, RedactingFormatter):
                handler.setFormatter(RedactingFormatter(handler.formatter))
