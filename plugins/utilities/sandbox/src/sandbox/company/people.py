"""Who works here: people, their Linear users and GitHub accounts, and the bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.model import Account, Crowd, Person
from sandbox.company.rows import DAY, Row, github_time, linear_time
from sandbox.company.texts import slug

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Team

ORGANIZATION = "lanternworks"
"""The company's login on GitHub and its `urlKey` on Linear."""
ORGANIZATION_ID = "O_kgDOAlpha7"
DOMAIN = f"{ORGANIZATION}.example"


def make_account(
    sim: Company, login: str, kind: str, at: int, **details: object
) -> Account:
    """Register an actor of GitHub.

    Args:
        sim: The company.
        login: The login as GraphQL has it, for bots without `[bot]`.
        kind: `User`, `Bot` or `Mannequin`.
        at: When it was made, ms.
        **details: Further fields of the row.
    """
    number = sim.random.randrange(1_000, 190_000_000)
    stem = {"User": "U", "Bot": "BOT", "Mannequin": "MNQ"}[kind]
    row: Row = {
        "__typename": kind,
        "id": f"{stem}_kgDO{number:x}{sim.accounts_made:x}",
        "databaseId": number,
        "login": login,
        "createdAt": github_time(at),
        "updatedAt": github_time(at + 30 * DAY),
        "url": f"https://github.com/{'apps/' if kind == 'Bot' else ''}{login}",
        "resourcePath": f"/{'apps/' if kind == 'Bot' else ''}{login}",
        "avatarUrl": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        **details,
    }
    if kind == "User":
        row.setdefault("email", "")  # String! in the schema: no public e-mail is ""
        if sim.chance(0.3):
            row["company"] = sim.pick((f"@{ORGANIZATION}", "Freelance"))
        if sim.chance(0.3):
            row["location"] = sim.pick(("Lisboa 🇵🇹", "القاهرة", "Oslo"))
    sim.github.actors[row["id"]] = row
    sim.accounts_made += 1
    noreply = (
        f"{number}+{login}{'[bot]' if kind == 'Bot' else ''}@users.noreply.github.com"
    )
    git = {"name": row.get("name") or login, "email": noreply, "userId": row["id"]}
    if kind != "User":
        del git["userId"]  # GitActor.user is a User
    return Account(row["id"], login, git)


