"""The endpoints of the Google Health API that the tap reads."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.answers import Answer
from sandbox.google_health.filters import FilterError, matching, start_of
from sandbox.google_health.nights import field_name
from sandbox.google_health.oauth import OAuth
from sandbox.google_health.values import civil_date
from sandbox.limits import Budgets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.google_health.person import Store
    from sandbox.google_health.values import Value

ROOT = "v4/users/me/"
LIMITS = {"user.requests": 300}
MINUTE = 60.0
SESSIONS = {"sleep", "exercise"}
SESSION_PAGE, DEFAULT_PAGE, LARGEST_PAGE = 25, 1_440, 10_000
DEFAULT_OF_HEART_RATE = 50
ROLLUP_ONLY = {"total-calories", "floors", "calories-in-heart-rate-zone"}
SHORT_RANGE = {"heart-rate", "total-calories", "active-minutes"}
FEW_DAYS, MANY_DAYS = 14, 90
FAMILIES = {"all-sources", "google-wearables", "google-sources", "self-sources"}
SCOPES = {
    "sleep": "sleep",
    "identity": "",
    "profile": "profile",
    "settings": "settings",
    "pairedDevices": "settings",
}
ACTIVITY = {
    "steps", "distance", "floors", "total-calories", "active-minutes",
    "active-zone-minutes", "sedentary-period", "time-in-heart-rate-zone", "exercise",
    "daily-vo2-max", "daily-heart-rate-zones",
}  # fmt: skip


def error(
    status: int, code: str, message: str, reason: str = "", detailed: str = ""
) -> Answer:
    """Return an error in the form of Google's APIs (https://google.aip.dev/193).

    Args:
        status: HTTP status.
        code: `error.status`.
        message: `error.message`.
        reason: Reason in the details, if there is one.
        detailed: `detailedReasons` in the details, if there are any.
    """
    info: Value = {"@type": "type.googleapis.com/google.rpc.ErrorInfo"}
    if reason:
        info["reason"] = reason
    if detailed:
        info["metadata"] = {"detailedReasons": detailed}
    found: Value = {"code": status, "status": code, "message": message}
    if reason or detailed:
        found["details"] = [info]
    return Answer(status, {"error": found})


def invalid(message: str, detailed: str = "") -> Answer:
    """Return 400 INVALID_ARGUMENT.

    Args:
        message: What is invalid.
        detailed: Google's reason, if there is one.
    """
    return error(400, "INVALID_ARGUMENT", message, detailed=detailed)


class RefusedError(Exception):
    """A request that the API refuses.

    Attributes:
        answer: Its answer.
    """

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Asked:
    """A request.

    Attributes:
        method: GET or POST.
        path: Below the address of the stand-in.
        query: Parameters.
        body: Body.
        authorization: Header.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    authorization: str | None = None


