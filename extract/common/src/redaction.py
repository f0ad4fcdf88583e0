"""Removes secrets from every line that the process writes to its log.

A secret is hidden in two ways. The values of the secret settings are known
(`remember`). Text that looks like a credential is hidden wherever it comes from, such
as an Authorization header in a server's message.

Two places use this: a formatter around each log handler (`install`), and the error
lines at the end of the run.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "***"
LONG = 6
"""Characters from which a secret is hidden inside of words too.

A shorter one is hidden only as a whole word, or it would make lines unreadable.
"""

_secrets: set[str] = set()

PATTERNS = (
    # user:password@ in an address
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@"), rf"\1{HIDDEN}@"),
    # an Authorization header, as a header or as JSON, with or without its scheme
    (
        re.compile(
            r"(?i)(\bauthorization\b[\"']?\s*[:=]\s*(?:b?[\"'])?"
            r"(?:(?:bearer|basic|token)\s+)?)[^\s\"',;)}\]]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/-]{8,}=*"), rf"\1{HIDDEN}"),
    # A digit or padding distinguishes base64 from a word.
    (re.compile(r"(?i)(\bbasic\s+)(?=\S*[\d=])[\w+/-]{6,}=*"), rf"\1{HIDDEN}"),
    # Linear's API keys and OAuth tokens
    (re.compile(r"(?i)(\blin_[a-z]+_)\w{8,}"), rf"\1{HIDDEN}"),
    # GitHub's tokens (docs.github.com, "GitHub's token formats"), and JSON web tokens
    (re.compile(r"\b(?:gh[pousr]|github_pat)_\w{10,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    # parameters of OAuth, in a query string or as JSON
    (
        re.compile(
            r"(?i)(\b(?:access_token|refresh_token|client_secret|api_key|password)"
            r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&)}\]]{4,}"
        ),
        rf"\1{HIDDEN}",
    ),
)
"""What looks like a secret although `remember` does not know it."""


def remember(*secrets: object) -> None:
    """Hide these values from now on, in every form in which they may appear.

    Args:
        secrets: Values of settings: text, or lists and objects that contain text. Each
            line of a text of several lines (a private key) is also a secret.
    """
    for secret in secrets:
        for text in _texts(secret):
            lines = text.replace("\\n", "\n").splitlines()
            for line in (text, *lines):
                if not _is_public(line):
                    _secrets.update(_forms(line.strip()))


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


def redact(text: str) -> str:
    """Return a text without secrets.

    Args:
        text: One line, or several.

    Returns:
        The text with HIDDEN in place of each secret.
    """
    # Longest first: a secret may contain another.
    for secret in sorted(_secrets, key=len, reverse=True):
        if len(secret) >= LONG:
            text = text.replace(secret, HIDDEN)
        elif secret in text:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    for pattern, hidden in PATTERNS:
        text = pattern.sub(hidden, text)
    return text


def one_line(text: object, most: int) -> str:
    """Return a text of a server in one line, without secrets, and then shortened.

    A secret that is cut in the middle would no longer be recognized.

    Args:
        text: The text.
        most: Characters at most.
    """
    return redact(" ".join(str(text).split()))[:most]


class RedactingFormatter(logging.Formatter):
    """Formats a record as another formatter does, and removes secrets.

    That covers the message, its arguments and a traceback.

    Args:
        inner: The other formatter; None for the standard one.
    """

    def __init__(self, inner: logging.Formatter | None) -> None:
        """Wrap a formatter."""
        super().__init__()
        self.inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text without secrets."""
        return redact(self.inner.format(record))


def install() -> None:
    """Put a RedactingFormatter on every log handler of the process, once on each."""
    loggers = [
        logging.getLogger(),
        *map(logging.getLogger, logging.root.manager.loggerDict),
    ]
    for logger in loggers:
        for handler in logger.handlers:
            if not isinstance(handler.formatter, RedactingFormatter):
                handler.setFormatter(RedactingFormatter(handler.formatter))


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _is_public(line: str) -> bool:
    """Return whether a line needs no hiding: it is empty, or frames a PEM key."""
    line = line.strip()
    return not line or (line.startswith("-----") and "\n" not in line)


def _forms(secret: str) -> set[str]:
    """Return a secret as messages may show it: decoded, quoted, escaped, in parts.

    In base64 it may have the alphabet for addresses, and no padding.
    """
    plain = {secret, unquote(secret)}
    if "\n" not in secret:
        plain |= set(secret.split())
    return {
        form
        for text in plain
        for form in (
            text,
            quote(text, safe=""),
            json.dumps(text)[1:-1],
            repr(text)[1:-1],
            base64.b64encode(text.encode()).decode().rstrip("="),
            base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        )
        if form
    }
