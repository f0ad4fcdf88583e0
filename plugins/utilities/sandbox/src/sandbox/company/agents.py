"""AI agents, in the last year: delegated issues, pull requests, and trailers.

Agents opened 24.6 % to 36.5 % of the latest 1,000 pull requests of three popular
repositories (celaldrg/agentprs v0.1.0, 2026-10-27), so a quarter of the people's pull
requests have an agent's help here. What an issue or a pull request gets is drawn from
its own id, so that agents change nothing else in the company.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, Row, github_time, linear_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company
    from sandbox.company.model import Change, Work

YEAR = 365 * DAY
_HELPED = 0.25
_DELEGATED = 0.08
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
    return True


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
