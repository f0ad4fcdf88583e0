"""One walk: a company's days, a pipeline, and what the warehouse holds at the end."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from random_walk import choices, processes, truth
from random_walk.sources import SOURCES
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from sandbox.testing import LocalBigQuery

Row = dict[str, Any]

SIZE = 12
"""Issues of the company: few, so that a walk is cheap."""
LAST_RUNS = 4
"""Runs without a fault until the tables must equal the source."""
SHOWN = 20
"""Differences that the story lists."""
MADE_OF = {"emails": "email", "merge_commit_oid": "mergeCommit"}
"""Fields of an API that a column with another name is made of."""
WHOLE = ("comments", "attachments", "agent_sessions")
"""Streams whose deletions show only if they are read completely."""
OMITTED = ("issues", "comments", "attachments", "agent_sessions", "pull_requests")
"""Incremental streams: a row that a list omits without a sign shows only if the stream
is read completely, as the READMEs say."""


class WalkError(AssertionError):
    """A walk that found something; its text is the walk's story."""


@cache
def discovered(tap: str) -> str:
    """Return the catalog of a tap, which is the same for every walk."""
    with tempfile.TemporaryDirectory() as name:
        output, log = Path(name) / "catalog.json", Path(name) / "log"
        code = processes.read(tap, ["--discover"], output, log)
        assert code == 0, log.read_text()
        return output.read_text()


def today() -> datetime:
    """The midnight that comes: a world that is not behind the tap's clock."""
    now = datetime.now(UTC)
    return datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)


