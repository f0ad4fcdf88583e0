"""Keeps secrets out of every line that the tap writes.

There is one place where lines leave the process: the handlers of the root logger.
`install` makes each of them redact what it has formatted, so a message, an argument
and a traceback are all covered.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "***"

LONG = 6
"""Shorter secrets are hidden only where they stand as a whole word."""

PATTERNS = (
    # What a server echoes of a request: the scheme stays, the credential goes.
    (
        re.compile(
            r"(?i)(authorization\W{1,6})((?:bearer|basic|token)\s+)?([^\s\"',;}]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # user:password in an address.
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{HIDDEN}@"),
    # GitHub's tokens, and JWTs (docs.github.com, "GitHub's token formats").
    (re.compile(r"\b(?:gh[pousr]|github_pat)_\w{10,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
)
"""What looks like a secret, though nobody has remembered it."""

_secrets: set[str] = set()


def remember(*values: object) -> None:
    """Hide some values from now on, wherever they occur.

    Args:
        values: Strings, or lists and objects that hold strings. Each line of a text
            of several lines (a private key) is a secret of its own.
    """
    for value in values:
        for text in _strings(value):
            lines = text.replace("\\n", "\n").splitlines()
            _secrets.update(
                line.strip() for line in [text, *lines] if not _is_frame(line)
            )


def remember_address(address: object) -> None:
    """Hide user and password of an address from now on."""
    try:
        parts = urlsplit(str(address))
        userinfo = parts.netloc.rpartition("@")[0]
    except ValueError:  # not an address
        return
    for each in (userinfo, parts.password or ""):
        remember(each, unquote(each))


def redact(text: str) -> str:
    """Return a text without secrets."""
    # The longest first: one token may be the beginning of another.
    for secret in sorted(_secrets, key=len, reverse=True):
        if len(secret) >= LONG:
            text = text.replace(secret, HIDDEN)
        else:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    for pattern, hidden in PATTERNS:
        text = pattern.sub(hidden, text)
    return text


def install() -> None:
    """Redact every line that the root logger's handlers write from now on."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, _Redacting):
            handler.setFormatter(_Redacting(handler.formatter or logging.Formatter()))


class _Redacting(logging.Formatter):
    """Formats as another formatter does, without the secrets."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._formatter.format(record))


def _strings(value: object) -> Iterator[str]:
    """Yield every string in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


def _is_frame(line: str) -> bool:
    """Whether a line hides nothing: empty, or the BEGIN or END of a key."""
    line = line.strip()
    return not line or (line.startswith("-----") and "\n" not in line)
