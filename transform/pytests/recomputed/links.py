"""What links issues and pull requests, without SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recomputed.issues import Linear
    from recomputed.pull_requests import GitHub, Row

STRENGTH = ("attachment", "branch", "title", "body", "commit")
PULL_REQUEST = re.compile(r"^https://[^/]+/([^/]+/[^/]+)/pull/(\d+)")


def keys_in(text: str | None) -> set[str]:
    """Find what looks like an issue's key, between other than letters and digits."""
    return {
        match.group(1).upper()
        for match in re.finditer(
            r"(?<![^\W_])([a-z][a-z0-9]*-\d+)(?![^\W_])", text or "", re.IGNORECASE
        )
    }


def names_of(linear: Linear) -> dict[str, str]:
    """Name each issue by its key; a previous key counts if no issue has it now."""
    now = {row["identifier"]: number for number, row in linear.issues.items()}
    before = {
        key: number
        for number, row in linear.issues.items()
        for key in row["previous_identifiers"]
    }
    return before | now


def attached(linear: Linear, github: GitHub) -> set[tuple[str, int]]:
    """Pairs that Linear's attachments name: by repository ID and number."""
    by_number = {
        (row["repository_id"], row["number"]): number
        for number, row in github.pull_requests.items()
    }
    by_name = {
        row["name_with_owner"].lower(): row["id"] for row in github.raw["repositories"]
    }
    pairs = set()
    for row in linear.raw["attachments"]:
        match = PULL_REQUEST.match(row["url"])
        if not match or row["issue_id"] not in linear.issues:
            continue
        noted = (row["metadata"] or {}).get("repoId")
        repository = int(noted) if noted else by_name.get(match.group(1).lower())
        pull_request = by_number.get((repository, int(match.group(2))))
        if pull_request:
            pairs.add((row["issue_id"], pull_request))
    return pairs


def links_of(linear: Linear, github: GitHub) -> dict[tuple[Any, ...], Row]:
    """Recompute bridge_issues_pull_requests: its sources, and what is primary."""
    names = names_of(linear)
    sources: dict[tuple[str, int], set[str]] = {
        pair: {"attachment"} for pair in attached(linear, github)
    }
    for number, row in github.pull_requests.items():
        texts = {
            "branch": [row["head_ref_name"]],
            "title": [row["title"]],
            "body": [row["body"]],
            "commit": [
                commit["message"] for commit in github.children["pr_commits"][number]
            ],
        }
        for source, written in texts.items():
            for key in {key for text in written for key in keys_in(text)}:
                if key in names:
                    sources.setdefault((names[key], number), set()).add(source)
    found: dict[tuple[Any, ...], Row] = {
        pair: {"link_sources": [name for name in STRENGTH if name in its]}
        for pair, its in sources.items()
    }
    for (issue, number), row in found.items():
        rivals = [
            (
                STRENGTH.index(other["link_sources"][0]),
                linear.issues[pair[0]]["created_at"],
                pair[0],
            )
            for pair, other in found.items()
            if pair[1] == number
        ]
        row["is_primary"] = min(rivals)[2] == issue
    return found
