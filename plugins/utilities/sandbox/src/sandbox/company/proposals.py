"""Decides who opens which pull request, and how it refers to its issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company import (
    agents,
    discussion,
    issue_life,
    pull_requests,
    story,
    volumes,
)
from sandbox.company.model import Change, Proposal
from sandbox.company.rows import DAY, WEEK
from sandbox.company.texts import slug
from sandbox.company.volumes import Volume

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Account, Person, Repository, Work

_SMALL = Volume(reviews=1, remarks=0, comments=1, commits=1, files=1)


def for_issue(sim: Company, work: Work, person: Person) -> None:
    """`person` will open a pull request for an issue, after some coding."""
    work.open_pull_requests += 1
    at = sim.later(sim.now, 16)
    sim.calendar.add(at, _for_issue(sim, work, person))


def _for_issue(sim: Company, work: Work, person: Person) -> Process:
    proposal = Proposal(
        sim.repository_of(work.team),
        person.account,
        title=_title(sim, work),
        branch=_branch(sim, work),
        volume=sim.volume(person),
        body=_body(sim, work),
        person=person,
        work=work,
        draft=sim.chance(0.14),
    )
    change = pull_requests.create(sim, proposal, sim.now)
    if agents.delegate(sim, work):
        agents.open_pull_request(change)
    change.reviewers = sim.reviewers(person)
    if sim.chance(0.6):
        sim.calendar.once(
            sim.now + 5_000,
            discussion.attach_pull_request,
            sim,
            work,
            change,
            sim.now + 5_000,
        )
    if not proposal.draft:
        issue_life.pull_request_opened(sim, work, sim.now)
    yield from live(sim, change, proposal)


def live(sim: Company, change: Change, proposal: Proposal) -> Process:
    """Run the pull request's story."""
    for step in story.draw(sim, change, proposal, sim.now):
        if step.at > sim.now:
            yield step.at
        step.act(sim, change, sim.now, step.what)
    pull_requests.rest(change)


def _title(sim: Company, work: Work) -> str:
    key: str = work.row["identifier"]
    title: str = work.row["title"]
    return sim.pick(
        (
            f"{key}: {title}",
            f"{key}: {title}",
            f"[{key}] {title}",
            f"{title} ({key})",
            f"{key.lower()} {title.lower()}",
            f"feat: {title.lower()}",
            title,
            title,
            f"Switch {slug(title)[:12]} to UTF-8",
            f"{title} with SHA-256",
        )
    )


def _branch(sim: Company, work: Work) -> str:
    row = work.row
    branch: str = row["branchName"]
    wrong = f"{work.team.row['key']}-{work.team.last_number + 9_000}"
    return sim.random.choices(
        (
            branch,
            f"{branch.partition('/')[0]}_{row['identifier'].lower()}_fix",
            f"feature/{row['identifier']}-{slug(row['title'])[:20]}",
            row["identifier"],
            slug(row["title"]),
            f"fix/{wrong.lower()}-{slug(row['title'])[:20]}",
            f"chore/utf-8-{slug(row['title'])[:20]}",
        ),
        (55, 5, 12, 4, 14, 5, 5),
    )[0]


def _body(sim: Company, work: Work) -> str:
    key = work.row["identifier"]
    if sim.chance(0.003):
        return sim.texts.long()
    return sim.random.choices(
        (
            f"Fixes {key}\n\n{sim.texts.paragraph()}",
            f"Part of {key.lower()}.",
            f"{sim.texts.paragraph()}\n\nCloses {work.row['url']}",
            sim.texts.paragraph(),
            "",
        ),
        (30, 10, 10, 30, 20),
    )[0]


def closed(sim: Company, change: Change, at: int) -> None:
    """The effects of merging or closing a pull request."""
    merged = change.row["merged"]
    discussion.follow_pull_request(change, at)
    if change.work is not None and not change.work.gone:
        issue_life.pull_request_closed(
            sim, change.work, at, sim.person_of(change), merged=merged
        )
    if merged and sim.chance(0.02):
        sim.calendar.add(sim.later(at, 10), _revert(sim, change))


def _revert(sim: Company, before: Change) -> Process:
    """Revert a merged pull request."""
    row = before.row
    author = sim.pick([before.author, *before.reviewers])
    if author.id is None:
        return
    proposal = Proposal(
        before.repository,
        author,
        title=f'Revert "{row["title"]}"',
        branch=f"revert-{row['number']}-{row['headRefName']}",
        volume=_SMALL,
        body=f"Reverts {before.repository.row['nameWithOwner']}#{row['number']}",
    )
    change = pull_requests.create(sim, proposal, sim.now)
    change.reviewers = [one for one in before.reviewers if one is not author][:1]
    yield from live(sim, change, proposal)


