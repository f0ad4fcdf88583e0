"""The commits whose check suites are read, and what of them will change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import from_epoch, timestamp
from tap_github_prs.streams.nested import Nested
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.partial import why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.streams.listing import Found
    from tap_github_prs.transport.client import GitHub

DAY_SECONDS = 86_400
MOST_DAYS = 30
"""How long the list of a commit is read again whose checks have failed or are not
finished: a workflow can be re-run up to 30 days after its first run
(docs/apis/github.md)."""
MOST_DAYS_IDLE = 1
"""How long a suite that is not finished is read again although its `updatedAt` stays.
GitHub creates a suite for each app that may write checks. If the app never uses it, it
stays QUEUED and has no runs."""
MOST_UNREAD = 100
"""Commits of a repository that may be incomplete before its bookmarks stop."""
UNKNOWN = -1
"""Number of suites of a commit that was not read completely."""

DONE = "COMPLETED"
FINAL = frozenset({"SUCCESS", "NEUTRAL", "SKIPPED", "STALE"})
"""Conclusions after which hardly anybody runs the checks again."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A check suite to read.

    Attributes:
        node_id: GraphQL's id.
    """

    node_id: str


@dataclass(eq=False, slots=True)
class Commit:
    """A commit, with the list of its check suites.

    Attributes:
        node_id: GraphQL's id.
        oid: SHA.
        suites: The suites as they were listed.
        gap: What of it could not be read; "" if nothing is missing.
    """

    node_id: str
    oid: str
    suites: list[Node] = field(default_factory=list)
    gap: str = ""

    @classmethod
    def read(cls, github: GitHub, node: Node) -> Commit:
        """Return a commit with the complete list of its suites.

        Args:
            github: The client.
            node: The commit, with the first page of the list.
        """
        commit = cls(node["id"], node["oid"])
        held = node.get("checkSuites")
        if held is None:
            # Null and no error: nobody has ever checked it.
            commit.gap = why(node, "checkSuites")
            return commit
        commit.gap = Nested(node["id"], "checkSuites", "MoreCheckSuites", held).read(
            github, None
        )
        commit.suites = [each for each in held["nodes"] if each]
        return commit

    def is_in(self, nodes: Mapping[str, object]) -> bool:
        """Whether all suites of the commit are among some that were read."""
        return all(suite["id"] in nodes for suite in self.suites)

    def has_changed(self, suites: int, read_at: str, now: float) -> bool:
        """Whether a commit that was read before must be read again.

        Args:
            suites: How many suites it had.
            read_at: What changed before this moment was read.
            now: GitHub's time, in epoch seconds.
        """
        return (
            bool(self.gap)
            or len(self.suites) != suites
            or any(
                timestamp(suite["updatedAt"]) >= read_at
                or (suite["status"] != DONE and _is_young(suite, now, MOST_DAYS_IDLE))
                for suite in self.suites
            )
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A commit, or a pull request whose head is read.

    Attributes:
        plan: The repository that it belongs to.
        node_id: GraphQL's id.
        changed_at: When the pull request last changed; "" if it moves no bookmark.
    """

    plan: CheckPlan
    node_id: str
    changed_at: str = ""


@dataclass(eq=False, slots=True)
class CheckPlan:
    """What to read of one repository.

    Attributes:
        repository: Its node.
        state: Its partition of the state.
        found: What its list of pull requests shows.
        watched: Commits to look at again in the next run, by SHA.
        read: SHAs of the commits that this run has looked at.
        gap: Why something could not be read; "" if nothing is missing.
        is_stopped: Whether a pull request is missing: then the bookmark stops.
    """

    repository: Node
    state: dict[str, Any]
    found: Found
    watched: dict[str, dict[str, Any]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    gap: str = ""
    is_stopped: bool = False

    def lack(self, words: str) -> None:
        """Note that something is missing."""
        self.gap = self.gap or words

    @property
    def is_full(self) -> bool:
        """Whether too many commits are incomplete: then no bookmark may move."""
        unread = [one for one in self.watched.values() if one["suites"] == UNKNOWN]
        return len(unread) > MOST_UNREAD

    def keep(self) -> None:
        """Put the watched commits into the state."""
        self.state["watched"] = list(self.watched.values())

    def watch(self, node_id: str, oid: str, suites: int = UNKNOWN) -> None:
        """Look at a commit again in the next run."""
        self.watched[oid] = {"node_id": node_id, "oid": oid, "suites": suites}

    def watched_by_id(self, node_id: str) -> str:
        """Return the SHA of a watched commit."""
        return next(
            oid for oid, one in self.watched.items() if one["node_id"] == node_id
        )

    def settle(self, commit: Commit, nodes: list[Node], now: float) -> None:
        """Note that a commit was read, and whether to look at it again.

        Args:
            commit: The commit.
            nodes: Its suites, as they were listed or read.
            now: GitHub's time, in epoch seconds.
        """
        self.watched.pop(commit.oid, None)
        if commit.gap:
            self.lack(commit.gap)
            self.watch(commit.node_id, commit.oid)
        elif any(will_change(node, now) for node in nodes):
            self.watch(commit.node_id, commit.oid, len(nodes))


def will_change(suite: Node, now: float) -> bool:
    """Whether a check suite is likely to change.

    Args:
        suite: The suite, as it was listed or read.
        now: GitHub's time, in epoch seconds.
    """
    if suite["status"] == DONE and suite["conclusion"] in FINAL:
        return False
    runs = suite.get("checkRuns")
    is_idle = suite["status"] != DONE and runs is not None and not runs["nodes"]
    return _is_young(suite, now, MOST_DAYS_IDLE if is_idle else MOST_DAYS)


def _is_young(suite: Node, now: float, days: int) -> bool:
    created_at = timestamp(suite["createdAt"])
    return created_at > from_epoch(now - days * DAY_SECONDS)


def head_of(pull_request: Node) -> Node | None:
    """Return the node of the head of a pull request; None if it has no commit.

    Raises:
        UnreadableError: If GitHub does not show it.
    """
    held = pull_request.get("commits")
    words = why(pull_request, "commits") or why(held or {}, "nodes")
    if words or held is None or None in held["nodes"]:
        raise UnreadableError(words or NO_REASON)
    for node in held["nodes"]:
        if node["commit"] is None:
            raise UnreadableError(why(node, "commit") or NO_REASON)
        found: Node = node["commit"]
        return found
    return None
