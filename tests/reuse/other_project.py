"""A Meltano project of someone else, and what it uses besides our plugins."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml
from read_yaml import read_yaml

if TYPE_CHECKING:
    from google.cloud import bigquery

    from sandbox.testing import ApiServer

RAW = "acme_linear"
PAGE = 100
THINGS = [
    {
        "id": number,
        "name": f"näme {number}",
        "seen_at": "2026-01-02T03:04:05Z",
        "score": number / 4,
        "tags": [str(number), "x"],
    }
    for number in range(1, 251)
]
THING = {
    # tap-rest-api reads the selection here.
    "selected": True,
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": ["null", "string"]},
        "seen_at": {"type": ["null", "string"], "format": "date-time"},
        "score": {"type": ["null", "number"]},
        "tags": {"type": ["null", "array"], "items": {"type": "string"}},
    },
}


class Things(http.server.BaseHTTPRequestHandler):
    """A REST API with one list, in pages."""

    def do_GET(self) -> None:
        page = int(parse_qs(urlsplit(self.path).query)["page"][0])
        body = json.dumps(THINGS[page * PAGE : (page + 1) * PAGE]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@dataclass
class OtherProject:
    """A Meltano project that has nothing of this one but an address.

    Attributes:
        root: Its folder.
        repository: This repository, as a clone of the last commit.
        bin: The folder with Meltano and dbt.
        server: The sandbox's vendors.
        client: A client of the local BigQuery.
        environment: Variables of every command.
        plugins: The names of our plugins.
        taps: Those of our taps that the sandbox serves.
    """

    root: Path
    repository: Path
    bin: Path
    server: ApiServer
    client: bigquery.Client
    environment: dict[str, str]
    plugins: list[str] = field(default_factory=list)
    taps: list[str] = field(default_factory=list)

    def run(
        self, *command: str | Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program; standard error goes where standard output goes."""
        program, *arguments = command
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.root,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *command: str | Path, **variables: str) -> str:
        """Run a program that must succeed; returns what it printed."""
        done = self.run(*command, **variables)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def install(self, *plugins: str, **variables: str) -> None:
        """Install plugins from what uv has already downloaded, if it has all."""
        command = ("meltano", "install", *plugins)
        if self.run(*command, UV_OFFLINE="1", **variables).returncode:
            self.succeed(*command, **variables)

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Return what target-jsonl wrote for a stream."""
        path = self.root / "output" / f"{stream}.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return [dict(row) for row in self.client.query_and_wait(sql)]


def definition_of(repository: Path, tap: str) -> dict[str, Any]:
    """Return how our own project configures a tap.

    Args:
        repository: Where the project's files are.
        tap: The tap's name.
    """
    text = (repository / "extract/extractors.meltano.yml").read_text("utf-8")
    plugins = yaml.safe_load(text)["plugins"]["extractors"]
    (found,) = [plugin for plugin in plugins if plugin["name"] == tap]
    return dict(found)


def settings_of_the_sandbox(
    repository: Path, tap: str, base_url: str
) -> dict[str, Any]:
    """Return a tap's settings for the sandbox, as our own environment `demo` has them.

    Args:
        repository: Where the project's files are.
        tap: The tap's name.
        base_url: The address of the running sandbox.
    """
    environments = read_yaml(repository / "meltano.yml")
    (demo,) = [e for e in environments["environments"] if e["name"] == "demo"]
    found: dict[str, Any] = {}
    for name, value in definition_of(repository, tap).get("config", {}).items():
        variable = re.fullmatch(r"\$\{(\w+)\}", str(value))
        if variable and variable[1] in demo["env"]:
            found[name] = demo["env"][variable[1]]
    for plugin in demo["config"]["plugins"]["extractors"]:
        if plugin["name"] == tap:
            found |= plugin["config"]
    return {
        name: re.sub(r"http://127\.0\.0\.1:\d+", base_url, value)
        if isinstance(value, str)
        else value
        for name, value in found.items()
    }


def foreign_plugins(root: Path, pins: Path, things_url: str) -> dict[str, Any]:
    """Return the plugins of other people, as their users write them in meltano.yml.

    Args:
        root: The project's folder, which gets the files that the taps read.
        pins: The pinned versions; each plugin takes what it needs from them.
        things_url: The address of the REST API.
    """
    (root / "things.jsonl").write_text(
        "".join(f"{json.dumps(row)}\n" for row in THINGS), "utf-8"
    )
    (root / "schema").mkdir()
    (root / "schema" / "things.json").write_text(json.dumps(THING))
    catalog = {
        "tap_stream_id": "things",
        "stream": "things",
        "key_properties": ["id"],
        "schema": THING,
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    (root / "catalog.json").write_text(json.dumps({"streams": [catalog]}))

    def plugin(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
        namespace = name.replace("-", "_")
        pip_url = f"-r {pins / f'{name}.txt'}"
        return {"name": name, "namespace": namespace, "pip_url": pip_url, **more}

    jsonl = {
        "path": str(root / "things.jsonl"),
        "stream_name": "things",
        "primary_keys": ["id"],
    }
    rest = {
        "url": f"{things_url}?page={{current_page}}",
        "record_list_level": "$[*]",
        "streams": "things",
        "schema": "things",
        "schema_dir": str(root / "schema"),
        "index_key": "id",
        "start_index": 0,
    }
    jsonl_files = {"destination_path": "output", "do_timestamp_file": False}
    with_discovery = ["catalog", "discover", "state"]
    return {
        "extractors": [
            plugin("tap-jsonl", capabilities=with_discovery, config=jsonl),
            plugin(
                "tap-rest-api",
                capabilities=["catalog", "state"],
                catalog="catalog.json",
                config=rest,
            ),
        ],
        "loaders": [plugin("target-jsonl", config=jsonl_files)],
    }


def add_plugins(project: OtherProject, things_url: str) -> None:
    """Add ours from their definitions, and other people's by hand; install all."""
    clone = project.repository
    sources = tomllib.loads((clone / "sources.toml").read_text("utf-8"))
    names = [*(source["tap"] for source in sources.values()), "target-bigquery"]
    project.plugins = names
    for name in names:
        folder = "load" if name.startswith("target-") else "extract"
        definition = clone / folder / name / "definition.json"
        project.succeed(
            "meltano", "add", "--no-install", name, "--from-ref", str(definition)
        )
    project.install(*names)
    file = project.root / "meltano.yml"
    found = read_yaml(file)
    groups = {each["tap"]: each["setting_groups"] for each in sources.values()}
    for plugin in found["plugins"]["extractors"]:
        name = plugin["name"]
        config = settings_of_the_sandbox(clone, name, project.server.base_url)
        if name == "tap-google-health":
            # A first load of all years takes several hundred requests.
            config["start_date"] = f"{datetime.now(UTC) - timedelta(days=14):%Y-%m-%d}"
        plugin["config"] = config
        if any(set(group) <= set(config) for group in groups[name]):
            project.taps.append(name)
    (target,) = found["plugins"]["loaders"]
    # The dbt project reads raw_<stream>.
    target["config"] = {"table_prefix": "raw_"}
    pins = Path(__file__).parent / "requirements"
    others = foreign_plugins(project.root, pins, things_url)
    for kind, plugins in others.items():
        found["plugins"][kind] += plugins
    file.write_text(yaml.safe_dump(found, sort_keys=False), "utf-8")
    added = [plugin["name"] for plugins in others.values() for plugin in plugins]
    pins_only = project.environment.copy()
    del pins_only["UV_CONSTRAINT"]
    project.environment, ours = pins_only, project.environment
    project.install(*added)
    project.environment = ours