@dataclass
class Walk:
    """A walk of one seed.

    Attributes:
        seed: Where every choice comes from.
        warehouse: The BigQuery to load.
        folder: Where settings, states and logs are.
        until: The company's last day before the walk.
        steps: Runs with something that goes wrong.
        api: Name of the source; None chooses one by the seed.
        kills: Whether every step is a kill of the tap, and nothing else goes wrong.
        story: What has happened, one line per step.
    """

    seed: int
    warehouse: LocalBigQuery
    folder: Path
    until: datetime = field(default_factory=today)
    steps: int = 4
    api: str | None = None
    kills: bool = False
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose the source and its first settings."""
        self.source = next(
            (one for one in SOURCES if one.api == self.api),
            SOURCES[self.seed % len(SOURCES)],
        )
        self.random = Random(self.seed)
        self.runs = 0
        self.killed = 0
        # Requests of the longest run so far; at first, about those of a first load.
        self.most = 16 if self.source.is_of_company else 4
        self.hidden: set[Any] = set()  # IDs of rows that a list has omitted
        self.state = self.folder / "state.json"
        self.logged = ""
        self.untold: set[tuple[str, str, truth.Key]] = set()
        self.dataset = f"{self.source.api}_{self.seed}{'_kills' if self.kills else ''}"
        some = self.random.sample(self.source.optional, 3)
        self.streams = {*self.source.streams, *some}

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(line)

    def go(self) -> list[str]:
        """Walk, and compare at the end; returns the story.

        Raises:
            WalkError: If something is lost, twice, wrong, or endless.
        """
        self.tell(
            f"seed {self.seed}: {self.source.tap}, company until {self.until:%Y-%m-%d}"
        )
        with ApiServer(size=SIZE, seed=self.seed, until=self.until) as server:
            self.server = server
            if self.source.prepare:
                self.source.prepare(self.random, server)
            try:
                for _ in range(self.steps):
                    self._step()
                self._arrive()
            except AssertionError as error:
                self.tell(f"FAILED: {error}")
                raise WalkError("\n".join(self.story)) from None
        return self.story

    # --- steps -------------------------------------------------------------------

    def _step(self) -> None:
        world = self.server.world
        days = self.random.choice([0, 1, 1, 5, 14]) if self.source.is_of_company else 0
        happened = [f"{days} d"]
        if days:
            self.server.event("advance", seconds=days * 86_400)
        for _ in range(self.random.choice([0, 1, 3])):
            found = self.source.event(self.random, self.server, self.untold)
            happened += [found] if found else []
        settings = self.source.settings(self.random, self.server)
        if self.kills:
            trouble = choices.kills(self.random, self.most)
        elif self.source.is_of_company:
            trouble = choices.trouble(self.random, world, self.source.api)
        else:
            trouble = choices.personal_trouble(self.random, self.source.api)
        for order in trouble.orders:
            if order["kind"] == "hidden":
                self.hidden |= self._ids(order["value"])
        line = f"{', '.join(happened)} | {json.dumps(settings)} | {trouble}"
        trouble.begin(self.server, self.source.api)
        try:
            ended = self._run(settings, trouble.kill)
        except AssertionError:
            self.tell(f"{line} | no end")
            raise
        finally:
            trouble.end(self.server, self.source.api)
        self.tell(f"{line} | exit codes {ended.tap}, {ended.target}")
        self.killed += ended.killed
        self._check_logs(ended)

    def _arrive(self) -> None:
        """Run without a fault until the tables equal the source.

        Two differences are left after the first run, because no list of changes shows
        them: a row that was deleted, and a row that a list has omitted without a sign.
        The READMEs name both. They must be gone when the streams are read completely.
        """
        wanted = self._truth()
        found: list[truth.Difference] = []
        for _ in range(LAST_RUNS):
            # A person may be known only from an omitted row, so one of them is enough.
            whole = bool(found) and (
                bool(self.hidden) or all(self._reason(one, wanted) for one in found)
            )
            ended = self._run(self.source.last, None, whole=whole)
            found = [one for one in self._differences(wanted) if not self._said(one)]
            codes = f"exit codes {ended.tap}, {ended.target}"
            self.tell(f"no fault | {codes} | {len(found)} differences")
            for one in found[:SHOWN]:
                self.tell(f"  {one}: {self._reason(one, wanted) or 'no reason known'}")
            self._check_logs(ended)
            if not found and (ended.tap, ended.target) == (0, 0):
                return
        shown = "\n".join(map(str, found[:SHOWN]))
        raise AssertionError(
            shown or f"exit codes {ended.tap}, {ended.target}: {self._last_lines()}"
        )

    def _run(
        self, settings: Row, kill: choices.Kill | None, *, whole: bool = False
    ) -> processes.Ended:
        self.runs += 1
        output = self.folder / f"{self.runs}.state"
        logs = (
            self.folder / f"{self.runs}.tap.log",
            self.folder / f"{self.runs}.target.log",
        )
        config = self._write("config.json", self._config(settings))
        target = {
            "project": self.warehouse.project,
            "dataset": self.dataset,
            "api_endpoint": self.warehouse.endpoint,
        }
        arguments = ["--config", config, "--catalog", self._catalog(whole=whole)]
        if self.state.exists():
            arguments += ["--state", str(self.state)]
        counts = self.server._sandbox.stats[self.source.api]
        before = counts.requests
        ended = processes.load(
            self.source.tap,
            arguments,
            ["--config", self._write("target.json", target)],
            output,
            logs,
            kill,
            lambda: counts.requests - before,
        )
        self.most = max(self.most, counts.requests - before)
        # A process that is killed may leave half a line.
        states = output.read_text().splitlines(keepends=True) if output.exists() else []
        states = [line for line in states if line.endswith("\n")]
        if states:
            self.state.write_text(states[-1])
        self.logged += logs[0].read_text() if logs[0].exists() else ""
        return ended

    # --- what the programs are given ---------------------------------------------

    def _config(self, settings: Row) -> Row:
        return {**self.source.access(self.server), **settings}

    def _write(self, name: str, content: Row) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)

    def _catalog(self, *, whole: bool) -> str:
        """Return the file of a catalog that selects every stream."""
        path = self.folder / ("whole.json" if whole else "catalog.json")
        if not path.exists():
            catalog = json.loads(discovered(self.source.tap))
            for stream in catalog["streams"]:
                for entry in stream["metadata"]:
                    if not entry["breadcrumb"]:
                        chosen = stream["tap_stream_id"] in self.streams
                        entry["metadata"]["selected"] = chosen
                if whole and stream["tap_stream_id"] in OMITTED:
                    stream["replication_method"] = "FULL_TABLE"
            path.write_text(json.dumps(catalog))
        return str(path)

    # --- what is compared --------------------------------------------------------

    def _truth(self) -> dict[str, truth.Stream]:
        """Return what a first load gives, held against the sandbox's tables."""
        messages = self.folder / "truth.jsonl"
        config = self._write("last.json", self._config(self.source.last))
        log = self.folder / "truth.log"
        arguments = ["--config", config, "--catalog", self._catalog(whole=False)]
        code = processes.read(self.source.tap, arguments, messages, log)
        assert code == 0, log.read_text()[-2000:]
        found = truth.read_messages(messages)
        for name, keys in self.source.keys(self.server).items():
            lost = keys ^ found[name].rows.keys() if name in found else ()
            assert not lost, f"a first load differs from the source in {name}: {lost}"
        return found

    def _differences(self, wanted: dict[str, truth.Stream]) -> list[truth.Difference]:
        client = bigquery.Client(
            project=self.warehouse.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": self.warehouse.endpoint},
        )
        dataset = f"{self.warehouse.project}.{self.dataset}"
        found = list(truth.differences(client, dataset, wanted))
        client.close()
        return found

    def _ids(self, node_id: str) -> set[Any]:
        """Return a row's IDs: that of GraphQL, and the number if GitHub gives one."""
        row = self.server.world.github.pull_requests.get(node_id)
        return {node_id, int(row["fullDatabaseId"])} if row else {node_id}

    def _reason(
        self, difference: truth.Difference, wanted: dict[str, truth.Stream]
    ) -> str:
        """Return why a list of changes does not show a difference; "" if it does."""
        row = wanted[difference.stream].rows.get(difference.key, {})
        names = [name for name in row if name == "id" or name.endswith("_id")]
        if self.hidden.intersection({*difference.key, *(row[name] for name in names)}):
            return "a list omitted the row"
        if difference.kind == "extra" and difference.stream in WHOLE:
            return "the row was deleted"
        return ""

    def _said(self, difference: truth.Difference) -> bool:
        """Return whether a log line or a README announces a difference.

        GitHub does not tell that a comment of a conversation was deleted.
        """
        found = (difference.stream, difference.kind, difference.key)
        if found in self.untold:
            return True
        if difference.kind in ("missing", "extra", "twice"):
            return False
        return any(
            re.search(rf"\b{re.escape(name)}\b", line)
            for line in self.logged.splitlines()
            if re.search(
                r"Left out |Null for |is not read any more| is null, |U\+FFFD", line
            )
            for name in (
                difference.kind,
                _camel(difference.kind),
                MADE_OF.get(difference.kind, difference.kind),
                "U+FFFD",
            )
        )

    def _check_logs(self, ended: processes.Ended) -> None:
        for log in self.folder.glob(f"{self.runs}.*.log"):
            text = log.read_text()
            assert "Traceback" not in text, (
                f"{log.name} has a traceback:\n{text[-3000:]}"
            )
        codes = {ended.tap, ended.target}
        assert ended.killed or codes <= {0, 1}, f"exit codes {codes}"

    def _last_lines(self) -> str:
        return "\n".join(
            line
            for log in sorted(self.folder.glob(f"{self.runs}.*.log"))
            for line in log.read_text().splitlines()[-3:]
        )


def _camel(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)
