"""GitHub's GraphQL endpoint, and what it shares with REST: credentials and budgets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.answers import Answer, GraphQLRequest, operation_label
from sandbox.engine import Engine, Prepared
from sandbox.github.access import Access
from sandbox.github.auth import TOKENS, Credentials
from sandbox.github.cost import Price, Refusal, price
from sandbox.github.resolvers import DEFAULTS, GitHubContext, resolvers, type_of
from sandbox.github.store import GitHubStore
from sandbox.limits import Budget, Budgets

if TYPE_CHECKING:
    from graphql import GraphQLError, OperationDefinitionNode

SDL = (Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8")
DOCS = "https://docs.github.com"

# docs/apis/github.md, "Limits": per hour.
LIMITS = {"core": 5_000, "graphql": 5_000, "anonymous": 60}


def rate_headers(budget: Budget, resource: str) -> dict[str, str]:
    """Return GitHub's rate-limit headers; the reset is in epoch seconds."""
    remaining = budget.remaining
    return {
        "x-ratelimit-limit": str(budget.limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-used": str(budget.used),
        "x-ratelimit-reset": str(int(budget.reset_at)),
        "x-ratelimit-resource": resource,
    }


def bad_credentials() -> Answer:
    """Return GitHub's response to an unknown credential."""
    return Answer(
        401,
        {
            "message": "Bad credentials",
            "documentation_url": f"{DOCS}/rest",
            "status": "401",
        },
    )


def iso(epoch: float) -> str:
    """Return an epoch time as GitHub writes it."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# The complete schema, and the latest ones from which a test removed something.
@lru_cache(maxsize=8)
def engine_without(names: tuple[str, ...]) -> Engine:
    """Return the engine of a schema without some definitions, built once.

    All servers of a process share it: its resolvers read everything that belongs to
    one server from `info.context`.

    Args:
        names: `Type`, `Type.field` or `Enum.VALUE`.
    """
    bare = Engine(SDL, {}, {}, removed=names)
    return Engine(SDL, resolvers(bare.schema), DEFAULTS, type_of, removed=names)


@dataclass
class GitHubGraphQL:
    """Answers GraphQL over one host."""

    store: GitHubStore
    credentials: Credentials = field(default_factory=Credentials)
    budgets: Budgets = field(default_factory=lambda: Budgets(dict(LIMITS)))
    engine: Engine = field(init=False)
    access: dict[str, Access] = field(default_factory=dict)
    token: str = field(init=False, default=TOKENS[0])
    _seen: dict[str, tuple[GitHubStore, GitHubStore]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Build the schema; its resolvers need the type names in it."""
        self.remove()

    def remove(self, *names: str) -> None:
        """Serve a schema without some `Type`, `Type.field` or `Enum.VALUE`."""
        self.engine = engine_without(names)

    def restrict(self, token: str, access: Access) -> None:
        """Let a token see less; "" is every token without limits of its own."""
        self.access.pop(token, None)
        if access != Access():
            self.access[token] = access
        self._seen.clear()

    @property
    def allowed(self) -> Access:
        """What the token of the request may see."""
        return self.access.get(self.token) or self.access.get("") or Access()

    @property
    def seen(self) -> GitHubStore:
        """The rows that the token of the request may see."""
        access = self.allowed
        if not access.hidden:
            return self.store
        whole, seen = self._seen.get(self.token, (None, None))
        if whole is not self.store or seen is None:
            seen = GitHubStore(access.seen(self.store.host), self.store.now)
            self._seen[self.token] = self.store, seen
        return seen

    def answer(
        self, authorization: str | None, body: bytes, *, limited: bool = True
    ) -> Answer:
        """Answer one request.

        Args:
            authorization: The header; None if it is missing.
            body: The request's body.
            limited: Whether there are budgets; GHES has none.
        """
        if not authorization:
            message = "This endpoint requires you to be authenticated."
            documentation = f"{DOCS}/graphql/guides/forming-calls-with-graphql"
            return Answer(
                401,
                {
                    "message": message,
                    "documentation_url": documentation,
                    "status": "401",
                },
            )
        token = self.credentials.token(authorization)
        if token is None:
            return bad_credentials()
        self.token = token
        request = GraphQLRequest.read(body)
        if request is None:
            return Answer(400, {"message": "Problems parsing JSON", "status": "400"})
        return self._graphql(token, request, limited=limited)

    def _graphql(self, token: str, request: GraphQLRequest, *, limited: bool) -> Answer:
        prepared = self.engine.prepare(request.query)
        operation = self.engine.operation(prepared, request.operation_name)
        label = operation_label(operation, request)
        budget = self.budgets.of(token, "graphql")
        headers = rate_headers(budget, "graphql") if limited else {}
        if prepared.errors or operation is None:
            errors = [_invalid(error) for error in prepared.errors] or [
                {"message": "An operation name is required"}
            ]
            return Answer(200, {"errors": errors}, headers, label)
        variables = self.engine.variables(operation, request.variables)
        if isinstance(variables, list):
            errors = [_invalid(error) for error in variables]
            return Answer(200, {"errors": errors}, headers, label)
        try:
            cost = price(self.engine.schema, prepared.document, operation, variables)
        except Refusal as refusal:
            errors = [{"type": refusal.type, "message": refusal.message}]
            return Answer(200, {"errors": errors}, headers, label)
        if refused := self.allowed.refusals(self.engine.schema, prepared.document):
            return Answer(200, {"errors": refused}, headers, label)
        if limited and not budget.has(cost.points):
            return self.rate_limited(token, label)
        return self._execute(token, request, prepared, cost, label, limited=limited)

    def _execute(  # noqa: PLR0913 - one request's whole story
        self,
        token: str,
        request: GraphQLRequest,
        prepared: Prepared,
        cost: Price,
        label: str,
        *,
        limited: bool,
    ) -> Answer:
        budget = self.budgets.of(token, "graphql")
        if limited and not _is_dry_run(
            self.engine.operation(prepared, request.operation_name)
        ):
            budget.spend(cost.points)
        context = GitHubContext(
            self.seen, self.viewer(), _rate_limit(budget, cost), self.allowed
        )
        data, found = self.engine.execute(
            prepared, context, request.variables, request.operation_name
        )
        body: dict[str, Any] = {"data": data}
        if found:
            body["errors"] = [_error(error) for error in found]
        headers = rate_headers(budget, "graphql") if limited else {}
        if context.sso:
            headers["x-github-sso"] = context.sso
        return Answer(200, body, headers, label, cost.points)

    def viewer(self) -> dict[str, Any]:
        """Return the user behind the token: the first one of the host."""
        rows = self.store.host.actors.values()
        return next(row for row in rows if row["__typename"] == "User")

    def rate_limited(self, token: str = TOKENS[0], label: str = "") -> Answer:
        """Return the error of an exhausted budget: HTTP 200 with an error."""
        message = "API rate limit exceeded for user ID 1."
        headers = rate_headers(self.budgets.of(token, "graphql"), "graphql")
        errors = [{"type": "RATE_LIMITED", "message": message}]
        return Answer(200, {"errors": errors}, headers, label)


def _is_dry_run(operation: OperationDefinitionNode | None) -> bool:
    selections = operation.selection_set.selections if operation else ()
    return any(
        getattr(getattr(node, "name", None), "value", "") == "rateLimit"
        and any(
            argument.name.value == "dryRun" and getattr(argument.value, "value", False)
            for argument in getattr(node, "arguments", None) or ()
        )
        for node in selections
    )


def _rate_limit(budget: Budget, cost: Price) -> dict[str, Any]:
    remaining = budget.remaining
    return {
        "cost": cost.points,
        "limit": budget.limit,
        "remaining": remaining,
        "used": budget.used,
        "resetAt": iso(budget.reset_at),
        "nodeCount": cost.nodes,
    }


def _error(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    extensions = dict(formatted.pop("extensions", None) or {})
    kind = extensions.pop("type", "INTERNAL")
    return {
        "type": kind,
        **formatted,
        **({"extensions": extensions} if extensions else {}),
    }


def _invalid(error: GraphQLError) -> dict[str, Any]:
    """Return an error of a document in the words of GitHub's graphql-ruby."""
    formatted: dict[str, Any] = dict(error.formatted)
    extensions: dict[str, Any] = {"code": "invalid"}
    for pattern, code, message, names in INVALID:
        if match := re.match(pattern, error.message):
            extensions = {"code": code, **dict(zip(names, match.groups(), strict=True))}
            formatted["message"] = message.format(*match.groups())
    return {"path": ["query"], **formatted, "extensions": extensions}


INVALID = (
    (
        r"Cannot query field '(\w+)' on type '(\w+)'",
        "undefinedField",
        "Field '{0}' doesn't exist on type '{1}'",
        ("fieldName", "typeName"),
    ),
    (
        r"Unknown type '(\w+)'",
        "undefinedType",
        "No such type {0}, so it can't be a fragment condition",
        ("typeName",),
    ),
    (
        r"Value '(\w+)' does not exist in '(\w+)' enum",
        "argumentLiteralsIncompatible",
        "Argument has an invalid value ({0}). Expected type '{1}'.",
        ("value", "typeName"),
    ),
    (
        r"Unknown argument '(\w+)' on field '\w+\.(\w+)'",
        "argumentNotAccepted",
        "Field '{1}' doesn't accept argument '{0}'",
        ("argumentName", "name"),
    ),
)
"""graphql-core's messages, with GitHub's code and message, and what they name."""
