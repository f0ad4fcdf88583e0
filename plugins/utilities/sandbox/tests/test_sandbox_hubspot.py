"""The stand-in for HubSpot: its responses fit the vendor's schema, and its limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox import company
from sandbox.hubspot.api import TOKEN, HubSpotApi, Request
from sandbox.hubspot.customers import account_of
from sandbox.hubspot.definitions import definitions
from sandbox.hubspot.store import Account
from sandbox.limits import RollingBudget

SIZE, SEED = 400, 7
UNTIL = datetime(2026, 6, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[4]
OBJECT = "/crm/objects/2026-03/{object_type}"
LINKS = "/crm/associations/2026-03/{from_object_type}/{to_object_type}/batch/read"


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """HubSpot's published schema of the endpoints that the tap uses."""
    for folder in ("tests/contract/schemas", "../shared/contracts"):
        file = ROOT / folder / "hubspot-crm.openapi.json"
        if file.is_file():
            found: dict[str, Any] = json.loads(file.read_text("utf-8"))
            return found
    pytest.skip("HubSpot's published schema is missing")


@pytest.fixture(scope="module")
def world() -> company.World:
    return company.generate(SIZE, SEED, UNTIL)


@pytest.fixture(scope="module")
def api(world: company.World) -> HubSpotApi:
    account = account_of(world, SIZE, SEED)
    account.clock = UNTIL.timestamp
    return HubSpotApi(account)


def ask(
    api: HubSpotApi, path: str, body: dict[str, Any] | None = None, **query: str
) -> tuple[int, dict[str, Any]]:
    answer = api.answer(
        Request(
            "GET" if body is None else "POST",
            path.replace("2026-03", "2026-09"),
            query,
            f"Bearer {TOKEN}",
            json.dumps(body).encode(),
        )
    )
    return answer.status, answer.body


def ids(api: HubSpotApi, kind: str) -> list[dict[str, str]]:
    return [{"id": str(key)} for key in api.account.records[kind]][:50]


