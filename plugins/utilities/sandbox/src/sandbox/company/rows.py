"""What every row is made of: keys, ids, timestamps, and lists that take little room."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]
"""One entity under the vendor's GraphQL field names; an absent key is null."""

Rows = Sequence[Row]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware `moment`."""
    return int(moment.timestamp()) * SECOND + moment.microsecond // 1_000


def moment(at: int) -> datetime:
    """Aware UTC datetime of `at` milliseconds since 1970."""
    seconds, rest = divmod(at, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000)


@lru_cache(maxsize=4_096)
def _day(number: int) -> str:
    return date.fromordinal(_EPOCH_ORDINAL + number).isoformat()


def day_of(at: int) -> str:
    """The UTC date of `at`, `YYYY-MM-DD` (Linear's TimelessDate)."""
    return _day(at // DAY)


def linear_time(at: int) -> str:
    """`at` as Linear writes it: UTC with milliseconds and `Z`."""
    number, rest = divmod(at, DAY)
    seconds, thousandths = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(number)}T{hour:02}:{minute:02}:{second:02}.{thousandths:03}Z"


def github_time(at: int) -> str:
    """`at` as GitHub writes it: UTC, whole seconds and `Z`."""
    number, rest = divmod(at, DAY)
    minutes, second = divmod(rest // SECOND, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(number)}T{hour:02}:{minute:02}:{second:02}Z"


class Packed(Sequence[Row]):
    """Rows of finished work, compressed until somebody reads them.

    Reads like a list. To change it, take `list(packed)` and pack again: at 100,000
    issues, lists of plain dicts would not fit in 2 GB.
    """

    __slots__ = ("_length", "_packed")

    def __init__(self, rows: Iterable[Row]) -> None:
        """Compress `rows`, which hold nothing but JSON's types."""
        plain = list(rows)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        self._packed = zlib.compress(text.encode(), 1)
        self._length = len(plain)

    def __len__(self) -> int:
        """Count the rows without unpacking them."""
        return self._length

    def __iter__(self) -> Iterator[Row]:
        """Unpack the rows; each call makes new dicts."""
        return iter(self._unpacked())

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        """Unpack and pick."""
        return self._unpacked()[index]

    def _unpacked(self) -> list[Row]:
        rows: list[Row] = json.loads(zlib.decompress(self._packed))
        return rows


def packed(rows: Rows) -> Rows:
    """`rows` in the least room: nothing at all where there are none."""
    if isinstance(rows, Packed):
        return rows
    return Packed(rows) if rows else ()


class Ids:
    """Makes every id of one world, in order, from its random source."""

    __slots__ = ("_number", "_random", "_step")

    def __init__(self, random: Random, expected: int) -> None:
        """Numeric ids start so that half of the `expected` ones no longer fit an Int32.

        GitHub's real ids crossed 2**31 in the same way (FACTS-github: ids).
        """
        self._random = random
        self._step = max(2, 100_000_000 // max(1, expected))
        self._number = 2**31 - self._step * expected // 2

    def uuid(self) -> str:
        """A version 4 UUID, Linear's id."""
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def number(self) -> int:
        """The next numeric id of GitHub; ids grow with time."""
        self._number += 1 + int(self._random.random() * (self._step - 1))
        return self._number

    def sha(self) -> str:
        """A git object id, 40 hexadecimal digits."""
        return f"{self._random.getrandbits(160):040x}"
