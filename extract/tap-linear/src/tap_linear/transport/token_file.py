"""The file that holds an OAuth refresh token from one run to the next.

Linear replaces a refresh token each time it is used: a user who loses the new one must
authorize the application again. So the file is locked from reading the old token to
writing the new one, and it is never half written.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = 16_384  # bytes; more than the file will hold
PRIVATE = 0o600


class Tokens(NamedTuple):
    """What an OAuth server has issued.

    Attributes:
        access_token: Goes into the Authorization header.
        renew_at: When to get another one, in seconds since the epoch; None where only
            a refusal tells.
        refresh_token: What gets the next access token; empty for client credentials.
    """

    access_token: str
    renew_at: float | None
    refresh_token: str = ""


class TokenFileError(Exception):
    """The file cannot be used; the text says why."""


class TokenFile:
    """The file.

    Args:
        path: Where it is; its folder has to exist.
        client_id: The application.
        first: The refresh token of the settings. The file is about this one: where the
            settings hold another, the application was authorized again.
    """

    def __init__(self, path: str, client_id: str, first: str) -> None:
        """Remember what the file is about; nothing is read yet."""
        self.path = Path(path).expanduser().resolve()
        origin = f"{client_id}\n{first}".encode()
        self._origin = hashlib.sha256(origin).hexdigest()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs that use the same file waiting.

        Raises:
            TokenFileError: If nothing can be written beside the file.
        """
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            handle = os.open(lock, os.O_CREAT | os.O_RDWR, PRIVATE)
        except OSError as error:
            raise TokenFileError(_reason(error)) from None
        try:
            if sys.platform != "win32":
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self) -> Tokens | None:
        """Return what the file holds; None if it is not there, or about another token.

        Raises:
            TokenFileError: If it cannot be read or understood.
        """
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TokenFileError(_reason(error)) from None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            message = "it holds no JSON object"
            raise TokenFileError(message)
        if found.get("origin") != self._origin:
            return None
        tokens = Tokens(
            found.get("access_token") or "",
            found.get("renew_at"),
            found.get("refresh_token") or "",
        )
        if not (
            isinstance(tokens.access_token, str)
            and isinstance(tokens.refresh_token, str)
            and isinstance(tokens.renew_at, int | float | None)
            and tokens.refresh_token
        ):
            message = "it holds no refresh token"
            raise TokenFileError(message)
        return tokens

    @contextmanager
    def prepared(self) -> Iterator[int]:
        """Yield an open file with room for the tokens, to be written by `write`.

        It is there before the old token is spent: a folder that cannot be written, or
        a full disk, is found while that one is still good.

        Raises:
            TokenFileError: If the file cannot be made.
        """
        new = self._new
        handle = -1
        try:
            with suppress(FileNotFoundError):
                new.unlink()
            handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE)
            os.write(handle, b" " * ROOM)
            os.fsync(handle)
            yield handle
        except OSError as error:
            raise TokenFileError(_reason(error)) from None
        finally:
            if handle >= 0:
                os.close(handle)
            with suppress(OSError):
                new.unlink()

    def write(self, handle: int, tokens: Tokens) -> None:
        """Store tokens; they are on the disk when this returns.

        Args:
            handle: What `prepared` has yielded.
            tokens: What to store.

        Raises:
            OSError: If they cannot be stored.
        """
        text = json.dumps({"origin": self._origin, **tokens._asdict()}).encode()
        os.pwrite(handle, text, 0)
        os.ftruncate(handle, len(text))
        os.fsync(handle)
        os.replace(self._new, self.path)  # noqa: PTH105 - by handle and name alike
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @property
    def _new(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
