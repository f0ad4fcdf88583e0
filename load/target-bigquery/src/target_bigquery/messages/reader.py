"""Reads lines from the tap, and calls `tick` while the tap writes nothing."""

from __future__ import annotations

import io
import os
import sys
from collections import Counter, defaultdict
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.singerlib.encoding.base import GenericSingerReader

from target_bigquery.errors import shorten
from target_bigquery.messages.decoding import MessageError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_bigquery.self_pipe import SelfPipe

READ_SIZE = 256 * 1024
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest line that is read. A line takes many times its size in memory:
63 MB took 0.9 GB as one text and 2.5 GB as small objects."""


SHOWN = 100
"""Characters of a line that a message shows."""


def _check_size(size: int, start: Any) -> None:  # noqa: ANN401 - bytes or str
    """Reject a long line before it fills the memory."""
    if size > LONGEST_LINE:
        message = (
            f"The tap wrote a line of more than {LONGEST_LINE // 1024**2} MB, which "
            f"begins {shorten(start[:SHOWN])}: leave out the property that is so large."
        )
        raise MessageError(message)


class Reader(GenericSingerReader[Any]):
    """Reads Singer messages and calls `tick` regularly, also while none come."""

    tick: Callable[[], float | None]
    """Called between messages; returns the seconds until it wants the next call."""
    before: Callable[[], None]
    """Called before the first line is read; raises an error that ends the run."""
    wakeup: SelfPipe
    line_size = 0
    """Bytes of the message that is being processed."""

    @property
    def default_input(self) -> IO[Any]:
        """Standard input."""
        return sys.stdin

    def deserialize_json(self, line: Any) -> dict[str, Any]:  # noqa: ANN401 - bytes or str
        """Return the message on a line.

        Args:
            line: One line, bytes or text.
        """
        return decode(line)

    def process_lines(
        self,
        file_input: IO[Any] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Give every message to the callback for its type.

        Args:
            file_input: Where to read, by default standard input.
            callbacks: Message type to callback.

        Returns:
            How many messages of each type there were.
        """
        self.before()
        counts: dict[str, int] = defaultdict(int)
        for line in self._lines(file_input or self.default_input):
            if not line or line.isspace():
                continue
            self.line_size = len(line)
            message = decode(line)
            kind = message.get("type")
            try:
                callback = callbacks[kind]  # type: ignore[index]
            except (KeyError, TypeError):
                text = f"The tap wrote a message of unknown type: {shorten(line)}"
                raise MessageError(text) from None
            try:
                callback(message)
            except RecursionError:
                text = (
                    f"A {kind} of stream '{message.get('stream')}' is nested too "
                    f"deeply: {shorten(line[:SHOWN])}"
                )
                raise MessageError(text) from None
            counts[kind] += 1  # type: ignore[index]
        return Counter(counts)

    def _lines(self, file: IO[Any]) -> Iterator[Any]:
        try:
            fd = file.fileno()
        except (io.UnsupportedOperation, AttributeError):
            for line in file:
                self.tick()
                _check_size(len(line), line)
                yield line
            return
        yield from self._lines_of(fd)

    def _lines_of(self, fd: int) -> Iterator[bytes]:
        pieces: list[bytes] = []
        size = 0
        while True:
            while not self.wakeup.wait(fd, self.tick()):
                pass
            data = os.read(fd, READ_SIZE)
            if not data:
                break
            first, newline, rest = data.partition(b"\n")
            pieces.append(first)
            size += len(first)
            _check_size(size, pieces[0])
            if not newline:
                continue
            yield b"".join(pieces)
            *lines, last = rest.split(b"\n")
            yield from lines
            pieces, size = [last], len(last)
        # A tap that is killed may leave half a line, which is not JSON.
        yield b"".join(pieces)
