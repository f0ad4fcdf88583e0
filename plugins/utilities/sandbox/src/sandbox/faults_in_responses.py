"""Faults that change a good response: lists, cursors, values, errors and links."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sandbox import damage
from sandbox.answers import Answer, GraphQLRequest
from sandbox.orders import Fault, Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response


def null_children(_faults: object, order: Order, _path: str) -> Fault:
    """Respond with null entries in the list `field`, and an error for each.

    The error is FORBIDDEN or the given code; the code `none` adds no error.
    """
    error: dict[str, Any] | None = None
    if order.code != "none":
        error = {
            "type": order.code or "FORBIDDEN",
            "message": "Resource not accessible by personal access token",
        }
        if order.api == "linear":
            error["extensions"] = {"code": order.code or "FORBIDDEN"}
    return _damaged(
        order,
        lambda body: damage.null_children(body, order.field, order.every, error),
    )


def repeated_cursor(_faults: object, order: Order, _path: str) -> Fault:
    """Announce another page of `field`, and repeat the cursor.

    If `value` is given, it is the cursor; `null` means none.
    """
    request = GraphQLRequest.read(order.body)
    after = request.variables.get("after") if request else None
    cursor = None if order.value == "null" else order.value or damage.REPEATED
    return _damaged(
        order,
        lambda body: damage.spoil_cursors(body, order.field, after, cursor),
    )


def replaced(_faults: object, order: Order, _path: str) -> Fault:
    """Respond with `value` in every `field`: any text, date or type."""
    return _damaged(
        order, lambda body: damage.replace(body, order.field, order.value, 0)
    )


def vague(_faults: object, order: Order, _path: str) -> Fault:
    """Respond with the normal validation error, but without its location.

    If `value` is `moved`, the location is the start of the document.
    """
    return _damaged(
        order,
        lambda body: damage.blur_errors(body, moved=order.value == "moved"),
    )


def hidden(_faults: object, order: Order, _path: str) -> Fault:
    """Respond without the row whose ID is `value`, and without an error."""
    return _damaged(order, lambda body: damage.hide(body, str(order.value)))


def self_link(_faults: object, order: Order, _path: str) -> Fault:
    """Respond with a REST list whose next page is the page itself."""

    def after(answer: Answer) -> Response:
        answer.headers["link"] = f'<{order.url}>; rel="next"'
        return answer.response()

    return Fault(order.kind, after=after)


def _damaged(order: Order, harm: Callable[[dict[str, Any]], None]) -> Fault:
    """Return a fault that changes a good response."""

    def after(answer: Answer) -> Response:
        body = copy.deepcopy(answer.body)
        if isinstance(body, list):
            body = {"": body}
            harm(body)
            answer.body = body[""]
        elif isinstance(body, dict):
            harm(body)
            answer.body = body
        return answer.response()

    return Fault(order.kind, after=after)
