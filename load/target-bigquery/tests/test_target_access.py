"""What is wrong is found before the first line, and named by the user's variable."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import io
import json
from base64 import encodebytes
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from click.testing import CliRunner
from commands import command
from google.cloud import bigquery

from target_bigquery.errors import SettingsError
from target_bigquery.settings import Settings
from target_bigquery.target import TargetBigQuery
from target_bigquery.warehouse.credentials import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from breaking_proxy import Fault, Proxy
    from conftest import Load, Tap, Warehouse

NAMES = (
    "project=BIGQUERY_PROJECT dataset=LINEAR_DATASET location=BIGQUERY_LOCATION "
    "credentials_path=BIGQUERY_CREDENTIALS_PATH "
    "credentials_json=BIGQUERY_CREDENTIALS_JSON"
)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_BIGQUERY_VARIABLES", NAMES)


class Unread(io.StringIO):
    """A tap's output that must not be read."""

    def __next__(self) -> NoReturn:
        pytest.fail("the target read a line before it was sure")


def _refused(config: dict[str, Any]) -> Any:
    """Return the lines of the problems; no line of the tap was read."""
    target = None
    try:
        with pytest.raises(SettingsError) as caught:  # noqa: PT012 - either may raise
            target = TargetBigQuery(config=config)
            target.listen(Unread("{}\n"))
    finally:
        if target:
            target.abort()
    return caught.value.lines


@pytest.mark.usefixtures("named")
def test_each_problem_is_one_line_with_the_name_of_the_variable() -> None:
    lines = _refused({"project": "", "location": 3, "timeout": "soon"})
    assert len(lines) == 4
    assert lines[0].startswith("BIGQUERY_PROJECT is not set")
    assert lines[1].startswith("LINEAR_DATASET is not set")
    assert lines[2] == "BIGQUERY_LOCATION is 3: it must be a text."
    assert lines[3] == "Setting 'timeout' is 'soon': it must be a number."


def test_a_stream_map_of_the_wrong_type_is_one_line() -> None:
    maps = {"s": 5}
    (line,) = _refused({"project": "p", "dataset": "d", "stream_maps": maps})
    assert line == "Setting 'stream_maps'['s'] is 5: it must be a JSON object."


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("name", ["_linear", " _linear", "ada-b_linear", "ada linear"])
def test_a_dataset_that_bigquery_hides_or_rejects_is_refused(name: str) -> None:
    (line,) = _refused({"project": "p", "dataset": name})
    assert line == (
        f"LINEAR_DATASET is {name!r}: it must be letters, digits and underscores that "
        "do not begin with an underscore."
    )


@pytest.mark.usefixtures("named")
def test_a_dataset_in_another_location_is_one_line_with_both_locations(
    config: dict[str, Any], warehouse: Warehouse, dataset: str
) -> None:
    there = bigquery.Dataset(f"throughline-test.{dataset}")
    there.location = "EU"
    warehouse.client.create_dataset(there)
    (line,) = _refused(config)
    assert line == (
        f"Dataset 'throughline-test.{dataset}' is in location EU, but "
        "BIGQUERY_LOCATION is US: set it to EU, or name another dataset in "
        "LINEAR_DATASET."
    )


def test_a_location_is_the_same_in_any_case(
    load: Load, tap: Tap, warehouse: Warehouse, dataset: str
) -> None:
    there = bigquery.Dataset(f"throughline-test.{dataset}")
    there.location = "EU"
    warehouse.client.create_dataset(there)
    assert load(tap.state({"n": 1}), location="eu") == [{"n": 1}]


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"credentials_path": "/nowhere.json"}, "BIGQUERY_CREDENTIALS_PATH (/nowhere"),
        ({"credentials_json": '{"type": "x"}'}, "BIGQUERY_CREDENTIALS_JSON cannot be"),
    ],
)
def test_credentials_that_are_none_are_named_by_their_variable(
    setting: dict[str, str], name: str
) -> None:
    (line,) = _refused({"project": "p", "dataset": "d", **setting})
    assert line.startswith(name)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("dry run", ["Job User", "BIGQUERY_PROJECT", "BIGQUERY_LOCATION"]),
        ("dataset get", ["Data Editor", "BIGQUERY_PROJECT", "LINEAR_DATASET"]),
        ("dataset insert", ["Data Editor", "BIGQUERY_PROJECT", "LINEAR_DATASET"]),
    ],
)
def test_a_right_that_is_missing_is_named_before_the_first_line(
    config: dict[str, Any], proxy: Proxy, fault: type[Fault], call: str, wanted: Any
) -> None:
    proxy.faults = [fault(call, (403, "accessDenied"), times=100)]
    (line,) = _refused({**config, "api_endpoint": proxy.url})
    assert "accessDenied: as the test wants it" in line
    for text in wanted:
        assert text in line


