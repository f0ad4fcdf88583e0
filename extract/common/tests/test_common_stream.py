"""What a stream cannot read stops only this stream; the run ends only with TapError."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tap_linear.common.cli import CommandLineTap
from tap_linear.common.conditions import Condition
from tap_linear.common.errors import TapError, UnreadableError
from tap_linear.common.faults import Faults
from tap_linear.common.stream import ApiStream

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = Condition("", "{stream}: could not be read: {message}", "", 1)
SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}}


class Tap(CommandLineTap):
    """A tap without settings."""

    name = "tap-linear"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}

    def discover_streams(self) -> list[Any]:
        return []


class Rows(ApiStream):
    """One row, and then an error."""

    name = "rows"

    def __init__(self, error: Exception) -> None:
        super().__init__(Tap(), schema=SCHEMA)
        self._error = error
        self._run = SimpleNamespace(faults=Faults(logging.getLogger("tap")))

    @property
    def run(self) -> Any:  # noqa: ANN401 - only what the class needs
        return self._run

    def read(self) -> Iterator[dict[str, Any]]:
        yield {"id": "1"}
        raise self._error

    def fail(self, error: UnreadableError) -> None:
        self.run.faults.add(FAILED, stream=self.name, message=error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnreadableError("HTTP 500"), "HTTP 500"),
        (KeyError("id"), "unexpected shape (KeyError: 'id')"),
        (IndexError("list index out of range"), "unexpected shape (IndexError: list"),
        (OverflowError("too large"), "unexpected shape (OverflowError: too large)"),
        (ValueError("x" * 1_000), "unexpected shape (ValueError: xxx"),
    ],
)
def test_an_error_of_a_stream_stops_only_the_stream_and_is_one_short_line(
    error: Exception, words: str
) -> None:
    stream = Rows(error)
    assert list(stream.get_records(None)) == [{"id": "1"}]
    (line,) = stream.run.faults.lines()
    assert line.startswith("rows: could not be read: ")
    assert words in line
    assert len(line) < 400


def test_an_error_of_the_run_ends_it_with_the_lines_of_all_faults() -> None:
    stream = Rows(TapError("the token is refused"))
    stream.fail(UnreadableError("HTTP 500"))
    with pytest.raises(SystemExit) as ended:
        list(stream.get_records(None))
    assert str(ended.value).splitlines() == [
        "Error: rows: could not be read: HTTP 500",
        "Error: the token is refused",
    ]
