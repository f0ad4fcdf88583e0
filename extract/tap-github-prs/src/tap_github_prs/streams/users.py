"""users: members of the organisations, and everyone who acted, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.batches import BatchSize, in_batches
from tap_github_prs.errors import RefusedQueryError
from tap_github_prs.rows import actors
from tap_github_prs.schemas import USERS
from tap_github_prs.streams.base import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.errors import Answer
    from tap_github_prs.rows import Node, Row
    from tap_github_prs.tap import TapGitHubPRs

IDS_AT_ONCE = 100


class Users(TableStream):
    """Members are read on every run; others come with what they did.

    The state keeps the members' ids: one who left is written once more, with
    empty `memberships`.
    """

    table: ClassVar[Table] = USERS

    def __init__(self, tap: TapGitHubPRs) -> None:
        """Begin with nobody."""
        super().__init__(tap)
        self._written: set[int] = set()
        self._members_known = False

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield a row per member, and one per member who left."""
        members: dict[int, Node] = {}
        now: dict[str, list[str]] = {}
        for login in self._organizations():
            found = self._members(login)
            if found is None:
                continue
            now[login] = sorted(node["id"] for node in found.values())
            for number, node in found.items():
                known = members.setdefault(number, node)
                if known is not node:
                    known["memberships"] += node["memberships"]
                    known["emails"] |= node["emails"]
        self._members_known = bool(now)
        yield from self._new(members.values())
        yield from self._new(self._departed(now))
        for login, ids in now.items():
            self.partition(organization=login)["member_ids"] = ids
        self.state_manager.is_flushed = False

    def note(self, answer: Any) -> None:  # noqa: ANN401 - any part of an answer
        """Write the accounts in an answer that have not been written yet."""
        if self.selected:
            self.write(self._new(actors(answer)))

    def _new(self, nodes: Iterable[Node]) -> Iterator[Row]:
        """Yield the rows of the accounts that have not been written yet."""
        for node in nodes:
            if node["databaseId"] in self._written:
                continue
            self._written.add(node["databaseId"])
            yield self.row(node)

    def row(self, node: Node) -> Row:
        """Return the row of an account, with every e-mail that is known of it."""
        emails = node.get("emails", set())
        node = {**node, "email": node.get("email") or None}  # "" is not public
        if self._members_known:
            node.setdefault("memberships", [])
        own = node["email"] or node.get("otherEmail")
        everything = {*emails, own} - {None, ""}
        return self.build(node, emails=sorted({e.lower() for e in everything}))

    def _organizations(self) -> list[str]:
        """Return the organisations that are named or own a repository."""
        owners = (node["owner"] for node in self.tap.repositories)
        owning = [o["login"] for o in owners if o["__typename"] == "Organization"]
        return list(dict.fromkeys([*self.config["organizations"], *owning]))

    def _members(self, login: str) -> dict[int, Node] | None:
        """Return an organisation's members by id, None if they are not shown.

        Each has its `memberships` and, in `emails`, those of the verified domains
        and of SAML.
        """
        members: dict[int, Node] = {}
        identities: dict[int, set[str]] = {}
        cursors: dict[str, str | None] = {"after": None, "identitiesAfter": None}
        more = True
        while more:
            try:
                answer = self._ask(login, cursors)
            except RefusedQueryError as error:
                self.tap.github.say_once(f"Members of {login} are not read: {error}")
                return None
            organization = answer.body["data"]["organization"] or {}
            page = organization.get("membersWithRole")
            if page is None:
                words = answer.message or "GitHub shows none"
                self.tap.github.say_once(f"Members of {login} are not read: {words}")
                return None
            for edge in page["edges"]:
                if node := edge and edge["node"]:
                    members[node["databaseId"]] = {
                        **node,
                        "memberships": [{"organization": login, "role": edge["role"]}],
                        "emails": set(
                            node.get("organizationVerifiedDomainEmails") or ()
                        ),
                    }
            provider = organization.get("samlIdentityProvider") or {}
            saml = provider.get("externalIdentities")
            for identity in (saml or {}).get("nodes", []):
                add_identity(identity, identities)
            more = _advance(cursors, "after", page)
            more = _advance(cursors, "identitiesAfter", saml) or more
        for number, emails in identities.items():
            if number in members:
                members[number]["emails"] |= emails
        return members

    def _ask(self, login: str, cursors: dict[str, str | None]) -> Answer:
        """Read a page of members; without verified e-mails if they are refused.

        A refused e-mail list, which may not be null, takes its member with it.
        """
        github = self.tap.github
        answer = github.list_page("Members", {"login": login, **cursors})
        refused = "organizationVerifiedDomainEmails"
        if any(refused in error.get("path", []) for error in answer.errors):
            github.say_once(
                f"Verified e-mails of {login} are not read: {answer.message}"
            )
            github.documents.spare_spread("VerifiedEmails")
            answer = github.list_page("Members", {"login": login, **cursors})
        for error in answer.errors:
            github.say_once(f"Members of {login}: not all is read: {error['message']}")
        return answer

    def _departed(self, now: dict[str, list[str]]) -> Iterator[Node]:
        """Yield those who were members of an organisation and no longer are."""
        present = {member for members in now.values() for member in members}
        before = {
            member
            for login in now
            for member in self.partition(organization=login).get("member_ids", [])
        }
        gone = sorted(before - present)
        for _, answer in in_batches(gone, BatchSize(IDS_AT_ONCE), self._by_id):
            yield from (
                node for node in answer.body["data"]["nodes"] if node is not None
            )

    def _by_id(self, ids: Sequence[str]) -> Answer:
        return self.tap.github.graphql("Users", {"ids": ids}, shrinkable=len(ids) > 1)


def _advance(
    cursors: dict[str, str | None], name: str, page: dict[str, Any] | None
) -> bool:
    """Move a cursor behind a page; whether there is another.

    At the last page the cursor stays at its end, where the list is empty.
    """
    if page is None:
        return False
    cursors[name] = page["pageInfo"]["endCursor"] or cursors[name]
    return bool(page["pageInfo"]["hasNextPage"])


def add_identity(identity: Any, emails: dict[int, set[str]]) -> None:  # noqa: ANN401
    """Take down the e-mails of one SAML identity."""
    user, saml = (identity or {}).get("user"), (identity or {}).get("samlIdentity")
    if not user or not saml:
        return
    found = {email["value"] for email in saml["emails"] or () if email}
    if "@" in (saml["nameId"] or ""):
        found.add(saml["nameId"])
    emails.setdefault(user["databaseId"], set()).update(found)
