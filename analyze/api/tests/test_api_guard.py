"""Who is answered: the key, the Host, the Origin, and how often."""

# ruff: noqa: S104 - a Host, not an address to listen on

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest
from running_api import KEY, serving
from starlette.applications import Starlette

from throughline_api import guard
from throughline_api.guard import CLIENTS, Guard, Rates

if TYPE_CHECKING:
    from collections.abc import Callable

    from running_api import Api

DATA = "/analytics/freshness"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "0.0.0.0"],
)
def test_dns_rebinding_gets_nothing_without_a_key(api: Api, host: str) -> None:
    for path in (DATA, "/docs", "/healthz", "/openapi.json", "/nothing"):
        found = api.get(path, {"Host": host.format(port=api.port)})
        assert found.status_code == 403
        assert "as_of_date" not in found.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"]
)
def test_names_of_the_loopback_interface_are_answered(api: Api, host: str) -> None:
    assert api.get(DATA, {"Host": host.format(port=api.port)}).status_code == 200


@pytest.mark.parametrize(
    ("server", "host", "is_own"),
    [
        (("127.0.0.2", 8000), b"127.0.0.2:8000", True),
        (("127.0.0.2", 8000), b"127.0.0.3:8000", False),
        (("127.0.0.1", 80), b"localhost", True),
        (("127.0.0.1", 80), b"127.0.0.1", True),
        (("127.0.0.1", 80), b"evil.example", False),
        (("127.0.0.1", 8000), b"localhost", False),
        (("::1", 8000), b"[::1]:8000", True),
        (("192.168.0.7", 8000), b"192.168.0.7:8000", False),
    ],
)
def test_the_address_that_the_server_listens_on_is_a_name_of_it(
    server: tuple[str, int], host: bytes, *, is_own: bool
) -> None:
    assert (host in guard._own_hosts({"server": server})) is is_own


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_is_refused_with_and_without_a_key(
    api: Api, keyed: Api, headers: dict[str, str]
) -> None:
    for server in (api, keyed):
        found = server.get(DATA, headers | {"X-API-Key": KEY})
        assert found.status_code == 403
        assert not any(
            name.lower().startswith("access-control") for name in found.headers
        )


def test_the_servers_own_documentation_page_may_link_to_it(api: Api) -> None:
    own = {"Origin": api.url, "Sec-Fetch-Site": "same-origin"}
    assert api.get("/openapi.json", own).status_code == 200


def test_a_preflight_of_a_page_gets_no_permission(api: Api) -> None:
    found = api.get(
        DATA,
        {
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-api-key",
        },
        method="OPTIONS",
    )
    assert found.status_code == 403
    assert not any(name.lower().startswith("access-control") for name in found.headers)


def test_where_a_key_is_set_only_the_key_gets_data(keyed: Api) -> None:
    assert keyed.get(DATA, {"X-API-Key": KEY}).status_code == 200
    for wrong in ("", "x", KEY[:-1], f"{KEY}0", KEY.upper(), f"0{KEY}"):
        found = keyed.get(DATA, {"X-API-Key": wrong})
        assert found.status_code == 401
        assert found.headers["content-type"] == "application/problem+json"
        assert found.headers["WWW-Authenticate"]
        assert KEY not in found.text
    assert keyed.get(DATA).status_code == 401
    assert keyed.get(f"{DATA}?X-API-Key={KEY}").status_code == 401
    assert keyed.get(DATA, {"Authorization": f"Bearer {KEY}"}).status_code == 401
    assert keyed.get("/nothing").status_code == 401


def test_only_paths_without_data_need_no_key(keyed: Api) -> None:
    for path in ("/healthz", "/docs", "/openapi.json"):
        assert keyed.get(path).status_code == 200
    for path in ("/docs/", "//healthz", "/healthz/../analytics/freshness", "/HEALTHZ"):
        assert keyed.get(path).status_code in {401, 404}


def test_a_server_with_a_key_may_have_any_host_name(keyed: Api) -> None:
    found = keyed.get(DATA, {"Host": "analytics.example", "X-API-Key": KEY})
    assert found.status_code == 200


def test_the_comparison_of_keys_does_not_depend_on_what_was_sent(
    keyed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    original = hmac.compare_digest

    def spy(given: bytes, expected: bytes) -> bool:
        compared.append((len(given), len(expected)))
        return original(given, expected)

    monkeypatch.setattr(guard, "compare_digest", spy)
    for key in ("", "x", KEY, KEY * 10, "\xff"):
        keyed.get(DATA, {"X-API-Key": key})
    assert compared == [(32, 32)] * 5


def test_a_client_that_sends_too_many_requests_waits(
    settings_of: Callable[..., dict[str, str]],
) -> None:
    with serving(settings_of(requests_per_minute=3)) as api:
        found = [api.get("/docs") for _ in range(4)]
        health = api.get("/healthz")

    assert [each.status_code for each in found] == [200, 200, 200, 429]
    assert found[3].headers["content-type"] == "application/problem+json"
    assert 1 <= int(found[3].headers["Retry-After"]) <= 21
    assert health.status_code == 200


def test_guessing_the_key_is_limited_too(
    settings_of: Callable[..., dict[str, str]],
) -> None:
    with serving(settings_of(requests_per_minute=2, access_key=KEY)) as api:
        found = [api.get(DATA, {"X-API-Key": "x"}).status_code for _ in range(3)]
    assert found == [401, 401, 429]


def test_an_allowance_comes_back_with_time_and_is_each_clients_own() -> None:
    now = [0.0]
    rates = Rates(60, lambda: now[0])
    assert [rates.wait("a") for _ in range(60)] == [0.0] * 60
    assert rates.wait("a") == pytest.approx(1.0)
    assert rates.wait("b") == 0.0
    now[0] = 0.5
    assert rates.wait("a") == pytest.approx(0.5)
    now[0] = 1.0
    assert rates.wait("a") == 0.0
    assert rates.wait("a") > 0
    now[0] = 1e6
    assert [rates.wait("a") for _ in range(60)] == [0.0] * 60
    assert rates.wait("a") > 0


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2:3", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("", ""),
    ],
)
def test_the_requests_of_an_ipv6_network_count_together(
    client: str, network: str
) -> None:
    assert guard._network(client) == network


def test_a_client_that_changes_its_ipv6_address_gets_no_further_requests() -> None:
    counting = Guard(Starlette(), None, Rates(2, lambda: 0.0))
    refused = [
        counting._too_often({"client": (f"2001:db8::{number}", 1)})
        for number in range(3)
    ]
    assert refused[:2] == [None, None]
    assert refused[2]
    assert refused[2].status_code == 429


def test_counting_many_clients_needs_a_bounded_memory() -> None:
    rates = Rates(1, lambda: 0.0)
    for number in range(CLIENTS + 10):
        rates.wait(str(number))
    assert len(rates._left) == CLIENTS
