"""The IDs of changed rows with their times, packed, because there may be millions."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
OFFSET = 2**47  # makes every moment since the year 1 positive


def pack(moment: str) -> bytes:
    """Return a timestamp as 8 bytes that sort like the timestamps."""
    milliseconds = (datetime.fromisoformat(moment) - EPOCH) // MILLISECOND
    return (milliseconds + OFFSET).to_bytes(8, "big")


def unpack(moment: bytes) -> str:
    """Return packed milliseconds as a timestamp with Z."""
    found = EPOCH + (int.from_bytes(moment, "big") - OFFSET) * MILLISECOND
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Listing:
    """IDs with the time of their last change, to be read oldest first.

    An entry is 24 bytes: the moment, then the UUID.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[bytes] = []

    def __len__(self) -> int:
        """Return how many ids there are."""
        return len(self._entries)

    def add(self, key: str, moment: str) -> None:
        """Add an id (a UUID) and when it changed (a timestamp with Z)."""
        self._entries.append(pack(moment) + UUID(key).bytes)

    def sort(self) -> None:
        """Sort the oldest first."""
        self._entries.sort()

    def ids(self, start: int, count: int) -> list[str]:
        """Return `count` IDs from a position on."""
        return [str(UUID(bytes=e[8:])) for e in self._entries[start : start + count]]

    def moment(self, index: int) -> str:
        """Return when the id at a position changed."""
        return unpack(self._entries[index][:8])

    def id(self, index: int) -> str:
        """Return the id at a position."""
        return str(UUID(bytes=self._entries[index][8:]))

    def moment_of(self, key: str) -> str | None:
        """Return when an id changed; None if it is not listed. Looks at every entry."""
        wanted = UUID(key).bytes
        found = (entry for entry in self._entries if entry[8:] == wanted)
        return next((unpack(entry[:8]) for entry in found), None)

    def position_after(self, moment: str, key: str) -> int:
        """Return the position of the first entry that comes after another.

        Args:
            moment: When the other changed.
            key: Its id.
        """
        return bisect_right(self._entries, pack(moment) + UUID(key).bytes)

    def digest(self, start: str, end: int) -> str:
        """Sum up the ids from a moment on and before a position.

        Two listings with equal digests hold the same ids with the same moments there.
        """
        first = bisect_left(self._entries, pack(start))
        stretch = b"".join(self._entries[first:end])
        return hashlib.blake2b(stretch, digest_size=16).hexdigest()
