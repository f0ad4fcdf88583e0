"""Small entities: the workspace, its people and how it plans."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tap_linear.errors import NotInPlanError
from tap_linear.streams.base import WholeStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.documents import Row
    from tap_linear.streams.base import Filter


class Organization(WholeStream):
    """The workspace itself: one row."""

    name = "organization"
    _prefetched: Row | None = None

    def prefetch(self) -> None:
        """Read the row ahead, if the stream is selected.

        Raises:
            LinearError: If the run cannot go on.
        """
        if self.selected:
            with suppress(NotInPlanError):  # the stream itself will say so
                self._prefetched = self._row()

    def rows(self) -> Iterator[list[Row]]:
        """Yield the one row."""
        yield [self._prefetched or self._row()]

    def _row(self) -> Row:
        row, _ = self.fetch(self.document, self.page_size, lambda _: {})
        return dict(row)


class Teams(WholeStream):
    """Teams."""

    name = "teams"
    team_filter = ("key",)


class TeamMemberships(WholeStream):
    """Who is in which team; the root has no filter."""

    name = "team_memberships"


class Users(WholeStream):
    """People and apps, suspended ones too; of the whole workspace."""

    name = "users"


class WorkflowStates(WholeStream):
    """States of each team's workflow."""

    name = "workflow_states"
    team_filter = ("team", "key")


class IssueLabels(WholeStream):
    """Labels of the teams and of the workspace."""

    name = "issue_labels"

    def filtered(self, given: Filter | None) -> Filter | None:
        """Keep the labels of the workspace, which belong to no team."""
        if not self._tap.teams:
            return given
        return {
            "or": [
                {"team": {"null": True}},
                {"team": {"key": {"in": self._tap.teams}}},
            ]
        }


class Projects(WholeStream):
    """Projects."""

    name = "projects"
    team_filter = ("accessibleTeams", "some", "key")


class ProjectMilestones(WholeStream):
    """Milestones of projects."""

    name = "project_milestones"
    team_filter = ("project", "accessibleTeams", "some", "key")


class Initiatives(WholeStream):
    """Initiatives, of the whole workspace."""

    name = "initiatives"


class InitiativeToProjects(WholeStream):
    """Which project is in which initiative; the root has no filter."""

    name = "initiative_to_projects"


class Cycles(WholeStream):
    """Cycles: their scope from day to day."""

    name = "cycles"
    team_filter = ("team", "key")


class IssueRelations(WholeStream):
    """What blocks or duplicates what; the root has no filter."""

    name = "issue_relations"


class IssueIndex(WholeStream):
    """Every issue's id: what is not in it any more was deleted for good."""

    name = "issue_index"
    selected_by_default = False
    team_filter = ("team", "key")
