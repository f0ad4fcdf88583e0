"""The first row of a table that matches any error of a response decides."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tap_linear.common.error_rules import ErrorRule, classify


@dataclass(frozen=True)
class Reply:
    """One error of a response."""

    status: int = 200
    codes: frozenset[str] = frozenset()
    message: str = ""


BY_STATUS = ErrorRule[Reply]("status", statuses=frozenset({401, 403}))
BY_CODE = ErrorRule[Reply]("code", codes=frozenset({"LIMITED"}))
BY_WORDS = ErrorRule[Reply]("words", words=re.compile("timed? ?out", re.IGNORECASE))
BY_BOTH = ErrorRule[Reply](
    "both", statuses=frozenset({200}), when=lambda reply: "x" in reply.message
)
TABLE = (BY_STATUS, BY_CODE, BY_WORDS, BY_BOTH)


@pytest.mark.parametrize(
    ("replies", "rule"),
    [
        ([Reply(403, frozenset({"LIMITED"}), "timed out")], BY_STATUS),
        ([Reply(200, frozenset({"A", "LIMITED"}), "x")], BY_CODE),
        ([Reply(message="Request Timeout")], BY_WORDS),
        ([Reply(message="x")], BY_BOTH),
        ([Reply(500, message="x")], None),
        ([Reply(message="x"), Reply(codes=frozenset({"LIMITED"}))], BY_CODE),
        ([], None),
    ],
)
def test_the_first_row_that_matches_any_error_decides(
    replies: list[Reply], rule: ErrorRule[Reply] | None
) -> None:
    found = classify(TABLE, *replies)
    assert (found and found[0]) is rule


def test_the_reply_that_matched_is_returned_with_the_row() -> None:
    limited = Reply(codes=frozenset({"LIMITED"}))
    assert classify(TABLE, Reply(message="x"), limited) == (BY_CODE, limited)


def test_a_row_without_conditions_matches_everything() -> None:
    assert ErrorRule[Reply]("rest").matches(Reply(599))
