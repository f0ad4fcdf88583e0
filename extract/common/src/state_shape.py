"""Checks the state that a tap is given against the shape that the tap declares.

A tap declares what it writes into the state with `Keys`, `Values`, `Items` and the
kinds at the end of this module. A null or an empty text is like a missing key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from .timestamps import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MISSING = (None, "")
SHOWN = 60  # characters of a wrong value that a message shows


class Damage(NamedTuple):
    """A part of a state that cannot be understood.

    Attributes:
        place: Path of the part, such as `bookmarks.issues.gaps[0]`.
        found: The value, shortened.
        expected: What it must be.
    """

    place: str
    found: str
    expected: str


class Shape(Protocol):
    """What a part of a state must look like."""

    def damages(self, value: Any, place: str = "") -> Iterator[Damage]:  # noqa: ANN401 - JSON
        """Yield each part that is wrong.

        Args:
            value: The value in the state.
            place: Its path; empty for the whole state.
        """


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes:
        words: What a message calls it.
        fits: Returns whether a value is of this kind, or raises TypeError or
            ValueError.
    """

    words: str
    fits: Callable[[Any], object]

    def damages(self, value: Any, place: str = "") -> Iterator[Damage]:  # noqa: ANN401 - JSON
        """Yield the value if it is of another kind."""
        try:
            is_right = bool(self.fits(value))
        except (AttributeError, TypeError, ValueError):
            is_right = False
        if not is_right:
            yield _damage(value, place, self.words)


@dataclass(frozen=True)
class Items:
    """A list.

    Attributes:
        shape: The shape of each item.
    """

    shape: Shape

    def damages(self, value: Any, place: str = "") -> Iterator[Damage]:  # noqa: ANN401 - JSON
        """Yield what is wrong with the items."""
        if not isinstance(value, list):
            yield _damage(value, place, "a list")
            return
        for number, each in enumerate(value):
            yield from self.shape.damages(each, f"{place}[{number}]")


@dataclass(frozen=True)
class Values:
    """An object with any keys, such as names of streams.

    Attributes:
        shape: The shape of each value.
    """

    shape: Shape

    def damages(self, value: Any, place: str = "") -> Iterator[Damage]:  # noqa: ANN401 - JSON
        """Yield what is wrong with the values."""
        if not isinstance(value, dict):
            yield _damage(value, place, "an object")
            return
        for key, each in value.items():
            yield from self.shape.damages(each, _path(place, key))


class Keys:
    """An object with known keys.

    Other keys are allowed: another version of the tap may have written them.

    Args:
        required: Keys that must be there.
        shapes: The shape of each key.
    """

    def __init__(self, *required: str, **shapes: Shape) -> None:
        """Keep the shapes."""
        self.required = required
        self.shapes = shapes

    def damages(self, value: Any, place: str = "") -> Iterator[Damage]:  # noqa: ANN401 - JSON
        """Yield what is wrong with the values of the known keys."""
        if not isinstance(value, dict):
            yield _damage(value, place, "an object")
            return
        for key in self.required:
            if value.get(key) in MISSING:
                yield _damage(None, _path(place, key), "there")
        for key, shape in self.shapes.items():
            if value.get(key) not in MISSING:
                yield from shape.damages(value[key], _path(place, key))


TEXT = Kind("text", lambda value: isinstance(value, str))
DIGITS = Kind("a text of digits", str.isdecimal)
NUMBER = Kind("a number", lambda value: type(value) is int)
TIME = Kind("a time", timestamp)
DAY = Kind("a date", date.fromisoformat)
ID = Kind("an ID", UUID)
LIST = Kind("a list", lambda value: isinstance(value, list))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))


def _path(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _damage(value: object, place: str, expected: str) -> Damage:
    found = repr(value)
    if len(found) > SHOWN:
        found = f"{found[: SHOWN - 3]}..."
    return Damage(place or "it", found, expected)
