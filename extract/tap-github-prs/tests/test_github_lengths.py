"""How many threads are requested with a pull request, learned and kept in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_github_prs.common.errors import TapError
from tap_github_prs.common.nested_pages import NestedPages
from tap_github_prs.streams.details import THREAD_PRICES, THREADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]


def with_threads(host: Host, total: int, threads: int) -> None:
    """Add a repository with pull requests that have some threads each."""
    repository = host.repository("one")
    for n in range(total):
        row = host.pull_request(repository, host.second(n))
        row["reviewThreads"] = [
            {
                "id": f"PRRT_{n}_{number}",
                "diffSide": "RIGHT",
                "comments": [host.comment(row)],
            }
            for number in range(threads)
        ]


def test_the_lengths_of_lists_that_were_read_are_kept_in_the_state(
    host: Host, serve: Serve
) -> None:
    with_threads(host, 31, threads=7)
    reader = serve(host)

    output = reader.run()

    assert len(output.records["pr_comments"]) == 31 * 7
    assert output.state["list_lengths"] == {"reviewThreads": {"7": 31}}
    again = reader.run(output.state)
    assert again.state["list_lengths"] == {"reviewThreads": {"7": 31}}


def test_a_run_requests_as_many_threads_as_the_runs_before_have_found(
    host: Host, serve: Serve
) -> None:
    with_threads(host, 50, threads=0)
    reader = serve(host)
    learned = {"list_lengths": {"reviewThreads": {"0": 100}}}

    reader.run()
    unknown = reader.server.stats()["github"]["points"]
    reader.server.forget_stats()
    reader.run({"bookmarks": {}, **learned})

    assert reader.server.stats()["github"]["points"] < unknown


def test_no_thread_is_lost_whatever_number_was_learned(
    host: Host, serve: Serve
) -> None:
    with_threads(host, 30, threads=75)
    reader = serve(host)
    for lengths in ({"0": 100}, {"1": 50, "1000": 50}, {"75": 100}):
        state = {"bookmarks": {}, "list_lengths": {"reviewThreads": lengths}}

        output = reader.run(state)

        assert len(output.keyed("pr_comments")) == 30 * 75


@pytest.mark.parametrize(
    ("lengths", "first"),
    [({0: 100}, 1), ({7: 100}, 7), ({0: 95, 30: 5}, 1), ({3: 10}, THREADS)],
)
def test_the_first_page_of_threads_costs_the_fewest_points(
    lengths: dict[int, int], first: int
) -> None:
    pages = NestedPages(THREADS)
    for length, count in lengths.items():
        for _ in range(count):
            pages.observe(length)

    assert pages.first_page(THREAD_PRICES, 25).rows == first


@pytest.mark.parametrize("lengths", [[], {"reviewThreads": 7}, {"x": {"1": "many"}}])
def test_damaged_lengths_in_the_state_are_named_in_one_line(
    lengths: Any,  # noqa: ANN401 - JSON
    host: Host,
    serve: Serve,
) -> None:
    with_threads(host, 1, threads=0)

    with pytest.raises(TapError, match="The state is damaged: list_lengths"):
        serve(host).run({"bookmarks": {}, "list_lengths": lengths})
