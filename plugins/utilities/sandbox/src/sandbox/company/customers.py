"""The company's customers: who they are, and what they ask for in Linear.

HubSpot's stand-in and Linear's take a customer's name, domain and HubSpot ID from here,
so both have the same companies. Linear has had them for the last year, without the
leads, as an integration with the CRM would bring them. Each customer has its own dice,
so that customers change nothing else in the company.
"""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Self

from sandbox.company.clock import PERIOD, working
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, Row, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company

ISSUES_PER_CUSTOMER = 40
OWNERS = 6
"""How many people look after customers."""
_LAST_NAMES = ("Arda", "Berg", "Costa", "Diallo", "Eklund", "Fontaine", "Gallo", "Hahn")
_TRADES = (
    "Bikes",
    "Bakery",
    "Optics",
    "Freight",
    "Robotics",
    "Clinic",
    "Press",
    "Farm",
)
_STATUSES = (("Active", "#26b5ce"), ("Churned", "#95a2b3"))
_TIERS = (("Enterprise", "#5e6ad2"), ("Business", "#f2c94c"), ("Free", "#bec2c8"))
_FIRST_ORDER = 20 * DAY
_CHURNED = 200 * DAY
_DELETED = 300 * DAY
_NEVER = 2**62
_IMPORTANT = 0.25
_ABOUT_A_PROJECT = 0.15
_BY_INTEGRATION = 0.4


class Profile(NamedTuple):
    """What the CRM and Linear both know of a customer.

    Attributes:
        number: Which customer.
        owner: Which of the company's first people looks after it, from 0.
        name: Name of the customer's company.
        domain: Domain of its e-mail addresses.
        record_id: ID of its company in HubSpot.
        employees: Its employees; None where nobody wrote a number.
        revenue: Revenue of a year.
        is_lead: It has not bought anything.
        tier: Its tier, from 0.
    """

    number: int
    owner: int
    name: str
    domain: str
    record_id: int
    employees: int | None
    revenue: int
    is_lead: bool
    tier: int

    @classmethod
    def draw(cls, dice: Random, number: int) -> Self:
        """Draw a customer.

        Args:
            dice: The customer's random numbers, from `dice_of`; not used before.
            number: Which customer.
        """
        owner = dice.randrange(OWNERS)
        name = f"{dice.choice(_LAST_NAMES)} {dice.choice(_TRADES)}"
        return cls(
            number,
            owner,
            name,
            f"{name.lower().replace(' ', '-')}-{number}.example",
            7_000_000_000 + number * 1_000,
            5 + number * 7 if number % 13 else None,
            50_000 + number * 12_500,
            is_lead=number % 3 == 0,
            tier=number % 3,
        )


def dice_of(seed: int, number: int) -> Random:
    """Return the random numbers of a customer.

    Args:
        seed: Which company.
        number: Which customer.
    """
    return Random(f"{seed}-{number}")  # noqa: S311 - to be repeatable


def met_at(start: int, size: int, number: int) -> int:
    """Return when the company first heard of a customer, ms.

    Args:
        start: When the company began to sell, ms.
        size: Linear issues of the company; the number of customers grows with it.
        number: Which customer.
    """
    return start + number * PERIOD // max(OWNERS, size // ISSUES_PER_CUSTOMER)


def sell(sim: Company, size: int, seed: int, start: int) -> Process:
    """Let customer after customer come.

    Args:
        sim: The company.
        size: Linear issues of the company.
        seed: Which company.
        start: When the company began to sell, ms.
    """
    yield sim.agents_since
    _words(sim)
    sim.linear.organization["customersEnabled"] = True
    number = 0
    while True:
        at = max(sim.now, met_at(start, size, number) + _FIRST_ORDER)
        yield at
        profile = Profile.draw(dice_of(seed, number), number)
        if not profile.is_lead:
            sim.calendar.add(at, _customer(sim, profile, seed))
        number += 1