@pytest.mark.parametrize(
    ("operation", "method", "names"),
    [
        (OBJECT, "get", {"object_type": "contacts"}),
        (OBJECT, "get", {"object_type": "meetings"}),
        (f"{OBJECT}/search", "post", {"object_type": "companies"}),
        (f"{OBJECT}/batch/read", "post", {"object_type": "deals"}),
        (LINKS, "post", {"from_object_type": "deals", "to_object_type": "contacts"}),
        ("/crm/owners/2026-03", "get", {}),
        ("/crm/pipelines/2026-03/{object_type}", "get", {"object_type": "deals"}),
        ("/crm/properties/2026-03/{object_type}", "get", {"object_type": "contacts"}),
    ],
)
def test_every_response_fits_the_schema_of_the_vendor(
    api: HubSpotApi,
    contract: dict[str, Any],
    operation: str,
    method: str,
    names: dict[str, str],
) -> None:
    described = contract["paths"][operation][method]
    body: dict[str, Any] | None = None
    if method == "post":
        kind = names.get("object_type") or names["from_object_type"]
        body = {
            "inputs": ids(api, kind),
            "properties": ["dealname"],
            "propertiesWithHistory": ["dealstage"],
            "filterGroups": [],
            "sorts": ["hs_object_id"],
            "limit": 10,
            "after": "0",
        }
        asked = described["requestBody"]["content"]["application/json"]["schema"]
        validator(contract, asked).validate(body)
    status, found = ask(api, operation.format(**names), body)
    assert status == 200
    assert found["results"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    validator(contract, schema).validate(found)


def validator(contract: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": contract["components"]})


def test_a_company_has_the_same_customers_at_every_start(world: company.World) -> None:
    first, second = account_of(world, SIZE, SEED), account_of(world, SIZE, SEED)
    assert first.records == second.records
    assert first.links == second.links
    assert first.records["deals"]


def test_a_customer_is_the_same_a_week_later(world: company.World) -> None:
    before = account_of(world, SIZE, SEED)
    later = company.World(
        datetime(2026, 7, 7, tzinfo=UTC), world.linear, world.github, world.simulation
    )
    after = account_of(later, SIZE, SEED)
    for kind, records in before.records.items():
        for key, record in records.items():
            now = after.records[kind].get(key)
            if now is not None and now.updated == record.updated:
                assert now.properties == record.properties
    assert len(after.records["companies"]) >= len(before.records["companies"])


def test_the_owners_of_records_are_people_of_linear(
    api: HubSpotApi, world: company.World
) -> None:
    emails = {user.get("email") for user in world.linear.users.values()}
    assert {owner["email"] for owner in api.account.owners} <= emails
    owners = {owner["id"] for owner in api.account.owners}
    assert {
        one.properties["hubspot_owner_id"]
        for one in api.account.records["deals"].values()
    } <= owners


@pytest.fixture
def empty() -> HubSpotApi:
    account = Account()
    account.definitions = definitions()
    return HubSpotApi(account)


def test_a_search_ends_at_10000_rows(empty: HubSpotApi) -> None:
    body = {"after": "9900", "limit": 200, "filterGroups": [], "sorts": []}
    assert ask(empty, "/crm/objects/2026-09/contacts/search", body)[0] == 400
    assert (
        ask(empty, "/crm/objects/2026-09/contacts/search", body | {"limit": 100})[0]
        == 200
    )


def test_the_wrong_date_of_modification_finds_nothing(empty: HubSpotApi) -> None:
    empty.account.add("contacts", 1)
    path = "/crm/objects/2026-09/contacts/search"
    found = {}
    for name in ("lastmodifieddate", "hs_lastmodifieddate"):
        filters = [{"propertyName": name, "operator": "GTE", "value": "0"}]
        body = {"limit": 10, "filterGroups": [{"filters": filters}]}
        found[name] = ask(empty, path, body)[1]["total"]
    assert found == {"lastmodifieddate": 1, "hs_lastmodifieddate": 0}


def test_a_page_that_is_too_large_is_refused(empty: HubSpotApi) -> None:
    path = "/crm/objects/2026-09/contacts"
    assert ask(empty, path, limit="100")[0] == 200
    assert ask(empty, path, limit="101")[0] == 400
    assert ask(empty, path, limit="51", propertiesWithHistory="email")[0] == 400
    inputs = [{"id": str(key)} for key in range(101)]
    assert ask(empty, f"{path}/batch/read", {"inputs": inputs})[0] == 400


def test_the_limits_have_policies_and_searches_no_headers(empty: HubSpotApi) -> None:
    search = Request(
        "POST", "/crm/objects/2026-09/contacts/search", {}, f"Bearer {TOKEN}"
    )
    answers = [empty.answer(search) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[5].body["policyName"] == "SECONDLY"
    assert not answers[0].headers
    answer = empty.answer(Request("GET", "/crm/owners/2026-09", {}, f"Bearer {TOKEN}"))
    assert answer.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"


def test_a_limit_counts_the_requests_of_any_interval_of_its_length() -> None:
    now = 0.0
    budget = RollingBudget(5, 1.0, lambda: now)
    budget.spend(3)
    now = 0.9
    budget.spend(2)
    assert not budget.has(1)
    now = 1.0  # the first three are a second old
    assert budget.remaining == 3
    now = 2.0
    assert budget.remaining == 5


@pytest.mark.parametrize(
    ("token", "status"), [("pat-other", 401), ("'pat-sandbox'", 530), ("", 401)]
)
def test_a_token_in_a_wrong_form_does_not_reach_hubspot(
    empty: HubSpotApi, token: str, status: int
) -> None:
    asked = Request("GET", "/crm/owners/2026-09", {}, f"Bearer {token}")
    assert empty.answer(asked).status == status
