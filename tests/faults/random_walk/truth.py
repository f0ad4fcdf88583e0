"""Compares a warehouse with its source, row by row.

What a row should hold is what a fault-free read from the start gives. Which rows there
should be is also counted in the sandbox's own tables, without any tap.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from google.cloud.exceptions import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from google.cloud import bigquery

    from sandbox.company import World

Row = dict[str, Any]
Key = tuple[Any, ...]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CHILDREN = frozenset(
    f"pr_{name}"
    for name in ("reviews", "comments", "issue_comments", "files", "commits", "events")
)


@dataclass
class Stream:
    """What a read gave of a stream.

    Attributes:
        key: Its key columns.
        columns: All of its columns.
        rows: Its rows by key.
    """

    key: tuple[str, ...]
    columns: frozenset[str]
    rows: dict[Key, Row]


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value as both sides write it: no nulls, moments as one text."""
    if isinstance(value, dict):
        pairs = ((name, plain(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one is not None} or None
    if isinstance(value, list):
        return [plain(one) for one in value] or None
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else value


def read_messages(path: Path) -> dict[str, Stream]:
    """Return the streams that a tap has written into a file."""
    streams: dict[str, Stream] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        name = message.get("stream")
        if message["type"] == "SCHEMA":
            columns = frozenset(message["schema"]["properties"])
            streams[name] = Stream(tuple(message["key_properties"]), columns, {})
        if message["type"] == "RECORD":
            row = plain(message["record"])
            found = streams[name]
            found.rows[tuple(row.get(one) for one in found.key)] = row
    return streams


def read_table(
    client: bigquery.Client, table: str, stream: Stream
) -> tuple[dict[Key, Row], int]:
    """Return the rows of a table that are not deleted, and how many come twice."""
    sql = f"select * from `{table}` where _sdc_deleted_at is null"  # noqa: S608 - our own name
    try:
        found = [dict(row.items()) for row in client.query_and_wait(sql)]
    except NotFound:
        return {}, 0
    rows = {}
    for row in found:
        kept = plain({name: row.get(name) for name in stream.columns}) or {}
        rows[tuple(kept.get(one) for one in stream.key)] = kept
    return rows, len(found) - len(rows)


@dataclass(frozen=True)
class Difference:
    """A way in which the warehouse is not as the source.

    Attributes:
        stream: Name of the stream.
        kind: `missing`, `extra`, `twice` or the name of a column.
        key: The row's key.
        detail: What was found, and what was expected.
    """

    stream: str
    kind: str
    key: Key
    detail: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.stream} {self.key}: {self.kind} {self.detail}"


def live(streams: dict[str, dict[Key, Row]]) -> None:
    """Leave out, as each README says, what the source no longer has.

    Args:
        streams: The warehouse's rows by stream and key, changed in place.
    """
    moved = {
        row["id"]: row.get("updated_at", "")
        for row in streams.get("pull_requests", {}).values()
        if not row.get("is_incomplete")
    }
    for name in CHILDREN.intersection(streams):
        streams[name] = {
            key: row
            for key, row in streams[name].items()
            if row["pull_request_updated_at"] >= moved.get(row["pull_request_id"], "")
        }
    if "issue_index" in streams:
        exist = {key[0] for key in streams["issue_index"]}
        for name, column in (
            ("issues", "id"), ("issue_history", "issue_id"),
            ("issue_state_spans", "issue_id"), ("comments", "issue_id"),
            ("attachments", "issue_id"), ("cycle_uncompleted_issues", "issue_id"),
        ):  # fmt: skip
            streams[name] = {
                key: row
                for key, row in streams.get(name, {}).items()
                if not row.get(column) or row[column] in exist
            }


def differences(
    client: bigquery.Client, dataset: str, truth: dict[str, Stream]
) -> Iterator[Difference]:
    """Yield each difference between a dataset and what it should hold."""
    tables = {}
    for name, stream in truth.items():
        tables[name], twice = read_table(client, f"{dataset}.{name}", stream)
        if twice:
            yield Difference(name, "twice", (), f"{twice} rows")
    live(tables)
    for name, stream in truth.items():
        rows = tables[name]
        for key in stream.rows.keys() - rows.keys():
            yield Difference(name, "missing", key)
        for key in rows.keys() - stream.rows.keys():
            yield Difference(name, "extra", key)
        for key in stream.rows.keys() & rows.keys():
            there, wanted = rows[key], stream.rows[key]
            for column in sorted(stream.columns):
                if there.get(column) != wanted.get(column):
                    detail = f"is {there.get(column)!r}, not {wanted.get(column)!r}"
                    yield Difference(name, column, key, detail)


# The sandbox's own tables ------------------------------------------------------


def _ids(rows: Iterable[Row]) -> set[Key]:
    return {(row["id"],) for row in rows}


def _numbers(rows: Iterable[Row]) -> set[Key]:
    return {(int(row["fullDatabaseId"]),) for row in rows}


def github_keys(world: World) -> dict[str, set[Key]]:
    """Return the keys that GitHub's tables hold, of what nobody has blocked."""
    host = world.github
    repositories = [r for r in host.repositories.values() if not r.get("isDisabled")]
    seen = {row["id"] for row in repositories}
    pulls = [r for r in host.pull_requests.values() if r["repositoryId"] in seen]

    def below(name: str) -> Iterator[tuple[int, Row]]:
        for pull in pulls:
            for row in pull[name]:
                yield int(pull["fullDatabaseId"]), row

    return {
        "repositories": {(row["databaseId"],) for row in repositories},
        "pull_requests": _numbers(pulls),
        "pr_reviews": _numbers(row for _, row in below("reviews")),
        "pr_comments": _numbers(
            one for _, thread in below("reviewThreads") for one in thread["comments"]
        ),
        "pr_issue_comments": _numbers(row for _, row in below("comments")),
        "pr_files": {(number, row["path"]) for number, row in below("files")},
    }


def linear_keys(world: World) -> dict[str, set[Key]]:
    """Return the keys that Linear's tables hold."""
    linear = world.linear
    names = (
        "teams", "users", "team_memberships", "workflow_states", "issue_labels",
        "projects", "project_milestones", "initiatives", "cycles", "issues",
        "comments", "attachments", "issue_relations", "agent_sessions", "releases",
        "release_stages", "release_pipelines", "issue_to_releases", "customers",
        "customer_needs",
    )  # fmt: skip
    return {name: _ids(getattr(linear, name).values()) for name in names}
