"""Ends the main thread's wait from a signal handler or another thread."""

from __future__ import annotations

import contextlib
import os
import select

READ_SIZE = 4096


class SelfPipe:
    """A pipe by which a signal or another thread ends the main thread's wait."""

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
        """Wait until there is something to read, `wake` is called, or time is up.

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
        """Close the pipe; a late `wake` must not write to a file with its number."""
        write_end, self._write_end = self._write_end, -1
        with contextlib.suppress(OSError):
            os.close(write_end)
            os.close(self.read_end)
