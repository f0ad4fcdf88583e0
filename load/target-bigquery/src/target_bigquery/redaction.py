"""Keeps secrets out of everything that the process writes.

`protect_output` puts a filter in front of standard output and standard error, so that
log lines, tracebacks, warnings of libraries and the final error line pass through it.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import urllib.parse
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HIDDEN = "***"
SHORTEST = 4
"""Characters of the shortest text that is replaced wherever it occurs. Replacing a
shorter one would make lines unreadable; in an address, PATTERNS covers it."""
SHORTEST_LINE = 16
"""Characters from which one line of a private key is a secret by itself."""

# Text that looks like a secret but is not in the settings: what a server echoes, and
# tokens that Google issued during the run.
PATTERNS = (
    # user:password@ of an address
    (re.compile(r"(?<=://)[^\s/@\"'<>]+(?=@)"), HIDDEN),
    (
        re.compile(
            r"""(?ix)
            ( authorization (?:\\?["'])? \s* [:=] \s* (?: b?\\?["'] )? )
            (?: (?:bearer|basic|token|negotiate) \s+ )?
            [^\s"'\\,;}\]]+
            """
        ),
        rf"\g<1>{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}"), rf"\g<1> {HIDDEN}"),
    # https://cloud.google.com/docs/authentication/token-types#access
    (re.compile(r"\bya29\.[\w.-]+"), HIDDEN),
    # JSON web token
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), HIDDEN),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?"
            r"(-----END [A-Z ]*PRIVATE KEY-----|$)",
            re.DOTALL,
        ),
        HIDDEN,
    ),
)
SECRET_KEYS = frozenset(
    {"private_key", "private_key_id", "client_secret", "refresh_token", "token"}
)
"""The secret entries of Google's JSON keys."""


class Redactor:
    """Knows this process's secrets and replaces them in a text."""

    def __init__(self) -> None:
        """Begin without secrets."""
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self._sources: list[Callable[[], str | None]] = []

    def add(self, *secrets: str | None) -> None:
        """Keep secrets out of every text from now on.

        Args:
            secrets: The secrets; None and empty texts are ignored.
        """
        found = {form for secret in secrets if secret for form in _forms(secret)}
        if not found <= self._secrets:
            self._secrets |= found
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def add_source(self, source: Callable[[], str | None]) -> None:
        """Read a secret that changes, such as an access token, before each use.

        Args:
            source: Returns the secret as it is now, None if there is none.
        """
        self._sources.append(source)

    def add_config(
        self, config: dict[str, Any], secret_settings: Iterable[str]
    ) -> None:
        """Keep a configuration's secrets out of every text.

        Args:
            config: The settings as the user gave them, valid or not.
            secret_settings: The names of the settings that are secrets as a whole.
        """
        for name in secret_settings:
            self.add(*_texts(config.get(name)))
        for text in _texts(config):
            self.add(*userinfo_of(text))

    def add_key(self, key: Any) -> None:  # noqa: ANN401 - any JSON value
        """Keep what is secret in one of Google's JSON keys out of every text.

        Args:
            key: The parsed key.
        """
        if isinstance(key, dict):
            self.add(*(str(key[name]) for name in SECRET_KEYS & key.keys()))

    def known(self, text: str) -> str:
        """Return a text without the known secrets.

        Args:
            text: Any text.
        """
        self.add(*(source() for source in self._sources))
        return self._known.sub(HIDDEN, text) if self._known else text

    def redact(self, text: str) -> str:
        """Return a text without known secrets and without what looks like one.

        Args:
            text: Any text.
        """
        text = self.known(text)
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield every text in a JSON value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def userinfo_of(address: str) -> list[str]:
    """Return the secrets of an address: its password and every form of it.

    Args:
        address: Any text; only `scheme://user:password@host` holds a secret.
    """
    try:
        parts = urllib.parse.urlsplit(address)
        password = parts.password
    except ValueError:
        return []
    if not parts.scheme or not password:
        return []
    user = urllib.parse.unquote(parts.username or "")
    plain = urllib.parse.unquote(password)
    return [
        password,
        plain,
        f"{user}:{plain}",
        # As the requests library sends it.
        base64.b64encode(f"{user}:{plain}".encode()).decode(),
    ]


def _forms(secret: str) -> Iterator[str]:
    """Yield the forms of a secret in messages: whole, escaped, encoded, by line."""
    lines = secret.splitlines()
    whole = {secret, secret.strip(), " ".join(secret.split()), *lines}
    for text in whole:
        if len(text) < (SHORTEST if len(lines) == 1 else SHORTEST_LINE):
            continue
        yield text
        yield json.dumps(text)[1:-1]
        yield repr(text)[1:-1]
        yield urllib.parse.quote(text, safe="")
        # Base64 may use the alphabet for addresses, without padding.
        yield base64.b64encode(text.encode()).decode().rstrip("=")
        yield base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class RedactingStream:
    """A text stream that replaces secrets in everything written to it."""

    def __init__(self, stream: IO[str], redact: Callable[[str], str]) -> None:
        """Wrap a stream.

        Args:
            stream: Where the text goes.
            redact: Returns a text without secrets.
        """
        self._stream, self._redact = stream, redact

    def write(self, text: str) -> int:
        """Write a text without its secrets.

        Args:
            text: Any text.

        Returns:
            The number of characters of `text`.
        """
        self._stream.write(self._redact(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts without their secrets.

        Args:
            lines: Any texts.
        """
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """Return an attribute of the wrapped stream.

        Args:
            name: An attribute of the stream.
        """
        return getattr(self._stream, name)


REDACTOR = Redactor()
"""This process's secrets."""


def protect_output() -> None:
    """Redact everything that this process writes; calling it twice is safe.

    STATE lines on standard output lose only known secrets: they must reach the tap as
    it wrote them.
    """
    pairs = [
        (sys.stdout, _protected(sys.stdout, REDACTOR.known)),
        (sys.stderr, _protected(sys.stderr, REDACTOR.redact)),
    ]
    sys.stdout, sys.stderr = (new for _, new in pairs)
    for handler in logging.getLogger().handlers:
        for old, new in pairs:
            if isinstance(handler, logging.StreamHandler) and handler.stream is old:
                handler.setStream(new)


def _protected(stream: Any, redact: Callable[[str], str]) -> Any:  # noqa: ANN401 - replaces a stream
    if stream is None or isinstance(stream, RedactingStream):
        return stream
    return RedactingStream(stream, redact)
