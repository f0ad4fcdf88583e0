"""Writes messages in a thread, so that a tap does not wait for a slow target."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from contextlib import contextmanager
from io import UnsupportedOperation
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.singerlib import Message

MOST = 16 * 2**20
"""Bytes that wait for the target, at most. Only then does the tap wait, too."""


class AheadWriter(MsgSpecWriter):
    """Writes messages to stdout, in their order.

    Inside `ahead()`, messages wait in memory until the target reads them, and the tap
    continues. They include their STATE: if the tap is killed, the target has received
    no STATE of a row that it has not received.
    """

    def __init__(self) -> None:
        """Begin with nothing in memory."""
        super().__init__()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._error: OSError | None = None
        self._is_ahead = False
        self._changed = threading.Condition()

    def write_message(self, message: Message) -> None:
        """Write a message, or keep it until the target reads.

        Raises:
            OSError: If an earlier message could not be written.
        """
        if not self._is_ahead:
            super().write_message(message)
            return
        line = bytes(self.format_message(message))
        with self._changed:
            self._changed.wait_for(lambda: self._size < MOST or self._error)
            if self._error:
                raise self._error
            self._waiting.append(line)
            self._size += len(line)
            self._changed.notify_all()

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Write in a thread; at the end, wait until the target has read everything.

        After a signal, do not wait: the target may have stopped reading.

        Raises:
            OSError: If a message could not be written.
        """
        try:
            file = sys.stdout.fileno()
        except UnsupportedOperation:  # stdout is not a file
            yield
            return
        sys.stdout.flush()
        self._is_ahead = True
        threading.Thread(target=self._write, args=(file,), daemon=True).start()
        try:
            yield
        except SystemExit as error:
            if isinstance(error.code, str):  # the lines of an error, and no signal
                self._drain()
            raise
        except Exception:
            self._drain()
            raise
        self._drain()

    def _drain(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._size or self._error)
            self._is_ahead = False
            self._changed.notify_all()
            if self._error:
                raise self._error

    def _write(self, file: int) -> None:
        """Write what is in memory until `ahead` ends.

        It does not use `sys.stdout`: a daemon thread that holds its lock when the
        process ends would stop the interpreter.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or not self._is_ahead)
                if not self._waiting:
                    return
                lines = b"".join(self._waiting)
                self._waiting.clear()
            rest = memoryview(lines)
            while rest:
                try:
                    written = os.write(file, rest)
                except OSError as error:
                    with self._changed:
                        self._error = error
                        self._changed.notify_all()
                    return
                rest = rest[written:]
                with self._changed:
                    self._size -= written
                    self._changed.notify_all()
