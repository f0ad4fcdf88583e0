"""The table of errors, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from tap_github_prs.transport.errors import RULES, Action, Response, classify

DATA = {"data": {"nodes": [None]}}
LEFT, NONE_LEFT = {"x-ratelimit-remaining": "9"}, {"x-ratelimit-remaining": "0"}


def failed(kind: str = "", message: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {**DATA, "errors": [{"type": kind, "message": message, **more}]}


def refused(code: str) -> dict[str, Any]:
    return {"errors": [{"extensions": {"code": code}, "message": "no"}]}


# In the order of the table: an answer, and the row that it must meet.
SSO = {"x-github-sso": "required; url=https://github.com/orgs/acme/sso", **LEFT}
PLACE: dict[str, Any] = {"path": ["nodes", 3], "message": "hidden"}
EXAMPLES = [
    (Response(0, note="timed out"), 0),
    (Response(0, note="closed in the middle of the response"), 1),
    (Response(0, note="Connection failed"), 2),
    (Response(200, NONE_LEFT, failed("RATE_LIMITED")), 3),
    (Response(200, NONE_LEFT, failed("RATE_LIMIT")), 3),
    (Response(403, LEFT, {"message": "You have exceeded a secondary rate limit"}), 4),
    (Response(429, NONE_LEFT, {"message": "exceeded a secondary rate limit"}), 4),
    (Response(403, {}, {"message": "You have triggered an abuse detection"}), 4),
    (Response(200, LEFT, failed("", "You have exceeded a secondary rate limit")), 5),
    (Response(403, {"retry-after": "7", **NONE_LEFT}, {"message": "slower"}), 6),
    (Response(403, NONE_LEFT, {"message": "API rate limit exceeded"}), 7),
    (Response(429, NONE_LEFT, {"message": "API rate limit exceeded"}), 7),
    (Response(429, LEFT, {"message": "Too many requests"}), 8),
    (Response(401, {}, {"message": "Bad credentials"}), 9),
    (Response(403, SSO, {"message": "Resource protected by organization SAML"}), 10),
    (Response(500, {}, None), 11),
    (Response(502, {}, None), 11),
    (Response(504, {}, {"message": "We couldn't respond in time"}), 11),
    (Response(524, {}, None), 11),
    (Response(200, LEFT, failed("RESOURCE_LIMITS_EXCEEDED")), 12),
    (Response(200, LEFT, failed("MAX_NODE_LIMIT_EXCEEDED")), 12),
    (Response(200, LEFT, refused("undefinedField")), 13),
    (Response(200, LEFT, refused("undefinedType")), 13),
    (Response(200, LEFT, refused("argumentLiteralsIncompatible")), 13),
    (Response(200, LEFT, failed("NOT_FOUND"), wanted=dict), 14),
    (Response(200, LEFT, failed("FORBIDDEN"), wanted=dict), 14),
    (Response(200, LEFT, failed("INSUFFICIENT_SCOPES", **PLACE), wanted=dict), 14),
    (Response(200, LEFT, {"errors": [{"type": "INSUFFICIENT_SCOPES"}]}), 15),
    (Response(200, LEFT, failed("", "`x` does not appear to be a valid cursor.")), 16),
    (Response(200, LEFT, failed("", "Something went wrong while executing")), 17),
    (Response(200, LEFT, failed("", "Query timed out")), 17),
    (Response(200, LEFT, failed("", "This may be the result of a timeout")), 17),
    (Response(200, LEFT, failed("", "The request took too long to process")), 17),
    (Response(408, {}, None), 18),
    (Response(503, {}, {"message": "Service unavailable"}), 18),
    (Response(599, {}, None), 18),
    (Response(200, LEFT, failed("SERVICE_ERROR")), 19),
    (Response(200, LEFT, failed("NEVER_SEEN_BEFORE")), 19),
    (Response(200, LEFT, {"data": None, "errors": [{"type": "X"}]}, wanted=dict), 19),
    (Response(200, LEFT, None), 20),
    (Response(200, LEFT, {"data": None}, wanted=dict), 21),
    (Response(200, LEFT, {"data": []}, wanted=dict), 21),
    (Response(200, LEFT, [], wanted=dict), 21),
    (Response(200, LEFT, {"message": "hello"}, wanted=list), 21),
    (Response(404, LEFT, {"message": "Not Found"}), 22),
    (Response(451, LEFT, {"message": "Repository access blocked"}), 23),
    (Response(403, LEFT, {"message": "Resource not accessible by token"}), 24),
    (Response(409, LEFT, {"message": "Git Repository is empty."}), 25),
    (Response(410, LEFT, {"message": "Issues are disabled"}), 25),
    (Response(422, LEFT, {"message": "Validation Failed"}), 25),
    (Response(400, LEFT, {"message": "Problems parsing JSON"}), 26),
    (Response(302, {}, None), 26),
]


@pytest.mark.parametrize(("answer", "row"), EXAMPLES)
def test_a_response_matches_its_row_of_the_table_and_no_earlier_row(
    answer: Response, row: int
) -> None:
    assert classify(answer) is RULES[row]


def test_every_row_of_the_table_has_an_example() -> None:
    assert {row for _, row in EXAMPLES} == set(range(len(RULES)))


NOON = {"date": "Sun, 21 Jun 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        ("0", 1),  # at once would be for ever
        ("Sun, 21 Jun 2026 12:01:30 GMT", 90),
        ("Sun, 21 Jun 2026 11:59:00 GMT", 1),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_githubs_clock(
    value: str, seconds: float | None
) -> None:
    answer = Response(403, {**NOON, "retry-after": value})

    assert answer.seconds_to_retry == seconds


@pytest.mark.parametrize(
    ("value", "seconds"), [("1782043290", 90), ("1782043100", 1), ("", None)]
)
def test_the_reset_is_at_least_a_second_away_by_githubs_clock(
    value: str, seconds: float | None
) -> None:
    answer = Response(403, {**NOON, "x-ratelimit-reset": value})

    assert answer.seconds_to_reset == seconds


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, LEFT, {"data": {"nodes": []}}, wanted=dict),
        Response(200, NONE_LEFT, {"data": {}}, wanted=dict),
        Response(200, LEFT, [], wanted=list),
        Response(304, LEFT, None),
    ],
)
def test_a_good_response_matches_no_row(answer: Response) -> None:
    assert classify(answer) is None


def test_only_rows_that_leave_nothing_out_let_an_answer_with_errors_pass() -> None:
    passing = {f.action for f in RULES} - {Action.PARTIAL, Action.DROP_FIELD}
    for kind in ("RESOURCE_LIMITS_EXCEEDED", "RATE_LIMITED", "ANYTHING"):
        rule = classify(Response(200, LEFT, failed(kind)))
        assert rule is not None
        assert rule.action in passing


def test_an_error_beside_a_harmless_one_is_not_harmless() -> None:
    body = failed("NOT_FOUND")
    body["errors"].append({"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"})
    rule = classify(Response(200, LEFT, body))

    assert rule is not None
    assert rule.action is Action.SHRINK
