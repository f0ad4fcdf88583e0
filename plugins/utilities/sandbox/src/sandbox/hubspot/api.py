"""The endpoints of the CRM API, with their limits and oddities.

docs/apis/hubspot.md says where each of them comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from sandbox.answers import Answer
from sandbox.company.rows import linear_time
from sandbox.hubspot.search import SearchError, search
from sandbox.hubspot.store import OBJECT_TYPES, shown
from sandbox.limits import Budget, RollingBudget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.hubspot.store import Account, Json

TOKEN = "pat-sandbox"  # noqa: S105 - the sandbox's own
REFRESH_TOKEN = "refresh-sandbox"  # noqa: S105 - the sandbox's own
VERSIONS = ("2026-03", "2026-09")
LONGEST_ADDRESS = 10_000  # characters; HubSpot's limit is between 8 and 16 kB
LIMITS = {"burst": 190, "daily": 650_000, "search": 5}
WINDOWS = {"burst": 10.0, "daily": 86_400.0, "search": 1.0}
POLICIES = {"burst": "TEN_SECONDLY_ROLLING", "daily": "DAILY", "search": "SECONDLY"}
LIST_MOST, HISTORY_MOST, ASSOCIATION_MOST, OWNER_MOST = 100, 50, 1000, 500
ASSOCIATION_PAGE = 500
PATH = re.compile(
    r"/(?:crm/)?(?P<area>objects|associations|owners|pipelines|properties|account-info)"
    r"/(?P<version>[^/]+)(?P<rest>(?:/[^/]+)*)"
)


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: GET or POST.
        path: Path below the address of the API.
        query: The query.
        authorization: The header.
        body: The body.
        length: Length of the address, in characters.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None
    body: bytes = b""
    length: int = 0

    @property
    def json(self) -> Json:
        """The body as a JSON object; empty if it is something else."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def names(self, name: str) -> list[str]:
        """Return a parameter that is a list with commas."""
        return [each for each in self.query.get(name, "").split(",") if each]


class RefusedError(Exception):
    """A request that is rejected; it contains the response."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Build the response."""
        super().__init__(message)
        body = {"status": "error", "message": message, "category": category, **more}
        self.answer = Answer(status, body)


NOT_FOUND = RefusedError(404, "OBJECT_NOT_FOUND", "resource not found")


