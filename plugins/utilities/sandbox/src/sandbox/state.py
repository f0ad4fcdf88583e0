"""The company and its later events, which are saved and replayed at a start."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox import company
from sandbox.github.recordings import read_recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.company import World

JOURNAL = "company-{size}-{seed}.json"
"""One for each company, so that another company does not replace it."""
MOST_DAYS = 366
"""Maximum length of one `advance`."""


class EventError(ValueError):
    """An event that cannot happen; the message is for the user."""


def _advance(world: World, seconds: float) -> None:
    company.advance(world, timedelta(seconds=seconds))


def check_span(seconds: Any) -> None:  # noqa: ANN401 - what a request says
    """Reject a duration that `advance` does not accept.

    Raises:
        EventError: If it is not a number of seconds from 1 to `MOST_DAYS` days.
    """
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not number or not 1 <= seconds <= MOST_DAYS * 86_400:
        message = (
            f"advance takes 1 second to {MOST_DAYS} days at a time"
            f" (`sandbox advance {MOST_DAYS}d`), not {seconds!r:.40} seconds"
        )
        raise EventError(message)


# The name of an event on the command line, and the function that applies it.
EVENTS: Mapping[str, Callable[..., Any]] = {"advance": _advance, **company.EVENTS}


@dataclass
class State:
    """One company, from its seed and the events since.

    The events are kept, not the rows: a seed makes the same company every time.
    """

    size: int
    seed: int
    until: datetime
    recordings: Path | None = None
    journal: Path | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    given: World | None = None
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Generate the company, unless rows were given, and apply its events."""
        self.world = self.given or company.generate(self.size, self.seed, self.until)
        for event in self.events:
            self._happen(event["event"], event["arguments"])
        if self.recordings is not None:
            self.world.github = read_recordings(self.recordings)

    @classmethod
    def open(
        cls, data_dir: Path, size: int, seed: int, recordings: Path | None
    ) -> State:
        """Continue the company of a data folder, or create one that ends today.

        If the company ended on an earlier day, it is advanced to today. Each size and
        seed has its own journal.
        """
        journal = data_dir / JOURNAL.format(size=size, seed=seed)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        kept = _read(journal) or {"until": today.isoformat(), "events": []}
        until = datetime.fromisoformat(kept["until"])
        state = cls(size, seed, until, recordings, journal, kept["events"])
        if recordings is None and (missed := today - state.world.now) >= timedelta(
            days=1
        ):
            state._apply("advance", {"seconds": missed.total_seconds()})
        state.save()
        return state

    def apply(self, event: str, arguments: dict[str, Any]) -> None:
        """Apply one event and save it.

        Raises:
            EventError: If it is unknown or cannot happen.
        """
        if event == "advance":
            check_span(arguments.get("seconds"))
        self._apply(event, arguments)

    def _apply(self, event: str, arguments: dict[str, Any]) -> None:
        self._happen(event, arguments)
        self.events.append({"event": event, "arguments": arguments})
        self.save()

    def save(self) -> None:
        """Save the journal atomically: a crash leaves the old or the new one."""
        if self.journal is None:
            return
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {
                "size": self.size,
                "seed": self.seed,
                "until": self.until.isoformat(),
                "events": self.events,
            }
        )
        draft = self.journal.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.journal)

    def _happen(self, event: str, arguments: dict[str, Any]) -> None:
        happen = EVENTS.get(event)
        if happen is None:
            message = f"no such event: {event}; there are {', '.join(EVENTS)}"
            raise EventError(message)
        try:
            happen(self.world, **arguments)
        except ValueError as error:
            raise EventError(str(error)) from error
        except TypeError as error:  # arguments that the event does not accept
            message = f"{event} cannot happen: {error}"
            raise EventError(message) from error


def _read(journal: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(journal.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if {"until", "events"} <= set(found) else {}
