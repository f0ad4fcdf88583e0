"""The customers of the company: companies, contacts, deals and engagements.

Each customer has random numbers of its own, so a customer who was there yesterday is
the same today, and the tables of Linear and GitHub stay as they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.company.clock import PERIOD
from sandbox.company.customers import OWNERS, Profile, dice_of, met_at
from sandbox.company.rows import DAY, HOUR, MINUTE, milliseconds
from sandbox.company.rows import linear_time as iso
from sandbox.hubspot.definitions import PIPELINES, STAGES, definitions, pipelines
from sandbox.hubspot.store import Account

if TYPE_CHECKING:
    from random import Random

    from sandbox.company.world import World

FIRST_NAMES = ("Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Femi", "Grete", "Hugo")
LAST_NAMES = ("Arda", "Berg", "Costa", "Diallo", "Eklund", "Fontaine", "Gallo", "Hahn")
COUNTRIES = ("Portugal", "Norway", "Italy", "Germany", "Egypt", "")
KINDS = ("calls", "emails", "meetings", "notes", "tasks", "communications")
TYPE_IDS = {"calls": 194, "emails": 198, "meetings": 200, "notes": 202, "tasks": 204}
IN_ORDER, RENEWAL = 0, 1
PRIMARY, PLAIN, USER = 1, 279, 37
"""Types of an association: to the primary company, to a company, the account's own."""


def account_of(world: World, size: int, seed: int) -> Account:
    """Return the account of a company at the instant of its world.

    Args:
        world: The company; its people own the records.
        size: Linear issues of the company; the number of customers grows with it.
        seed: Which company.
    """
    now = milliseconds(world.now)
    account = Account()
    account.definitions, account.pipelines = definitions(), pipelines()
    founded = world.linear.organization.get("createdAt")
    start = milliseconds(datetime.fromisoformat(founded)) if founded else now - PERIOD
    start = max(start, now - 3 * PERIOD)
    users = sorted(
        (one for one in world.linear.users.values() if one.get("email")),
        key=lambda one: (one["createdAt"], one["id"]),
    )
    for number, user in enumerate(users):
        first, _, last = str(user.get("name", "")).partition(" ")
        is_active = bool(user.get("active", True))
        account.owners.append(
            {
                "id": str(5_000 + number),
                "type": "PERSON",
                "email": user["email"],
                "firstName": first,
                "lastName": last,
                "userId": 70_000 + number if is_active else None,
                "userIdIncludingInactive": 70_000 + number,
                "createdAt": user["createdAt"],
                "updatedAt": user["updatedAt"],
                "archived": not is_active,
                "teams": [{"id": "1", "name": "Sales", "primary": True}],
            }
        )
    teams = sorted(team["key"] for team in world.linear.teams.values()) or ["ENG"]
    number = 0
    while (began := met_at(start, size, number)) < now:
        Customer(account, dice_of(seed, number), number, (began, now)).live(teams)
        number += 1
    return account


