"""Resolvers of the fields of Linear's schema that are not in the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from sandbox.linear.filters import FilterError, Filters, instant
from sandbox.linear.paging import PagingError, connection, encode
from sandbox.linear.roots import ROOTS, SINGLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from sandbox.linear.store import LinearStore

Row = dict[str, Any]

# Connections whose rows refer to their owner: type and reference.
CHILDREN = {
    "Comment.children": ("Comment", "parentId"),
    "Cycle.issues": ("Issue", "cycleId"),
    "Issue.attachments": ("Attachment", "issueId"),
    "Issue.children": ("Issue", "parentId"),
    "Issue.comments": ("Comment", "issueId"),
    "Issue.formerAttachments": ("Attachment", "originalIssueId"),
    "Issue.inverseRelations": ("IssueRelation", "relatedIssueId"),
    "Issue.relations": ("IssueRelation", "issueId"),
    "IssueLabel.children": ("IssueLabel", "parentId"),
    "IssueLabel.issues": ("Issue", "labelIds"),
    "Project.comments": ("Comment", "projectId"),
    "Project.initiatives": ("Initiative", "projectIds"),
    "Project.issues": ("Issue", "projectId"),
    "Project.projectMilestones": ("ProjectMilestone", "projectId"),
    "ProjectMilestone.issues": ("Issue", "projectMilestoneId"),
    "Team.cycles": ("Cycle", "teamId"),
    "Team.issues": ("Issue", "teamId"),
    "Team.labels": ("IssueLabel", "teamId"),
    "Team.memberships": ("TeamMembership", "teamId"),
    "Team.projects": ("Project", "teamIds"),
    "Team.states": ("WorkflowState", "teamId"),
    "User.assignedIssues": ("Issue", "assigneeId"),
    "User.createdIssues": ("Issue", "creatorId"),
    "User.teamMemberships": ("TeamMembership", "userId"),
    "WorkflowState.issues": ("Issue", "stateId"),
}
# Connections whose IDs are in the row itself: type and key.
HELD = {
    "Cycle.uncompletedIssuesUponClose": ("Issue", "uncompletedIssuesUponCloseIds"),
    "Initiative.projects": ("Project", "projectIds"),
    "Issue.labels": ("IssueLabel", "labelIds"),
    "Issue.subscribers": ("User", "subscriberIds"),
    "Project.members": ("User", "memberIds"),
    "Project.teams": ("Team", "teamIds"),
    "ReleasePipeline.teams": ("Team", "teamIds"),
}
# Through memberships: the membership's references to both sides.
MEMBERS = {
    "Team.members": ("teamId", "User", "userId"),
    "User.teams": ("userId", "Team", "teamId"),
}
# Plain lists of objects: type and the key of their ids.
LISTS = {
    "IssueHistory.actors": ("User", "actorIds"),
    "IssueHistory.addedLabels": ("IssueLabel", "addedLabelIds"),
    "IssueHistory.removedLabels": ("IssueLabel", "removedLabelIds"),
    "IssueHistory.descriptionUpdatedBy": ("User", "descriptionUpdatedByIds"),
}
DEFAULTS = {
    "ActorBot.type": "integration",
    "AgentSession.status": "pending",
    "Initiative.frequencyResolution": "weekly",
    "Initiative.status": "Planned",
    "Initiative.visibility": "organization",
    "Issue.priorityLabel": "No priority",
    "Organization.fiscalYearStartMonth": 1,
    "Organization.releaseChannel": "public",
    "Organization.workingDays": [1, 2, 3, 4, 5],
    "Project.frequencyResolution": "weekly",
    "Project.priorityLabel": "No priority",
    "ProjectMilestone.status": "next",
    "ProjectStatus.type": "started",
    "ReleasePipeline.type": "scheduled",
    "ReleaseStage.type": "planned",
    "Team.timezone": "Etc/UTC",
    "Team.visibility": "public",
}


@dataclass(slots=True)
class LinearContext:
    """The context of the resolvers, `info.context`."""

    store: LinearStore
    filters: Filters
    rate_limits: list[Row]
    viewer_id: str | None


def refused(message: str, code: str = "INPUT_ERROR") -> GraphQLError:
    """Return an error in Linear's words."""
    return GraphQLError(
        message,
        extensions={
            "code": code,
            "type": "invalid input",
            "userError": True,
            "userPresentableMessage": message,
        },
    )


