"""Lines from the tap, without falling asleep on a silent one."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from collections import Counter, defaultdict
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.singerlib.encoding.base import GenericSingerReader

from target_bigquery.decoding import MessageError, decode
from target_bigquery.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ_SIZE = 256 * 1024
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest line that is read. A line takes many times its size in memory:
63 MB took 0.9 GB as one text and 2.5 GB as small objects."""


SHOWN = 100
"""Characters of a line that a message shows."""


class Wakeup:
    """A pipe that ends the main thread's wait from a signal or another thread."""

    def __init__(self) -> None:
        """Open the pipe."""
        self.read_end, self._write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        os.set_blocking(self._write_end, False)

    def wake(self, *_: object) -> None:
        """End the wait; harmless after `close`."""
        with contextlib.suppress(OSError):
            os.write(self._write_end, b".")

    def wait(self, fd: int | None = None, seconds: float | None = None) -> bool:
        """Wait until there is something to read, someone wakes us, or time is up.

        Args:
            fd: A file descriptor to watch as well.
            seconds: The longest wait, None for ever.

        Returns:
            Whether `fd` can be read.
        """
        watched = [self.read_end] if fd is None else [self.read_end, fd]
        ready, _, _ = select.select(watched, [], [], seconds)
        if self.read_end in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self.read_end, READ_SIZE)
        return fd in ready

    def close(self) -> None:
        """Close the pipe; a late `wake` must not hit who gets its number next."""
        write_end, self._write_end = self._write_end, -1
        with contextlib.suppress(OSError):
            os.close(write_end)
            os.close(self.read_end)


def _check_size(size: int, start: Any) -> None:  # noqa: ANN401 - bytes or str
    """Refuse a line before it fills the memory."""
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
    """Called before the first line is read; raises what makes reading pointless."""
    wakeup: Wakeup
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
        # A tap that is killed may leave half a line, which then is no JSON.
        yield b"".join(pieces)
