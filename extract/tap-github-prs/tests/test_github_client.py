"""Tokens, budgets, waiting, Apps and GitHub Enterprise Server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tap_github_prs.common.errors import TapError
from tap_github_prs.transport.auth import Clock, StaticToken, TokenPool
from tap_github_prs.transport.batches import BatchSize
from tap_github_prs.transport.errors import Response
from tap_github_prs.transport.http import graphql_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]


class Stopped(Clock):
    """Stands still until a test advances it."""

    time = 1_000.0

    def now(self) -> float:
        return self.time


def answer(left: int, reset_in: int = 0) -> Response:
    """An answer at 12:00:00, with what is left of a budget."""
    noon = 1_782_043_200
    headers = {
        "date": "Sun, 21 Jun 2026 12:00:00 GMT",
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(noon + reset_in),
    }
    return Response(200, headers)


@pytest.fixture
def small(host: Host, serve: Serve) -> Reader:
    repository = host.repository("one")
    for n in range(60):
        host.pull_request(repository, f"2024-05-05T00:00:{n:02d}Z")
    return serve(host)


# Budgets


def test_the_token_with_the_most_left_is_used() -> None:
    first, second = StaticToken("1"), StaticToken("2")
    pool = TokenPool([first, second], Stopped())
    pool.note(first, "graphql", answer(10))
    pool.note(second, "graphql", answer(20))

    assert pool.pick("graphql") == (second, 0)
    assert pool.left("graphql") == 30


def test_what_was_spent_is_the_sum_of_the_drops_of_every_budget() -> None:
    first, second = StaticToken("1"), StaticToken("2")
    pool = TokenPool([first, second], Stopped())
    for token, left in ((first, 10), (second, 20), (first, 7), (first, 5000)):
        pool.note(token, "graphql", answer(left))
    pool.note(first, "graphql", answer(4998))
    pool.note(first, "core", answer(1))

    assert pool.spent("graphql") == 5
    assert pool.spent("core") == 0


def test_each_resource_has_its_own_budget() -> None:
    token = StaticToken("1")
    pool = TokenPool([token], Stopped())
    pool.note(token, "graphql", answer(0, reset_in=90))

    assert pool.pick("graphql") == (token, 90)
    assert pool.pick("core") == (token, 0)


def test_the_reset_is_read_by_githubs_clock_and_not_by_ours() -> None:
    token, clock = StaticToken("1"), Stopped()
    pool = TokenPool([token], clock)
    pool.note(token, "graphql", answer(0, reset_in=90))
    clock.time += 60

    assert pool.pick("graphql") == (token, 30)


def test_when_all_are_used_up_the_one_that_is_back_first_is_waited_for() -> None:
    first, second = StaticToken("1"), StaticToken("2")
    pool = TokenPool([first, second], Stopped())
    pool.note(first, "graphql", answer(0, reset_in=90))
    pool.note(second, "graphql", answer(0, reset_in=30))

    assert pool.pick("graphql") == (second, 30)


def test_without_limits_in_the_headers_nothing_is_waited_for() -> None:
    token = StaticToken("1")
    pool = TokenPool([token], Stopped())
    pool.note(token, "graphql", Response(200))

    assert pool.pick("graphql") == (token, 0)


def test_a_used_up_budget_is_waited_for_and_the_load_is_complete(
    small: Reader,
) -> None:
    small.server.limits(github={"graphql": 10}, window_seconds=1)
    # The windows are the server's: wait for them, with a clock that skips nothing.
    small.clock = Clock()  # type: ignore[assignment]
    output = small.run()

    assert len(output.keyed("pull_requests")) == 60
    assert len(output.records["pull_requests"]) == 60


def test_the_tokens_are_used_in_turn(small: Reader) -> None:
    small.server.limits(github={"graphql": 6}, window_seconds=3_600)

    output = small.run(additional_auth_tokens=["sandbox-token-2", "sandbox-token-3"])

    assert len(output.records["pull_requests"]) == 60
    assert not small.clock.waits


def test_a_wait_that_is_too_long_ends_the_run_with_what_to_do(small: Reader) -> None:
    small.server.limits(github={"graphql": 6}, window_seconds=3_600)

    with pytest.raises(TapError, match=r"limit is reached.*raise max_wait_seconds"):
        small.run(max_wait_seconds=60)


def test_retry_after_is_obeyed_to_the_second(small: Reader) -> None:
    small.server.fault("secondary-limit", "github", at=2, seconds=17)
    small.run()

    assert [round(wait) for wait in small.clock.waits] == [17]


def test_a_retry_after_of_zero_does_not_cause_an_endless_loop(small: Reader) -> None:
    small.server.fault("secondary-limit", "github", count=0, seconds=0)

    with pytest.raises(TapError, match="raise max_wait_seconds"):
        small.run(max_wait_seconds=20)
    assert sum(small.clock.waits) <= 21


def test_without_retry_after_a_secondary_limit_waits_a_minute_and_then_doubles(
    small: Reader,
) -> None:
    """A secondary limit without Retry-After is requested again every 5 seconds.

    https://github.com/octokit/plugin-throttling.js/issues/454
    """
    small.server.fault("secondary-limit", "github", at=2, count=3, seconds=-1)
    small.run()

    assert [round(wait) for wait in small.clock.waits] == [60, 120, 240]


# Sizes


def test_the_size_halves_down_to_one_and_grows_back_to_where_it_was() -> None:
    size, seen = BatchSize(25), []
    while size.shrinkable:
        size.halve()
        seen.append(size.value)
    for _ in range(30):
        size.grow()

    assert seen == [12, 6, 3, 1]
    assert size.value == 25


def test_a_batch_that_is_too_large_is_halved(small: Reader) -> None:
    """GraphQL requests fail with 502 at times.

    https://github.com/simonw/datasette.io/issues/122
    """
    small.server.fault("server-error", "github", count=4, match="Hydrate")
    output = small.run()

    assert len(output.records["pull_requests"]) == 60
    assert not small.clock.waits  # 25, 12, 6, 3, and then 1 succeeds


def test_one_pull_request_that_always_fails_stops_only_itself(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    rows = [
        host.pull_request(repository, f"2024-05-05T00:00:{n:02d}Z") for n in range(60)
    ]
    heavy = rows[40]
    reader = serve(host)
    reader.server.fault("server-error", "github", count=0, match=heavy["id"])

    output = reader.fail(f"Not read: pull request {heavy['number']} of ada/one")
    reader.server.clear_faults()
    rest = reader.run(output.state)

    assert output.numbers == [r["number"] for r in rows if r is not heavy]
    assert rest.numbers == [heavy["number"]]
    assert not reader.run(rest.state).numbers


# Credentials


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture
def app(small: Reader, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    small.server.register_app("7", public.decode(), "9")
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return {
        "auth_token": None,
        "app_id": "7",
        "app_private_key": private.decode().replace("\n", "\\n"),
        "app_installation_id": "9",
    }


def test_a_github_app_reads_with_a_token_of_its_installation(
    small: Reader, app: dict[str, Any]
) -> None:
    assert len(small.run(**app).records["pull_requests"]) == 60


def test_an_installation_token_is_renewed_in_mid_run_before_it_expires(
    small: Reader, app: dict[str, Any]
) -> None:
    """After one hour, no repository can be listed until a restart.

    https://github.com/apache/devlake/issues/8373
    """
    path = "/app/installations/9/access_tokens"
    small.run(**app)
    assert small.requests[path] == 1
    small.server.forget_stats()

    def an_hour_later(message: dict[str, Any]) -> None:
        if message["type"] == "STATE":
            small.clock.waits.append(3_600)

    output = small.run(watch=an_hour_later, **app)

    assert len(output.records["pull_requests"]) == 60
    assert small.requests[path] > 1


def test_an_installation_token_that_is_refused_is_renewed(
    small: Reader, app: dict[str, Any]
) -> None:
    """A run of more than one hour ends with "Bad credentials".

    https://github.com/renovatebot/github-action/issues/798
    """
    small.server.fault("unauthorized", "github", at=2, match="query")

    assert len(small.run(**app).records["pull_requests"]) == 60


def test_an_installation_whose_tokens_are_all_refused_ends_the_run_in_a_line(
    small: Reader, app: dict[str, Any]
) -> None:
    small.server.fault("unauthorized", "github", at=2, count=0, match="query")

    with pytest.raises(TapError, match=r"credential refused.*app_installation_id"):
        small.run(**app)
    assert small.requests["/app/installations/9/access_tokens"] <= 4


def test_an_app_with_the_wrong_id_is_refused_in_a_line(
    small: Reader, app: dict[str, Any]
) -> None:
    with pytest.raises(TapError, match=r"issues no token to the App.*check app_id"):
        small.run(**{**app, "app_id": "8"})


def test_an_invalid_private_key_is_rejected_and_not_shown(
    small: Reader, app: dict[str, Any]
) -> None:
    with pytest.raises(TapError, match=r"not a PEM private key") as error:
        small.run(**{**app, "app_private_key": "TOP-SECRET"})
    assert "TOP-SECRET" not in str(error.value)


def test_incomplete_settings_of_an_app_are_rejected(small: Reader) -> None:
    with pytest.raises(TapError, match="set all three or none"):
        small.run(app_id="7")


def test_a_token_that_is_revoked_in_mid_run_leaves_the_work_to_the_others(
    small: Reader, caplog: Log
) -> None:
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = small.run(
            auth_token="revoked",  # noqa: S106 - nobody's
            additional_auth_tokens=["sandbox-token"],
        )

    assert len(output.records["pull_requests"]) == 60
    assert "GitHub refuses auth_token; continuing with 1 of the tokens" in caplog.text


def test_the_last_token_revoked_in_mid_run_ends_it_in_a_line(small: Reader) -> None:
    small.server.fault("unauthorized", "github", at=3, count=0)

    with pytest.raises(TapError, match=r"credential refused.*check auth_token"):
        small.run()


def test_without_a_token_the_tap_says_why_it_does_not_begin(small: Reader) -> None:
    with pytest.raises(TapError, match=r"60 requests an hour.*set auth_token"):
        small.run(auth_token=None)
    assert not small.requests


# GitHub Enterprise Server


@pytest.mark.parametrize(
    ("rest", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.acme.com/api/v3", "https://git.acme.com/api/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
    ],
)
def test_graphql_lies_where_each_kind_of_github_has_it(rest: str, graphql: str) -> None:
    assert graphql_url(rest) == graphql


def test_an_enterprise_server_without_limits_is_read_in_the_same_way(
    small: Reader,
) -> None:
    here = small.run()
    there = small.run(api_url=small.server.ghes_url + "/")

    assert there.rows == here.rows
    assert not small.clock.waits


# Fields that cannot be had


def test_a_token_without_read_org_reads_all_but_organizations(
    reader: Reader, caplog: Log
) -> None:
    whole = reader.run()
    reader.server.fault(
        "insufficient-scopes", "github", match="... on Organization", count=0
    )
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    assert output.rows["pull_requests"] == whole.rows["pull_requests"]
    assert output.rows["pr_reviews"] == whole.rows["pr_reviews"]
    people = [row for row in whole.records["users"] if row["type"] != "Organization"]
    names = {row["id"]: row["name"] for row in output.records["users"]}
    assert names == {row["id"]: row["name"] for row in people}
    assert "Left out Account.Organization" in caplog.text


def test_a_missing_scope_costs_the_field_and_not_the_run(
    small: Reader, caplog: Log
) -> None:
    small.server.fault("insufficient-scopes", "github", at=2)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = small.run()

    assert len(output.records["pull_requests"]) == 60
    (user,) = output.records["users"]
    assert "email" not in user
    assert "Left out Account.User.email (scope missing)" in caplog.text
