"""The comments, relations and attachments of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.issues import GITHUB_BOT, NOTHING, note
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import Row, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Change, Person, Work


def talk(sim: Company, work: Work) -> Process:
    """People comment on an issue, answer, correct themselves and resolve it."""
    first = comment(sim, sim.now, sim.colleague(work.team), issueId=work.row["id"])
    while sim.chance(0.55):
        yield sim.later(sim.now, 20)
        more = {"parentId": first["id"]} if sim.chance(0.5) else {}
        comment(sim, sim.now, sim.colleague(work.team), issueId=work.row["id"], **more)
    if sim.chance(0.08):
        yield sim.later(sim.now, 5)
        edit(first, f"{sim.texts.remark()} (edited)", sim.now)
    someone = sim.colleague(work.team)
    if someone is not None and sim.chance(0.1):
        yield sim.later(sim.now, 8)
        first["resolvedAt"] = first["updatedAt"] = linear_time(sim.now)
        first["resolvingUserId"] = someone.linear_id


def comment(sim: Company, at: int, author: Person | None, **about: str) -> Row:
    """Comment on an issue, a project or another entity that `about` refers to."""
    key = sim.ids.uuid()
    stamp = linear_time(at)
    row: Row = {
        "id": key,
        "body": sim.texts.remark(),
        "url": f"https://linear.app/{ORGANIZATION}/comment/{key[:8]}",
        "reactionData": NOTHING,
        "createdAt": stamp,
        "updatedAt": stamp,
        **about,
    }
    if sim.chance(0.03):
        row["quotedText"] = sim.texts.remark()
    if author is not None and not sim.chance(0.03):
        row["userId"] = author.linear_id
    else:
        row["botActor"] = GITHUB_BOT
    sim.linear.comments[key] = row
    return row


def edit(row: Row, body: str, at: int) -> None:
    """Change the text of a comment."""
    row["body"] = body
    row["editedAt"] = row["updatedAt"] = linear_time(at)


def relate(sim: Company, work: Work, other: Row, kind: str, at: int) -> None:
    """Relate two issues: `blocks`, `duplicate`, `related` or `similar`."""
    key = sim.ids.uuid()
    stamp = linear_time(at)
    sim.linear.issue_relations[key] = {
        "id": key,
        "type": kind,
        "issueId": work.row["id"],
        "relatedIssueId": other["id"],
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    change = {"identifier": other["identifier"], "type": kind}
    note(sim, work, at, None, relationChanges=[change])


def attach(
    sim: Company, work: Work, at: int, title: str, url: str, **more: object
) -> Row:
    """Attach a link to an issue."""
    key = sim.ids.uuid()
    stamp = linear_time(at)
    row: Row = {
        "id": key,
        "issueId": work.row["id"],
        "title": title,
        "url": url,
        "metadata": NOTHING,
        "createdAt": stamp,
        "updatedAt": stamp,
        **more,
    }
    sim.linear.attachments[key] = row
    return row


def attach_link(sim: Company, work: Work, at: int) -> None:
    """Somebody pastes a link: a design, an error report, a page."""
    kind, title, url = sim.pick(
        (
            ("figma", "Design", "https://figma.example/file/"),
            ("sentry", "TypeError in handler", "https://sentry.example/issues/"),
            (None, "Notes", "https://wiki.example/pages/"),
        )
    )
    row = attach(sim, work, at, title, f"{url}{sim.random.randrange(10_000)}")
    person = sim.colleague(work.team)
    if kind is not None:
        row["sourceType"] = kind
    elif person is not None:
        row["creatorId"] = person.linear_id
        row["subtitle"] = sim.texts.remark()


def attach_pull_request(sim: Company, work: Work, change: Change, at: int) -> None:
    """Linear's GitHub integration links a pull request."""
    if work.gone:
        return
    row, repository = change.row, change.repository.row
    url = f"{repository['url']}/pull/{row['number']}"
    metadata = {
        "number": row["number"],
        "title": row["title"],
        "status": "draft" if row["isDraft"] else "open",
        "draft": row["isDraft"],
        "branch": row["headRefName"],
        "repoId": str(repository["databaseId"]),
        "repoLogin": ORGANIZATION,
        "repoName": repository["name"],
        "linkKind": "closes",
        "createdAt": row["createdAt"],
    }
    change.attachment = attach(
        sim, work, at, row["title"], url, sourceType="github", metadata=metadata
    )
    if sim.works.get(work.row["id"]) is work:
        key = change.attachment["id"]
        note(sim, work, at, None, attachmentId=key, botActor=GITHUB_BOT)


def follow_pull_request(change: Change, at: int) -> None:
    """Update the attachment's metadata to the state of the pull request."""
    if change.attachment is None:
        return
    row = change.row
    status = "draft" if row["isDraft"] else row["state"].lower()
    metadata = change.attachment["metadata"] | {
        "status": status,
        "draft": row["isDraft"],
    }
    for name in ("mergedAt", "closedAt"):
        if name in row:
            metadata[name] = row[name]
    change.attachment["metadata"] = metadata
    change.attachment["updatedAt"] = linear_time(at)
