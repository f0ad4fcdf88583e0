"""A failed run opens one issue, later failures update it, and a webhook is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).resolve().parents[2] / ".github" / "scripts" / "notify.py"
TOKEN = "ghs_recognizable"  # noqa: S105 - a made-up token
HOOK_PATH = "/hooks/recognizable"
TITLE = "The job nightly fails in prod"


class Tracker(ThreadingHTTPServer):
    """A repository's issues, as GitHub's API serves them, and a webhook.

    Attributes:
        issues: Each open issue, the newest first.
        comments: The bodies of the comments, by the number of the issue.
        calls: What the webhook received.
        failures: How many of the next requests fail with status 502.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[int, list[str]] = {}
        self.calls: list[dict[str, str]] = []
        self.failures = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def open(self, title: str, **fields: Any) -> int:  # noqa: ANN401
        number = len(self.issues) + 1
        self.issues.insert(0, {"number": number, "title": title, **fields})
        return number


class Handler(BaseHTTPRequestHandler):
    server: Tracker

    def reply(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refused(self) -> bool:
        if self.server.failures:
            self.server.failures -= 1
            self.reply(502, {})
            return True
        if self.path.startswith("/repos") and (
            self.headers["Authorization"] != f"Bearer {TOKEN}"
        ):
            self.reply(401, {"message": "Bad credentials"})
            return True
        return False

    def do_GET(self) -> None:
        if self.refused():
            return
        query = parse_qs(urlsplit(self.path).query)
        assert query["state"] == ["open"]
        size, page = int(query["per_page"][0]), int(query["page"][0])
        self.reply(200, self.server.issues[(page - 1) * size : page * size])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.refused():
            return
        if self.path == HOOK_PATH:
            self.server.calls.append(body)
            self.reply(200, "ok")
        elif self.path.endswith("/comments"):
            number = int(self.path.split("/")[-2])
            self.server.comments.setdefault(number, []).append(body["body"])
            self.reply(201, {})
        else:
            number = self.server.open(body["title"], body=body["body"])
            self.reply(201, {"number": number})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    with Tracker() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def notify(tracker: Tracker, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_API_URL": tracker.url,
        "GITHUB_REPOSITORY": "acme/throughline",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SERVER_URL": "https://github.example",
        "NOTIFY_CAUSE": "Linear: the sync failed (exit code 1): the key is wrong",
        "NOTIFY_ENVIRONMENT": "prod",
        "NOTIFY_JOB": "nightly",
        "NOTIFY_PAUSE_SECONDS": "0.01",
        "NOTIFY_TOKEN": TOKEN,
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-S", SCRIPT, "send"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_first_failure_opens_an_issue_that_says_why_and_where(
    tracker: Tracker,
) -> None:
    done = notify(tracker)
    assert (done.returncode, done.stdout) == (0, "notify: opened issue 1\n")
    (issue,) = tracker.issues
    assert issue["title"] == TITLE
    assert "the key is wrong" in issue["body"]
    assert "https://github.example/acme/throughline/actions/runs/77" in issue["body"]


def test_the_next_failure_of_the_same_job_adds_a_comment_to_the_open_issue(
    tracker: Tracker,
) -> None:
    notify(tracker)
    done = notify(tracker, GITHUB_RUN_ID="78")
    assert done.stdout == "notify: added a comment to issue 1\n"
    assert len(tracker.issues) == 1
    assert "/actions/runs/78" in tracker.comments[1][0]


def test_another_job_or_environment_has_an_issue_of_its_own(tracker: Tracker) -> None:
    notify(tracker)
    notify(tracker, NOTIFY_JOB="weekly-reconcile")
    notify(tracker, NOTIFY_ENVIRONMENT="staging")
    assert len({issue["title"] for issue in tracker.issues}) == 3


def test_the_issue_is_found_behind_a_hundred_others_and_is_no_pull_request(
    tracker: Tracker,
) -> None:
    number = tracker.open(TITLE)
    for each in range(150):
        tracker.open(f"Another {each}")
    tracker.open(TITLE, pull_request={})
    done = notify(tracker)
    assert done.stdout == f"notify: added a comment to issue {number}\n"


def test_a_failed_attempt_is_logged_and_repeated(tracker: Tracker) -> None:
    tracker.failures = 2
    done = notify(tracker)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "notify: GITHUB_API_URL: HTTP status 502 (attempt 1 of 3)",
        "notify: GITHUB_API_URL: HTTP status 502 (attempt 2 of 3)",
        "notify: opened issue 1",
    ]