@dataclass
class GoogleHealthApi:
    """Answers requests from a store.

    Attributes:
        store: What the API knows.
        oauth: Issues access tokens.
        budgets: Requests per minute.
        largest_page: Larger pages of a list end in 504; None for no limit.
        longest_range: A shorter limit of the range of roll-ups by type, in days.
        empty_pages: Whether the second page of a list is empty, with a token.
        is_linked: Whether the Google account has health data.
    """

    store: Store
    oauth: OAuth = field(default_factory=OAuth)
    budgets: Budgets = field(default_factory=lambda: Budgets(dict(LIMITS), MINUTE))
    largest_page: int | None = None
    longest_range: dict[str, int] = field(default_factory=dict)
    empty_pages: bool = False
    is_linked: bool = True

    def answer(self, asked: Asked) -> Answer:
        """Answer a request.

        Args:
            asked: The request.
        """
        if asked.path == "token":
            return self.oauth.answer(asked.body)
        try:
            self._check(asked)
            return self._resource(asked, asked.path.removeprefix(ROOT).split("/"))
        except RefusedError as refused:
            return refused.answer

    def _check(self, asked: Asked) -> None:
        """Reject what the API rejects before it reads the resource."""
        if not self.oauth.is_valid(asked.authorization):
            message = "Request had invalid authentication credentials."
            raise RefusedError(error(401, "UNAUTHENTICATED", message))
        budget = self.budgets.of("user", "user.requests")
        if not budget.has(1):
            message = "Quota exceeded for quota metric 'Requests'."
            raise RefusedError(
                error(429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED")
            )
        budget.spend(1)
        if not self.is_linked:
            message = "The account is not linked."
            raise RefusedError(
                error(400, "FAILED_PRECONDITION", message, "ACCOUNT_NOT_LINKED")
            )
        if not asked.path.startswith(ROOT):
            raise RefusedError(error(404, "NOT_FOUND", "Method not found."))

    def _resource(self, asked: Asked, parts: list[str]) -> Answer:
        if scope := self._missing_scope(parts):
            message = f"Request had insufficient authentication scopes: {scope}."
            reason = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
            raise RefusedError(error(403, "PERMISSION_DENIED", message, reason))
        match parts:
            case [("identity" | "profile" | "settings") as name]:
                return Answer(200, getattr(self.store, name), operation=name)
            case ["pairedDevices"]:
                return Answer(
                    200, {"pairedDevices": self.store.devices}, operation=parts[0]
                )
            case ["dataTypes", kind, "dataPoints"] if asked.method == "GET":
                found = self._list(kind, asked.query)
                found.operation = f"{kind} list"
                return found
            case ["dataTypes", kind, "dataPoints:reconcile"]:
                return self._reconcile(kind, asked.query)
            case ["dataTypes", kind, "dataPoints:dailyRollUp"]:
                found = self._roll_up(kind, asked.body)
                found.operation = f"{kind} dailyRollUp"
                return found
        raise RefusedError(error(404, "NOT_FOUND", "Method not found."))

    def _missing_scope(self, parts: list[str]) -> str:
        name = parts[1] if parts[0] == "dataTypes" and len(parts) > 1 else parts[0]
        scope = SCOPES.get(name)
        if scope is None:
            scope = "health_metrics_and_measurements"
            if name in ACTIVITY:
                scope = "activity_and_fitness"
        return scope if scope and scope not in self.oauth.scopes else ""

    # --- lists -----------------------------------------------------------------------

    def _list(self, kind: str, query: Mapping[str, str]) -> Answer:
        if kind in ROLLUP_ONLY:
            raise RefusedError(invalid(f"list is not supported for {kind}."))
        family = query.get("dataSourceFamily", "")
        if family and kind == "sleep":
            raise RefusedError(invalid("sleep has no data_source_family."))
        if family and family.rpartition("/")[2] not in FAMILIES:
            raise RefusedError(invalid(f"unknown data source family {family!r}."))
        text = query.get("filter", "")
        try:
            matches = matching(kind, text)
        except FilterError as refused:
            raise RefusedError(invalid(str(refused), refused.reason)) from None
        size = self._page_size(kind, query.get("pageSize"))
        if self.largest_page is not None and size > self.largest_page:
            raise RefusedError(error(504, "DEADLINE_EXCEEDED", "Deadline exceeded."))
        request = [kind, text, size, family]
        place = _place(query.get("pageToken", ""), request)
        if place is None:
            raise RefusedError(invalid("Invalid page token.", "INVALID_PAGE_TOKEN"))
        start, was_empty = place
        if self.empty_pages and start and not was_empty:
            return Answer(200, {"nextPageToken": _token(start, request, empty=True)})
        points = [point for point in self._points(kind, family) if matches(point)]
        points.sort(key=lambda one: start_of(kind, one), reverse=True)
        body: Value = {"dataPoints": points[start : start + size]}
        if start + size < len(points):
            body["nextPageToken"] = _token(start + size, request)
        return Answer(200, body)

    def _points(self, kind: str, family: str) -> list[Value]:
        points = self.store.points.get(kind, [])
        if family.endswith("google-wearables"):
            points = [one for one in points if _is_wearable(one)]
        return points

    @staticmethod
    def _page_size(kind: str, text: str | None) -> int:
        most = SESSION_PAGE if kind in SESSIONS else LARGEST_PAGE
        default = SESSION_PAGE if kind in SESSIONS else DEFAULT_PAGE
        if kind == "heart-rate":
            default = DEFAULT_OF_HEART_RATE
        if not text:
            return default
        if not text.isdigit():
            raise RefusedError(invalid("pageSize must be a number."))
        return min(most, int(text) or default)

    def _reconcile(self, kind: str, query: Mapping[str, str]) -> Answer:
        """Answer with merged points; the summary of sleep is doubled."""
        found = self._list(kind, query)
        points = []
        for point in (found.body or {}).get("dataPoints", []):
            field_of_kind = field_name(kind)
            if kind in {"weight", "body-fat"}:
                continue
            value = dict(point[field_of_kind])
            if kind == "sleep" and "summary" in value:
                doubled = value["summary"]["stagesSummary"] * 2
                value["summary"] = {**value["summary"], "stagesSummary": doubled}
            merged: Value = {field_of_kind: value}
            if "name" in point:
                merged["dataPointName"] = point["name"]
            points.append(merged)
        if "dataPoints" in (found.body or {}):
            found.body = {**found.body, "dataPoints": points}
        return found

    # --- roll-ups --------------------------------------------------------------------

    def _roll_up(self, kind: str, body: bytes) -> Answer:
        if kind in SESSIONS or kind.startswith("daily-"):
            raise RefusedError(invalid(f"dailyRollUp is not supported for {kind}."))
        try:
            given = json.loads(body)
            first, until = (
                date(**given["range"][side]["date"]) for side in ("start", "end")
            )
        except (KeyError, TypeError, ValueError):
            message = "range must have a start and an end."
            raise RefusedError(invalid(message)) from None
        if "pageSize" in given:  # documented, but refused
            raise RefusedError(invalid("pageSize is not supported."))
        most = FEW_DAYS if kind in SHORT_RANGE else MANY_DAYS
        most = self.longest_range.get(kind, most)
        if (until - first).days > most:
            raise RefusedError(invalid(f"The requested range exceeds {most} days."))
        points = []
        day = until - timedelta(days=1)
        while day >= first:  # newest first
            value = self.store.days.get(kind, {}).get(day)
            if value is not None:
                points.append(
                    {
                        "civilStartTime": {"date": civil_date(day), "time": {}},
                        "civilEndTime": {
                            "date": civil_date(day + timedelta(days=1)),
                            "time": {},
                        },
                        field_name(kind): value,
                    }
                )
            day -= timedelta(days=1)
        return Answer(200, {"rollupDataPoints": points})


def _is_wearable(point: Value) -> bool:
    source = point.get("dataSource") or {}
    return source.get("platform") == "FITBIT"


def _token(offset: int, request: list[Any], *, empty: bool = False) -> str:
    """Return a page token that is valid only for the same request."""
    check = zlib.crc32(json.dumps(request).encode())
    text = f"{offset}:{check}:{int(empty)}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(token: str, request: list[Any]) -> tuple[int, bool] | None:
    """Return the place of a page token, and whether the page before was empty.

    Returns:
        None if the token does not belong to this request.
    """
    if not token:
        return 0, False
    try:
        offset, check, empty = base64.urlsafe_b64decode(token).decode().split(":")
    except ValueError:
        return None
    if check != str(zlib.crc32(json.dumps(request).encode())):
        return None
    return int(offset), empty == "1"