class HubSpotApi:
    """Answers requests over one account.

    Args:
        account: The account.

    Attributes:
        lifetime: Seconds that an access token of OAuth lives.
    """

    def __init__(self, account: Account) -> None:
        """Begin with full budgets."""
        self.account = account
        self.lifetime = 1800
        self._tokens = {TOKEN}
        self._issued = 0
        self.change({}, None)

    def change(self, limits: dict[str, int], window: float | None = None) -> None:
        """Set other limits; every window starts again.

        Raises:
            KeyError: If there is no such limit.
        """
        if unknown := limits.keys() - LIMITS.keys():
            raise KeyError(*unknown)
        self.limits = LIMITS | limits
        self._budgets: dict[str, Budget | RollingBudget] = {
            name: (Budget if name == "daily" else RollingBudget)(
                self.limits[name], window or WINDOWS[name]
            )
            for name in LIMITS
        }

    def expire(self) -> None:
        """Let every access token of OAuth expire."""
        self._tokens = {TOKEN}

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path == "/oauth/2026-03/token":
            return self._token(request)
        operation, is_search = "refused", False
        try:
            area, version, parts = self._resolve(request)
            operation = " ".join([area, *parts])
            is_search = parts[-1:] == ["search"]
            self._spend("search" if is_search else "burst")
            answer = self._routed(request, area, version, parts)
        except RefusedError as error:
            answer = error.answer
        if not is_search:
            answer.headers |= self._headers()
        answer.operation = operation
        return answer

    def _resolve(self, request: Request) -> tuple[str, str, list[str]]:
        """Return area, version and the rest of the path of an accepted request."""
        self._authorize(request)
        if request.length > LONGEST_ADDRESS:
            raise RefusedError(414, "URI_TOO_LONG", "URI Too Long")
        found = PATH.fullmatch(request.path.rstrip("/"))
        if found is None or found["version"] not in VERSIONS:
            raise NOT_FOUND
        parts = [part for part in found["rest"].split("/") if part]
        return found["area"], found["version"], parts

    # --- access ----------------------------------------------------------------------

    def _authorize(self, request: Request) -> None:
        token = (request.authorization or "").removeprefix("Bearer ")
        if token in self._tokens:
            return
        if token and not token.startswith(("pat-", "oauth-")):
            raise RefusedError(530, "", "error code: 1016")
        message = "Authentication credentials not found."
        raise RefusedError(401, "INVALID_AUTHENTICATION", message)

    def _token(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode()))
        if form.get("refresh_token") != REFRESH_TOKEN:
            message = "missing or invalid refresh token"
            body = {"status": "BAD_REFRESH_TOKEN", "message": message}
            return Answer(400, body, operation="token")
        self._issued += 1
        token = f"oauth-{self._issued}"
        self._tokens.add(token)
        grant: Json = {
            "access_token": token,
            "refresh_token": REFRESH_TOKEN,
            "expires_in": self.lifetime,
            "token_type": "bearer",
        }
        return Answer(200, grant, operation="token")

    def _spend(self, kind: str) -> None:
        for name in (kind, "daily"):
            if not self._budgets[name].has(1):
                raise RefusedError(
                    429,
                    "RATE_LIMITS",
                    f"You have reached your {POLICIES[name].lower()} limit.",
                    errorType="RATE_LIMIT",
                    policyName=POLICIES[name],
                )
        for name in (kind, "daily"):
            self._budgets[name].spend(1)

    def _headers(self) -> dict[str, str]:
        burst, daily = self._budgets["burst"], self._budgets["daily"]
        prefix = "X-HubSpot-RateLimit"
        return {
            f"{prefix}-Max": str(burst.limit),
            f"{prefix}-Remaining": str(burst.remaining),
            f"{prefix}-Interval-Milliseconds": str(int(burst.window * 1000)),
            f"{prefix}-Daily": str(daily.limit),
            f"{prefix}-Daily-Remaining": str(daily.remaining),
        }

    def _scope(self, name: str) -> None:
        if scope := self.account.missing_scopes.get(name):
            raise RefusedError(
                403,
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call.",
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredGranularScopes": [scope]},
                    }
                ],
            )

    @staticmethod
    def rate_limited() -> Answer:
        """Return the error of an exhausted budget."""
        message = "You have reached your ten_secondly_rolling limit."
        body = {"status": "error", "message": message, "errorType": "RATE_LIMIT"}
        return Answer(429, body | {"policyName": POLICIES["burst"]})

    # --- endpoints -------------------------------------------------------------------

    def _routed(
        self, request: Request, area: str, version: str, parts: list[str]
    ) -> Answer:
        kind = parts[0] if parts else ""
        scopes = {"properties": "schemas", "owners": "owners", "pipelines": "pipelines"}
        self._scope(scopes.get(area, kind))
        if area == "objects" and kind not in OBJECT_TYPES:
            raise NOT_FOUND
        match area, request.method, parts[1:]:
            case "objects", "GET", []:
                found = self._list(request, kind)
            case "objects", "POST", ["search"]:
                found = self._search(request, kind)
            case "objects", "POST", ["batch", "read"]:
                return self._batch(request, kind, version)
            case "associations", "POST", [second, "batch", "read"]:
                found = self._associations(request, (kind, second))
            case "owners", "GET", []:
                found = self._owners(request)
            case "pipelines", "GET", []:
                found = {"results": self.account.pipelines.get(kind, [])}
            case "account-info", "GET", []:
                found = self._details()
            case "properties", "GET", []:
                found = {"results": self._properties(request, kind)}
            case _:
                raise NOT_FOUND
        return Answer(200, found)

    def _details(self) -> Json:
        return {
            "portalId": self.account.portal,
            "accountType": "STANDARD",
            "timeZone": "UTC",
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": "+00:00",
            "utcOffsetMilliseconds": 0,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }

    def _list(self, request: Request, kind: str) -> Json:
        history = request.names("propertiesWithHistory")
        most = HISTORY_MOST if history else LIST_MOST
        limit = _limit(request.query.get("limit", "10"), most)
        archived = request.query.get("archived") == "true"
        records = self.account.listed(kind, archived=archived)
        return _page(
            records,
            request.query.get("after", ""),
            limit,
            lambda one: shown(one, request.names("properties"), history),
            lambda one: one.id,
        )

    def _search(self, request: Request, kind: str) -> Json:
        try:
            return search(self.account.indexed(kind), request.json)
        except SearchError as error:
            raise RefusedError(400, "VALIDATION_ERROR", str(error)) from None

    def _batch(self, request: Request, kind: str, version: str) -> Answer:
        body = request.json
        history = body.get("propertiesWithHistory") or []
        inputs = body.get("inputs") or []
        _most(inputs, HISTORY_MOST if history else LIST_MOST)
        archived = request.query.get("archived") == "true"
        results, missing = [], []
        for one in inputs:
            record = self.account.records[kind].get(int(one["id"]))
            if record is None or (record.archived is not None) != archived:
                missing.append(one["id"])
                continue
            results.append(shown(record, body.get("properties") or [], history))
        answer = {"status": "COMPLETE", "results": results, **_times(self.account)}
        if missing:
            answer["numErrors"] = 1
            answer["errors"] = [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "message": "Could not get some objects, they may be deleted.",
                    "context": {"ids": missing},
                }
            ]
        # Version 2026-09 answers 200 also if records are missing.
        return Answer(207 if missing and version == "2026-03" else 200, answer)

    def _associations(self, request: Request, pair: tuple[str, str]) -> Json:
        inputs = request.json.get("inputs") or []
        _most(inputs, ASSOCIATION_MOST)
        links = self.account.links.get(pair, {})
        results = []
        for one in inputs:
            found = sorted(links.get(int(one["id"]), {}).items())
            if not found:
                continue
            after = int(one.get("after") or 0)
            rest = [each for each in found if each[0] > after]
            part = rest[:ASSOCIATION_PAGE]
            result: Json = {
                "from": {"id": one["id"]},
                "to": [
                    {"toObjectId": str(key), "associationTypes": specs}
                    for key, specs in part
                ],
            }
            if len(rest) > len(part):
                result["paging"] = {"next": {"after": str(part[-1][0])}}
            results.append(result)
        return {"status": "COMPLETE", "results": results, **_times(self.account)}

    def _owners(self, request: Request) -> Json:
        archived = request.query.get("archived") == "true"
        owners = [each for each in self.account.owners if each["archived"] == archived]
        limit = _limit(request.query.get("limit", "100"), OWNER_MOST)
        after = request.query.get("after", "")
        return _page(owners, after, limit, lambda one: one, lambda one: int(one["id"]))

    def _properties(self, request: Request, kind: str) -> list[Json]:
        wanted = request.query.get("dataSensitivity", "non_sensitive")
        return [
            each
            for each in self.account.definitions.get(kind, [])
            if each.get("dataSensitivity", "non_sensitive") == wanted
        ]


def _limit(text: str, most: int) -> int:
    limit = int(text) if text.isdecimal() else 0
    if not 1 <= limit <= most:
        message = f"The page size must be between 1 and {most}: {text}"
        raise RefusedError(400, "VALIDATION_ERROR", message)
    return limit


def _most(inputs: list[Json], most: int) -> None:
    if not 1 <= len(inputs) <= most:
        message = f"The batch must have 1 to {most} inputs: {len(inputs)}"
        raise RefusedError(400, "VALIDATION_ERROR", message)


def _page(rows: list[Any], after: str, limit: int, show: Any, key: Any) -> Json:  # noqa: ANN401
    rest = [each for each in rows if not after or key(each) > int(after)]
    part = rest[:limit]
    page: Json = {"results": [show(each) for each in part]}
    if len(rest) > limit:
        page["paging"] = {"next": {"after": str(key(part[-1])), "link": "https://…"}}
    return page


def _times(account: Account) -> Json:
    now = linear_time(account.now)
    return {"startedAt": now, "completedAt": now}
