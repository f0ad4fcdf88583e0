"""A signal ends a tap with 128 + its number and one line, whatever it interrupts."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tap_linear.common.cli import CommandLineTap

if TYPE_CHECKING:
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

LINE = "Stopped; the next run continues from the last state"
STOPPED = 128 + signal.SIGTERM


class Tap(CommandLineTap):
    """A tap that is stopped while it reads."""

    name = "tap-linear"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}

    def discover_streams(self) -> list[Any]:
        return []

    def run(self) -> None:
        signal.raise_signal(signal.SIGTERM)


class CarelessTap(Tap):
    """A tap with a library that catches every exception."""

    def run(self) -> None:
        with suppress(SystemExit):
            super().run()


class LoggingTap(Tap):
    """A tap that is stopped while it writes a line of its log."""

    def run(self) -> None:
        class Interrupted(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                assert record.getMessage() != LINE
                signal.raise_signal(signal.SIGTERM)

        handler = Interrupted()
        self.logger.addHandler(handler)
        try:
            self.logger.warning("a line")
        finally:
            self.logger.removeHandler(handler)


@pytest.fixture(autouse=True)
def _handlers() -> Any:  # noqa: ANN401 - a generator
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("tap", [Tap, CarelessTap, LoggingTap])
def test_a_signal_ends_the_run_with_its_exit_code_and_one_line(
    tap: type[Tap], caplog: Log
) -> None:
    with pytest.raises(SystemExit) as ended:
        tap.invoke()
    assert ended.value.code == STOPPED
    assert [record.getMessage() for record in caplog.records].count(LINE) == 1
