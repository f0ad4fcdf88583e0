"""Settings and streams of the tap."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tap_linear import conditions
from tap_linear.check import check
from tap_linear.common.faults import SHOWN
from tap_linear.common.tap import ApiTap
from tap_linear.context import RunContext
from tap_linear.settings import CONFIG_JSONSCHEMA, SECRETS
from tap_linear.settings import problems as settings_problems
from tap_linear.state import STATE
from tap_linear.streams import STREAMS, TOGETHER
from tap_linear.streams.first_pages import FirstPages
from tap_linear.streams.incremental import IncrementalStream
from tap_linear.transport.client import LinearClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_linear.streams.entities import AheadStream
    from tap_linear.streams.whole import WholeStream


class TapLinear(ApiTap):
    """Reads a Linear workspace."""

    name = "tap-linear"
    config_jsonschema = CONFIG_JSONSCHEMA
    secrets = SECRETS
    lists = ("teams",)
    stream_types = STREAMS
    state_shape = STATE
    _checked = False

    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings; see `settings.problems`."""
        return settings_problems(self.config, schema_errors)

    @cached_property
    def client(self) -> LinearClient:
        """The client: one session, one set of budgets."""
        return LinearClient(self.config, self.faults, self.logger)

    @cached_property
    def first_pages(self) -> FirstPages:
        """Requests the first pages of small lists together."""
        streams = self.streams
        return FirstPages(
            [
                [cast("WholeStream", streams[one.name]) for one in group]
                for group in TOGETHER
            ],
            self.client,
            self.logger,
        )

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        teams = sorted({key.strip().upper() for key in self.config.get("teams") or []})
        return RunContext(
            self.config,
            self.logger,
            self.client,
            self.faults,
            cast("dict[str, Any]", self.state),
            self.initialized_at,
            teams,
            self.check,
            self.read_arrived,
        )

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Read everything that is selected.

        `check` adds to the state. So the state that was given is written before it.

        Raises:
            TapError: If something could not be read, with one line per problem.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        super().sync_all()

    def sync_rest(self) -> None:
        """Read what belongs to issues that came into the teams during the run."""
        for stream in self._of_issues:
            if stream.has_arrivals:
                stream.sync()

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)

    @property
    def _of_issues(self) -> list[IncrementalStream]:
        """Streams whose rows move with their issue, and are narrowed by its team."""
        names = ("comments", "attachments", "agent_sessions")
        found = (self.streams[name] for name in names)
        return [cast("IncrementalStream", stream) for stream in found]

    def read_arrived(self, issues: dict[str, str]) -> None:
        """Have read what belongs to issues that came into the teams of the setting.

        Args:
            issues: Their IDs, with when each was created.
        """
        if issues:
            names = ", ".join(sorted(issues)[:SHOWN])
            self.faults.add(
                conditions.ISSUES_ARRIVED, count=f"{len(issues):,}", names=names
            )
        for stream in self._of_issues:
            stream.read_arrived(issues)

    def check(self) -> None:
        """Check the credential and the teams; once per run.

        The credential is checked by requests that the run needs anyway: the
        organization and the teams are read ahead, and not read again at their turn.

        Raises:
            TapError: If the run cannot begin.
        """
        if self._checked:
            return
        self._checked = True
        organization = cast("AheadStream", self.streams["organization"]).read_ahead()
        for row in organization or []:
            self.context.workspace.check_organization(row)
        teams = cast("AheadStream", self.streams["teams"])
        rows = teams.read_ahead()
        if rows is not None:
            self.context.workspace.check_teams(rows, self._open_gap)
        elif teams.is_needed:
            self.context.workspace.keep_rows_of_teams()
            if not teams.selected:
                self.faults.add(conditions.TEAMS_NOT_READ, message=teams.error)

    def _open_gap(self, gap: dict[str, Any], began: str) -> bool:
        """Give every incremental stream a gap; return whether any of them needs it."""
        opened = [
            stream.open_gap(gap, began)
            for stream in self.streams.values()
            if isinstance(stream, IncrementalStream)
        ]
        return any(opened)
