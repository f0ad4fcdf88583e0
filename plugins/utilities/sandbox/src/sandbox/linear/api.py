"""Linear's endpoint: credentials, prices and errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.answers import Answer, GraphQLRequest, operation_label
from sandbox.engine import Engine
from sandbox.limits import Budgets
from sandbox.linear.access import Access
from sandbox.linear.complexity import MAXIMUM, complexity
from sandbox.linear.filters import Filters
from sandbox.linear.oauth import OAuth
from sandbox.linear.resolvers import DEFAULTS, LinearContext, resolvers
from sandbox.linear.roots import SDL
from sandbox.linear.store import LinearStore

if TYPE_CHECKING:
    from graphql import GraphQLError


# The Authorization header: a key as it is, an OAuth token with Bearer.
CREDENTIALS = {"lin_api_sandbox": "key", "Bearer lin_oauth_sandbox": "oauth"}
# docs/apis/linear.md, "Limits": requests and points per hour.
LIMITS = {
    "key.requests": 2_500,
    "key.complexity": 3_000_000,
    "oauth.requests": 5_000,
    "oauth.complexity": 2_000_000,
}


def refusal(
    status: int,
    code: str,
    kind: str,
    message: str,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Return an error that Linear returns without executing the document."""
    extensions = {
        "type": kind,
        "code": code,
        "statusCode": status,
        "userError": status < 500,  # noqa: PLR2004 - HTTP
        "userPresentableMessage": message,
    }
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return Answer(status, body, headers or {})


# The complete schema, and the latest ones from which a test removed something.
@lru_cache(maxsize=8)
def engine_without(names: tuple[str, ...], refused: frozenset[str]) -> Engine:
    """Return the engine of a schema without some definitions, built once.

    All servers of a process share it: its resolvers read everything that belongs to
    one server from `info.context`.

    Args:
        names: `Type`, `Type.field` or `Enum.VALUE`.
        refused: `Query.root` or `Type.field` that refuse every credential.
    """
    bare = Engine(SDL, {}, {}, removed=names)
    resolve = resolvers(bare.schema) | Access(refused=refused).resolvers()
    return Engine(SDL, resolve, DEFAULTS, removed=names)


