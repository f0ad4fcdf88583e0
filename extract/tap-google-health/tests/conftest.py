"""The sandbox's Google Health API over data that a test writes."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import tap_runs
from tap_runs import Collected, Row, TapRun, copied

from sandbox.company import GitHubHost, LinearWorkspace, World
from sandbox.google_health.api import LIMITS, MINUTE
from sandbox.google_health.oauth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, OAuth
from sandbox.google_health.person import DAYS, Person, Store
from sandbox.google_health.values import civil_date, interval, sample_time
from sandbox.testing import ApiServer
from tap_google_health.common.cli import one_line_per_error
from tap_google_health.tap import TapGoogleHealth

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
MOMENT = "2026-01-01T00:00:00.000Z"
ORGANIZATION = {"id": "0", "createdAt": MOMENT, "updatedAt": MOMENT}
FITBIT = {
    "platform": "FITBIT",
    "recordingMethod": "DERIVED",
    "device": {"displayName": "Charge 6"},
}


class Account(Store):
    """Writes data of one person whose time zone is UTC."""

    def __init__(self) -> None:
        super().__init__(
            identity={"name": "users/me/identity", "healthUserId": "1"},
            profile={"membershipStartDate": civil_date(TODAY - timedelta(days=30))},
            settings={"timeZone": "UTC"},
        )

    def sleep(self, name: str, end: datetime, hours: float = 8, **fields: Any) -> Row:
        start = end - timedelta(hours=hours)
        middle = start + (end - start) / 2
        point = {
            "name": f"users/1/dataTypes/sleep/dataPoints/{name}",
            "dataSource": FITBIT,
            "sleep": {
                "interval": interval(start, end),
                "type": "STAGES",
                "stages": [
                    {"type": "LIGHT", **_times(start, middle)},
                    {"type": "DEEP", **_times(middle, end)},
                ],
                "metadata": {"processed": True, "mainSleep": True},
                **fields,
            },
        }
        self.add("sleep", point)
        return point

    def daily(
        self, kind: str, day: date, source: Row | None = None, **value: Any
    ) -> None:
        first, *others = kind.split("-")
        field = first + "".join(part.capitalize() for part in others)
        about = {"date": civil_date(day), **value}
        self.add(kind, {"dataSource": source or FITBIT, field: about})

    def weight(self, moment: datetime, grams: float, **point: Any) -> None:
        value = {"sampleTime": sample_time(moment), "weightGrams": grams}
        self.add("weight", {"dataSource": FITBIT, "weight": value, **point})

    def exercise(self, name: str, start: datetime, **fields: Any) -> None:
        value = {
            "interval": interval(start, start + timedelta(minutes=30)),
            "exerciseType": "RUNNING",
            **fields,
        }
        path = f"users/1/dataTypes/exercise/dataPoints/{name}"
        self.add("exercise", {"name": path, "dataSource": FITBIT, "exercise": value})


def _times(start: datetime, end: datetime) -> Row:
    found = interval(start, end)
    return {name: found[name] for name in ("startTime", "endTime")}


class Messages(Collected):
    """The messages of a run of tap-google-health."""

    def records(self, stream: str) -> list[Row]:
        """Rows of a stream that are not deleted."""
        return [row for row in super().records(stream) if "_sdc_deleted_at" not in row]

    def deleted(self, stream: str) -> list[Row]:
        """Rows of a stream that say that a row is deleted."""
        return [row for row in super().records(stream) if "_sdc_deleted_at" in row]

    def of(self, kind: str) -> list[str]:
        """Streams of the messages of a type."""
        return [one["stream"] for one in self.messages_of(kind)]


class Run(TapRun):
    """One run of the tap."""

    guard = staticmethod(one_line_per_error)

    def __init__(
        self,
        server: ApiServer,
        state: Row | None = None,
        streams: tuple[str, ...] = (),
        *,
        now: datetime = NOW,
        catalog: Row | None = None,
        **config: Any,
    ) -> None:
        self.out = Messages()
        self.waits: list[float] = []
        self.settings = {
            "api_url": server.google_health_url,
            "token_url": server.google_health_token_url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            **config,
        }
        if streams:
            catalog = catalog or TapGoogleHealth(config=self.settings).catalog_dict
            tap_runs.select(catalog, lambda stream, *_: stream in streams)
        self.tap = TapGoogleHealth(
            config=self.settings,
            state=copied(state),
            catalog=catalog,
            message_writer=self.out,
        )
        self.tap.context.client.sleep = self.waits.append
        self.tap.context.started_at = now


@pytest.fixture(scope="session")
def _server() -> Iterator[ApiServer]:
    world = World(NOW, LinearWorkspace(organization=ORGANIZATION), GitHubHost())
    with ApiServer(world, until=NOW) as made:
        yield made


@pytest.fixture
def account() -> Account:
    """Data that a test writes."""
    return Account()


@pytest.fixture
def server(_server: ApiServer, account: Account) -> ApiServer:
    """The API over the account."""
    api = _server._sandbox.google_health.api
    _server._sandbox.google_health.serve(account)
    api.oauth = OAuth()
    api.largest_page, api.longest_range = None, {}
    api.empty_pages, api.is_linked = False, True
    api.budgets.change(dict(LIMITS), MINUTE)
    _server.clear_faults()
    _server.forget_stats()
    return _server


@pytest.fixture
def api(server: ApiServer) -> Any:
    """The stand-in itself, to change what it does."""
    return server._sandbox.google_health.api


@pytest.fixture
def run(server: ApiServer) -> Any:
    """Runs the tap: `run(state, streams, **settings).sync()`."""

    def start(
        state: Row | None = None, streams: tuple[str, ...] = (), **config: Any
    ) -> Run:
        return Run(server, state, streams, **config)

    return start


@pytest.fixture
def requests(server: ApiServer) -> Any:
    """Counts the requests by operation since the last call."""

    def count() -> Counter[str]:
        found = server.stats()["google_health"]["operations"]
        server.forget_stats()
        return Counter(found)

    return count


@pytest.fixture(scope="session")
def person() -> Store:
    """Three years of the sandbox's person."""
    start = TODAY - timedelta(days=1_095)
    assert DAYS < 1_095
    return Person(7, start).store(NOW)
