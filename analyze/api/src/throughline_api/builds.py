"""When the marts were built: what an ETag is made of."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .common.warehouse import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .common.warehouse import Warehouse

THREADS = 16
SECONDS = 1.0
"""How long a time of a build is reused. A response can carry the ETag of the build
before its own for that long, never that of a later build."""


class Builds:
    """The time of each mart's last build.

    Attributes:
        seconds: How long a time is reused.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember nothing yet.

        Args:
            warehouse: Contains the marts.
            seconds: How long a time is reused.
            clock: Returns seconds.
        """
        self._warehouse = warehouse
        self.seconds = seconds
        self._clock = clock
        self._known: dict[str, tuple[float, datetime]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._threads = ThreadPoolExecutor(THREADS)

    def of(self, marts: Sequence[str]) -> list[datetime]:
        """Return when each mart was built, in UTC.

        Args:
            marts: Their names.

        Raises:
            WarehouseError: If one does not exist or BigQuery does not respond.
        """
        return list(self._threads.map(self._of, marts))

    def exist(self, marts: Sequence[str]) -> bool:
        """Tell whether all of some marts exist.

        Args:
            marts: Their names.

        Raises:
            WarehouseError: If BigQuery does not respond.
        """
        return None not in list(self._threads.map(self._found, marts))

    def _of(self, mart: str) -> datetime:
        built_at = self._found(mart)
        if built_at is None:
            message = (
                f"the mart {mart} does not exist: build it with"
                " `meltano run dbt-bigquery:build`"
            )
            raise WarehouseError(message)
        return built_at

    def _found(self, mart: str) -> datetime | None:
        # One request for all clients that ask for the same mart at the same time.
        with self._locks.setdefault(mart, threading.Lock()):
            asked_at, built_at = self._known.get(mart, (0.0, None))
            now = self._clock()
            if built_at is None or now - asked_at >= self.seconds:
                built_at = self._warehouse.modified_at(mart)
                self._known.pop(mart, None)
                if built_at is not None:
                    self._known[mart] = (now, built_at)
            return built_at

    def etag(self, marts: Sequence[str], optional: Sequence[str], *request: str) -> str:
        """Return the ETag of a response.

        Args:
            marts: What the response is made of.
            optional: What it is also made of, where that exists.
            request: What else it depends on: the path and the query.

        Returns:
            The ETag in double quotes.

        Raises:
            WarehouseError: If a mart does not exist or BigQuery does not respond.
        """
        times = [*self.of(marts), *self._threads.map(self._found, optional)]
        names = [*marts, *optional]
        parts = [f"{name}={at}" for name, at in zip(names, times, strict=True)]
        text = "\n".join([*parts, *request])
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Tell whether a client already has a response.

    `*` matches nothing: without a query, nobody knows whether there is a response, and
    a client that sends it would get a 304 for a repository that does not exist.

    Args:
        if_none_match: The request's header.
        etag: Of the response.
    """
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in known
