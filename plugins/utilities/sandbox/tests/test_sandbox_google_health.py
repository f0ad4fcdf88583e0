# ruff: noqa: ANN401 - JSON
"""The stand-in for the Google Health API answers in the shapes of the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft7Validator

from sandbox.answers import Answer
from sandbox.google_health.api import Asked, GoogleHealthApi
from sandbox.google_health.oauth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sandbox.google_health.person import DAYS, TRIPS, UNWORN, Person

NAME = "google-health.v4.discovery.json"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
START = NOW.date() - timedelta(days=DAYS)
LISTS = (
    "sleep", "exercise", "weight", "body-fat", "steps", "daily-resting-heart-rate",
    "daily-heart-rate-variability", "daily-oxygen-saturation",
    "daily-respiratory-rate", "daily-sleep-temperature-derivations", "daily-vo2-max",
    "daily-heart-rate-zones",
)  # fmt: skip
ROLLUPS = (
    "steps", "distance", "floors", "total-calories", "active-minutes",
    "active-zone-minutes", "sedentary-period", "time-in-heart-rate-zone", "heart-rate",
)  # fmt: skip


class Client:
    """Asks the stand-in, without a server."""

    def __init__(self, api: GoogleHealthApi) -> None:
        self.api = api
        self.token = self.refreshed().body["access_token"]

    def refreshed(self, **form: str) -> Answer:
        given = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            "grant_type": "refresh_token",
            **form,
        }
        return self.api.answer(Asked("POST", "token", body=urlencode(given).encode()))

    def get(self, path: str, **query: str) -> Answer:
        header = f"Bearer {self.token}"
        return self.api.answer(Asked("GET", f"v4/users/me/{path}", query, b"", header))

    def points(self, kind: str, **query: str) -> Answer:
        return self.get(f"dataTypes/{kind}/dataPoints", **query)

    def roll_up(self, kind: str, first: int, until: int, **more: Any) -> Answer:
        sides = {
            side: {"date": {"year": 2026, "month": 11, "day": day}}
            for side, day in (("start", first), ("end", until))
        }
        body = json.dumps({"range": sides, "windowSizeDays": 1, **more}).encode()
        path = f"v4/users/me/dataTypes/{kind}/dataPoints:dailyRollUp"
        return self.api.answer(Asked("POST", path, {}, body, f"Bearer {self.token}"))


@pytest.fixture(scope="module")
def api() -> GoogleHealthApi:
    return GoogleHealthApi(Person(7, START).store(NOW))


@pytest.fixture
def client(api: GoogleHealthApi) -> Client:
    api.budgets.change({"user.requests": 300})
    return Client(api)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    root = Path(__file__).resolve().parents[4]
    for folder in ("tests/contract/schemas", "../shared/contracts"):
        file = root / folder / NAME
        if file.is_file():
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return found
    pytest.skip(f"{NAME} is missing")


def validator(contract: dict[str, Any], name: str) -> Draft7Validator:
    """Turn the contract's schema into JSON Schema that allows no other field."""

    def strict(schema: Any) -> Any:
        if isinstance(schema, list):
            return [strict(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        found = {key: strict(value) for key, value in schema.items()}
        if isinstance(found.get("$ref"), str):
            return {"$ref": f"#/definitions/{found['$ref']}"}
        if isinstance(schema.get("properties"), dict):
            found["additionalProperties"] = False
        if found.get("format") in {"int64", "google-duration", "google-datetime"}:
            found["pattern"] = {
                "int64": r"^-?\d+$",
                "google-duration": r"^-?\d+(\.\d+)?s$",
                "google-datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
            }[found["format"]]
        return found

    definitions = {key: strict(value) for key, value in contract["schemas"].items()}
    for definition in definitions.values():
        definition.pop("id", None)
    return Draft7Validator({**definitions[name], "definitions": definitions})


def problems(contract: dict[str, Any], name: str, answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    checked = validator(contract, name).iter_errors(answer.body)
    return [f"{error.json_path}: {error.message}" for error in checked]


def test_the_check_finds_an_unknown_field_and_a_number_that_must_be_text(
    contract: dict[str, Any],
) -> None:
    def found(point: dict[str, Any]) -> list[str]:
        answer = Answer(200, {"dataPoints": [point]})
        return problems(contract, "ListDataPointsResponse", answer)

    interval = {"startTime": "2026-01-01T00:00:00Z", "startUtcOffset": "3600s"}
    assert found({"steps": {"count": "44", "interval": interval}}) == []
    assert found({"steps": {"count": 44}})
    assert found({"steps": {"total": "44"}})
    assert found({"steps": {"interval": {"startUtcOffset": "01:00"}}})


@pytest.mark.parametrize("kind", LISTS)
def test_each_list_has_the_shape_of_the_contract(
    kind: str, client: Client, contract: dict[str, Any]
) -> None:
    answer = client.points(kind, pageSize="200")

    assert answer.body["dataPoints"]
    assert problems(contract, "ListDataPointsResponse", answer) == []


@pytest.mark.parametrize("kind", ROLLUPS)
def test_each_roll_up_has_the_shape_of_the_contract(
    kind: str, client: Client, contract: dict[str, Any]
) -> None:
    answer = client.roll_up(kind, 15, 28)

    assert answer.body["rollupDataPoints"]
    assert problems(contract, "DailyRollUpDataPointsResponse", answer) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("identity", "Identity"),
        ("profile", "Profile"),
        ("settings", "Settings"),
        ("pairedDevices", "ListPairedDevicesResponse"),
    ],
)
def test_the_account_has_the_shape_of_the_contract(
    path: str, name: str, client: Client, contract: dict[str, Any]
) -> None:
    assert problems(contract, name, client.get(path)) == []


def test_reconciled_sleep_has_its_summary_twice(
    client: Client, contract: dict[str, Any]
) -> None:
    answer = client.get("dataTypes/sleep/dataPoints:reconcile")
    listed = client.points("sleep").body["dataPoints"][-1]["sleep"]["summary"]

    assert problems(contract, "ReconcileDataPointsResponse", answer) == []
    summary = answer.body["dataPoints"][-1]["sleep"]["summary"]
    assert summary["stagesSummary"] == listed["stagesSummary"] * 2
    weights = client.get("dataTypes/weight/dataPoints:reconcile")
    assert weights.body["dataPoints"] == []


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("body-fat", 'bodyFat.sample_time.physical_time >= "2026-01-01T00:00:00Z"',
         "INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER"),
        ("sleep", 'sleep.interval.start_time >= "2026-01-01T00:00:00Z"',
         "INVALID_DATA_POINT_FILTER_RESTRICTION_COMPARABLE"),
        ("exercise", 'exercise.interval.start_time >= "2026-01-01T00:00:00Z"',
         "INVALID_DATA_POINT_FILTER_RESTRICTION_COMPARABLE"),
        ("daily-vo2-max", 'daily_vo2_max.date >= "2026-01-01T00:00:00Z"',
         "INVALID_DATA_POINT_FILTER_TIMESTAMP_VALUE"),
        ("steps", 'steps.interval.start_time > "2026-01-01T00:00:00Z"',
         "INVALID_DATA_POINT_FILTER_SYNTAX"),
    ],
)  # fmt: skip
def test_a_filter_that_google_refuses_is_refused(
    kind: str, text: str, reason: str, client: Client
) -> None:
    answer = client.points(kind, filter=text)

    assert answer.status == 400
    metadata = answer.body["error"]["details"][0]["metadata"]
    assert metadata["detailedReasons"] == reason


