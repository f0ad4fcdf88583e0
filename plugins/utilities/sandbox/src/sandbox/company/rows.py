"""The parts of every row: keys, ids, timestamps, and lists that take little memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

import orjson

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
_INT32 = 2**31
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


@lru_cache(maxsize=256)  # what happens at one instant shares one string
def linear_time(at: int) -> str:
    """`at` as Linear writes it: UTC with milliseconds and `Z`."""
    number, rest = divmod(at, DAY)
    seconds, thousandths = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(number)}T{hour:02}:{minute:02}:{second:02}.{thousandths:03}Z"


@lru_cache(maxsize=256)
def github_time(at: int) -> str:
    """`at` as GitHub writes it: UTC and `Z`, fractions of seconds cut off."""
    number, rest = divmod(at, DAY)
    minutes, second = divmod(rest // SECOND, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(number)}T{hour:02}:{minute:02}:{second:02}Z"


_FREQUENT = orjson.dumps(
    {
        "id": "PRRC_kwDOIC_kwDOPRR_kwDOPRRT_kwDOPURC_kwDO", "fullDatabaseId": "21",
        "__typename": "ReviewRequestedEvent", "requestedReviewerId": "U_kgDO",
        "createdAt": "2026-01-01T08:00:00Z", "actorId": "", "changeType": "MODIFIED",
        "fromStateId": "", "toStateId": "", "fromCycleId": "", "toCycleId": "",
        "endedAt": "", "stateId": "", "toAssigneeId": "", "submittedAt": "",
        "abbreviatedOid": "", "messageHeadline": "", "messageBody": "",
        "authoredDate": "", "committer": {"name": "", "email": "", "userId": ""},
        "changedFilesIfAvailable": 1, "parents": [""],
        "deletions": 1, "additions": 1, "path": "src/api/",
        "pullRequestReviewId": "", "authorAssociation": "MEMBER", "diffHunk": "@@ -",
        "originalLine": 1, "originalPosition": 1, "subjectType": "LINE",
        "state": "SUBMITTED", "outdated": False, "originalCommit": {"oid": ""},
        "draftedAt": "", "publishedAt": "", "updatedAt": "", "replyToId": "",
        "body": "", "authorId": "U_kgDO",
    }
)  # fmt: skip
"""The common text of packed rows, stored once: half of their size."""


def _compress(value: object) -> bytes:
    squeeze = zlib.compressobj(level=3, zdict=_FREQUENT)
    return squeeze.compress(orjson.dumps(value)) + squeeze.flush()


@lru_cache(maxsize=256)
def _expand(packed: bytes) -> dict[str, list[Row]]:
    loosen = zlib.decompressobj(zdict=_FREQUENT)
    lists: dict[str, list[Row]] = orjson.loads(loosen.decompress(packed))
    return lists


class Packed(Sequence[Row]):
    """Rows of finished work, compressed until they are read.

    It reads like a list and returns copies. To change the rows, take `list(packed)` and
    `pack` again: at 100,000 issues, plain dicts would not fit in 2 GB.
    """

    __slots__ = ("_bundle", "_length", "_name")

    def __init__(self, bundle: bytes, name: str, length: int) -> None:
        """Refer to the list `name` of a bundle; see `pack`."""
        self._bundle = bundle
        self._name = name
        self._length = length

    def __len__(self) -> int:
        """Count the rows without unpacking them."""
        return self._length

    def __iter__(self) -> Iterator[Row]:
        """Unpack the rows."""
        return iter(self._rows())

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        """Unpack the rows and return some."""
        return self._rows()[index]

    def _rows(self) -> list[Row]:
        return _expand(self._bundle)[self._name]


def pack(lists: Mapping[str, Rows]) -> dict[str, Rows]:
    """Compress several lists of one entity together.

    Args:
        lists: Rows that contain only JSON's types, by the lists' names.

    Returns:
        The same names, each with a sequence that reads like its list.
    """
    filled = {name: list(rows) for name, rows in lists.items() if rows}
    bundle = _compress(filled) if filled else b""
    return {
        name: Packed(bundle, name, len(rows)) if rows else ()
        for name, rows in lists.items()
    }


def database_id(number: int) -> Row:
    """GitHub's deprecated Int besides `fullDatabaseId`: absent if it does not fit."""
    return {"databaseId": number} if number < _INT32 else {}


class Ids:
    """Creates every id of one world, in order, from its random source."""

    __slots__ = ("_number", "_random", "_step")

    def __init__(self, random: Random, expected: int) -> None:
        """Numeric ids start so that half of the `expected` ones no longer fit an Int32.

        GitHub's real ids crossed 2**31 in the same way (docs/apis/github.md: ids).
        """
        self._random = random
        self._step = max(2, 100_000_000 // max(1, expected))
        self._number = _INT32 - self._step * expected // 4  # half a step on average

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
