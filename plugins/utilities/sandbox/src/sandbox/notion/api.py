"""Answers the requests that read a Notion workspace."""

from __future__ import annotations

import copy
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid5

import orjson

from sandbox.answers import Answer
from sandbox.limits import Budgets
from sandbox.notion import cut
from sandbox.notion.ids import NAMESPACE
from sandbox.notion.query import LIMIT, QueryError, matching, page_size, paged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.notion.store import NotionStore

Object = dict[str, Any]
VERSIONS = ("2025-09-03", "2026-03-11")
LIMITS = {"requests": 180}
"""Requests per minute and connection: 3 per second on average
(https://developers.notion.com/reference/request-limits)."""
WINDOW = 60.0
ID = r"([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})"


class NotionRequest(NamedTuple):
    """A request.

    Attributes:
        method: GET or POST.
        path: Below /v1, such as `users/me`.
        query: Parameters of the address; several values of one name in a list.
        authorization: The header; None if it is missing.
        version: The header Notion-Version; None if it is missing.
        body: The body.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    authorization: str | None
    version: str | None
    body: bytes = b""


class NotionApi:
    """The API over one workspace.

    Args:
        store: The workspace.

    Attributes:
        epoch: Cursors of earlier epochs have expired.
    """

    def __init__(self, store: NotionStore) -> None:
        """Begin with full budgets."""
        self.store = store
        self.budgets = Budgets(dict(LIMITS), WINDOW)
        self.epoch = 0
        self._made = 0
        self._routes: tuple[tuple[str, str, Callable[..., Object]], ...] = (
            ("GET", "users/me", self._me),
            ("GET", "users", self._users),
            ("POST", "search", self._search),
            ("GET", f"databases/{ID}", self._database),
            ("GET", f"data_sources/{ID}", self._data_source),
            ("POST", f"data_sources/{ID}/query", self._query),
            ("GET", f"pages/{ID}", self._page),
            ("GET", f"pages/{ID}/properties/(.+)", self._property),
        )

    def answer(self, request: NotionRequest) -> Answer:
        """Answer one request.

        Args:
            request: The request.
        """
        if not _is_token(request.authorization):
            return self.error(401, "unauthorized", "API token is invalid.")
        budget = self.budgets.of(str(request.authorization), "requests")
        if not budget.has(1):
            return self.rate_limited(math.ceil(budget.reset_at - budget.clock()))
        budget.spend(1)
        if request.version not in VERSIONS:
            return self._bad_version(request.version)
        for method, pattern, handler in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found is not None and method == request.method:
                return self._handled(handler, request, found.groups())
        return self.error(400, "invalid_request_url", "Invalid request URL.")

    def _handled(
        self,
        handler: Callable[..., Object],
        request: NotionRequest,
        groups: tuple[str, ...],
    ) -> Answer:
        try:
            body = orjson.loads(request.body) if request.body else {}
            found = handler(request, body, *groups)
        except orjson.JSONDecodeError:
            return self.error(400, "invalid_json", "Error parsing JSON body.")
        except QueryError as error:
            return self.error(400, "validation_error", str(error))
        except KeyError as error:
            message = (
                f"Could not find object with ID: {error.args[0]}. Make sure the "
                "relevant pages and databases are shared with your integration."
            )
            return self.error(404, "object_not_found", message)
        except PermissionError as error:
            return self.error(403, "restricted_resource", str(error))
        answer = Answer(HTTPStatus.OK, {**found, "request_id": self._request_id()})
        answer.operation = re.sub(ID, "{id}", request.path)
        return answer

    # --- errors ------------------------------------------------------------

    def error(self, status: int, code: str, message: str) -> Answer:
        """Return an error in Notion's form.

        Args:
            status: HTTP status.
            code: Notion's code.
            message: Its text.
        """
        body = {
            "object": "error",
            "status": status,
            "code": code,
            "message": message,
            "request_id": self._request_id(),
        }
        return Answer(status, body, operation=code)

    def rate_limited(self, seconds: int = 1, status: int = 429) -> Answer:
        """Return the error of a rate limit.

        Args:
            seconds: What Retry-After says.
            status: 429, or 529 if Notion is overloaded.
        """
        code = (
            "rate_limited"
            if status == HTTPStatus.TOO_MANY_REQUESTS
            else ("service_overload")
        )
        answer = self.error(status, code, "You have been rate limited.")
        reason = {"rate_limit_reason": "public_api_request_rate_limit"}
        answer.body["additional_data"] = reason
        answer.headers["retry-after"] = str(max(1, seconds))
        return answer

    def _bad_version(self, version: str | None) -> Answer:
        if version is None:
            message = "Notion-Version header failed validation: it should be defined."
            return self.error(400, "missing_version", message)
        message = f"Notion-Version header failed validation: `{version}`."
        return self.error(400, "validation_error", message)

    def _request_id(self) -> str:
        self._made += 1
        return str(uuid5(NAMESPACE, f"request {self._made}"))

    # --- objects ------------------------------------------------------------

    def _shared(self, objects: Mapping[str, Object], identifier: str) -> Object:
        key = with_hyphens(identifier)
        if key not in objects or key in self.store.hidden:
            raise KeyError(key)
        return objects[key]

    def _database(self, _request: NotionRequest, _body: Object, key: str) -> Object:
        return self._shared(self.store.databases, key)

    def _data_source(self, _request: NotionRequest, _body: Object, key: str) -> Object:
        return self._shared(self.store.data_sources, key)

    def _page(self, request: NotionRequest, _body: Object, key: str) -> Object:
        found = self._shared(self.store.pages, key)
        return cut.page(found, list(request.query.get("filter_properties", ())))

    def _me(self, _request: NotionRequest, _body: Object) -> Object:
        return self.store.users[self.store.bot]

    # --- lists ------------------------------------------------------------

    def _list(
        self, kind: str, rows: list[str], objects: Mapping[str, Object], given: Object
    ) -> Object:
        size = page_size(given.get("page_size"))
        page, following = paged(rows, size, given.get("start_cursor"), self.epoch)
        return {
            "object": "list",
            "results": [copy.copy(objects[key]) for key in page],
            "next_cursor": following,
            "has_more": following is not None,
            "type": kind,
            kind: {},
        }

    def _users(self, request: NotionRequest, _body: Object) -> Object:
        if not self.store.reads_users:
            message = "Insufficient permissions for this endpoint."
            raise PermissionError(message)
        given = {name: values[0] for name, values in request.query.items()}
        return self._list("user", list(self.store.users), self.store.users, given)

    def _search(self, _request: NotionRequest, body: Object) -> Object:
        hidden = self.store.hidden | self.store.unlisted
        rows = [
            key
            for key, found in self.store.data_sources.items()
            if key not in hidden and not found["in_trash"]
        ]
        return self._list("page_or_data_source", rows, self.store.data_sources, body)

    def _query(self, request: NotionRequest, body: Object, key: str) -> Object:
        source = self._shared(self.store.data_sources, key)["id"]
        rows = matching(self.store, source, body)
        found = self._list("page_or_data_source", rows[:LIMIT], self.store.pages, body)
        wanted = list(request.query.get("filter_properties", ()))
        found["results"] = [cut.page(each, wanted) for each in found["results"]]
        found["request_status"] = {"type": "complete"}
        if len(rows) > LIMIT and not found["has_more"]:
            found["request_status"] = {
                "type": "incomplete",
                "incomplete_reason": "query_result_limit_reached",
            }
        return found

    def _property(
        self, request: NotionRequest, _body: Object, key: str, wanted: str
    ) -> Object:
        page = self._shared(self.store.pages, key)
        prop = next(
            (each for each in page["properties"].values() if each["id"] == wanted),
            None,
        )
        if prop is None:
            raise KeyError(wanted)
        listed = cut.items(prop)
        if listed is None:
            return cut.item(prop)
        given = {name: values[0] for name, values in request.query.items()}
        numbered = {str(at): each for at, each in enumerate(listed)}
        found = self._list("property_item", list(numbered), numbered, given)
        found["property_item"] = cut.about_list(prop, None)
        return found


def with_hyphens(identifier: str) -> str:
    """Return an ID with hyphens.

    Args:
        identifier: With hyphens, or without.
    """
    digits = identifier.replace("-", "")
    return "-".join(
        (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    )


def _is_token(authorization: str | None) -> bool:
    scheme, _, token = (authorization or "").partition(" ")
    return scheme == "Bearer" and token.startswith(("ntn_", "secret_"))