class Customer:
    """One customer, from the first contact until now.

    Args:
        account: Where the records go.
        random: The customer's random numbers.
        number: Which customer.
        span: When the company first heard of it, and until when it is looked at, in
            milliseconds since 1970.
    """

    def __init__(
        self, account: Account, random: Random, number: int, span: tuple[int, int]
    ) -> None:
        """Keep the facts."""
        self.account = account
        self.random = random
        self.number = number
        self.began, self.now = span
        self.profile = profile = Profile.draw(random, number)
        self.company, self.name = profile.record_id, profile.name
        self.domain = profile.domain
        owners = (account.owners or [{"id": "5000"}])[:OWNERS]
        self.owner = str(owners[profile.owner % len(owners)]["id"])

    def live(self, teams: list[str]) -> None:
        """Make the records.

        Args:
            teams: Keys of Linear's teams, whose issues the notes name.
        """
        number, profile = self.number, self.profile
        self.account.add(
            "companies",
            self.company,
            self.began,
            name=self.name,
            domain=self.domain,
            industry=self.random.choice(("RETAIL", "COMPUTER_SOFTWARE", "")),
            country=self.random.choice(COUNTRIES),
            # People write any text into a number.
            numberofemployees=str(profile.employees or "N/A"),
            annualrevenue=str(profile.revenue),
            lifecyclestage="lead" if profile.is_lead else "customer",
            hs_ideal_customer_profile=f"tier_{1 + profile.tier}",
            hubspot_owner_id=self.owner,
        )
        people = [self.person(place) for place in range(1 + number % 4)]
        deals = [self.deal(place) for place in range(number % 3)]
        at, place = self.began, 0
        while (at := at + self.random.randrange(5, 60) * DAY) <= self.now:
            self.engage(place, at, people, deals, self.random.choice(teams))
            place += 1
        self.end(people)

    def end(self, people: list[int]) -> None:
        """Merge, archive or keep a contact."""
        at = self.began + (1 + self.number % 5) * 90 * DAY
        if at > self.now:
            return
        if self.number % 4 == 1 and len(people) > 1:
            self.account.merge("contacts", people[0], people[-1], at)
        elif self.number % 4 == 0:
            self.account.archive("contacts", people[-1], at)

    def person(self, place: int) -> int:
        """Make a contact of the customer; return its ID."""
        key = 100_000 + self.number * 10 + place
        at = min(self.now, self.began + place * 5 * DAY)
        first = self.random.choice(FIRST_NAMES)
        last = self.random.choice(LAST_NAMES)
        self.account.add(
            "contacts",
            key,
            at,
            email=f"{first}.{last}.{place}@{self.domain}".lower(),
            firstname=first,
            lastname=last,
            jobtitle=self.random.choice(("Owner", "Buyer", "")),
            lifecyclestage="customer" if self.number % 3 else "lead",
            associatedcompanyid=str(self.company),
            hubspot_owner_id=self.owner,
            hs_object_source_label="CRM_UI",
            num_contacted_notes=str(place),
            hs_interests="one;two" if place else "one",
        )
        company = ("companies", self.company)
        self.account.link(("contacts", key), company, PRIMARY, "Primary")
        self.account.link(("contacts", key), company, PLAIN)
        if place == 1:
            self.account.link(
                ("contacts", key), company, USER, "Champion", "USER_DEFINED"
            )
        return key

    def deal(self, place: int) -> int:
        """Make a deal that moves from stage to stage; return its ID."""
        key = 9_000_000_000 + self.number * 10 + place
        pipeline = PIPELINES[RENEWAL if place else IN_ORDER][0]
        at = min(self.now, self.began + (20 + place * 90) * DAY)
        amount = 1_000 * (1 + self.random.randrange(40))
        record = self.account.add(
            "deals",
            key,
            at,
            dealname=f"{self.name}, {'renewal' if place else 'first order'}",
            pipeline=pipeline,
            dealstage=STAGES[0][0],
            amount=str(amount),
            amount_in_home_currency=str(amount),
            deal_currency_code="EUR",
            dealtype="existingbusiness" if place else "newbusiness",
            closedate=iso(at + 60 * DAY),
            hs_is_closed="false",
            hs_is_closed_won="false",
            hs_deal_stage_probability=str(STAGES[0][2]),
            hubspot_owner_id=self.owner,
        )
        last = "closedwon" if self.random.random() < 0.6 else "closedlost"  # noqa: PLR2004
        for stage, _, probability in (*STAGES[1:3], *STAGES[3:]):
            if stage.startswith("closed") and stage != last:
                continue
            at += self.random.randrange(4, 30) * DAY
            if at > self.now:
                break
            values: dict[str, str | None] = {
                "dealstage": stage,
                "hs_deal_stage_probability": str(probability),
            }
            if stage == "qualifiedtobuy" and self.random.random() < 0.4:  # noqa: PLR2004
                values["closedate"] = iso(at + 90 * DAY)
            if stage == last:
                values |= {
                    "closedate": iso(at),
                    "hs_is_closed": "true",
                    "hs_is_closed_won": str(last == "closedwon").lower(),
                    "closed_lost_reason": "Price" if last == "closedlost" else "",
                }
            record.change(at, values)
        self.account.link(("deals", key), ("companies", self.company), 5, "Primary")
        self.account.link(("deals", key), ("contacts", 100_000 + self.number * 10), 3)
        return key

    def engage(
        self, place: int, at: int, people: list[int], deals: list[int], team: str
    ) -> None:
        """Make an engagement with some people; a meeting or a task may be planned."""
        kind = KINDS[(place + self.number) % len(KINDS)]
        key = 30_000_000_000 + self.number * 1_000 + place
        is_planned = kind in ("meetings", "tasks") and place % 2 == 0
        happens = at + 10 * DAY if is_planned else at
        text = "We talked about the order"
        if kind == "notes":
            text = f"They ask for {team}-{self.random.randrange(1, 60)}"
        record = self.account.add(
            kind,
            key,
            at,
            hs_timestamp=iso(happens),
            hubspot_owner_id=self.owner,
            hs_engagement_source="CRM_UI",
            hs_body_preview=text,
            **self.details(kind, happens),
        )
        if not is_planned:
            record.change(at, self.outcome(kind, happens))
        elif happens <= self.now:
            record.change(happens, self.outcome(kind, happens))
        for person in people[: 2 if self.random.randrange(7) == 0 else 1]:
            type_id = TYPE_IDS.get(kind, 81)
            self.account.link((kind, key), ("contacts", person), type_id)
        self.account.link((kind, key), ("companies", self.company), 182)
        if deals:
            self.account.link((kind, key), ("deals", deals[0]), 206)

    def outcome(self, kind: str, at: int) -> dict[str, str | None]:
        """Return the changes of a planned engagement that has happened."""
        if kind == "meetings":
            return {"hs_meeting_outcome": "COMPLETED"}
        if kind == "tasks":
            return {"hs_task_status": "COMPLETED", "hs_task_completion_date": iso(at)}
        return {}

    def details(self, kind: str, happened: int) -> dict[str, str | None]:
        """Return the properties that only one kind of engagement has."""
        ask = self.random.random
        found: dict[str, dict[str, str | None]] = {
            "calls": {
                "hs_call_title": "Call",
                "hs_call_direction": "OUTBOUND",
                "hs_call_status": "COMPLETED" if ask() < 0.8 else "NO_ANSWER",  # noqa: PLR2004
                "hs_call_duration": str(self.random.randrange(1, 40) * MINUTE),
            },
            "emails": {
                "hs_email_subject": "Your order",
                "hs_email_direction": "EMAIL" if ask() < 0.6 else "INCOMING_EMAIL",  # noqa: PLR2004
                "hs_email_status": "SENT",
            },
            "meetings": {
                "hs_meeting_title": "Meeting",
                "hs_meeting_start_time": iso(happened),
                "hs_meeting_end_time": iso(happened + HOUR),
                "hs_meeting_outcome": "SCHEDULED",
                "hs_meeting_location_type": "PHONE",
            },
            "tasks": {
                "hs_task_subject": "Send an offer",
                "hs_task_status": "NOT_STARTED",
                "hs_task_priority": "MEDIUM",
                "hs_task_type": "TODO",
            },
            "communications": {"hs_communication_channel_type": "WHATS_APP"},
        }
        return found.get(kind, {})