def _page(
    context: LinearContext,
    type_name: str,
    rows: list[Row] | None,
    arguments: dict[str, Any],
) -> Row:
    """Answer a connection of entities; `rows` None means all of the type."""
    order = arguments.get("orderBy") or "createdAt"
    wanted: dict[str, Any] = arguments.get("filter") or {}
    include_archived = arguments.get("includeArchived") or False
    include_disabled = arguments.get("includeDisabled") or False
    hides_disabled = type_name == "User" and not include_disabled
    try:
        test = context.filters.test(f"{type_name}Filter", wanted) if wanted else None
        ordered = _candidates(context, type_name, rows, order, wanted)
    except FilterError as error:
        raise refused(str(error)) from None

    def keep(row: Row) -> bool:
        if not include_archived and row.get("archivedAt"):
            return False
        if hides_disabled and row.get("active") is False:
            return False
        return test is None or test(row)

    try:
        return connection(ordered, arguments, keep, order)
    except PagingError as error:
        raise refused(str(error), "INVALID_INPUT") from None


def _candidates(
    context: LinearContext,
    type_name: str,
    rows: list[Row] | None,
    order: str,
    wanted: dict[str, Any],
) -> list[Row]:
    """Reduce the rows as far as a key or the sort order allows."""
    ids = (wanted.get("id") or {}).get("in")
    if rows is None and ids is None:
        ordered = context.store.ordered(type_name, order)
        bounds = wanted.get(order) or {}
        floor = bounds.get("gte") or bounds.get("gt")
        if floor is None:
            return ordered
        oldest = instant(floor, context.store.now)
        return _until(ordered, order, oldest)
    if rows is None:
        rows = context.store.many(type_name, list(dict.fromkeys(ids or ())))
    return sorted(rows, key=lambda row: (row[order], row["id"]), reverse=True)


def _until(ordered: list[Row], order: str, oldest: str) -> list[Row]:
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle][order] >= oldest:
            low = middle + 1
        else:
            high = middle
    return ordered[:low]


def _root(type_name: str) -> Callable[..., Row]:
    return lambda _row, info, **arguments: _page(
        info.context, type_name, None, arguments
    )