def test_what_google_refuses_is_refused(client: Client) -> None:
    family = "users/me/dataSourceFamilies/google-wearables"
    token = client.points("sleep").body["nextPageToken"]
    refused = [
        client.points("total-calories"),
        client.points("floors"),
        client.points("sleep", dataSourceFamily=family),
        client.points("sleep", pageSize="10", pageToken=token),
        client.roll_up("sleep", 1, 2),
        client.roll_up("daily-vo2-max", 1, 2),
        client.roll_up("steps", 1, 2, pageSize=90),
        client.roll_up("heart-rate", 1, 16),
    ]
    assert {answer.status for answer in refused} == {400}
    assert client.points("sleep", pageToken=token).status == 200
    assert client.roll_up("heart-rate", 1, 15).status == 200


def test_a_list_is_newest_first_and_has_25_sessions_per_page(client: Client) -> None:
    page = client.points("sleep", pageSize="10000").body["dataPoints"]

    starts = [point["sleep"]["interval"]["startTime"] for point in page]
    assert len(page) == 25
    assert starts == sorted(starts, reverse=True)


def test_the_limit_is_300_requests_per_minute_without_a_header(client: Client) -> None:
    answers = [client.get("identity") for _ in range(301)]

    assert [answer.status for answer in answers] == [200] * 300 + [429]
    assert answers[-1].body["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answers[-1].headers == {}


def test_a_later_day_changes_nothing_before_the_last_night() -> None:
    person = Person(7, START)
    before = person.store(NOW - timedelta(days=3))
    after = person.store(NOW)
    shared = {point["name"]: point for point in after.points["sleep"]}
    settled = before.points["sleep"][:-1]

    assert [shared[point["name"]] for point in settled] == settled
    assert all(
        after.days[kind][day] == value
        for kind, values in before.days.items()
        for day, value in values.items()
    )


def test_the_person_has_gaps_naps_two_watches_and_travels(api: GoogleHealthApi) -> None:
    sleep = api.store.points["sleep"]
    offsets = {point["sleep"]["interval"].get("endUtcOffset") for point in sleep}
    names = {point["dataSource"]["device"]["displayName"] for point in sleep}
    naps = [point for point in sleep if point["sleep"]["metadata"].get("nap")]
    first, last = (START + timedelta(days=number) for number in UNWORN)

    assert len(TRIPS) == 3
    assert {None, "3600s", "7200s", "32400s", "-14400s"} <= offsets
    assert names == {"Charge 6", "Pixel Watch 4"}
    assert len(naps) > 20
    worn = set(api.store.days["heart-rate"])
    assert not worn & {first + timedelta(days=n) for n in range((last - first).days)}
    assert {} in api.store.days["floors"].values()