def by_bot(sim: Company, repository: Repository) -> Process:
    """A bot updates dependencies; its pull requests are often merged without review."""
    while True:
        yield sim.between(sim.now + WEEK, sim.now + 5 * WEEK)
        word = sim.pick(sim.texts.words)
        version = f"{sim.random.randrange(9)}.{sim.random.randrange(20)}"
        proposal = Proposal(
            repository,
            sim.crowd.dependency_bot,
            title=f"Bump {word} from {version}.0 to {version}.1",
            branch=f"dependabot/pip/{word}-{version}.1",
            volume=_SMALL._replace(
                reviews=sim.pick((0, 0, 1)), comments=sim.pick((0, 1, 3))
            ),
            body=sim.texts.paragraph(),
        )
        change = pull_requests.create(sim, proposal, sim.now)
        change.row["labels"] = [repository.labels[2]]
        change.reviewers = [sim.pick(sim.coders).account]
        sim.calendar.add(sim.now, live(sim, change, proposal))


def by_themselves(sim: Company, every: float) -> Process:
    """Small fixes without an issue, about one every `every` ms."""
    while True:
        yield sim.later(sim.now + int(sim.random.expovariate(1 / every)), 1)
        person = sim.pick(sim.coders)
        title = sim.texts.title()
        left = sim.ghost_is_due()  # and deleted the account
        proposal = Proposal(
            sim.pick(sim.repositories),
            sim.crowd.ghost if left else person.account,
            title=title,
            branch=sim.pick(
                (slug(title), "patch-1", f"{person.handle}/{slug(title)[:12]}")
            ),
            volume=volumes.draw(sim.random),
            body=sim.texts.paragraph() if sim.chance(0.5) else "",
            person=person,
            draft=sim.chance(0.1),
        )
        change = pull_requests.create(sim, proposal, sim.now)
        change.reviewers = sim.reviewers(person)
        sim.calendar.add(sim.now, live(sim, change, proposal))


def from_outside(sim: Company, repository: Repository) -> Process:
    """Pull requests of people from outside, some of whose accounts are deleted."""
    while True:
        yield sim.between(sim.now + 2 * DAY, sim.now + 3 * WEEK)
        author = _stranger(sim)
        proposal = Proposal(
            repository,
            author,
            title=sim.texts.title(),
            branch=sim.pick(("main", "patch-1", "fix-typo")),
            volume=volumes.draw(sim.random),
            body=sim.texts.paragraph(),
        )
        change = pull_requests.create(sim, proposal, sim.now)
        _close_github_issue(sim, change)
        change.reviewers = [sim.pick(sim.coders).account]
        sim.calendar.add(sim.now, live(sim, change, proposal))


def _stranger(sim: Company) -> Account:
    if sim.ghost_is_due():
        return sim.crowd.ghost
    return sim.crowd.mannequin if sim.chance(0.12) else sim.pick(sim.crowd.outsiders)


def _close_github_issue(sim: Company, change: Change) -> None:
    """An issue of GitHub's own that the pull request closes."""
    repository = change.repository
    repository.last_number += 1
    key = sim.ids.number()
    change.row["closingIssues"] = [
        {
            "id": f"I_kwDO{key:x}",
            "fullDatabaseId": str(key),
            "number": repository.last_number,
            "title": sim.texts.title(),
            "state": "OPEN",
            "repositoryId": repository.row["id"],
            "createdAt": change.row["createdAt"],
            "updatedAt": change.row["createdAt"],
        }
    ]


def relabel(sim: Company, at: int) -> None:
    """Somebody labels 34 pull requests at once: all in one second."""
    rows = list(sim.github.pull_requests.values())[-200:]
    repository = sim.repositories[0]
    label = repository.labels[-2]
    actor = sim.pick(sim.coders).account
    for row in [row for row in rows if label not in row["labels"]][:34]:
        change = Change(row, repository, actor)
        row["labels"] = [*row["labels"], label]
        packed = not isinstance(row["timelineItems"], list)
        if packed:
            row["timelineItems"] = list(row["timelineItems"])
        pull_requests.event(sim, change, at, "LabeledEvent", actor, label=label)
        if packed:
            pull_requests.rest(change)
