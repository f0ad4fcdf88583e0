"""What a token can see of GitHub: everything by default, less on request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from graphql import FieldNode, GraphQLError, TypeInfo, TypeInfoVisitor, Visitor, visit

from sandbox.github.scopes import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import DocumentNode, GraphQLSchema

    from sandbox.company import GitHubHost

Row = dict[str, Any]

SAML_MESSAGE = (
    "Resource protected by organization SAML enforcement. You must grant your Personal"
    " Access token access to this organization."
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a token does not see.

    Attributes:
        hidden: Repositories, `owner/name`, that do not exist for it.
        saml: Logins of organizations for which it has no single sign-on.
        refused: Fields, `Type.field`, for which it has no scope.
    """

    hidden: frozenset[str] = frozenset()
    saml: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    @classmethod
    def read(cls, given: Mapping[str, Iterable[str]]) -> Self:
        """Read a request with three lists.

        Raises:
            TypeError: If it has another key.
        """
        return cls(
            **{
                name: frozenset(
                    each if name == "refused" else each.lower() for each in values
                )
                for name, values in given.items()
            }
        )

    def seen(self, host: GitHubHost) -> GitHubHost:
        """Return the host without the hidden repositories and their pull requests."""
        if not self.hidden:
            return host
        repositories = {
            key: row
            for key, row in host.repositories.items()
            if row["nameWithOwner"].lower() not in self.hidden
        }
        pull_requests = {
            key: row
            for key, row in host.pull_requests.items()
            if row["repositoryId"] in repositories
        }
        return replace(host, repositories=repositories, pull_requests=pull_requests)

    def protects(self, login: str) -> bool:
        """Whether an organization requires single sign-on of the token."""
        return login.lower() in self.saml

    def refusals(
        self, schema: GraphQLSchema, document: DocumentNode
    ) -> list[dict[str, Any]]:
        """Return an error for each field of a document whose scope the token lacks."""
        if not self.refused:
            return []
        info = TypeInfo(schema)
        visitor = _Refused(info, self.refused)
        visit(document, TypeInfoVisitor(info, visitor))
        return [refusal(node, node.name.value, "user:email") for node in visitor.found]


class _Refused(Visitor):
    """Collects the fields of a set of `Type.field`."""

    def __init__(self, info: TypeInfo, refused: frozenset[str]) -> None:
        super().__init__()
        self.info = info
        self.refused = refused
        self.found: list[FieldNode] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:  # noqa: ANN401 - graphql-core's
        parent = self.info.get_parent_type()
        if parent and f"{parent.name}.{node.name.value}" in self.refused:
            self.found.append(node)


def sso_url(login: str) -> str:
    """Return the page on which a token is authorized for an organization."""
    return f"https://github.com/orgs/{login}/sso?authorization_request=AZSSO"


def check(row: Row, info: Any) -> Row:  # noqa: ANN401 - graphql-core's info
    """Return a row if the token may see it.

    Raises:
        GraphQLError: If its organization requires single sign-on of the token.
    """
    context = info.context
    login = _owner(row, context)
    if login and context.access.protects(login):
        context.sso = f"required; url={sso_url(login)}"
        extensions = {"type": "FORBIDDEN", "saml_failure": True}
        raise GraphQLError(SAML_MESSAGE, extensions=extensions)
    return row


def _owner(row: Row, context: Any) -> str:  # noqa: ANN401 - GitHubContext
    """Return the login of the owner of a row; "" if it has none."""
    if row.get("__typename") == "Organization":
        return str(row["login"])
    if "repositoryId" in row:
        row = context.store.host.repositories.get(row["repositoryId"]) or {}
    name = row.get("nameWithOwner") or (row.get("repository") or {}).get(
        "nameWithOwner"
    )
    return str(name or "").partition("/")[0]
