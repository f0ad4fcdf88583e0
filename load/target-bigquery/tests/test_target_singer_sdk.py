"""The Singer SDK's own tests for targets, and its command line."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner

from target_bigquery.settings import Settings
from target_bigquery.target import TargetBigQuery
from target_bigquery.warehouse.credentials import credentials_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Tap, Warehouse


class TestSingerSdk(get_target_test_class(TargetBigQuery)):  # type: ignore[misc]  # made at run time
    """Every test of the SDK's target suite."""

    @pytest.fixture
    def runner(self, config: dict[str, Any], warehouse: Warehouse) -> Any:
        settings = {key: config[key] for key in ("project", "dataset", "timeout")}
        settings["api_endpoint"] = warehouse.url
        return TargetTestRunner(target_class=TargetBigQuery, config=settings)

    @pytest.fixture
    def config(self, dataset: str) -> Any:
        return {"project": "throughline-test", "dataset": dataset, "timeout": 20}


def test_the_suite_is_whole() -> None:
    names = {name for name in dir(TestSingerSdk) if name.startswith("test_target_")}
    assert len(names) >= 16


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"project": ""}, "Setting 'project' is not set: name the"),
        ({"dataset": ""}, "Setting 'dataset' is not set"),
        ({"load_method": "merge"}, "'merge': it must be upsert or append-only"),
        ({"credentials_json": "{"}, "Setting 'credentials_json' cannot be used"),
        ({"credentials_json": "bm8gand0"}, "Setting 'credentials_json' cannot be used"),
        (
            {"credentials_path": "/nowhere.json"},
            "Setting 'credentials_path' (/nowhere.json) cannot be used",
        ),
        ({"api_endpoint": "http://127.0.0.1:9"}, "BigQuery does not respond at http"),
    ],
)
def test_a_wrong_setting_ends_in_one_line(
    tmp_path: Path,
    tap: Tap,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, Any],
    message: str,
) -> None:
    tap.schema("s", {"id": {"type": "integer"}}).record("s", {"id": 1})
    given = {"project": "p", "dataset": "d", "timeout": 1, **settings}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(given))
    caplog.clear()
    result = CliRunner().invoke(
        TargetBigQuery.cli, ["--config", str(path)], input=tap.text
    )
    assert result.exit_code == 1
    assert message in caplog.text
    assert "Traceback" not in caplog.text + result.output
    secret = settings.get("credentials_json")
    assert secret is None or secret not in caplog.text.replace("{}", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "The tap wrote a line that is not a JSON object: 'not json'"),
        ("[]", "The tap wrote a line that is not a JSON object"),
        ('{"type":"WHAT"}', "The tap wrote a message of unknown type"),
        ('{"type":"RECORD","stream":"x","record":{}}', "came before its SCHEMA"),
        ('{"type":"ACTIVATE_VERSION","stream":"x","version":1}', "came before its"),
        ('{"type":"BATCH","stream":"x"}', "sends BATCH files, which this target does"),
        ('{"type":"SCHEMA","stream":"x"}', "Line is missing required schema key(s)"),
        ('{"type":"SCHEMA","stream":"x","schema":null}', "'x': its schema has no prop"),
        ('{"type":"SCHEMA","stream":"x","schema":[]}', "'x': its schema has no prop"),
        ('{"type":"SCHEMA","stream":"x","schema":{}}', "'x': its schema has no prop"),
        (
            '{"type":"SCHEMA","stream":"x","schema":{"properties":[]}}',
            "'x': its schema has no properties",
        ),
        (
            '{"type":"SCHEMA","stream":5,"schema":{"properties":{}}}',
            "A SCHEMA names its stream 5, which is not a text",
        ),
        (
            '{"type":"SCHEMA","stream":null,"schema":{"properties":{}}}',
            "A SCHEMA names its stream None, which is not a text",
        ),
        (
            '{"type":"RECORD","stream":["a"],"record":{"a":1}}',
            "A RECORD names its stream ['a'], which is not a text",
        ),
        ('{"type":"RECORD","record":{}}', "A RECORD names its stream None, which is"),
        ('{"type":"ACTIVATE_VERSION","stream":{},"version":1}', "names its stream {}"),
        (
            '{"type":"ACTIVATE_VERSION","stream":"x","version":9223372036854775808}',
            "version 9223372036854775808, which is not an integer of 64 bits",
        ),
        ('{"type":"ACTIVATE_VERSION","stream":"x","version":true}', "version True, wh"),
        (
            '{"type":"SCHEMA","stream":"x","schema":{"properties":{}},"key_properties":"id"}',
            "'x' has 'id' as key_properties, which is not a list of names",
        ),
        (
            '{"type":"SCHEMA","stream":"x","schema":{"properties":{}},"key_properties":["id"]}',
            "key 'id' is not in the stream's schema",
        ),
    ],
)
def test_a_tap_that_breaks_the_protocol_ends_the_load_in_one_line(
    tmp_path: Path,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    line: str,
    message: str,
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    result = CliRunner().invoke(
        TargetBigQuery.cli, ["--config", str(path)], input=f"{line}\n"
    )
    assert result.exit_code == 1
    assert message in caplog.text
    assert "Traceback" not in caplog.text


@pytest.fixture(scope="module")
def service_account_key() -> Any:
    """A key made for this run; nobody else knows it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "loader@example.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
            "private_key": pem.decode(),
        }
    )


def test_a_key_given_as_an_object_is_taken_and_not_shown(
    service_account_key: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key = json.loads(service_account_key)
    config = {"project": "p", "dataset": "d", "credentials_json": key}
    target = TargetBigQuery(config=config)
    assert credentials_of(target.settings).service_account_email.startswith("loader@")
    target.wakeup.close()
    assert "PRIVATE" not in caplog.text


@pytest.mark.parametrize("form", ["path", "json", "base64"])
def test_a_service_accounts_key_is_taken_in_each_form(
    tmp_path: Path, service_account_key: Any, form: Any
) -> None:
    path = tmp_path / "key.json"
    path.write_text(service_account_key)
    given = {
        "path": {"credentials_path": str(path)},
        "json": {"credentials_json": service_account_key},
        "base64": {
            "credentials_json": b64encode(service_account_key.encode()).decode()
        },
    }[form]
    settings = Settings.from_config({"project": "p", "dataset": "d", **given})
    credentials = credentials_of(settings)
    assert credentials.service_account_email.startswith("loader@")
    assert "PRIVATE" not in repr(settings)
