"""Injects faults: errors of each vendor, at the requests that were chosen."""

from __future__ import annotations

import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sandbox import damage
from sandbox import faults_in_responses as changed
from sandbox.answers import Answer, CutResponse, GraphQLRequest, TrickleResponse
from sandbox.github.scopes import refusals
from sandbox.hubspot.api import HubSpotApi
from sandbox.linear.api import refusal
from sandbox.notion.api import NotionApi
from sandbox.notion.store import NotionStore
from sandbox.nulls import null_field, null_node, null_some_nodes
from sandbox.orders import APIS, Fault, FaultError, Order, named_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from sandbox.github.api import GitHubGraphQL
    from sandbox.github.rest import GitHubRest
    from sandbox.linear.api import LinearApi


class Faults:
    """The injected faults, and the implementation of each kind."""

    def __init__(
        self, linear: LinearApi, graphql: GitHubGraphQL, rest: GitHubRest
    ) -> None:
        """Store the APIs, whose own error responses are used if they have one."""
        self._linear = linear
        self._graphql = graphql
        self._rest = rest
        self._orders: list[Order] = []

    def clear(self) -> None:
        """Remove every fault."""
        self._orders.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return the injected faults."""
        return [
            {"kind": one.kind, "api": one.api, "at": one.at, "count": one.count,
             "rate": one.rate, "match": one.match, "seen": one.seen}
            for one in self._orders
        ]  # fmt: skip

    def order(self, given: dict[str, Any]) -> None:
        """Inject a fault.

        Raises:
            FaultError: For an unknown kind, API or key.
        """
        try:
            order = Order(**given)
        except TypeError as error:
            message = f"not a fault: {error}"
            raise FaultError(message) from error
        if order.kind not in KINDS:
            message = (
                f"no such fault: {order.kind}; there are {', '.join(sorted(KINDS))}"
            )
            raise FaultError(message)
        if order.api not in APIS:
            message = f"no such API: {order.api}; there are {', '.join(APIS)}"
            raise FaultError(message)
        self._orders.append(order)

    def next(
        self,
        api: str,
        path: str,
        body: bytes,
        authorization: str | None = None,
        url: str = "",
    ) -> Fault | None:
        """Return the fault of a request; every injected fault counts the request."""
        hits = [
            order
            for order in self._orders
            if order.api == api and order.hits(url or path, body, authorization or "")
        ]
        if not hits:
            return None
        order = hits[0]
        order.url = url
        fault = KINDS[order.kind](self, order, path)
        if (instead := fault.instead) is not None:
            fault.instead = lambda: _coded(instead(), order)
        return fault

    # --- kinds ---------------------------------------------------------------------

    def latency(self, order: Order, _path: str) -> Fault:
        """Respond late: with a latency per request, and one per ID in the request."""
        seconds = 1.0 if order.seconds is None else order.seconds
        rows = named_rows(order.body) if order.row_seconds else 0
        return Fault(order.kind, latency=seconds + order.row_seconds * rows)

    def cut(self, order: Order, _path: str) -> Fault:
        """Close the connection in the middle of the body."""

        def after(answer: Answer) -> Response:
            return CutResponse(
                answer.encoded(), answer.status, headers=answer.headers,
                media_type="application/json",
            )  # fmt: skip

        return Fault(order.kind, after=after)

    def trickle(self, order: Order, _path: str) -> Fault:
        """Send one byte after the other, without an end."""
        return Fault(
            order.kind, after=lambda answer: TrickleResponse(b"", answer.status)
        )

    def echo(self, order: Order, _path: str) -> Fault:
        """Respond with 400 (or the given status) and the credential in the message."""
        message = f"Bad request header: Authorization: {order.authorization}"
        status = order.status or HTTPStatus.BAD_REQUEST
        return Fault(
            order.kind,
            instead=lambda: Answer(
                status, {"message": message, "errors": [{"message": message}]}
            ),
        )

    def server_error(self, order: Order, _path: str) -> Fault:
        """Respond with 502 or the given status: from 500 with HTML, as gateways do."""
        status = HTTPStatus(order.status or HTTPStatus.BAD_GATEWAY)
        html = f"<html><body><h1>{status.value} {status.phrase}</h1></body></html>"

        def instead() -> Answer:
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                headers = {"content-type": "text/html"}
                return Answer(status, html.encode(), headers)
            return Answer(status, {"message": status.phrase, "status": str(status)})

        return Fault(order.kind, instead=instead)

    def invalid(self, order: Order, _path: str) -> Fault:
        """Respond with a validation error: Linear 200, 400 or 500, GitHub 200."""
        error = {
            "message": 'Cannot query field "nope" on type "Query".',
            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "userError": True},
        }
        status = order.status or (400 if order.api == "linear" else 200)
        body = {"data": None, "errors": [error]}
        return Fault(order.kind, instead=lambda: Answer(status, body))

    def unauthorized(self, order: Order, path: str) -> Fault:
        """Reject the credential."""
        del path
        if order.api == "linear":
            return Fault(order.kind, instead=lambda: self._linear.answer(None, b""))
        return Fault(order.kind, instead=lambda: self._graphql.answer("Bearer no", b""))

    def rate_limited(self, order: Order, path: str) -> Fault:
        """Report a spent budget that is restored in `seconds` (default 1)."""
        reset = time.time() + (1 if order.seconds is None else order.seconds)
        makers: dict[str, Callable[[], Answer]] = {
            "linear": self._linear.rate_limited,
            "github": (
                self._graphql.rate_limited
                if path == "graphql"
                else self._rest.rate_limited
            ),
            "hubspot": HubSpotApi.rate_limited,
            "notion": NotionApi(NotionStore("")).rate_limited,
        }

        def instead() -> Answer:
            answer = makers[order.api]()
            answer.status = order.status or answer.status
            if order.api in ("hubspot", "notion"):
                answer.headers["retry-after"] = str(math.ceil(reset - time.time()))
            for name in answer.headers:
                if name.endswith("-remaining"):
                    answer.headers[name] = "0"
                if name.endswith("-reset"):
                    # Linear counts milliseconds, GitHub seconds.
                    factor = 1_000 if order.api == "linear" else 1
                    answer.headers[name] = str(math.ceil(reset * factor))
            return answer

        return Fault(order.kind, instead=instead)

    def secondary_limit(self, order: Order, _path: str) -> Fault:
        """Report GitHub's secondary limit; with Retry-After unless `seconds` is -1."""
        status = order.status or 403
        wait = 1 if order.seconds is None else order.seconds
        headers = {} if wait < 0 else {"retry-after": str(int(wait))}
        message = (
            "You have exceeded a secondary rate limit."
            " Please wait a few minutes before you try again."
        )
        return Fault(
            order.kind, instead=lambda: Answer(status, {"message": message}, headers)
        )

    def resource_limits(self, order: Order, _path: str) -> Fault:
        """Respond with 200, RESOURCE_LIMITS_EXCEEDED and some null nodes."""

        def after(answer: Answer) -> Response:
            nulled = null_some_nodes(answer.body)
            answer.body = nulled
            return answer.response()

        return Fault(order.kind, after=after)

    def too_complex(self, order: Order, _path: str) -> Fault:
        """Respond with Linear's complexity error."""
        message = "Query too complex. Maximum allowed complexity: 10000"
        return Fault(
            order.kind,
            instead=lambda: refusal(400, "INPUT_ERROR", "invalid input", message),
        )

    def not_in_plan(self, order: Order, _path: str) -> Fault:
        """Respond with partial data: the field `match` is null and has an error."""

        def after(answer: Answer) -> Response:
            error = {
                "message": "Feature not accessible on this plan",
                "path": null_field((answer.body or {}).get("data"), order.match),
                "extensions": {
                    "code": "FEATURE_NOT_ACCESSIBLE",
                    "type": "feature not accessible",
                },
            }
            answer.body = {**(answer.body or {}), "errors": [error]}
            return _coded(answer, order).response()

        return Fault(order.kind, after=after)

    def forbidden(self, order: Order, _path: str) -> Fault:
        """Respond with null and FORBIDDEN for the node whose ID is `match`."""

        def after(answer: Answer) -> Response:
            body = answer.body or {}
            error = {
                "type": "FORBIDDEN",
                "path": null_node(body.get("data"), order.match),
                "message": "Resource not accessible by personal access token",
            }
            answer.body = {**body, "errors": [*body.get("errors", ()), error]}
            return _coded(answer, order).response()

        return Fault(order.kind, after=after)

    def insufficient_scopes(self, order: Order, _path: str) -> Fault:
        """Reject a whole document, as GitHub does if user:email or read:org is missing.

        It is read:org if `match` is `... on TYPE`: then every field of the type is
        rejected.
        """
        request = GraphQLRequest.read(order.body)
        if request and order.match.startswith("... on "):
            name = order.match.removeprefix("... on ")
            refused = refusals(request.query, name, "read:org")
            return Fault(order.kind, instead=lambda: Answer(200, {"errors": refused}))
        message = (
            "Your token has not been granted the required scopes to execute this query."
            " The 'email' field requires one of the following scopes:"
            " ['user:email', 'read:user']."
        )
        errors = [{"type": "INSUFFICIENT_SCOPES", "message": message}]
        return Fault(order.kind, instead=lambda: Answer(200, {"errors": errors}))

    def poisoned(self, order: Order, path: str) -> Fault:
        """Fail like `server-error` if the response contains the row `value`.

        If `field` is given, only if the row has this field.
        """
        failure = self.server_error(order, path).instead

        def after(answer: Answer) -> Response:
            if damage.holds(answer.body, str(order.value), order.field) and failure:
                return failure().response()
            return answer.response()

        return Fault(order.kind, after=after)

    def internal(self, order: Order, _path: str) -> Fault:
        """Respond with 200 or the given status, `data: null` and an internal error."""
        error = {
            "message": "Something went wrong while executing your query.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "type": "internal error"},
        }
        return Fault(
            order.kind,
            instead=lambda: Answer(
                order.status or 200, {"data": None, "errors": [error]}
            ),
        )