def test_the_webhook_receives_the_failure_and_its_address_is_never_printed(
    tracker: Tracker,
) -> None:
    done = notify(tracker, NOTIFY_WEBHOOK_URL=f"{tracker.url}{HOOK_PATH}")
    assert done.returncode == 0
    assert TITLE in tracker.calls[0]["text"]
    assert "the key is wrong" in tracker.calls[0]["text"]
    for wrong in (
        "recognizable",
        "ftp://h/recognizable",
        f"{tracker.url}1/recognizable",
    ):
        done = notify(tracker, NOTIFY_WEBHOOK_URL=wrong)
        assert done.returncode == 1
        assert "NOTIFY_WEBHOOK_URL" in done.stdout
        assert "recognizable" not in done.stdout
        assert "Traceback" not in done.stdout


def test_a_webhook_is_called_although_the_issue_was_refused(tracker: Tracker) -> None:
    webhook = f"{tracker.url}{HOOK_PATH}"
    wrong = {"NOTIFY_TOKEN": "wrong"}
    done = notify(tracker, **wrong, NOTIFY_WEBHOOK_URL=webhook)
    assert done.returncode == 1
    assert "the token needs the permission `issues: write`" in done.stdout
    assert len(tracker.calls) == 1


def test_a_missing_variable_is_named(tracker: Tracker) -> None:
    done = notify(tracker, NOTIFY_TOKEN="", GITHUB_RUN_ID="")
    assert done.returncode == 1
    assert done.stdout == "notify: set GITHUB_RUN_ID and NOTIFY_TOKEN\n"


def test_the_cause_of_a_failure_is_found_among_the_lines_of_a_run(
    tmp_path: Path,
) -> None:
    log = tmp_path / "pipeline.log"
    for lines, expected in {
        (
            "2026-01-01T00:00:00Z [info ] tap-linear 3 of 9",
            "Linear: the sync failed (exit code 1): LINEAR_API_KEY is wrong",
            "make: *** [Makefile:99: run] Error 1",
        ): ["Linear: the sync failed (exit code 1): LINEAR_API_KEY is wrong"],
        ("pipeline: no source is configured: set LINEAR_API_KEY",): [
            "pipeline: no source is configured: set LINEAR_API_KEY"
        ],
        (
            "2026-01-01T00:00:00Z [info ] tap-linear Error: LINEAR_API_KEY is wrong",
            "2026-01-01T00:00:00.2Z [error    ] meltano      Extractor failed",
            "2026-01-01T00:00:00.3Z [info     ] meltano      Run completed",
        ): ["tap-linear: LINEAR_API_KEY is wrong"],
        ("Installing", "No space left on device", ""): ["No space left on device"],
        (): [""],
    }.items():
        log.write_text("\n".join(lines))
        done = subprocess.run(
            [sys.executable, "-S", SCRIPT, "cause", log],
            capture_output=True,
            text=True,
            check=True,
        )
        first, *found, last = done.stdout.splitlines()
        assert first == f"cause<<{last}"
        assert found == expected


def test_an_endless_line_is_shortened_so_that_github_accepts_the_report(
    tmp_path: Path,
) -> None:
    log = tmp_path / "pipeline.log"
    beginning = "Models: the build failed (exit code 1): "
    log.write_text(f"{beginning}{'x' * 200_000}\n" * 30)
    done = subprocess.run(
        [sys.executable, "-S", SCRIPT, "cause", log],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout) < 65_536
    _, *found, _ = done.stdout.splitlines()
    assert len(found) == 20
    assert all(line.startswith(f"{beginning}xxx") for line in found)
    assert all(line.endswith("x … (200040 characters)") for line in found)
