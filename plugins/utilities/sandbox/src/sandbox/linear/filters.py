"""Linear's filters: comparators on fields, filters on what a row refers to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType, get_named_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLSchema

    from sandbox.linear.store import LinearStore

Row = dict[str, Any]
Test = Callable[[Row], bool]

DURATION = re.compile(
    r"^(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?"
    r"(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)
DAYS = {"years": 365, "months": 30, "weeks": 7, "days": 1}

# Collections whose IDs are in a row under another name.
HELD = {"accessibleTeams": "teamIds"}

# A null is neither equal to another value, nor before or after it.
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, other: value == other,
    "neq": lambda value, other: value != other,
    "in": lambda value, other: value in other,
    "nin": lambda value, other: value not in other,
    "gt": lambda value, other: value is not None and value > other,
    "gte": lambda value, other: value is not None and value >= other,
    "lt": lambda value, other: value is not None and value < other,
    "lte": lambda value, other: value is not None and value <= other,
    "null": lambda value, other: (value is None) == other,
    "contains": lambda value, other: other in (value or ""),
    "notContains": lambda value, other: other not in (value or ""),
    "containsIgnoreCase": lambda value, other: other.lower() in (value or "").lower(),
    "eqIgnoreCase": lambda value, other: (value or "").lower() == other.lower(),
    "startsWith": lambda value, other: (value or "").startswith(other),
    "startsWithIgnoreCase": lambda value, other: (
        (value or "").lower().startswith(other.lower())
    ),
    "endsWith": lambda value, other: (value or "").endswith(other),
}


class FilterError(ValueError):
    """A filter that Linear would reject."""


def instant(text: str, now: datetime) -> str:
    """Read a DateTimeOrDuration as Linear's own timestamp text.

    Args:
        text: An ISO 8601 instant, date, or duration from now (`-P2W`).
        now: The current time of the workspace.

    Returns:
        `YYYY-MM-DDTHH:MM:SS.mmmZ`, which compares as text.

    Raises:
        FilterError: If it is neither.
    """
    if match := DURATION.match(text):
        days = sum(
            int(match[name]) * length for name, length in DAYS.items() if match[name]
        )
        rest = {
            name: int(match[name])
            for name in ("hours", "minutes", "seconds")
            if match[name]
        }
        span = timedelta(days=days, **rest)
        moment = now - span if match["sign"] else now + span
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            message = f"not a date, time or duration: {text}"
            raise FilterError(message) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Filters:
    """Converts filter arguments to tests of rows.

    Args:
        schema: The schema, whose input types say what each key compares.
        store: The store of referenced rows.
    """

    def __init__(self, schema: GraphQLSchema, store: LinearStore) -> None:
        """Remember the schema and the rows."""
        self._schema = schema
        self._store = store

    def test(self, input_name: str, given: Mapping[str, Any]) -> Test:
        """Return the test of one filter input.

        Raises:
            FilterError: For a value that cannot be compared.
        """
        input_type = self._schema.type_map[input_name]
        if not isinstance(input_type, GraphQLInputObjectType):
            raise FilterError(input_name)
        tests = [
            self._key(
                input_name, key, get_named_type(input_type.fields[key].type).name, value
            )
            for key, value in given.items()
            if value is not None and key != "null"
        ]
        return lambda row: all(test(row) for test in tests)

    def _key(self, input_name: str, key: str, kind: str, value: Any) -> Test:  # noqa: ANN401
        if key in ("and", "or"):
            parts = [self.test(input_name, part) for part in value]
            combine = all if key == "and" else any
            return lambda row: combine(part(row) for part in parts)
        if kind.endswith("Comparator"):
            return self._comparator(key, kind, value)
        if kind.endswith("CollectionFilter"):
            return self._collection(key, kind, value)
        return self._related(key, kind, value)

    def _comparator(self, key: str, kind: str, given: Mapping[str, Any]) -> Test:
        is_instant = kind.endswith("DateComparator") and "Timeless" not in kind
        pairs = []
        for operator, value in given.items():
            if value is None:
                continue
            other = value
            if is_instant and operator != "null":
                other = (
                    [instant(one, self._store.now) for one in value]
                    if isinstance(value, list)
                    else instant(value, self._store.now)
                )
            if operator in ("in", "nin"):
                other = frozenset(other)
            if operator in ("and", "or"):
                parts = [self._comparator(key, kind, part) for part in value]
                combine = all if operator == "and" else any
                return lambda row: combine(part(row) for part in parts)
            pairs.append((COMPARE[operator], other))
        return lambda row: all(compare(row.get(key), other) for compare, other in pairs)

    def _related(self, key: str, kind: str, given: Mapping[str, Any]) -> Test:
        type_name = kind.removeprefix("Nullable").removesuffix("Filter")
        reference = f"{key}Id"
        wants_null = given.get("null")
        test = self.test(kind, given)
        rest = [name for name in given if name != "null"]

        def related(row: Row) -> bool:
            held = row.get(reference)
            other = self._store.get(type_name, held) if held else None
            if wants_null is not None and (other is None) != wants_null:
                return False
            if not rest:
                return True
            return other is not None and test(other)

        return related

    def _collection(self, key: str, kind: str, given: Mapping[str, Any]) -> Test:
        type_name = kind.removesuffix("CollectionFilter")
        ids = HELD.get(key, f"{key.removesuffix('s')}Ids")
        some = dict(given)
        every = some.pop("every", None)
        length = some.pop("length", None)
        some |= some.pop("some", None) or {}
        input_name = f"{type_name}Filter"
        test_some = self.test(input_name, some) if some else None
        test_every = self.test(input_name, every) if every else None
        test_length = self._comparator("n", "NumberComparator", length or {})

        def collection(row: Row) -> bool:
            rows = self._store.many(type_name, row.get(ids) or [])
            return (
                (test_some is None or any(map(test_some, rows)))
                and (test_every is None or all(map(test_every, rows)))
                and test_length({"n": len(rows)})
            )

        return collection
