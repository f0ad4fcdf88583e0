"""Small entities: the workspace, its people and how it plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear.common.errors import UnreadableError
from tap_linear.schemas import issues, planning, workspace
from tap_linear.streams import shapes
from tap_linear.streams.reading import FEW
from tap_linear.streams.whole import WholeStream
from tap_linear.workspace import WITHOUT_TEAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.documents.records import Row
    from tap_linear.streams.interfaces import Filter


class AheadStream(WholeStream):
    """A small list that the run needs before its turn.

    It is read in advance, and not again at its turn.
    """

    _ahead: list[list[Row]] | None = None
    error: UnreadableError | None = None
    """Why the list could not be read in advance."""

    def read_ahead(self) -> list[Row] | None:
        """Return the rows; None if the run does not need them or cannot read them.

        Raises:
            TapError: If the run cannot continue.
        """
        if not self.is_needed:
            return None
        try:
            self._ahead = list(self.fresh_rows())
        except UnreadableError as error:
            self.error = error  # at its turn, the stream reports it
        except shapes.UNEXPECTED as error:
            self.error = shapes.unexpected(error)
        else:
            return [row for rows in self._ahead for row in rows]
        return None

    def forget(self) -> None:
        """Read the list again at its turn."""
        self._ahead = None
        self.is_whole = True

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows that were read in advance.

        Raises:
            UnreadableError: If reading them failed.
        """
        if self.error is not None:
            raise self.error
        yield from self._ahead if self._ahead is not None else self.fresh_rows()

    def fresh_rows(self) -> Iterator[list[Row]]:
        """Yield the rows as they are now."""
        yield from super().rows()


class Organization(AheadStream):
    """The workspace itself: one row."""

    name = "organization"
    table = workspace.ORGANIZATION

    @property
    def is_needed(self) -> bool:
        """Whether the stream is selected: a backfill checks the workspace, too."""
        return self.selected

    def fresh_rows(self) -> Iterator[list[Row]]:
        """Yield the one row."""
        row = self.first_pages.take(self)
        if row is None:
            row, _ = self.fetch(self.document, self.sized(1), lambda _: {})
        yield [row]


class Teams(AheadStream):
    """Teams."""

    name = "teams"
    table = workspace.TEAMS
    usual_rows = FEW
    team_filter = ()

    def keeps(self, column: str) -> bool:
        """Request also whether a team exists, and since when."""
        wanted = ("key", "created_at", "archived_at", "retired_at")
        return column in wanted or super().keeps(column)

    @property
    def is_needed(self) -> bool:
        """Whether a selected stream has rows of teams.

        Without the list of teams, the tap cannot tell a row that was deleted from a
        row of a team that is hidden, or notice that a hidden team is back.
        """
        return any(
            stream.selected and stream.name not in WITHOUT_TEAM
            for stream in self._tap.streams.values()
        )

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows; read them again if other streams name another team."""
        if self.run.workspace.has_unknown_team:
            self.forget()
        yield from super().rows()


class TeamMemberships(WholeStream):
    """Who is in which team; the root has no filter."""

    name = "team_memberships"
    table = workspace.TEAM_MEMBERSHIPS
    usual_rows = FEW


class Users(WholeStream):
    """People and apps of the whole workspace, including suspended ones."""

    name = "users"
    table = workspace.USERS
    usual_rows = FEW


class WorkflowStates(WholeStream):
    """States of each team's workflow."""

    name = "workflow_states"
    table = workspace.WORKFLOW_STATES
    usual_rows = FEW
    team_filter = ("team",)


class IssueLabels(WholeStream):
    """Labels of the teams and of the workspace."""

    name = "issue_labels"
    table = workspace.ISSUE_LABELS
    usual_rows = FEW

    def filtered(self, given: Filter | None) -> Filter | None:
        """Keep the labels of the workspace, which belong to no team."""
        if not self.run.teams:
            return given
        return {
            "or": [
                {"team": {"null": True}},
                {"team": {"key": {"in": self.run.teams}}},
            ]
        }


class Projects(WholeStream):
    """Projects."""

    name = "projects"
    table = planning.PROJECTS
    usual_rows = FEW
    team_filter = ("accessibleTeams", "some")


class ProjectMilestones(WholeStream):
    """Milestones of projects."""

    name = "project_milestones"
    table = planning.PROJECT_MILESTONES
    team_filter = ("project", "accessibleTeams", "some")


class Initiatives(WholeStream):
    """Initiatives, of the whole workspace."""

    name = "initiatives"
    table = planning.INITIATIVES
    usual_rows = FEW


class InitiativeToProjects(WholeStream):
    """Which project is in which initiative; the root has no filter."""

    name = "initiative_to_projects"
    table = planning.INITIATIVE_TO_PROJECTS
    usual_rows = FEW


class Cycles(WholeStream):
    """Cycles: their scope from day to day."""

    name = "cycles"
    table = planning.CYCLES
    team_filter = ("team",)


class IssueIndex(WholeStream):
    """The ID of every issue; one that is missing was deleted permanently."""

    name = "issue_index"
    table = issues.ISSUE_INDEX
    selected_by_default = False
    team_filter = ("team",)