def make_crowd(sim: Company, start: int) -> Crowd:
    """Bots, a machine user, people from outside, an imported account and a ghost."""
    crowd = Crowd()
    old = start - 1_000 * DAY
    crowd.dependency_bot = make_account(sim, "dependabot", "Bot", old)
    crowd.coverage_bot = make_account(sim, "codecov", "Bot", old)
    crowd.review_bot = make_account(sim, "review-lantern", "Bot", old)
    crowd.update_bot = make_account(sim, "lantern-updater", "Bot", old)
    crowd.machine_user = make_account(
        sim, f"{ORGANIZATION}-ci", "User", old, name="Lanternworks CI"
    )
    crowd.mannequin = make_account(sim, "imported-author", "Mannequin", old)
    ghost_git = {"name": "gone", "email": f"gone@{DOMAIN}"}
    crowd.ghost = Account(None, "ghost", ghost_git, "NONE")
    crowd.review_team = make_team(sim, crowd.machine_user, old)
    bots = (
        crowd.dependency_bot,
        crowd.coverage_bot,
        crowd.review_bot,
        crowd.update_bot,
    )
    for bot in bots:
        bot.association = "NONE"
    for number in range(max(2, sim.headcount // 5)):
        name = sim.faker.name()
        account = make_account(sim, f"{slug(name)}-{number}", "User", old, name=name)
        account.association = sim.pick(
            ("CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "NONE")
        )
        crowd.outsiders.append(account)
    return crowd


def make_team(sim: Company, namesake: Account, at: int) -> Account:
    """Register a team whose numeric id is also a user's: they are counted apart."""
    number = sim.github.actors[str(namesake.id)]["databaseId"]
    name_ = "reviewers"
    path = f"/orgs/{ORGANIZATION}/teams/{name_}"
    row: Row = {
        "__typename": "Team",
        "id": f"T_kwDO{number:x}",
        "databaseId": number,
        "name": "Reviewers",
        "slug": name_,
        "combinedSlug": f"{ORGANIZATION}/{name_}",
        "organizationId": ORGANIZATION_ID,
        "privacy": "VISIBLE",
        "createdAt": github_time(at),
        "updatedAt": github_time(at),
        "url": f"https://github.com{path}",
        "resourcePath": path,
    }
    sim.github.teams[row["id"]] = row
    return Account(row["id"], name_, {})


def install_app(sim: Company, start: int) -> None:
    """A bot among Linear's users: active, but not a person."""
    key = sim.ids.uuid()
    sim.linear.users[key] = {
        "id": key,
        "name": "Lantern Bot",
        "displayName": "lantern-bot",
        "email": f"{key}@oauthapp.linear.app",
        "active": True,
        "admin": False,
        "owner": False,
        "app": True,
        "guest": False,
        "isMe": False,
        "isAssignable": False,
        "isMentionable": True,
        "initials": "LB",
        "avatarBackgroundColor": "#95a2b3",
        "createdIssueCount": 0,
        "url": f"https://linear.app/{ORGANIZATION}/profiles/lantern-bot",
        "createdAt": linear_time(start - 200 * DAY),
        "updatedAt": linear_time(start - 200 * DAY),
    }


def employ(sim: Company, number: int, team: Team, start: int, end: int) -> Process:
    """The time of one person in the company: joins, perhaps leaves."""
    before = number * 10 < sim.headcount * 7
    joined = start - sim.days(1, 900) if before else sim.between(start, end + 60 * DAY)
    yield joined
    person = _hire(sim, number, team, joined)
    if number % 7 == 5:  # noqa: PLR2004 - every seventh person leaves
        yield sim.between(max(start, joined + 60 * DAY), end + 60 * DAY)
        _leave(sim, person, team, sim.now)


def _hire(sim: Company, number: int, team: Team, joined: int) -> Person:
    name = sim.faker.unique.name()
    first, last = name.split(" ")[0], name.split(" ")[-1]
    email = f"{slug(first)}.{slug(last)}@{DOMAIN}"
    person = Person(name, sim.ids.uuid(), slug(first), team)
    stamp = linear_time(joined)
    user: Row = {
        "id": person.linear_id,
        "name": name,
        "displayName": slug(first),
        "email": email,
        "active": True,
        "admin": number == 0,
        "owner": number == 0,
        "app": False,
        "guest": False,
        "isAssignable": True,
        "isMentionable": True,
        "isMe": number == 0,
        "initials": f"{first[0]}{last[0]}".upper(),
        "avatarBackgroundColor": sim.pick(("#5e6ad2", "#26b5ce", "#f2994a", "#4cb782")),
        "createdIssueCount": 0,
        "canAccessAnyPublicTeam": True,
        "hasGitHubCodeAccess": False,
        "supportsAgentSessions": False,
        "url": f"https://linear.app/{ORGANIZATION}/profiles/{slug(first)}",
        "createdAt": stamp,
        "updatedAt": stamp,
        "lastSeen": stamp,
    }
    if sim.chance(0.6):
        user["timezone"] = sim.pick(("Europe/Berlin", "America/New_York", "Asia/Tokyo"))
    if sim.chance(0.5):
        user["avatarUrl"] = f"https://avatars.example/{slug(first)}.png"
    if sim.chance(0.3):
        user["title"] = sim.pick(("Engineer", "Designer", "Product manager"))
    sim.linear.users[person.linear_id] = user
    if number % 10 != 9:  # noqa: PLR2004 - one in ten does not code
        _give_account(sim, person, number, user, joined)
        sim.coders.append(person)
    person.keenness = sim.pick((0.0, 0.3, 0.6, 1.0, 1.0, 1.5))
    if number < 2:  # noqa: PLR2004 - two of them review everything
        person.keenness = 4.0
        sim.everywhere.append(person)
    person.shunned = number % 12 == 4  # noqa: PLR2004 - one in twelve
    team.people.append(person)
    sim.people.append(person)
    _join_team(sim, person, team, joined, owner=number < len(sim.teams))
    return person


def _give_account(
    sim: Company, person: Person, number: int, user: Row, joined: int
) -> None:
    """One of the ways in which accounts belong to one person, or seem not to."""
    login = f"{slug(person.name)}"
    made = joined - sim.days(10, 2_000)
    account = make_account(sim, login, "User", made, name=person.name)
    row = sim.github.actors[account.id or ""]
    way = number % 8
    if way in (0, 1, 2):
        user["gitHubUserId"] = str(row["databaseId"])
        user["hasGitHubCodeAccess"] = True
    elif way in (3, 4):
        row["email"] = user["email"]
        account.git["email"] = user["email"]
    elif way == 5:  # noqa: PLR2004 - see the docstring: a case of its own
        row["email"] = user["email"].title()
        account.git["email"] = f"{login}@users.noreply.github.com"
    elif way == 6:  # noqa: PLR2004
        row["organizationVerifiedDomainEmails"] = [user["email"]]
        account.git["email"] = f"{login}@mail.example"
    else:  # nothing shows that the two are one person
        row["login"] = account.login = f"night-owl-{number}"
        row["name"] = None
        account.git["name"] = account.login
        account.git["email"] = f"{account.login}@mail.example"
    person.accounts.append(account)
    sim.owners[account.login] = person
    if number == 3:  # noqa: PLR2004 - the one person with two accounts
        second = make_account(sim, f"{login}-work", "User", joined, name=person.name)
        second.git["email"] = user["email"]
        sim.owners[second.login] = person
        sim.calendar.once(joined + 300 * DAY, person.accounts.append, second)
        sim.members.append((second.id or "", "MEMBER"))
    sim.members.append((account.id or "", "ADMIN" if number == 0 else "MEMBER"))


def _join_team(
    sim: Company, person: Person, team: Team, at: int, *, owner: bool
) -> None:
    key = sim.ids.uuid()
    sim.linear.team_memberships[key] = {
        "id": key,
        "teamId": team.row["id"],
        "userId": person.linear_id,
        "owner": owner,
        "sortOrder": -float(len(sim.linear.team_memberships)),
        "createdAt": linear_time(at),
        "updatedAt": linear_time(at),
    }


def _leave(sim: Company, person: Person, team: Team, at: int) -> None:
    user = sim.linear.users[person.linear_id]
    user["active"] = False
    user["disableReason"] = "admin"
    user["updatedAt"] = linear_time(at)
    user["isAssignable"] = False
    for group in (team.people, sim.people, sim.coders):
        if person in group and len(group) > 1:
            group.remove(person)
    accounts = {account.id for account in person.accounts}
    sim.members[:] = [entry for entry in sim.members if entry[0] not in accounts]
