"""The file that keeps an OAuth refresh token from one run to the next.

An API may replace a refresh token when it is used: a user who loses the new one must
authorize the application again. So the file is locked from reading the old token to
writing the new one, and it is replaced in one step.
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

ROOM = 16_384  # bytes; the file is always smaller
PRIVATE = 0o600


class Tokens(NamedTuple):
    """Tokens that an OAuth server has issued.

    Attributes:
        access_token: Goes into the Authorization header.
        renew_at: When to get the next one, in seconds since the epoch; None if the
            server did not say when it expires.
        refresh_token: Gets the next access token; empty for client credentials.
    """

    access_token: str
    renew_at: float | None
    refresh_token: str = ""


class TokenFileError(Exception):
    """The file cannot be used; the text says why."""


class TokenFile:
    """The file.

    Args:
        path: Path of the file; its folder must exist.
        client_id: The application.
        first: The refresh token of the settings. If the file belongs to another one,
            the application was authorized again, and the file is ignored.
    """

    def __init__(self, path: str, client_id: str, first: str) -> None:
        """Remember whose file it is; read nothing yet."""
        self.path = Path(path)
        origin = f"{client_id}\n{first}".encode()
        self._origin = hashlib.sha256(origin).hexdigest()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make other runs that use the same file wait.

        Raises:
            TokenFileError: If the lock cannot be created next to the file.
        """
        try:
            # Not in __init__, whose callers report no error of the file.
            self.path = self.path.expanduser().resolve()
            lock = self.path.with_name(f"{self.path.name}.lock")
            handle = os.open(lock, os.O_CREAT | os.O_RDWR, PRIVATE)
        except OSError as error:
            raise TokenFileError(_reason(error)) from None
        except (RuntimeError, ValueError):  # such as "/" and "~nobody/token"
            message = "it is not the path of a file"
            raise TokenFileError(message) from None
        try:
            if sys.platform != "win32":
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self) -> Tokens | None:
        """Return the tokens; None if there is no file, or it belongs to another token.

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
            message = "it contains no JSON object"
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
            message = "it contains no refresh token"
            raise TokenFileError(message)
        return tokens

    @contextmanager
    def prepared(self) -> Iterator[int]:
        """Yield an open file with space for the tokens; `write` writes it.

        It is created before the old token is used. A folder without write permission or
        a full disk is then noticed while the old token is still valid.

        Raises:
            TokenFileError: If the file cannot be created.
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
        """Store tokens; they are on the disk when this function returns.

        Args:
            handle: The file that `prepared` yielded.
            tokens: The tokens.

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
