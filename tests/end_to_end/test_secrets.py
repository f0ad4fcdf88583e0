"""However a run fails, its secrets are in nothing that it leaves or shows."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from vault import RefusingServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Checkout
    from vault import Vault

# Each is recognized by its middle, also where only a part of it is shown.
MARKS = ["cAnArYLinear", "cAnArYGitHub", "cAnArYWarehouse", "cAnArYVault"]
SECRETS = {
    "LINEAR_API_KEY": f"lin_api_{MARKS[0]}0123456789",
    "GITHUB_TOKEN": f"ghp_{MARKS[1]}0123456789",
    "TARGET_BIGQUERY_API_TOKEN": f"token-{MARKS[2]}-0123456789",
    "DBT_BIGQUERY_API_TOKEN": f"token-{MARKS[2]}-0123456789",
}
# A JSON web token, as every provider of OpenID Connect gives out.
SUBJECT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjQW5BclkifQ.c2lnbmVk"
SECONDS = 300
NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port
# The killed run looks alive to Meltano for five minutes.
LOAD = (".venv/bin/meltano", "run", "--force", "tap-linear", "target-bigquery")
NO_KEYS = {"LINEAR_API_KEY": "", "GITHUB_TOKEN": "", "SECRETS": "gcp://acme-data"}
GOOGLE = {"TARGET_BIGQUERY_API_ENDPOINT": "", "TARGET_BIGQUERY_API_TOKEN": ""}
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="reads the process list in /proc"
)


class Failure(NamedTuple):
    """A kind of failure.

    Attributes:
        name: What fails.
        command: What a user runs.
        expected: What its output contains.
        variables: What causes it. Words in braces are addresses and files of the test.
        hangs: Whether Linear hangs until the run is killed.
    """

    name: str
    command: tuple[str, ...]
    expected: str
    variables: dict[str, str]
    hangs: bool = False


FAILURES = (
    Failure("a refused key", ("make", "sync"), "refused the credential|refuses", {}),
    Failure(
        "a warehouse that is gone",
        ("make", "sync-linear"),
        r"127\.0\.0\.1:9",
        {"TARGET_BIGQUERY_API_ENDPOINT": NOWHERE},
    ),
    Failure(
        "a killed run with an API that hangs",
        ("make", "sync-linear"),
        "",
        {},
        hangs=True,
    ),
    Failure(
        "a warehouse that refuses the token and repeats it",
        LOAD,
        "BigQuery refused",
        {"TARGET_BIGQUERY_API_ENDPOINT": "{refusing}"},
    ),
    Failure(
        "a key that is not JSON",
        LOAD,
        "BIGQUERY_CREDENTIALS_JSON cannot be used",
        {**GOOGLE, "BIGQUERY_CREDENTIALS_JSON": f'{{"private_key": "{MARKS[2]}'},
    ),
    Failure(
        "a service account that Google refuses",
        LOAD,
        "BIGQUERY_CREDENTIALS_JSON",
        {**GOOGLE, "BIGQUERY_CREDENTIALS_JSON": "{key}"},
    ),
    Failure(
        "workload identity that Google refuses",
        LOAD,
        "application default credentials",
        {**GOOGLE, "GOOGLE_APPLICATION_CREDENTIALS": "{federated}"},
    ),
    Failure(
        "a secret that Secret Manager refuses",
        ("make", "sync-linear"),
        "Secret Manager refuses secret GITHUB_TOKEN",
        {**NO_KEYS, "SECRETS_ENDPOINT": "{vault}"},
    ),
    Failure(
        "a key of Secret Manager that Linear refuses",
        ("make", "sync-linear"),
        "refused the credential|refuses",
        {**NO_KEYS, "SECRETS_ENDPOINT": "{vault}", "GITHUB_TOKEN": "ghp_x"},
    ),
    Failure(
        "a crash with a traceback",
        LOAD,
        "ValueError: Unable to configure",
        {"SINGER_SDK_LOG_CONFIG": "{broken}"},
    ),
    Failure(
        "a build whose warehouse refuses the token and repeats it",
        ("make", "dbt-run"),
        "refuses|PERMISSION_DENIED|403",
        {"DBT_BIGQUERY_API_ENDPOINT": "{refusing}"},
    ),
)


@pytest.fixture
def given(vault: Vault, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Addresses and files that a failure's variables name."""
    vault.secrets = {
        "LINEAR_API_KEY": f"lin_api_{MARKS[3]}0123456789",
        "GITHUB_TOKEN": None,
    }
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    with RefusingServer() as refusing:
        thread = threading.Thread(target=refusing.serve_forever)
        thread.start()
        account = {
            "type": "service_account",
            "client_email": "throughline@acme-data.iam.gserviceaccount.com",
            "private_key": key,
            "token_uri": refusing.url,
        }
        subject, federated = tmp_path / "subject", tmp_path / "federated.json"
        subject.write_text(SUBJECT)
        pool = "//iam.googleapis.com/locations/global/workforcePools/a/providers/b"
        external = {
            "type": "external_account",
            "audience": pool,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": refusing.url,
            "credential_source": {"file": str(subject)},
        }
        federated.write_text(json.dumps(external))
        broken = tmp_path / "log.yaml"
        broken.write_text("{version: 1, handlers: {a: {class: no.such.Handler}}}")
        yield {
            "{refusing}": refusing.url,
            "{vault}": f"http://127.0.0.1:{vault.server_port}",
            "{key}": json.dumps(account),
            "{federated}": str(federated),
            "{broken}": str(broken),
            # The middle of the key, and the signed part of the token.
            "marks": " ".join([key.splitlines()[12], SUBJECT.split(".")[1]]),
        }
        refusing.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def checkout(
    new_checkout: Callable[[], Checkout], tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """A checkout whose logs, state and temporary files are in folders of its own."""
    made = new_checkout()
    made.environment |= {
        **SECRETS,
        "BIGQUERY_PROJECT": "throughline-local",
        "DEV_PREFIX": "ada",
        "ENVIRONMENT": "dev",
        "MELTANO_ENVIRONMENT": "dev",
        "GITHUB_ORGANIZATIONS": "lanternworks",
        "TMPDIR": str(tmp_path_factory.mktemp("temporary")),
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
    }
    return made


def command_lines() -> dict[str, str]:
    """The process list that every user of the machine can read."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[f"process {path.parent.name}"] = path.read_text(errors="replace")
    return found


def files(checkout: Checkout) -> dict[str, str]:
    """Every file that a run can have written: the state, logs and caches among them."""
    folders = [checkout.root]
    folders += [
        Path(checkout.environment[name]) for name in ("TMPDIR", "XDG_STATE_HOME")
    ]
    return {
        str(path): path.read_bytes().decode(errors="replace")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        # The tests that were copied with the checkout contain the secrets of tests.
        and checkout.root / "tests" not in path.parents
    }


def run(
    checkout: Checkout, failure: Failure, variables: dict[str, str]
) -> dict[str, str]:
    """Run a command until it fails; returns everything that shows what it did."""
    shown: dict[str, str] = {}
    checkout.server.forget_stats()
    with subprocess.Popen(
        failure.command,
        cwd=checkout.root,
        env={**checkout.environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + SECONDS
        if failure.hangs:
            while not checkout.server.stats()["linear"]["requests"]:
                assert time.monotonic() < deadline
                shown |= command_lines()
                time.sleep(0.2)
            for path in Path("/proc").glob("[0-9]*/cwd"):
                with contextlib.suppress(OSError):
                    if path.resolve(strict=True).is_relative_to(checkout.root):
                        os.kill(int(path.parent.name), signal.SIGKILL)
        shown |= command_lines()
        shown["output"], _ = process.communicate(timeout=SECONDS)
        assert process.returncode != 0
    if failure.hangs:
        # The next run removes the settings that Meltano could not remove.
        tidied = checkout.shell("make install")
        shown["output of the next run"] = tidied.stdout
    return shown | files(checkout)


def places_with_secrets(shown: dict[str, str], marks: list[str]) -> list[str]:
    return [name for name, text in shown.items() if any(mark in text for mark in marks)]


@pytest.mark.parametrize("failure", FAILURES, ids=[each.name for each in FAILURES])
def test_no_secret_is_in_an_output_a_file_the_state_or_the_process_list(
    failure: Failure, checkout: Checkout, given: dict[str, str]
) -> None:
    marks = [*MARKS, *given["marks"].split()]
    if failure.hangs:
        checkout.server.fault("latency", "linear", count=0, seconds=5)
    variables = {
        name: given.get(value, value) for name, value in failure.variables.items()
    }
    try:
        shown = run(checkout, failure, variables)
    finally:
        checkout.server.clear_faults()
    assert re.search(failure.expected, shown["output"]), shown["output"][-3000:]
    searched = {Path(name).name for name in shown}
    assert searched >= {"output", "meltano.db"}
    assert any(name.startswith("process ") for name in shown)
    # What was searched: shown by `pytest -rP`.
    of_processes = [name for name in shown if name.startswith("process ")]
    print(f"{failure.name}: {len(of_processes)} command lines of processes, and")  # noqa: T201
    for name in sorted(shown.keys() - set(of_processes)):
        print(f"  {name}, {len(shown[name]):,} characters")  # noqa: T201
    assert places_with_secrets(shown, marks) == []
    for mark in marks:
        assert places_with_secrets({"control": f"-{mark}-"}, marks) == ["control"]
