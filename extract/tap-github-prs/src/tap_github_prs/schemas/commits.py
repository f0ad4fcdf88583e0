"""Commits: of a pull request, and of a default branch."""

from __future__ import annotations

from tap_github_prs.schemas.columns import (
    INTEGER,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    column,
    given,
)
from tap_github_prs.schemas.shared import OF_PULL_REQUEST, READ_WITH


def _commit(at: str = "") -> tuple[Column, ...]:
    """Return the columns of a commit at the path `at`."""
    people = [
        made
        for person in ("author", "committer")
        for made in (
            column(
                f"{person}_name", STRING, f"Name of the {person}", f"{at}{person}.name"
            ),
            column(
                f"{person}_email",
                STRING,
                f"E-mail of the {person}",
                f"{at}{person}.email",
            ),
            column(
                f"{person}_id",
                INTEGER,
                f"users.id of the {person}; null if no account has the e-mail",
                f"{at}{person}.user.databaseId",
            ),
            column(
                f"{person}_login",
                STRING,
                f"Login of the {person}",
                f"{at}{person}.user.login",
            ),
        )
    ]
    return (
        column("node_id", STRING, "GraphQL's id", f"{at}id"),
        column("message", STRING, "Complete message", f"{at}message"),
        column("url", STRING, "Address of the page", f"{at}url"),
        *people,
        column("additions", INTEGER, "Lines added", f"{at}additions"),
        column("deletions", INTEGER, "Lines deleted", f"{at}deletions"),
        column(
            "changed_files",
            INTEGER,
            "Files changed; null if GitHub did not count them",
            f"{at}changedFilesIfAvailable",
        ),
        column("authored_at", TIMESTAMP, "When it was written", f"{at}authoredDate"),
        column(
            "committed_at", TIMESTAMP, "When it was committed", f"{at}committedDate"
        ),
    )


PR_COMMITS = Table(
    "pr_commits",
    (
        *OF_PULL_REQUEST,
        column("oid", STRING, "SHA", "commit.oid"),
        *_commit("commit."),
        READ_WITH,
    ),
    # The same commit can be in several pull requests (docs/apis/github.md): another tap
    # overwrites one with the other.
    keys=("pull_request_id", "oid"),
    replication_key="pull_request_updated_at",
)


COMMITS = Table(
    "commits",
    (
        given("repository_id", INTEGER, "repositories.id"),
        column("oid", STRING, "SHA"),
        column("parent_oids", STRING, "SHAs of its parents", "parents.nodes[].oid"),
        *_commit(),
    ),
    keys=("repository_id", "oid"),
    replication_key="committed_at",
)