def _command(*arguments: Any, **environment: Any) -> Any:
    return command("target-bigquery", *arguments, **environment)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such file"),
        ("{", "it is not a JSON object"),
        ("[1]", "it is not a JSON object"),
        ("\xff", "it is not a JSON object"),
    ],
)
def test_a_configuration_file_that_is_none_ends_in_one_line(
    tmp_path: Path, content: Any, reason: str
) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content, "latin-1")
    done = _command("--config", str(path))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith(f"Configuration file '{path}' cannot be read: {reason}.")


def test_every_setting_can_be_an_environment_variable(config: dict[str, Any]) -> None:
    texts = {
        "project": config["project"],
        "dataset": config["dataset"],
        "api_endpoint": config["api_endpoint"],
        "timeout": "60",
        "max_batch_age": "0.5",
        "batch_size_rows": "10",
        "hard_delete": "true",
        "labels": '{"team": "data"}',
        "location": "",
    }
    variables = {f"TARGET_BIGQUERY_{k.upper()}": v for k, v in texts.items()}
    done = _command("--config", "ENV", **variables)
    assert done.returncode == 0, done.stderr
    # Meltano hands the texts over as they are.
    settings = Settings.from_config(texts)
    assert (settings.timeout, settings.max_batch_age) == (60.0, 0.5)
    assert (settings.batch_size_rows, settings.hard_delete) == (10, True)
    assert (settings.labels, settings.location) == ({"team": "data"}, "US")


@pytest.mark.parametrize(
    ("variable", "text"),
    [("TIMEOUT", "soon"), ("BATCH_SIZE_ROWS", "many"), ("LABELS", "{")],
)
def test_a_variable_of_the_wrong_type_ends_in_one_line(
    variable: str, text: str
) -> None:
    variables = {f"TARGET_BIGQUERY_{variable}": text}
    variables |= {"TARGET_BIGQUERY_PROJECT": "p", "TARGET_BIGQUERY_DATASET": "d"}
    done = _command("--config", "ENV", **variables)
    assert done.returncode == 1
    assert f"Setting '{variable.lower()}' is '{text}': it must be" in done.stderr
    assert "Traceback" not in done.stderr


KEY = {"type": "service_account", "private_key": "-----BEGIN-----\nabc\n"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(KEY),
        f"\n {json.dumps(KEY, indent=2)}\n\n",
        f"\ufeff{json.dumps(KEY)}",
        json.dumps(json.dumps(KEY)),
        json.dumps({**KEY, "private_key": KEY["private_key"].replace("\n", "\\n")}),
        json.dumps(KEY).replace("\\n", "\n"),
        encodebytes(json.dumps({**KEY, "more": "x" * 200}).encode()).decode(),
        encodebytes(f"{json.dumps(KEY)}\n".encode()).decode().replace("\n", "\r\n"),
    ],
    ids=[
        "as it is",
        "indented, line breaks around",
        "byte order mark",
        "a JSON string",
        "line breaks escaped twice",
        "line breaks not escaped",
        "wrapped base64",
        "base64 from Windows",
    ],
)
def test_a_key_is_taken_as_people_paste_it(text: str) -> None:
    assert key_of(text)["private_key"] == KEY["private_key"]


def test_a_check_reads_no_message_and_names_what_is_ready(
    config: dict[str, Any], tmp_path: Path
) -> None:
    done = _check(config, tmp_path)
    assert done.exit_code == 0, done.output
    assert f"queries run in project {config['project']}" in done.stdout
    assert f"dataset {config['dataset']} exists" in done.stdout


def test_a_check_of_wrong_settings_fails(
    config: dict[str, Any], tmp_path: Path
) -> None:
    done = _check(config | {"dataset": "_hidden"}, tmp_path)
    assert done.exit_code == 1
    assert not done.stdout


def _check(config: dict[str, Any], folder: Path) -> Any:
    file = folder / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return CliRunner().invoke(TargetBigQuery.cli, ["--config", str(file), "--check"])
