"""A small software company, generated from a seed, that continues when time moves.

`generate` makes a `World`: what Linear and GitHub know about the company at one
instant. `advance` lets time pass, and each function of `events` lets one thing happen.
"""

from __future__ import annotations

from sandbox.company.events import (
    EVENTS,
    NotFoundError,
    archive_issue,
    delete_comment,
    delete_issue,
    delete_issue_comment,
    edit_comment,
    edit_review_comment,
    move_issue,
    rename_repository,
    reopen_issue,
    suspend_user,
    trash_issue,
    unarchive_issue,
)
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import Packed, Row, Rows
from sandbox.company.simulation import advance, generate
from sandbox.company.tables import GitHubHost, LinearWorkspace
from sandbox.company.world import World

__all__ = [
    "EVENTS",
    "ORGANIZATION",
    "GitHubHost",
    "LinearWorkspace",
    "NotFoundError",
    "Packed",
    "Row",
    "Rows",
    "World",
    "advance",
    "archive_issue",
    "delete_comment",
    "delete_issue",
    "delete_issue_comment",
    "edit_comment",
    "edit_review_comment",
    "generate",
    "move_issue",
    "rename_repository",
    "reopen_issue",
    "suspend_user",
    "trash_issue",
    "unarchive_issue",
]
