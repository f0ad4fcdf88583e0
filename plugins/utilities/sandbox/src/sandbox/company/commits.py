"""Commits, on branches and on the default branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.company import agents
from sandbox.company.rows import HOUR, Row, github_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Repository

_WEB: Row = {"name": "GitHub", "email": "noreply@github.com"}
"""The committer of what is written or merged on the website."""


class Lines(NamedTuple):
    """The size of a change."""

    additions: int
    deletions: int
    files: int


def make(  # noqa: PLR0913 - a commit is all of these
    sim: Company,
    author: Account,
    message: str,
    lines: Lines,
    *,
    authored: int,
    committed: int,
    parents: list[str],
    on_the_site: bool = False,
) -> Row:
    """Create a commit.

    Args:
        sim: The company.
        author: Who wrote it.
        message: Headline and, after an empty line, the body.
        lines: Its size.
        authored: Authored date, ms.
        committed: Committed date, ms.
        parents: Their oids: two for a merge commit, none for the first commit.
        on_the_site: Whether GitHub itself is the committer.
    """
    oid = sim.ids.sha()
    headline, _, body = message.partition("\n\n")
    row: Row = {
        "id": f"C_kwDO{oid}",
        "oid": oid,
        "abbreviatedOid": oid[:7],
        "message": message,
        "messageHeadline": headline,
        "messageBody": body,
        "authoredDate": github_time(authored),
        "committedDate": github_time(committed),
        "author": author.git,
        "committer": _WEB if on_the_site else author.git,
        "additions": lines.additions,
        "deletions": lines.deletions,
        "changedFiles": lines.files,
        "parents": parents,
    }
    if not sim.chance(0.01):  # null if GitHub could not count in time
        row["changedFilesIfAvailable"] = lines.files
    return row


def land(
    sim: Company, repository: Repository, pull: Row, author: Account, at: int
) -> Row:
    """Add a pull request's work to the default branch; return its commit there.

    After a merge or rebase, the branch's own commits are added with their dates: some
    are much older than the newest commit of the default branch.
    """
    title = f"{pull['title']} (#{pull['number']})"
    lines = Lines(pull["additions"], pull["deletions"], pull["changedFiles"])
    branch = [entry["commit"] for entry in pull["commits"]]
    head = repository.tip
    if repository.method == "MERGE":
        title = f"Merge pull request #{pull['number']} from {pull['headRefName']}"
        title += f"\n\n{pull['title']}"
        _arrive(repository, branch)
        landed = make(
            sim,
            author,
            title,
            lines,
            authored=at,
            committed=at,
            parents=[*head, branch[-1]["oid"]],
            on_the_site=True,
        )
    elif repository.method == "REBASE":
        *before, landed = _rebased(sim, branch, head, at)
        _arrive(repository, before)
    else:
        body = f"\n\n{branch[0]['message']}" if len(branch) > 1 else ""
        body += agents.squashed(sim, pull)
        landed = make(
            sim,
            author,
            title + body,
            lines,
            authored=at,
            committed=at,
            parents=head,
            on_the_site=True,
        )
    _push(repository, landed)
    touch(repository, at)
    return landed


def _rebased(sim: Company, branch: list[Row], head: list[str], at: int) -> list[Row]:
    """Rewrite the branch's commits on top of `head`, without merge commits."""
    rebased = []
    for commit in branch:
        if len(commit["parents"]) > 1:
            continue
        oid = sim.ids.sha()
        rebased.append(
            commit
            | {
                "id": f"C_kwDO{oid}",
                "oid": oid,
                "abbreviatedOid": oid[:7],
                "committedDate": github_time(at),
                "parents": head,
            }
        )
        head = [oid]
    return rebased


def _arrive(repository: Repository, commits: list[Row]) -> None:
    history: list[Row] = repository.row["commits"]
    history[:0] = reversed(commits)


def _push(repository: Repository, commit: Row) -> None:
    """Add a commit to the default branch that no other branch has.

    Its checks are those of the push; the commits of a branch have been checked there.
    """
    commit["isPushed"] = True
    _arrive(repository, [commit])


def touch(repository: Repository, at: int) -> None:
    """A push moves the repository's dates."""
    repository.row["pushedAt"] = repository.row["updatedAt"] = github_time(at)


def push_directly(sim: Company, repository: Repository, start: int) -> Process:
    """Commits without a pull request: the first one, releases, small fixes."""
    lines = Lines(40, 0, 6)
    founder = sim.pick(sim.coders).account
    first = make(
        sim,
        founder,
        "Initial commit",
        lines,
        authored=start,
        committed=start,
        parents=[],
    )
    _push(repository, first)
    repository.row["pushedAt"] = first["committedDate"]
    while True:
        yield sim.later(sim.now, 120)
        at = sim.now
        someone = (
            sim.crowd.machine_user if sim.chance(0.3) else sim.pick(sim.coders).account
        )
        message = sim.pick(
            ("Bump version", "Fix typo", "Update CHANGELOG", "Hotfix 🚑")
        )
        lines = Lines(sim.pick((1, 2, 5, 30)), sim.pick((0, 1, 2)), 1)
        authored = at - int(sim.random.expovariate(0.2) * HOUR)  # some days late
        commit = make(
            sim,
            someone,
            message,
            lines,
            authored=authored,
            committed=at,
            parents=repository.tip,
        )
        _push(repository, commit)
        touch(repository, at)
