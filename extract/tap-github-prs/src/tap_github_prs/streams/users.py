"""users: members of the organizations, and everyone who acted, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.conditions import FEWER_MEMBERS, MEMBERS, REFUSED_MEMBERS
from tap_github_prs.schemas import USERS
from tap_github_prs.schemas.rows import actors
from tap_github_prs.streams.base import TableStream, is_suspicious
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.batches import BatchSize, in_batches
from tap_github_prs.transport.client import Progress
from tap_github_prs.transport.errors import RefusedError, RefusedQueryError
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.tap import TapGitHubPRs
    from tap_github_prs.transport.errors import Response

IDS_AT_ONCE = 100


class Membership:
    """The members of one organization.

    Attributes:
        login: Its login, as GitHub spells it.
        members: Its members by numeric id.
        is_complete: Whether the list was read to its end, with nothing hidden.
    """

    def __init__(self, login: str) -> None:
        """Begin without accounts."""
        self.login = login
        self.members: dict[int, Node] = {}
        self.is_complete = True
        self.identities: dict[int, set[str]] = {}

    def add(self, edge: dict[str, Any]) -> None:
        """Add an edge of the list."""
        node = edge["node"]
        self.members[node["databaseId"]] = {
            **node,
            "memberships": [{"organization": self.login, "role": edge.get("role")}],
            "emails": set(node.get("organizationVerifiedDomainEmails") or ()),
        }

    def add_identity(self, identity: Any) -> None:  # noqa: ANN401 - JSON
        """Take down the e-mails of one SAML identity."""
        user, saml = (identity or {}).get("user"), (identity or {}).get("samlIdentity")
        if not user or not saml:
            return
        found = {email["value"] for email in saml["emails"] or () if email}
        if "@" in (saml["nameId"] or ""):
            found.add(saml["nameId"])
        self.identities.setdefault(user["databaseId"], set()).update(found)

    def merge_identities(self) -> None:
        """Give the members the e-mails of their identities."""
        for number, emails in self.identities.items():
            if number in self.members:
                self.members[number]["emails"] |= emails


class Users(TableStream):
    """Members are read in every run; other people come with the rows that name them.

    The state keeps the members' ids: one who left is written once more, with
    empty `memberships`.
    """

    table: ClassVar[Table] = USERS

    def __init__(self, tap: TapGitHubPRs) -> None:
        """Begin without accounts."""
        super().__init__(tap)
        self._written: set[int] = set()
        self._members_known = False
        self._emails_were_known = False

    def rows(self) -> Iterable[Row]:
        """Yield a row per member, and one per member who left."""
        members: dict[int, Node] = {}
        found = [self._members(login) for login in self._organizations()]
        for membership in filter(None, found):
            for number, node in membership.members.items():
                known = members.setdefault(number, node)
                if known is not node:
                    known["memberships"] += node["memberships"]
                    known["emails"] |= node["emails"]
        self._emails_were_known = any(
            state.get("emails_known")
            for state in self.stream_state.get("partitions", ())
        )
        self._members_known = bool(found) and all(map(self._is_whole, found))
        if not self._members_known and len(found) > 1:
            # Each may be a member of the organization that was not read.
            for node in members.values():
                del node["memberships"]
        yield from self._new(members.values())
        present = {node["id"] for node in members.values()}
        for membership in filter(None, found):
            yield from self._leave(membership, present)
            if self._has_every_email():
                self.partition(organization=membership.login)["emails_known"] = True
        self.state_manager.is_flushed = False

    def _is_whole(self, membership: Membership | None) -> bool:
        """Whether an account that is not in a list of members is none."""
        if membership is None or not membership.is_complete:
            return False
        before, gone = self._gone(membership)
        return not is_suspicious(len(gone), len(before))

    def _has_every_email(self) -> bool:
        """Whether nothing that e-mails come from was refused in this run."""
        documents = self.run.client.documents
        lost = documents.dropped_columns(self.table)
        return (
            self._members_known
            and not documents.is_dropped("VerifiedEmails")
            and not documents.is_dropped("Identities")
            and "email" not in set().union(*lost.values())
        )

    def emit_accounts(self, response: Any) -> None:  # noqa: ANN401 - any part of a response
        """Write the accounts in a response that have not been written yet."""
        if self.selected:
            self.write(self._new(actors(response)))

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
        row = self.build(node, emails=sorted({e.lower() for e in everything}))
        if self._emails_were_known and not self._has_every_email():
            # The target keeps those that it has.
            row.pop("emails", None)
        return row

    def _organizations(self) -> list[str]:
        """Return the organizations that are named or own a repository."""
        owners = (node["owner"] or {} for node in self.run.repositories)
        owning = [o["login"] for o in owners if o.get("__typename") == "Organization"]
        logins = {login.lower(): login for login in self.config["organizations"]}
        # As GitHub spells them, whatever the settings say.
        return list((logins | {login.lower(): login for login in owning}).values())

    def _members(self, login: str) -> Membership | None:
        """Return an organization's members; None if they are not shown."""
        found = Membership(login)
        try:
            with expecting():
                self._read_members(found)
        except (RefusedQueryError, RefusedError) as error:
            self.run.report(REFUSED_MEMBERS, organization=login, reason=str(error))
            return None
        except UnreadableError as error:
            found.is_complete = False
            self.run.report(MEMBERS, organization=login, reason=str(error))
        found.merge_identities()
        return found

    def _read_members(self, found: Membership) -> None:
        """Read the list of members to its end.

        Raises:
            RefusedError: If the token has no scope for it.
            UnreadableError: If it cannot be read to its end.
        """
        after, identities_after = Progress(), Progress()
        more = True
        while more:
            cursors = {
                "after": after.cursor,
                "identitiesAfter": identities_after.cursor,
            }
            response = self._ask(found.login, cursors)
            data = response.body["data"]
            organization = data["organization"]
            if organization is None:
                raise RefusedError(why(data, "organization") or "GitHub shows none")
            found.login = organization.get("login") or found.login
            page = organization["membersWithRole"]
            if page is None:
                words = why(organization, "membersWithRole")
                raise RefusedError(words or "GitHub shows none")
            for edge in page["edges"]:
                if edge and edge["node"]:
                    found.add(edge)
            hidden = any(not edge or not edge["node"] for edge in page["edges"])
            if hidden or why(page, "edges"):
                found.is_complete = False
                words = why(page, "edges") or _words_of(page["edges"]) or NO_REASON
                self.run.report(MEMBERS, organization=found.login, reason=words)
            provider = organization.get("samlIdentityProvider") or {}
            saml = provider.get("externalIdentities")
            for identity in (saml or {}).get("nodes", []):
                found.add_identity(identity)
            more = _advance(after, page)
            more = _advance(identities_after, saml) or more

    def _ask(self, login: str, cursors: dict[str, str | None]) -> Response:
        """Read a page of members; without verified e-mails if they are refused.

        A refused e-mail list, which may not be null, takes its member with it.
        """
        github = self.run.client
        response = github.list_page("Members", {"login": login, **cursors})
        refused = "organizationVerifiedDomainEmails"
        if any(refused in (error.get("path") or ()) for error in response.errors):
            github.say_once(
                f"Verified e-mails of {login} are not read: {response.message}"
            )
            github.documents.drop_spread("VerifiedEmails")
            response = github.list_page("Members", {"login": login, **cursors})
        for error in response.errors:
            github.say_once(f"Members of {login}: not all is read: {error['message']}")
        return response

    def _leave(self, membership: Membership, present: set[str]) -> Iterator[Row]:
        """Yield the rows of those who left an organization, and keep who is there."""
        state = self._state_of(membership.login)
        before, gone = self._gone(membership)
        state.pop("member_ids", None)
        now = {node["id"]: number for number, node in membership.members.items()}
        if not membership.is_complete:
            state["members"] = _pairs(before | now)
            return
        if is_suspicious(len(gone), len(before)):
            self.run.report(
                FEWER_MEMBERS,
                now=len(before) - len(gone),
                before=len(before),
                missing=len(gone),
                organization=membership.login,
            )
            state["members"] = _pairs(before | now)
            return
        left = {key: number for key, number in gone.items() if key not in present}
        yield from self._departed(left)
        state["members"] = _pairs(now)

    def _gone(self, membership: Membership) -> tuple[dict[str, int], dict[str, int]]:
        """Return the members of the last run, and those of them who are not shown.

        Both have the numeric id by the id of GraphQL.
        """
        state = self._state_of(membership.login)
        # An older state has the ids of GraphQL alone.
        before = dict.fromkeys(state.get("member_ids", ()), 0)
        before |= dict(state.get("members", ()))
        now = {node["id"] for node in membership.members.values()}
        return before, {key: n for key, n in before.items() if key not in now}

    def _state_of(self, login: str) -> dict[str, Any]:
        """Return an organization's state, in whatever case it was written before."""
        for state in self.stream_state.get("partitions", ()):
            known = state.get("context", {}).get("organization", "")
            if known != login and known.lower() == login.lower():
                state["context"]["organization"] = login
        return self.partition(organization=login)

    def _departed(self, gone: dict[str, int]) -> Iterator[Row]:
        """Yield the rows of former members.

        Of an account that no longer exists nothing else is known any more: its row has
        no other column, so that the target keeps what it has.
        """
        for ids, response in in_batches(
            sorted(gone), BatchSize(IDS_AT_ONCE), self._by_id
        ):
            for key, node in zip(ids, response.body["data"]["nodes"], strict=True):
                if node:
                    yield from self._new([node])
                elif gone[key] and gone[key] not in self._written:
                    self._written.add(gone[key])
                    whole = {"id": gone[key], "node_id": key, "memberships": []}
                    yield {n: v for n, v in whole.items() if n in self.selected_columns}

    def _by_id(self, ids: Sequence[str]) -> Response:
        return self.run.client.graphql("Users", {"ids": ids}, shrinkable=len(ids) > 1)


def _pairs(members: dict[str, int]) -> list[list[str | int]]:
    """Return the members as the state keeps them: GraphQL's id, numeric id."""
    return [[key, number] for key, number in sorted(members.items())]


def _words_of(edges: list[Any]) -> str:
    """Return why a member of a list is null; "" if it has no mark."""
    found = (why(edge, "node") for edge in edges if edge and not edge["node"])
    return next(filter(None, found), "")


def _advance(progress: Progress, page: dict[str, Any] | None) -> bool:
    """Move behind a page; whether there is another.

    At the last page the cursor moves to its end, where the list is empty.

    Raises:
        UnreadableError: If the list is stuck.
    """
    if page is None:
        return False
    if stuck := progress.stuck(page):
        raise UnreadableError(stuck)
    if progress.advance(page):
        return True
    progress.cursor = page["pageInfo"]["endCursor"] or progress.cursor
    return False
