"""Connections that wait for a request only for some seconds.

uvicorn closes a connection that stays silent after a response, but not one that never
sends a whole request. A program that opens many of these would use all files that the
process may have open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

REQUEST_SECONDS = 10.0
"""How long the head of a request may take to arrive."""


class Impatient(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; the head of each request has a time limit."""

    _limit: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read data; wait for the rest if it is not a whole request."""
        super().data_received(data)
        if self._is_asked():
            self._stop()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def _is_asked(self) -> bool:
        """Tell whether a request is being answered."""
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(REQUEST_SECONDS, self._close)

    def _stop(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _close(self) -> None:
        self._limit = None
        if not self._is_asked():
            self.transport.close()