@dataclass
class LinearApi:
    """Answers GraphQL over one workspace."""

    store: LinearStore
    budgets: Budgets = field(default_factory=lambda: Budgets(dict(LIMITS)))
    oauth: OAuth = field(default_factory=OAuth)
    access: Access = field(default_factory=Access)
    engine: Engine = field(init=False)
    _removed: tuple[str, ...] = field(init=False, default=())
    _seen: tuple[LinearStore, LinearStore] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Build the schema; its resolvers need the type names in it."""
        self._build()

    def _build(self) -> None:
        self.engine = engine_without(self._removed, self.access.refused)

    def remove(self, *names: str) -> None:
        """Serve a schema without some `Type`, `Type.field` or `Enum.VALUE`."""
        if names != self._removed:
            self._removed = names
            self._build()

    def restrict(self, access: Access) -> None:
        """Let every credential see less."""
        if access != self.access:
            self.access = access
            self._seen = None
            self._build()

    @property
    def seen(self) -> LinearStore:
        """The rows that may be seen."""
        if not self.access.hidden:
            return self.store
        if self._seen is None or self._seen[0] is not self.store:
            rows = LinearStore(self.access.seen(self.store.workspace), self.store.now)
            self._seen = self.store, rows
        return self._seen[1]

    def answer(self, authorization: str | None, body: bytes) -> Answer:
        """Answer one request.

        Args:
            authorization: The header; None if it is missing.
            body: The request's body.
        """
        kind = CREDENTIALS.get(authorization or "")
        if self.oauth.is_valid((authorization or "").removeprefix("Bearer ")):
            kind = "oauth"
        if kind is None:
            message = "Authentication required, not authenticated"
            return refusal(401, "AUTHENTICATION_ERROR", "authentication error", message)
        request = GraphQLRequest.read(body)
        if request is None:
            return refusal(
                400, "BAD_REQUEST", "graphql error", "POST body missing or invalid"
            )
        return self._graphql(kind, request)

    def _graphql(self, kind: str, request: GraphQLRequest) -> Answer:
        prepared = self.engine.prepare(request.query)
        operation = self.engine.operation(prepared, request.operation_name)
        label = operation_label(operation, request)
        if prepared.errors or operation is None:
            errors = [
                self._in_javascript(self._error(error, "GRAPHQL_VALIDATION_FAILED"))
                for error in prepared.errors
            ] or [
                {"message": "Unknown operation", "extensions": {"code": "BAD_REQUEST"}}
            ]
            return self._send(kind, Answer(400, {"errors": errors}, {}, label))
        variables = self.engine.variables(operation, request.variables)
        if isinstance(variables, list):
            errors = [self._error(error, "BAD_USER_INPUT") for error in variables]
            return self._send(kind, Answer(400, {"errors": errors}, {}, label))
        points = complexity(self.engine.schema, prepared.document, operation, variables)
        if points > MAXIMUM:
            answer = refusal(
                400,
                "INPUT_ERROR",
                "invalid input",
                f"Query too complex: {math.ceil(points)}."
                f" Maximum allowed complexity: {MAXIMUM}",
            )
            answer.operation = label
            return self._send(kind, answer, points)
        if exceeded := self._exceeded(kind, points):
            exceeded.operation = label
            return exceeded
        store = self.seen
        context = LinearContext(
            store,
            Filters(self.engine.schema, store),
            self._rate_limits(kind, points),
            next(iter(store.workspace.users), None),
        )
        data, errors_found = self.engine.execute(
            prepared, context, request.variables, request.operation_name
        )
        answered: dict[str, Any] = {"data": data}
        status = 200
        if errors_found:
            answered["errors"] = [
                self._error(error, "INTERNAL_SERVER_ERROR") for error in errors_found
            ]
            # Input that Linear rejects during execution has status 400 and data: null.
            status = 200 if data else 400
        return self._send(kind, Answer(status, answered, {}, label, points), points)

    def _exceeded(self, kind: str, points: float) -> Answer | None:
        requests = self.budgets.of(kind, f"{kind}.requests")
        units = self.budgets.of(kind, f"{kind}.complexity")
        if requests.has(1) and units.has(math.ceil(points)):
            return None
        return self.rate_limited(kind, points)

    def rate_limited(self, kind: str = "key", points: float = 0) -> Answer:
        """Return the error of an exhausted budget: HTTP 400, not 429."""
        answer = refusal(400, "RATELIMITED", "ratelimited", "Rate limit exceeded")
        answer.headers = self._headers(kind, points)
        return answer

    def _send(self, kind: str, answer: Answer, points: float = 0) -> Answer:
        self.budgets.of(kind, f"{kind}.requests").spend(1)
        if answer.status == 200:  # noqa: PLR2004 - HTTP; refused queries cost a request only
            self.budgets.of(kind, f"{kind}.complexity").spend(math.ceil(points))
        answer.headers = {**self._headers(kind, points), **answer.headers}
        return answer

    def _headers(self, kind: str, points: float) -> dict[str, str]:
        """Return the rate-limit headers; resets are in epoch milliseconds."""
        headers = {"x-complexity": str(math.ceil(points))}
        for name in ("requests", "complexity"):
            budget = self.budgets.of(kind, f"{kind}.{name}")
            headers[f"x-ratelimit-{name}-limit"] = str(budget.limit)
            headers[f"x-ratelimit-{name}-remaining"] = str(budget.remaining)
            headers[f"x-ratelimit-{name}-reset"] = str(int(budget.reset_at * 1000))
        return headers

    def _rate_limits(self, kind: str, points: float) -> list[dict[str, Any]]:
        limits = []
        for name, asked in (("requests", 1), ("complexity", points)):
            budget = self.budgets.of(kind, f"{kind}.{name}")
            limits.append(
                {
                    "type": name,
                    "requestedAmount": asked,
                    "allowedAmount": budget.limit,
                    "period": budget.window * 1000,
                    "remainingAmount": budget.remaining,
                    "reset": int(budget.reset_at * 1000),
                }
            )
        return limits

    @staticmethod
    def _in_javascript(error: dict[str, Any]) -> dict[str, Any]:
        """Return a validation error with the quotes of graphql-js."""
        return error | {"message": error["message"].replace("'", '"')}

    @staticmethod
    def _error(error: GraphQLError, code: str) -> dict[str, Any]:
        formatted: dict[str, Any] = dict(error.formatted)
        extensions = {"code": code, "type": "graphql error", "userError": True}
        formatted["extensions"] = {**extensions, **(error.extensions or {})}
        return formatted
