"""A full refresh reads only the requested streams again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


class Source(NamedTuple):
    """What the request reads of a source."""

    name: str
    tap: str


SOURCES = [Source("linear", "tap-linear"), Source("github", "tap-github-prs")]
STATE: dict[str, Any] = {
    "workspace": {"id": "w"},
    "bookmarks": {"issues": {"replication_key_value": "2026"}, "comments": {}},
}


@pytest.fixture
def refresh(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    monkeypatch.delitem(sys.modules, "refresh", raising=False)
    import refresh  # noqa: PLC0415 - found on the path above

    return refresh


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        (None, {}, {}),
        (None, {"FULL_REFRESH": ""}, {}),
        (None, {"FULL_REFRESH": "0"}, {}),
        (None, {"FULL_REFRESH": "1"}, {"linear": {"*"}, "github": {"*"}}),
        (None, {"FULL_REFRESH": "github"}, {"github": {"*"}}),
        (
            None,
            {"FULL_REFRESH": "linear.issues, linear.comments"},
            {"linear": {"issues", "comments"}},
        ),
        (None, {"TAP_LINEAR_FULL_REFRESH": "1"}, {"linear": {"*"}}),
        (None, {"TAP_LINEAR_FULL_REFRESH": "false"}, {}),
        (None, {"TAP_GITHUB_PRS_FULL_REFRESH": "users"}, {"github": {"users"}}),
        ([], {}, {"linear": {"*"}, "github": {"*"}}),
        (["linear.issues"], {}, {"linear": {"issues"}}),
    ],
)
def test_a_refresh_is_of_everything_a_source_or_a_stream(
    options: list[str] | None,
    environment: dict[str, str],
    expected: dict[str, set[str]],
    refresh: ModuleType,
) -> None:
    assert refresh.requested(SOURCES, options, environment) == expected


@pytest.mark.parametrize(
    ("options", "environment", "label"),
    [
        (["jira"], {}, "--full-refresh names 'jira'"),
        (["linear."], {}, "--full-refresh names 'linear.'"),
        (None, {"FULL_REFRESH": "issues"}, "FULL_REFRESH names 'issues'"),
    ],
)
def test_a_source_that_does_not_exist_is_refused_in_one_line(
    options: list[str] | None,
    environment: dict[str, str],
    label: str,
    refresh: ModuleType,
) -> None:
    with pytest.raises(refresh.RefreshError, match=label) as refused:
        refresh.requested(SOURCES, options, environment)
    assert "linear, github" in str(refused.value)


def test_the_other_streams_keep_their_state(refresh: ModuleType) -> None:
    assert refresh.without(STATE, ["issues"]) == {
        "workspace": {"id": "w"},
        "bookmarks": {"comments": {}},
    }
    assert "issues" in STATE["bookmarks"]


def test_a_stream_without_a_bookmark_is_refused_and_the_others_are_listed(
    refresh: ModuleType,
) -> None:
    with pytest.raises(refresh.RefreshError) as refused:
        refresh.without(STATE, ["issue_history"])
    assert str(refused.value) == (
        "there is no bookmark of issue_history; streams that have one: comments, issues"
    )


@pytest.mark.parametrize("state", [{}, {"bookmarks": {}}])
def test_before_the_first_run_there_is_nothing_to_remove(
    state: dict[str, Any], refresh: ModuleType
) -> None:
    assert refresh.without(state, ["issues"]) == {"bookmarks": {}}
