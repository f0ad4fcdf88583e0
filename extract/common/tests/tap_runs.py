"""What the tests of the taps share: a run of a tap, and the messages that it wrote."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

Row = dict[str, Any]


class Collected(GenericSingerWriter[str, Any]):
    """Keeps the messages; with `stop_after`, stops the tap after some of them."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.messages: list[Row] = []
        self.stop_after = stop_after

    def serialize_message(self, message: Any) -> str:
        return json.dumps(message.to_dict(), default=str)

    def write_message(self, message: Any) -> None:
        if self.stop_after is not None and len(self.messages) >= self.stop_after:
            raise KeyboardInterrupt
        self.messages.append(json.loads(self.serialize_message(message)))

    def messages_of(self, kind: str) -> list[Row]:
        """Messages of a type."""
        return [one for one in self.messages if one["type"] == kind]

    def records(self, stream: str) -> list[Row]:
        return [
            one["record"]
            for one in self.messages_of("RECORD")
            if one["stream"] == stream
        ]

    def ids(self, stream: str) -> list[Any]:
        return [record["id"] for record in self.records(stream)]

    def activated(self) -> set[str]:
        """Streams whose version was activated."""
        return {one["stream"] for one in self.messages_of("ACTIVATE_VERSION")}

    @property
    def states(self) -> list[Row]:
        return [one["value"] for one in self.messages_of("STATE")]

    @property
    def state(self) -> Row:
        """The last state; empty if there was none."""
        return self.states[-1] if self.states else {}


class TapRun:
    """One run of a tap. Subclasses set `tap` and `out`.

    `guard` is the tap's own `one_line_per_error`.
    """

    guard: ClassVar[staticmethod[[], AbstractContextManager[None]]]
    tap: Any
    out: Any

    def sync(self) -> Any:
        """Run the tap; return what it wrote."""
        with self.guard():
            self.tap.run()
        return self.out

    def failing(self) -> str:
        """Run a tap that must end with exit code 1; return its lines."""
        with pytest.raises(SystemExit) as ended:
            self.sync()
        text = str(ended.value)
        assert all(line.startswith("Error: ") for line in text.splitlines())
        return text


def select(catalog: Row, is_selected: Callable[..., bool]) -> Row:
    """Select streams and columns of a catalog, in place.

    Args:
        catalog: The catalog.
        is_selected: Called with a stream, or a stream and a column.

    Returns:
        The catalog.
    """
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            breadcrumb = (entry["stream"], *item["breadcrumb"][1:])
            item["metadata"]["selected"] = is_selected(*breadcrumb)
    return catalog


def copied(state: Row | None) -> Row | None:
    """Return a state as the next run would read it from a file."""
    return json.loads(json.dumps(state)) if state else None
