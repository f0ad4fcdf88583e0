"""AI agents, in the last year: delegated issues, pull requests, and trailers.

Agents opened 24.6 % to 36.5 % of the latest 1,000 pull requests of three popular
repositories (celaldrg/agentprs v0.1.0, 2026-10-27), so a quarter of the people's pull
requests have an agent's help here. What an issue or a pull request gets is drawn from
its own id, so that agents change nothing else in the company.
"""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import (
    DAY,
    MINUTE,
    SECOND,
    Row,
    github_time,
    linear_time,
)

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Change, Work

YEAR = 365 * DAY
_HELPED = 0.25
_DELEGATED = 0.08
_BY_AUTOMATION = 0.2
"""Sessions that no person is responsible for."""
_CHATS = 0.05
"""How often a person also asks the agent something that is about no issue."""
_ENDS = {"complete": 0.8, "error": 0.08, "awaitingInput": 0.07, "stale": 0.05}
"""How sessions end: assumed, because Linear publishes no shares."""
_ONLY_WHEN_SQUASHED = 0.15
"""Of the pull requests with help, those whose trailer was added when merging."""


class Product(NamedTuple):
    """An agent, and the trailer that it writes."""

    name: str
    trailer: str


PRODUCTS = (
    Product("Claude Code", "Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>"),
    Product(
        "GitHub Copilot",
        "Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
    ),
    Product("Cursor", "Co-authored-by: Cursor <cursoragent@cursor.com>"),
    Product("Codex", "Co-authored-by: Codex <noreply@openai.com>"),
    Product("Devin", "Assisted-by: Devin:2.1"),
)
ACCOUNT = "BOT_kgDOcopilot"
"""The account of the agent that opens pull requests."""
_NUMBER = 198_982_749
_DELEGATE = "c0d1f1ab-0000-4000-a000-00000000a9e7"
"""The agent among Linear's users."""


def install(sim: Company, start: int) -> None:
    """Register the agent's account on GitHub and its user in Linear."""
    at = github_time(start - 100 * DAY)
    path = "/apps/copilot-swe-agent"
    sim.github.actors[ACCOUNT] = {
        "__typename": "Bot",
        "id": ACCOUNT,
        "databaseId": _NUMBER,
        "login": "copilot-swe-agent",
        "createdAt": at,
        "updatedAt": at,
        "url": f"https://github.com{path}",
        "resourcePath": path,
        "avatarUrl": f"https://avatars.githubusercontent.com/u/{_NUMBER}?v=4",
    }
    stamp = linear_time(start - 100 * DAY)
    sim.linear.users[_DELEGATE] = {
        "id": _DELEGATE,
        "name": "GitHub Copilot",
        "displayName": "copilot",
        "email": f"{_DELEGATE}@oauthapp.linear.app",
        "active": True,
        "admin": False,
        "owner": False,
        "app": True,
        "guest": False,
        "isMe": False,
        "isAssignable": True,
        "isMentionable": True,
        "supportsAgentSessions": True,
        "initials": "GC",
        "avatarBackgroundColor": "#95a2b3",
        "createdIssueCount": 0,
        "url": f"https://linear.app/{ORGANIZATION}/profiles/copilot",
        "createdAt": stamp,
        "updatedAt": stamp,
    }


def delegate(sim: Company, work: Work) -> bool:
    """Delegate some issues to the agent when work begins; return whether it did."""
    row = work.row
    dice = _dice(row["id"])
    if sim.now < sim.agents_since or dice.random() >= _DELEGATED:
        return False
    if "delegateId" not in row:
        stamp = linear_time(sim.now)
        row["delegateId"], row["updatedAt"] = _DELEGATE, stamp
        work.history.insert(
            0,
            {
                "id": f"{dice.getrandbits(32):08x}-0000-4000-a000-{row['id'][-12:]}",
                "createdAt": stamp,
                "updatedAt": stamp,
                "toDelegateId": _DELEGATE,
            },
        )
        _begin_session(sim, row, dice)
    return True


def _begin_session(sim: Company, issue: Row, dice: Random) -> None:
    """The agent takes up an issue, and some seconds later begins to work."""
    stamp = linear_time(sim.now)
    key = str(uuid.UUID(int=dice.getrandbits(128), version=4))
    session: Row = {
        "id": key,
        "issueId": issue["id"],
        "appUserId": _DELEGATE,
        "status": "pending",
        "slugId": key[:8],
        "url": f"{issue['url']}#agent-session-{key[:8]}",
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if issue.get("assigneeId") and dice.random() >= _BY_AUTOMATION:
        session["creatorId"] = issue["assigneeId"]
    sim.linear.agent_sessions[key] = session
    if dice.random() < _CHATS:
        _chat(sim, session, dice)
    at = sim.now + dice.randrange(2, 60) * SECOND
    sim.calendar.once(at, _work_on, sim, session, dice)


def _chat(sim: Company, like: Row, dice: Random) -> None:
    """A person asks the agent something that is about no issue, and dismisses it."""
    if "creatorId" not in like:
        return
    key = str(uuid.UUID(int=dice.getrandbits(128), version=4))
    chat: Row = {
        "id": key,
        "appUserId": _DELEGATE,
        "creatorId": like["creatorId"],
        "status": "awaitingInput",
        "slugId": key[:8],
        "createdAt": like["createdAt"],
        "updatedAt": like["createdAt"],
        "startedAt": like["createdAt"],
        "dismissedAt": like["createdAt"],
        "dismissedById": like["creatorId"],
    }
    sim.linear.agent_sessions[key] = chat


def _work_on(sim: Company, session: Row, dice: Random) -> None:
    stamp = linear_time(sim.now)
    session.update(status="active", startedAt=stamp, updatedAt=stamp)
    at = sim.now + dice.randrange(3, 240) * MINUTE
    sim.calendar.once(at, _end_session, sim, session, dice)


def _end_session(sim: Company, session: Row, dice: Random) -> None:
    """Most sessions complete; the others fail, wait for an answer, or are forgotten."""
    stamp = linear_time(sim.now)
    (status,) = dice.choices(tuple(_ENDS), tuple(_ENDS.values()))
    session.update(status=status, updatedAt=stamp)
    if status == "complete":
        session["endedAt"] = stamp


def open_pull_request(change: Change) -> None:
    """The agent opens the pull request; a person continues the work."""
    change.row.update(authorId=ACCOUNT, authorAssociation="CONTRIBUTOR")


def sign(sim: Company, pull: Row, message: str) -> str:
    """Return a commit's message, with the trailer of the agent that helped."""
    found = _helper(sim, pull)
    if found is None or found[1]:
        return message
    return f"{message}\n\n{found[0].trailer}"


def squashed(sim: Company, pull: Row) -> str:
    """Return the trailer that is only in the squashed message; "" if there is none."""
    found = _helper(sim, pull)
    return f"\n\n{found[0].trailer}" if found and found[1] else ""


def _helper(sim: Company, pull: Row) -> tuple[Product, bool] | None:
    """Return who helped with a pull request, and whether only the squash says so."""
    dice = _dice(pull["id"])
    if pull["createdAt"] < github_time(sim.agents_since) or _is_by_bot(sim, pull):
        return None
    if dice.random() >= _HELPED:
        return None
    return dice.choice(PRODUCTS), dice.random() < _ONLY_WHEN_SQUASHED


def _is_by_bot(sim: Company, pull: Row) -> bool:
    author = sim.github.actors.get(pull.get("authorId", ""), {})
    return author.get("__typename") == "Bot"


def _dice(key: str) -> Random:
    return Random(f"agents of {key}")  # noqa: S311 - a play, not a secret
