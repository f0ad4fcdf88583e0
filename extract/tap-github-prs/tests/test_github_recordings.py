"""The 49 real pull requests of panjf2000/ants, value by value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Output, Reader


@pytest.fixture(scope="module")
def output(recorded_reader: Reader) -> Output:
    return recorded_reader.run()


def answers(folder: Path, name: str) -> list[dict[str, Any]]:
    """REST's own rows of pull requests."""
    lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if "/issues/" not in row["data"].get("html_url", "")]


def instant(value: str | None) -> str | None:
    return value and value.replace("Z", ".000Z")


def login(user: dict[str, Any] | None) -> str | None:
    return user and user["login"].removesuffix("[bot]")


def test_every_recorded_row_comes_exactly_once(output: Output) -> None:
    counts = {name: len(rows) for name, rows in output.records.items()}

    assert counts["pull_requests"] == 49
    assert counts["pr_reviews"] == 30
    assert counts["pr_comments"] == 16
    assert counts["pr_commits"] == 90
    assert counts["pr_issue_comments"] == 46
    for stream in ("pull_requests", "pr_reviews", "pr_comments", "pr_commits"):
        assert len(output.keyed(stream)) == counts[stream]


def test_pull_requests_are_what_rest_recorded(
    output: Output, recordings_folder: Path
) -> None:
    rows = output.keyed("pull_requests")
    for answer in answers(recordings_folder, "pulls"):
        data = answer["data"]
        row = rows[(data["id"],)]
        merged = data["merged_at"] is not None
        head = data["head"]["repo"] or {}
        expected = {
            "number": data["number"],
            "node_id": data["node_id"],
            "title": data["title"],
            "state": "MERGED" if merged else data["state"].upper(),
            "author_id": data["user"]["id"],
            "author_login": login(data["user"]),
            "author_association": data["author_association"],
            "base_ref_name": data["base"]["ref"],
            "base_ref_oid": data["base"]["sha"],
            "head_ref_name": data["head"]["ref"],
            "head_ref_oid": data["head"]["sha"],
            "head_repository_id": head.get("id"),
            "head_repository_name": head.get("full_name"),
            "labels": [label["name"] for label in data["labels"]],
            "assignees": [
                {"id": each["id"], "login": login(each)} for each in data["assignees"]
            ],
            "is_draft": data["draft"],
            "locked": data["locked"],
            "merged": merged,
            "created_at": instant(data["created_at"]),
            "updated_at": instant(data["updated_at"]),
            "closed_at": instant(data["closed_at"]),
            "merged_at": instant(data["merged_at"]),
        }
        assert {name: row[name] for name in expected} == expected
        assert row["body"] == (data["body"] or "")


def test_reviews_are_what_rest_recorded(
    output: Output, recordings_folder: Path
) -> None:
    rows = output.keyed("pr_reviews")
    for answer in answers(recordings_folder, "reviews"):
        data = answer["data"]
        row = rows[(data["id"],)]
        expected = {
            "node_id": data["node_id"],
            "author_id": (data["user"] or {}).get("id"),
            "author_login": login(data["user"]),
            "author_association": data["author_association"],
            "body": data["body"],
            "state": data["state"],
            "commit_oid": data["commit_id"],
            "submitted_at": instant(data["submitted_at"]),
        }
        assert {name: row[name] for name in expected} == expected
        assert row["url"] == data["html_url"]


def test_review_comments_are_what_rest_recorded(
    output: Output, recordings_folder: Path
) -> None:
    rows = output.keyed("pr_comments")
    for answer in answers(recordings_folder, "review_comments"):
        data = answer["data"]
        row = rows[(data["id"],)]
        expected = {
            "node_id": data["node_id"],
            "reply_to_id": data.get("in_reply_to_id"),
            "author_id": (data["user"] or {}).get("id"),
            "author_association": data["author_association"],
            "body": data["body"],
            "path": data["path"],
            "diff_hunk": data["diff_hunk"],
            "commit_oid": data["commit_id"],
            "original_commit_oid": data["original_commit_id"],
            "line": data.get("line"),
            "original_line": data.get("original_line"),
            "start_line": data.get("start_line"),
            "original_start_line": data.get("original_start_line"),
            "diff_side": data.get("side"),
            "start_diff_side": data.get("start_side"),
            "created_at": instant(data["created_at"]),
            "updated_at": instant(data["updated_at"]),
        }
        assert {name: row[name] for name in expected} == expected


def test_commits_are_what_rest_recorded(
    output: Output, recordings_folder: Path
) -> None:
    rows = output.keyed("pr_commits")
    pulls = {row["number"]: row["id"] for row in output.records["pull_requests"]}
    for answer in answers(recordings_folder, "pull_commits"):
        data, commit = answer["data"], answer["data"]["commit"]
        number = int(str(answer["input"]["Number"]))
        row = rows[(pulls[number], data["sha"])]
        expected = {
            "node_id": data["node_id"],
            "message": commit["message"],
            "author_name": commit["author"]["name"],
            "author_email": commit["author"]["email"],
            "author_id": (data["author"] or {}).get("id"),
            "author_login": login(data["author"]),
            "committer_name": commit["committer"]["name"],
            "committer_email": commit["committer"]["email"],
            "committer_id": (data["committer"] or {}).get("id"),
            "authored_at": instant(commit["author"]["date"]),
            "committed_at": instant(commit["committer"]["date"]),
        }
        assert {name: row[name] for name in expected} == expected


def test_conversation_comments_are_what_rest_recorded(
    output: Output, recordings_folder: Path
) -> None:
    rows = output.keyed("pr_issue_comments")
    compared = 0
    for answer in answers(recordings_folder, "issue_comments"):
        data = answer["data"]
        row = rows[(data["id"],)]
        expected = {
            "node_id": data["node_id"],
            "author_id": data["user"]["id"],
            "author_login": login(data["user"]),
            "author_association": data["author_association"],
            "body": data["body"],
            "url": data["html_url"],
            "created_at": instant(data["created_at"]),
            "updated_at": instant(data["updated_at"]),
        }
        assert {name: row[name] for name in expected} == expected
        compared += 1
    assert compared == 46


def test_everyone_who_acted_is_one_user(output: Output) -> None:
    acted = {
        row[f"{role}_id"]
        for stream, roles in {
            "pull_requests": ("author", "merged_by"),
            "pr_reviews": ("author",),
            "pr_comments": ("author",),
            "pr_issue_comments": ("author",),
            "pr_commits": ("author", "committer"),
        }.items()
        for row in output.records[stream]
        for role in roles
    } - {None}
    users = [row["id"] for row in output.records["users"]]

    assert len(users) == len(set(users))
    assert acted <= set(users)
