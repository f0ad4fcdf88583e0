"""What a credential can see of Linear: everything by default, less on request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.company import LinearWorkspace

Row = dict[str, Any]
Table = dict[str, Row]


@dataclass(frozen=True, slots=True)
class Access:
    """What a credential does not see.

    Attributes:
        hidden: Keys of teams that do not exist for it, with all that is theirs.
        refused: `Query.root` or `Type.field`, for which it has no permission.
    """

    hidden: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    @classmethod
    def read(cls, given: Mapping[str, Iterable[str]]) -> Self:
        """Read a request with two lists.

        Raises:
            TypeError: If it has another key.
        """
        return cls(**{name: frozenset(values) for name, values in given.items()})

    def seen(self, workspace: LinearWorkspace) -> LinearWorkspace:
        """Return the workspace without the hidden teams and what is theirs."""
        if not self.hidden:
            return workspace
        gone = {
            key for key, row in workspace.teams.items() if row.get("key") in self.hidden
        }

        def of_team(table: Table) -> Table:
            return {
                key: row for key, row in table.items() if row.get("teamId") not in gone
            }

        issues = of_team(workspace.issues)

        def of_issue(table: Table, *names: str) -> Table:
            return {
                key: row
                for key, row in table.items()
                if all(not row.get(name) or row[name] in issues for name in names)
            }

        projects = {
            key: row
            for key, row in workspace.projects.items()
            if not row.get("teamIds") or not gone.issuperset(row["teamIds"])
        }
        return replace(
            workspace,
            teams={k: row for k, row in workspace.teams.items() if k not in gone},
            workflow_states=of_team(workspace.workflow_states),
            team_memberships=of_team(workspace.team_memberships),
            issue_labels=of_team(workspace.issue_labels),
            cycles=of_team(workspace.cycles),
            issues=issues,
            comments=of_issue(workspace.comments, "issueId"),
            attachments=of_issue(workspace.attachments, "issueId"),
            issue_relations=of_issue(
                workspace.issue_relations, "issueId", "relatedIssueId"
            ),
            issue_to_releases=of_issue(workspace.issue_to_releases, "issueId"),
            agent_sessions=of_issue(workspace.agent_sessions, "issueId"),
            customer_needs=of_issue(workspace.customer_needs, "issueId"),
            projects=projects,
            initiatives={
                key: row
                | {
                    "projectIds": [
                        one for one in row.get("projectIds") or () if one in projects
                    ]
                }
                for key, row in workspace.initiatives.items()
            },
            project_milestones={
                key: row
                for key, row in workspace.project_milestones.items()
                if row.get("projectId") in projects
            },
        )

    def resolvers(self) -> dict[str, Callable[..., Any]]:
        """Return a resolver that refuses, for each refused field."""
        return dict.fromkeys(self.refused, _refuse)


def _refuse(_row: Row, info: Any, **_arguments: Any) -> Any:  # noqa: ANN401 - graphql-core's
    message = "You don't have permission to access this resource"
    raise GraphQLError(
        message,
        nodes=info.field_nodes,
        extensions={"code": "FORBIDDEN", "type": "forbidden", "userError": True},
    )
