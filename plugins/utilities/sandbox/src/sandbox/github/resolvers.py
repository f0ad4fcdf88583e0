"""Resolvers of the fields of GitHub's schema that are not in the row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.github.access import Access
from sandbox.github.check_fields import CHECK_FIELDS
from sandbox.github.delivery_fields import DELIVERY_FIELDS
from sandbox.github.paging import edges
from sandbox.github.pull_request_fields import PULL_REQUEST_FIELDS, anchor
from sandbox.github.repository_fields import REPOSITORY_FIELDS, WEB

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
ACTORS = ("User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount")

DEFAULTS = {
    "DeploymentStatus.state": "PENDING",
    "Issue.authorAssociation": "NONE",
    "Issue.state": "OPEN",
    "IssueComment.authorAssociation": "NONE",
    "Label.color": "ededed",
    "PullRequest.authorAssociation": "NONE",
    "PullRequest.mergeable": "UNKNOWN",
    "PullRequest.state": "OPEN",
    "PullRequestChangedFile.changeType": "MODIFIED",
    "PullRequestReview.authorAssociation": "NONE",
    "PullRequestReview.state": "COMMENTED",
    "PullRequestReviewComment.authorAssociation": "NONE",
    "PullRequestReviewComment.state": "SUBMITTED",
    "PullRequestReviewComment.subjectType": "LINE",
    "PullRequestReviewThread.diffSide": "RIGHT",
    "PullRequestReviewThread.subjectType": "LINE",
    "Repository.forkingAllowed": True,
    "Repository.hasIssuesEnabled": True,
    "Repository.mergeCommitAllowed": True,
    "Repository.rebaseMergeAllowed": True,
    "Repository.squashMergeAllowed": True,
    "Repository.visibility": "PRIVATE",
    "ReviewDismissedEvent.previousReviewState": "APPROVED",
    "Team.privacy": "VISIBLE",
}


@dataclass(slots=True)
class GitHubContext:
    """The context of the resolvers, `info.context`."""

    store: GitHubStore
    viewer: Row
    rate_limit: Row
    access: Access = field(default_factory=Access)
    sso: str = ""


def type_of(row: Row, _info: Any, _abstract: Any) -> str:  # noqa: ANN401 - graphql-core's
    """Return the object type of a row of an interface or union."""
    return str(row["__typename"])


def _url(path: Callable[[Row], str]) -> tuple[Callable[..., str], Callable[..., str]]:
    """Return resolvers of `url` and `resourcePath` for rows without them."""

    def resource_path(row: Row, _info: Any) -> str:  # noqa: ANN401
        return str(row.get("resourcePath") or path(row))

    def url(row: Row, _info: Any) -> str:  # noqa: ANN401
        return str(row.get("url") or f"{WEB}{path(row)}")

    return url, resource_path


def _repository_path(row: Row) -> str:
    return f"/{(row.get('repository') or {}).get('nameWithOwner')}"


def _account_path(prefix: str) -> Callable[[Row], str]:
    return lambda row: f"{prefix}{row['login']}"


def resolvers(schema: GraphQLSchema) -> dict[str, Callable[..., Any]]:
    """Return every resolver that does more than read a key, by `Type.field`."""
    table: dict[str, Callable[..., Any]] = {
        **REPOSITORY_FIELDS,
        **PULL_REQUEST_FIELDS,
        **DELIVERY_FIELDS,
        **CHECK_FIELDS,
    }
    paths: dict[str, Callable[[Row], str]] = {
        "Repository": lambda row: f"/{row['nameWithOwner']}",
        "Label": lambda row: f"{_repository_path(row)}/labels/{row['name']}",
        "Issue": lambda row: f"{_repository_path(row)}/issues/{row['number']}",
        "Release": lambda row: f"{_repository_path(row)}/releases/tag/{row['tagName']}",
        "PullRequestCommit": lambda row: (
            f"{anchor('')(row).partition('#')[0]}/commits/{row['commit']['oid']}"
        ),
        "PullRequestReview": anchor("pullrequestreview-"),
        "PullRequestReviewComment": anchor("discussion_r"),
        "IssueComment": anchor("issuecomment-"),
    }
    for type_name in ACTORS:
        paths[type_name] = _account_path("/apps/" if type_name == "Bot" else "/")
    for name, type_ in schema.type_map.items():
        if name.endswith("Event") and "resourcePath" in getattr(type_, "fields", {}):
            paths[name] = anchor("event-")
    for type_name, path in paths.items():
        table[f"{type_name}.url"], table[f"{type_name}.resourcePath"] = _url(path)
    table |= {
        f"{name}.edges": edges
        for name, type_ in schema.type_map.items()
        if name.endswith("Connection") and "edges" in getattr(type_, "fields", {})
    }
    return table
