"""What may happen in a step of a walk: faults, kills and other settings.

Every choice is taken from one random source, so a seed takes the same ones again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from random_walk import personal
from random_walk.events import ORGANIZATION, TEAMS, Row, pick

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sandbox.company import World
    from sandbox.testing import ApiServer

TOKEN = "sandbox-token"  # noqa: S105 - the sandbox's, known to everyone
PARALLEL = 4  # requests at the same time


@dataclass(frozen=True)
class Kill:
    """A SIGKILL at some moment.

    Attributes:
        what: Which processes: `tap`, `target` or both.
        after_requests: Requests of the tap that are answered before.
        seconds: How long after that.
    """

    what: tuple[str, ...]
    after_requests: int
    seconds: float


@dataclass
class Trouble:
    """What goes wrong in a step.

    Attributes:
        orders: Orders of faults.
        hidden: Repositories or teams that are not seen.
        saml: Organizations that require single sign-on.
        refused: Fields for which there is no scope.
        removed: Fields and types that the API no longer has.
        kill: What is killed.
        oddity: What HubSpot, Google Health or Notion refuses or hides.
    """

    orders: list[Row] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    saml: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kill: Kill | None = None
    oddity: personal.Oddity | None = None

    def begin(self, server: ApiServer, api: str) -> None:
        """Let it begin."""
        for order in self.orders:
            server.fault(api=api, **order)
        if self.oddity:
            self.oddity.begin(server)
        lists = {"hidden": self.hidden, "saml": self.saml, "refused": self.refused}
        if api == "linear":
            del lists["saml"]
        if any(lists.values()):
            server.restrict("", api, **lists)
        if self.removed:
            server.remove(*self.removed, api=api)

    def end(self, server: ApiServer, api: str) -> None:
        """Let it be over."""
        server.clear_faults()
        if self.oddity:
            self.oddity.end(server)
        if api not in {"github", "linear"}:
            return
        server.restrict(api=api)
        server.remove(api=api)

    def __str__(self) -> str:
        """Describe it in one line."""
        parts = [
            " ".join(f"{key}={value}" for key, value in order.items())
            for order in self.orders
        ]
        parts += [
            f"{name} {', '.join(getattr(self, name))}"
            for name in ("hidden", "saml", "refused", "removed")
            if getattr(self, name)
        ]
        if self.oddity:
            parts.append(self.oddity.name)
        if self.kill:
            what = " and ".join(self.kill.what)
            when = f"{self.kill.after_requests} requests and {self.kill.seconds:.2f} s"
            parts.append(f"SIGKILL of {what} after {when}")
        return "; ".join(parts) or "no fault"


# Faults ----------------------------------------------------------------------


WRONG_VALUES: tuple[Any, ...] = ("\ud83d broken", "0000-13-45T99:00:00Z", 7, [], None)


def _passing(random: Random) -> Row:
    """A failure that passes, at some share of the requests."""
    kind, status = random.choice(
        [("server-error", 500), ("server-error", 502), ("server-error", 503),
         ("server-error", 504), ("server-error", 408), ("cut", None),
         ("internal", None), ("rate-limited", None)]
    )  # fmt: skip
    order: Row = {
        "kind": kind,
        "rate": random.choice([0.05, 0.2]),
        "seed": random.randrange(99),
    }
    return order | ({"status": status} if status else {})


def _once(random: Random) -> Row:
    """A failure of some requests in a row."""
    order = _passing(random)
    del order["rate"], order["seed"]
    return order | {"at": random.randint(1, 12), "count": random.choice([1, 2, 4])}


def _nulls(fields: tuple[str, ...]) -> Callable[[Random], Row]:
    def make(random: Random) -> Row:
        code = random.choice([None, "none"])
        return {
            "kind": "null-children", "field": random.choice(fields),
            "every": random.choice([1, 2, 5]), "count": random.choice([1, 0]),
        } | ({"code": code} if code else {})  # fmt: skip

    return make


def _cursor(fields: tuple[str, ...]) -> Callable[[Random], Row]:
    def make(random: Random) -> Row:
        order = {
            "kind": "repeated-cursor", "field": random.choice(fields),
            "count": random.choice([1, 0]),
        }  # fmt: skip
        return order | ({"value": "null"} if random.random() < 0.5 else {})

    return make


def _replaced(fields: tuple[str, ...]) -> Callable[[Random], Row]:
    def make(random: Random) -> Row:
        return {
            "kind": "replaced",
            "field": random.choice(fields),
            "at": random.randint(1, 6),
            "value": random.choice(WRONG_VALUES),
        }

    return make


def _resource_limits(random: Random) -> Row:
    return {"kind": "resource-limits", "rate": 0.3, "seed": random.randrange(99)}


def _secondary_limit(random: Random) -> Row:
    order = {"kind": "secondary-limit", "at": random.randint(1, 9)}
    return order | {"seconds": random.choice([-1, 0, 2])}


def _self_link(random: Random) -> Row:
    return {"kind": "self-link", "at": random.randint(1, 4), "count": 0}


def _too_large(random: Random) -> Row:
    return {"kind": "server-error", "above": random.choice([1, 10, 50]), "count": 0}


def _too_complex(random: Random) -> Row:
    return {"kind": "too-complex", "at": random.randint(1, 9), "count": 2}


def _not_in_plan(random: Random) -> Row:
    name = random.choice(["initiatives", "cycles", "projects"])
    return {"kind": "not-in-plan", "match": name, "count": 0}


def _row(kind: str, table: str, api: str) -> Callable[[Random, World], Row | None]:
    """A row that is hidden in lists, or that every response fails with."""

    def make(random: Random, world: World) -> Row | None:
        row = pick(random, getattr(getattr(world, api), table).values())
        return row and {"kind": kind, "value": row["id"], "count": 0}

    return make


GITHUB_FAULTS: list[Callable[..., Row | None]] = [
    _passing, _passing, _once, _once,
    _nulls(("reviews", "commits", "files", "timelineItems", "comments", "reviewThreads",
            "repositories", "pullRequests", "membersWithRole", "history", "nodes")),
    _nulls(("reviews", "commits", "files", "comments")),
    _cursor(("", "pullRequests", "repositories", "history", "membersWithRole",
             "reviews")),
    _replaced(("title", "body", "createdAt", "updatedAt", "nodes", "pageInfo",
               "author")),
    _secondary_limit, _resource_limits, _self_link, _too_large,
    _row("hidden", "pull_requests", "github"),
    _row("poisoned", "pull_requests", "github"),
    _row("forbidden", "pull_requests", "github"),
]  # fmt: skip

LINEAR_FAULTS: list[Callable[..., Row | None]] = [
    _passing, _passing, _once, _once,
    _nulls(("issues", "comments", "attachments", "history", "stateHistory", "cycles",
            "teams", "users", "projects", "nodes")),
    _nulls(("history", "issues", "comments")),
    _cursor(("", "issues", "comments", "history", "cycles", "projects")),
    _replaced(("title", "body", "createdAt", "updatedAt", "nodes", "pageInfo",
               "team")),
    _too_complex, _too_large, _not_in_plan,
    _row("hidden", "issues", "linear"),
    _row("poisoned", "issues", "linear"),
    _row("hidden", "comments", "linear"),
]  # fmt: skip

GITHUB_FIELDS = (
    "PullRequest.mergeCommit", "PullRequest.title", "PullRequestReview.body",
    "IssueComment.isMinimized", "Repository.isArchived", "User.name", "Commit.message",
)  # fmt: skip
GITHUB_SCOPES = ("User.email", "Organization.name")
LINEAR_FIELDS = (
    "Issue.title", "Issue.estimate", "IssueHistory.updatedAt", "Comment.body",
    "Cycle.name", "Team.color", "WorkflowState.type", "Query.cycles",
)  # fmt: skip


REST_FAULTS: list[Callable[[Random], Row]] = [
    lambda random: _rest(random, _passing(random)),
    lambda random: _rest(random, _once(random)),
]
ODDITIES = {
    "hubspot": personal.hubspot_oddities,
    "google_health": personal.health_oddities,
    "notion": personal.notion_oddities,
}


def _rest(random: Random, order: Row) -> Row:
    """An error of GraphQL becomes one of REST."""
    if order["kind"] == "internal":
        return order | {"kind": "server-error", "status": random.choice([500, 503])}
    return order


def kill_of(random: Random, seconds: float = 1.5) -> Kill:
    """Choose when the tap, the target or both are killed.

    Args:
        random: Where the choices come from.
        seconds: The kill comes within this time after a request.
    """
    what = random.choice([("tap",), ("target",), ("tap", "target")])
    return Kill(what, random.randint(1, 20), random.random() * seconds)


def kills(random: Random, most: int) -> Trouble:
    """Choose a kill of the tap, alone or together with the target, while it reads.

    Args:
        random: Where the choices come from.
        most: Requests of the longest run so far.
    """
    what = random.choice([("tap",), ("tap",), ("tap", "target")])
    seconds = random.choice([0, 0, 0.02, 0.1]) * random.random()
    return Trouble(kill=Kill(what, random.randint(1, most), seconds))


def personal_trouble(random: Random, api: str) -> Trouble:
    """Choose what goes wrong in a step of HubSpot, Google Health or Notion."""
    found = Trouble()
    for _ in range(random.choice([0, 1, 1, 2])):
        found.orders.append(random.choice(REST_FAULTS)(random))
    if random.random() < 0.4:
        found.oddity = ODDITIES[api](random)
    if random.random() < 0.5:
        found.kill = kill_of(random, random.choice([0.1, 1.5]))
    return found


def trouble(random: Random, world: World, api: str) -> Trouble:
    """Choose what goes wrong in a step."""
    found = Trouble()
    faults = GITHUB_FAULTS if api == "github" else LINEAR_FAULTS
    for _ in range(random.choice([0, 1, 1, 2])):
        make = random.choice(faults)
        takes_world = make.__code__.co_argcount == 2
        order = make(random, world) if takes_world else make(random)
        if order:
            found.orders.append(order)
    what = random.random()
    if what < 0.12:
        names = [row["nameWithOwner"] for row in world.github.repositories.values()]
        found.hidden = [random.choice(names if api == "github" else TEAMS)]
    elif what < 0.18 and api == "github":
        found.saml = [ORGANIZATION]
    elif what < 0.26 and api == "github":
        found.refused = [random.choice(GITHUB_SCOPES)]
    elif what < 0.38:
        found.removed = [
            random.choice(GITHUB_FIELDS if api == "github" else LINEAR_FIELDS)
        ]
    if random.random() < 0.5:
        found.kill = kill_of(random)
    return found


# Settings --------------------------------------------------------------------


def github_settings(random: Random, world: World) -> Row:
    """Choose settings of tap-github-prs."""
    names = sorted(
        row["nameWithOwner"]
        for row in world.github.repositories.values()
        if not row.get("isDisabled")
    )
    scope = random.choice(
        [
            {"organizations": [ORGANIZATION]},
            {"organizations": [ORGANIZATION.upper()]},
            {"repositories": random.sample(names, 2)},
            {"repositories": names[:1], "organizations": [ORGANIZATION]},
        ]
    )
    days = random.choice([None, None, 60, 300])
    start = {"start_date": _days_ago(world, days)} if days else {}
    size = {"page_size": random.choice([3, 25])}
    return {**scope, **start, **size, "max_parallel_requests": PARALLEL}


def linear_settings(random: Random, world: World) -> Row:
    """Choose settings of tap-linear."""
    teams = random.choice([[], [], ["PLA"], ["MOB", "PLA"]])
    days = random.choice([None, None, 60, 300])
    start = {"start_date": _days_ago(world, days)} if days else {}
    size = {"page_size": random.choice([5, 250])}
    return {"teams": teams, **start, **size, "max_parallel_requests": PARALLEL}


def _days_ago(world: World, days: int) -> str:
    from datetime import timedelta  # noqa: PLC0415

    return (world.now - timedelta(days=days)).strftime("%Y-%m-%dT00:00:00Z")