def _words(sim: Company) -> None:
    """Set up the statuses and tiers."""
    stamp = linear_time(sim.now)
    for table, things in (
        (sim.linear.customer_statuses, _STATUSES),
        (sim.linear.customer_tiers, _TIERS),
    ):
        for position, (name, color) in enumerate(things):
            key = _key(name)
            table[key] = {
                "id": key,
                "name": name,
                "displayName": name,
                "color": color,
                "position": float(position),
                "createdAt": stamp,
                "updatedAt": stamp,
            }


def _customer(sim: Company, profile: Profile, seed: int) -> Process:
    """Add a customer, and what it asks for from then on."""
    dice = Random(f"requests of {seed}-{profile.number}")  # noqa: S311 - a play
    row = _add(sim, profile, dice)
    began = sim.now
    churns = profile.number % 7 == 4  # noqa: PLR2004 - one in seven
    end = began + _CHURNED if churns else _NEVER
    while (at := _next(sim, dice)) <= end:
        yield at
        _ask(sim, row, dice)
    yield end
    row.update(statusId=_key("Churned"), updatedAt=linear_time(sim.now))
    if profile.number % 2:
        yield began + _DELETED
        _delete(sim, row["id"])


def _next(sim: Company, dice: Random) -> int:
    """Return when a customer asks for something again."""
    return working(sim.now + dice.randrange(30, 150) * DAY, dice)


def _add(sim: Company, profile: Profile, dice: Random) -> Row:
    key, stamp = _uuid(dice), linear_time(sim.now)
    row: Row = {
        "id": key,
        "name": profile.name,
        "domains": [profile.domain],
        "externalIds": [str(profile.record_id)],
        "mainSourceId": str(profile.record_id),
        "statusId": _key("Active"),
        "tierId": _key(_TIERS[profile.tier][0]),
        "approximateNeedCount": 0.0,
        "revenue": profile.revenue,
        "slugId": key[:8],
        "url": f"https://linear.app/{ORGANIZATION}/customer/{key[:8]}",
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if profile.employees is not None:
        row["size"] = float(profile.employees)
    users = sorted(
        (one for one in sim.linear.users.values() if one.get("email")),
        key=lambda one: (one["createdAt"], one["id"]),
    )
    owner = users[profile.owner % len(users)]
    if not owner.get("app"):  # Linear: app users cannot own a customer
        row["ownerId"] = owner["id"]
    sim.linear.customers[key] = row
    sim.linear.organization["customerCount"] = len(sim.linear.customers)
    return row


def _ask(sim: Company, customer: Row, dice: Random) -> None:
    """Add a request, mostly about an issue that somebody works on."""
    doing = [work.row for work in sim.works.values() if work.started]
    if not doing or customer["id"] not in sim.linear.customers:
        return
    key, stamp = _uuid(dice), linear_time(sim.now)
    issue = dice.choice(doing)
    row: Row = {
        "id": key,
        "customerId": customer["id"],
        "priority": 1.0 if dice.random() < _IMPORTANT else 0.0,
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if issue.get("projectId"):
        row["projectId"] = issue["projectId"]
    if "projectId" not in row or dice.random() >= _ABOUT_A_PROJECT:
        row["issueId"] = issue["id"]
    if dice.random() >= _BY_INTEGRATION:
        row["creatorId"] = dice.choice(sim.people).linear_id
    sim.linear.customer_needs[key] = row
    customer["approximateNeedCount"] += 1.0
    customer["updatedAt"] = stamp


def _delete(sim: Company, key: str) -> None:
    """Delete a customer and its requests, without a trace."""
    needs = sim.linear.customer_needs
    for need in [one["id"] for one in needs.values() if one["customerId"] == key]:
        del needs[need]
    if sim.linear.customers.pop(key, None):
        sim.linear.organization["customerCount"] = len(sim.linear.customers)


def _key(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ORGANIZATION}/customers/{name}"))


def _uuid(dice: Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))