KINDS: dict[str, Callable[[Faults, Order, str], Fault]] = {
    "latency": Faults.latency,
    "cut": Faults.cut,
    "trickle": Faults.trickle,
    "echo": Faults.echo,
    "server-error": Faults.server_error,
    "unauthorized": Faults.unauthorized,
    "rate-limited": Faults.rate_limited,
    "secondary-limit": Faults.secondary_limit,
    "resource-limits": Faults.resource_limits,
    "too-complex": Faults.too_complex,
    "not-in-plan": Faults.not_in_plan,
    "forbidden": Faults.forbidden,
    "insufficient-scopes": Faults.insufficient_scopes,
    "internal": Faults.internal,
    "null-children": changed.null_children,
    "repeated-cursor": changed.repeated_cursor,
    "replaced": changed.replaced,
    "vague": changed.vague,
    "hidden": changed.hidden,
    "poisoned": Faults.poisoned,
    "self-link": changed.self_link,
    "invalid": Faults.invalid,
}


def _coded(answer: Answer, order: Order) -> Answer:
    """Replace the code of each error with the given code."""
    if order.code is not None and isinstance(answer.body, dict):
        for error in answer.body.get("errors") or ():
            if order.api == "linear":
                error["extensions"] = {**error["extensions"], "code": order.code}
            else:
                error["type"] = order.code
    return answer
