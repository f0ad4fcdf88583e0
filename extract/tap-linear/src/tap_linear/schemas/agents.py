"""The work of AI agents on issues."""

from __future__ import annotations

from tap_linear.common.columns import schema, string, timestamp
from tap_linear.schemas.columns import ROW

AGENT_SESSIONS = schema(
    id=string("UUID of the session."),
    issue_id=string("Issue that the agent works on; null for a chat."),
    comment_id=string("Comment that contains the session."),
    source_comment_id=string("Comment of another thread that started it."),
    app_user_id=string("The agent, a user that is an app."),
    creator_id=string("Person responsible for it; null for an automation."),
    dismissed_by_id=string("Who dismissed it."),
    slug_id=string("Last part of the session's URL."),
    status=string("pending, active, awaitingInput, complete, error or stale."),
    url=string("Address; null without an issue."),
    **ROW,
    started_at=timestamp("When the agent began to work."),
    ended_at=timestamp("When it completed; null if it runs or was dismissed before."),
    dismissed_at=timestamp("When a person dismissed it."),
)
