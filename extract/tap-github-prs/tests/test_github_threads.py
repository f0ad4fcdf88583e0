"""Conditions that users of other readers of GitHub reported, one test each.

Other test files reproduce more of them: the docstring of such a test names the thread.
Classes 1 to 10 have at least two each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handmade import Host, at, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader

    Serve = Callable[[Host], Reader]


def commit(n: int, when: str) -> dict[str, Any]:
    return {
        "id": f"C_{n}",
        "oid": f"{n:040x}",
        "message": f"Commit {n}",
        "authoredDate": when,
        "committedDate": when,
    }


# --- 3. No bookmark over a gap -------------------------------------------------------


def test_commits_that_are_older_than_the_bookmark_are_read_with_their_pull_request(
    host: Host, serve: Serve
) -> None:
    """Commits from before the bookmark are missing in a pull request opened after it.

    https://github.com/singer-io/tap-github/issues/185
    """
    repository = host.repository("one")
    host.pull_request(repository, at(30))
    reader = serve(host)
    state = reader.run().state
    row = host.pull_request(repository, at(40))
    row["commits"] = [
        {"id": f"PRC_{n}", "commit": commit(n, when)}
        for n, when in enumerate((at(1), at(2), at(39)))
    ]
    serve(host)

    output = reader.run(state)

    read = {record["oid"] for record in output.records["pr_commits"]}
    assert read == {f"{n:040x}" for n in range(3)}


def test_a_repository_that_appears_after_a_killed_run_is_read_from_its_start(
    host: Host, serve: Serve
) -> None:
    """A repository that sorts before the one in the bookmark is never read.

    https://github.com/PostHog/posthog/pull/70022
    """
    second = host.repository("second")
    rows = [host.pull_request(second, at(n)) for n in range(9)]
    reader = serve(host)
    killed = reader.run(die_at=9)
    first = host.repository("first")
    rows += [host.pull_request(first, at(n)) for n in range(9)]
    serve(host)

    both = ["ada/first", "ada/second"]
    state = killed.states[-1] if killed.states else None
    rest = reader.run(state, repositories=both)

    assert {*killed.numbers, *rest.numbers} == set(numbers(rows))


# --- 8. Tolerant decoding ------------------------------------------------------------


def test_a_commit_with_a_date_in_the_future_hides_no_later_commit(
    host: Host, serve: Serve
) -> None:
    """One commit with a clock that was ahead becomes the bookmark of its stream.

    https://github.com/constructorfabric/insight/pull/3356
    """
    repository = host.world.github.repositories[host.repository("one")]
    repository["commits"] = [commit(1, "2063-04-05T00:00:00Z"), commit(0, at(1))]
    reader = serve(host)
    state = reader.run().state
    repository["commits"].insert(0, commit(2, at(3)) | {"parents": [f"{1:040x}"]})
    serve(host)

    output = reader.run(state)

    assert f"{2:040x}" in {record["oid"] for record in output.records["commits"]}


# --- 9. Changed settings -------------------------------------------------------------


def test_a_child_stream_that_is_selected_later_is_read_for_every_pull_request(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    """Reviews from before the stream was selected are never read.

    https://github.com/singer-io/tap-github/issues/59
    """
    repository = host.repository("one")
    for n in range(5):
        row = host.pull_request(repository, at(n))
        row["reviews"] = [{**host.comment(row), "state": "APPROVED"}]
    reader = serve(host)
    state = reader.run(catalog=select(repositories=None, pull_requests=None)).state

    everything = select(repositories=None, pull_requests=None, pr_reviews=None)
    output = reader.run(state, catalog=everything)

    assert len(output.records["pr_reviews"]) == 5