def _single(type_name: str) -> Callable[..., Row]:
    def single(_row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        key = arguments.get("id") or ""
        found: Row | None = info.context.store.get(type_name, key)
        if found is None and type_name == "Issue":
            # Linear accepts the identifier (ENG-123) instead of the ID.
            found = next(iter(info.context.store.by("Issue", "identifier", key)), None)
        if found is None:
            message = f"Entity not found: {type_name}"
            raise refused(message)
        return found

    return single


def _children(type_name: str, key: str) -> Callable[..., Row]:
    def children(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        context: LinearContext = info.context
        return _page(
            context, type_name, context.store.by(type_name, key, row["id"]), arguments
        )

    return children


def _held(type_name: str, key: str) -> Callable[..., Row]:
    def held(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        context: LinearContext = info.context
        rows = context.store.many(type_name, row.get(key) or [])
        return _page(context, type_name, rows, arguments)

    return held


def _members(here: str, type_name: str, there: str) -> Callable[..., Row]:
    def members(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        context: LinearContext = info.context
        memberships = context.store.by("TeamMembership", here, row["id"])
        ids = [membership[there] for membership in memberships]
        rows = context.store.many(type_name, ids)
        return _page(context, type_name, rows, arguments)

    return members


def _organization(type_name: str) -> Callable[..., Row]:
    return lambda _row, info, **arguments: _page(
        info.context, type_name, None, arguments
    )


def _list(type_name: str, key: str) -> Callable[..., list[Row] | None]:
    def listed(row: Row, info: Any) -> list[Row] | None:  # noqa: ANN401
        ids = row.get(key)
        return None if ids is None else info.context.store.many(type_name, ids)

    return listed


def _hanging(table: str, *, reference: str | None = None) -> Callable[..., Row]:
    """Resolve a list of the issue, in the list's own order."""

    def hanging(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        held = getattr(info.context.store.workspace, table).get(row["id"], [])
        rows = [one if reference is None else {reference: row, **one} for one in held]
        try:
            return connection(rows, arguments, lambda _row: True, None)
        except PagingError as error:
            raise refused(str(error), "INVALID_INPUT") from None

    return hanging


def _edges(row: Row, _info: Any) -> list[Row]:  # noqa: ANN401 - graphql-core's info
    return [
        {"cursor": encode(key), "node": node}
        for key, node in zip(row["keys"], row["nodes"], strict=True)
    ]


def _viewer(_row: Row, info: Any) -> Row:  # noqa: ANN401
    found: Row = info.context.store.get("User", info.context.viewer_id)
    return found


def _rate_limit_status(_row: Row, info: Any) -> Row:  # noqa: ANN401
    return {"kind": "hourly", "limits": info.context.rate_limits}


def _issue_count(row: Row, info: Any, **arguments: Any) -> int:  # noqa: ANN401
    return _count(info.context.store.by("Issue", "teamId", row["id"]), arguments)


def _issue_count_of_release(row: Row, info: Any, **arguments: Any) -> int:  # noqa: ANN401
    store: LinearStore = info.context.store
    pairs = store.by("IssueToRelease", "releaseId", row["id"])
    issues = store.many("Issue", [pair["issueId"] for pair in pairs])
    return _count(issues, arguments)


def _count(rows: list[Row], arguments: dict[str, Any]) -> int:
    archived_too = arguments.get("includeArchived")
    return sum(1 for one in rows if archived_too or not one.get("archivedAt"))


def _cycle_flag(name: str) -> Callable[..., bool]:
    """Return a flag of a cycle from the row, or from its dates and the current time."""

    def flag(row: Row, info: Any) -> bool:  # noqa: ANN401
        if name in row:
            return bool(row[name])
        now = instant("P0D", info.context.store.now)
        by_date: dict[str, bool] = {
            "isActive": row["startsAt"] <= now < row["endsAt"],
            "isFuture": row["startsAt"] > now,
            "isPast": row["endsAt"] <= now,
        }
        return by_date.get(name, False)

    return flag


def _active_cycle(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    now = instant("P0D", info.context.store.now)
    cycles = info.context.store.by("Cycle", "teamId", row["id"])
    return next((one for one in cycles if one["startsAt"] <= now < one["endsAt"]), None)


def resolvers(schema: GraphQLSchema) -> dict[str, Callable[..., Any]]:
    """Return every resolver that does more than read a key, by `Type.field`."""
    table: dict[str, Callable[..., Any]] = {
        "Query.organization": lambda _row, info: info.context.store.organization,
        "Query.viewer": _viewer,
        "Query.rateLimitStatus": _rate_limit_status,
        "Organization.teams": _organization("Team"),
        "Organization.users": _organization("User"),
        "Organization.labels": _organization("IssueLabel"),
        "Organization.projectStatuses": lambda _row, info: info.context.store.rows(
            "ProjectStatus"
        ),
        "Issue.history": _hanging("issue_history", reference="issue"),
        "Issue.stateHistory": _hanging("issue_state_spans"),
        "Project.status": lambda row, info: info.context.store.project_status(
            row["state"]
        ),
        "Release.issueCount": _issue_count_of_release,
        "Team.activeCycle": _active_cycle,
        "Team.children": lambda row, info: info.context.store.by(
            "Team", "parentId", row["id"]
        ),
        "Team.issueCount": _issue_count,
        "Team.membership": lambda row, info, userId: next(  # noqa: N803 - Linear's
            (
                one
                for one in info.context.store.by("TeamMembership", "teamId", row["id"])
                if one["userId"] == userId
            ),
            None,
        ),
    }
    table |= {f"Query.{name}": _root(kind) for name, kind in ROOTS.items()}
    table |= {f"Query.{name}": _single(kind) for name, kind in SINGLES.items()}
    table |= {path: _children(*where) for path, where in CHILDREN.items()}
    table |= {path: _held(*where) for path, where in HELD.items()}
    table |= {path: _members(*where) for path, where in MEMBERS.items()}
    table |= {path: _list(*where) for path, where in LISTS.items()}
    table |= {
        f"Cycle.{name}": _cycle_flag(name)
        for name in ("isActive", "isFuture", "isNext", "isPast", "isPrevious")
    }
    table |= {
        f"{name}.organization": lambda _row, info: info.context.store.organization
        for name in ("Initiative", "IssueLabel", "Team", "User")
    }
    table |= {
        f"{name}.edges": _edges
        for name in schema.type_map
        if name.endswith("Connection")
    }
    return table
