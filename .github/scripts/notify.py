#!/usr/bin/env python3
"""Report a failed run: open or update one issue, and call a webhook if there is one.

`cause FILE` prints the lines of a pipeline's output that say what failed, in the form
of a GitHub step output. `send` reports them. All of its input comes from variables:

GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT
    GitHub sets them for each step.
NOTIFY_TOKEN        a token that may write issues
NOTIFY_JOB          the job that failed, part of the issue's title
NOTIFY_ENVIRONMENT  its environment, part of the issue's title
NOTIFY_CAUSE        the lines that say what failed
NOTIFY_WEBHOOK_URL  optional: receives `{"text": …}`, as Slack and Teams expect

An open issue with the same title receives a comment, so each job has at most one.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import uuid
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "orchestrate"))

from output import cause as cause_of

# What orchestrate/pipeline.py prints about a failure.
CAUSE = re.compile(r"^(?:.+ failed \(exit code \d+\): |pipeline: )")
REQUIRED = [
    "GITHUB_API_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "NOTIFY_ENVIRONMENT",
    "NOTIFY_JOB",
    "NOTIFY_TOKEN",
]
MOST_LINES = 20
# GitHub refuses an issue of more than 65,536 characters, and Linux a variable of more
# than 128 KiB.
LONGEST_LINE = 1000
TIMEOUT_SECONDS = 30
ATTEMPTS = 3
PAUSE_SECONDS = float(os.environ.get("NOTIFY_PAUSE_SECONDS") or 5)
# GitHub's largest page:
# https://docs.github.com/en/rest/issues/issues#list-repository-issues
PAGE_SIZE = 100


class NotifyError(Exception):
    """A report that could not be sent; its text is one line for the user."""


def causes(lines: list[str]) -> list[str]:
    """Return the lines that say what failed.

    Args:
        lines: The output of a run.

    Returns:
        The pipeline's last lines about failures, else the line of a bare `meltano run`
        that names its error, else the last line that is not empty.
    """
    lines = [line.strip() for line in lines if line.strip()]
    found = [line for line in lines if CAUSE.match(line)][-MOST_LINES:]
    if not found:
        cause = cause_of(lines)
        found = [cause] if cause else lines[-1:]
    return [_shortened(line) for line in found]


def _shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]} … ({len(line)} characters)"


def as_output(name: str, value: str) -> str:
    """Write a value of several lines as a GitHub step output.

    Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#multiline-strings

    Args:
        name: The output.
        value: Any text. The delimiter is random, so the text cannot end it.
    """
    delimiter = uuid.uuid4().hex
    return f"{name}<<{delimiter}\n{value}\n{delimiter}"


def request(
    url: str, *, variable: str, token: str = "", body: dict[str, Any] | None = None
) -> Any:  # noqa: ANN401 - JSON
    """Send one HTTP request; GET without a body, POST with one.

    Args:
        url: The address.
        variable: The variable that contains the address; messages name it instead of
            the address, which may be secret.
        token: A bearer token.
        body: What is sent as JSON.

    Returns:
        The parsed response; None if it is not JSON.

    Raises:
        NotifyError: If there is no successful response.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        message = f"{variable} is not an http or https address"
        raise NotifyError(message)
    headers = {"Content-Type": "application/json", "User-Agent": "throughline"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(  # noqa: S310 - the scheme is checked above
            Request(url, data=data, headers=headers),  # noqa: S310
            timeout=TIMEOUT_SECONDS,
        ) as response:
            text = response.read()
    except HTTPError as error:
        with error:
            reason = f"{variable}: HTTP status {error.code}"
        if error.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            reason += "; the token needs the permission `issues: write`"
        raise NotifyError(reason) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        message = f"{variable}: {reason}"
        raise NotifyError(message) from None
    try:
        return json.loads(text)
    except ValueError:
        return None


def report_issue(api: str, token: str, title: str, text: str) -> str:
    """Open an issue, or add a comment to the open issue with the same title.

    Args:
        api: Address of the repository in GitHub's API.
        token: A token that may write issues.
        title: The title that identifies the issue.
        text: The body of the issue or comment, in Markdown.

    Returns:
        What was done, in one line.

    Raises:
        NotifyError: If GitHub does not accept it.
    """
    page = 1
    while True:
        url = f"{api}/issues?state=open&per_page={PAGE_SIZE}&page={page}"
        issues = request(url, variable="GITHUB_API_URL", token=token)
        if not isinstance(issues, list):
            message = "GITHUB_API_URL: the response is not a list of issues"
            raise NotifyError(message)
        for issue in issues:
            # GitHub's list of issues contains the pull requests too.
            if issue.get("title") == title and "pull_request" not in issue:
                url = f"{api}/issues/{issue['number']}/comments"
                body = {"body": text}
                request(url, variable="GITHUB_API_URL", token=token, body=body)
                return f"added a comment to issue {issue['number']}"
        if len(issues) < PAGE_SIZE:
            break
        page += 1
    body = {"title": title, "body": text}
    opened = request(f"{api}/issues", variable="GITHUB_API_URL", token=token, body=body)
    return f"opened issue {(opened or {}).get('number', 'without a number')}"


def attempt(what: str, *arguments: Any) -> bool:  # noqa: ANN401 - of either kind
    """Report to one place, and repeat that after a failure.

    A request whose response was lost may have opened the issue: each attempt looks
    for it again.

    Args:
        what: `issue` or `webhook`.
        arguments: Of `report_issue`, or the address and the text.

    Returns:
        Whether it succeeded.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            if what == "issue":
                print(f"notify: {report_issue(*arguments)}")
            else:
                url, text = arguments
                request(url, variable="NOTIFY_WEBHOOK_URL", body={"text": text})
                print("notify: called the webhook")
        except NotifyError as error:
            print(f"notify: {error} (attempt {number} of {ATTEMPTS})")
            if number < ATTEMPTS:
                time.sleep(PAUSE_SECONDS)
        else:
            return True
    return False


def send(variables: dict[str, str]) -> int:
    """Report a failed run.

    Args:
        variables: The environment; the module's docstring lists what is read.

    Returns:
        The exit code: 0 only if everything was sent.
    """
    if missing := [name for name in REQUIRED if not variables.get(name)]:
        print(f"notify: set {' and '.join(missing)}")
        return 1
    job, environment = variables["NOTIFY_JOB"], variables["NOTIFY_ENVIRONMENT"]
    title = f"The job {job} fails in {environment}"
    repository, run_id = variables["GITHUB_REPOSITORY"], variables["GITHUB_RUN_ID"]
    run = f"{variables['GITHUB_SERVER_URL']}/{repository}/actions/runs/{run_id}"
    tries = variables.get("GITHUB_RUN_ATTEMPT") or "1"
    cause = variables.get("NOTIFY_CAUSE", "").strip()
    cause = cause or "The run ended without a line about its failure."
    # Indented by four spaces: Markdown shows it as it is, whatever it contains.
    quoted = "\n".join(f"    {line}" for line in cause.splitlines())
    text = f"[Run {run_id}, attempt {tries}]({run})\n\n{quoted}\n"
    api = f"{variables['GITHUB_API_URL']}/repos/{repository}"
    sent = [attempt("issue", api, variables["NOTIFY_TOKEN"], title, text)]
    if webhook := variables.get("NOTIFY_WEBHOOK_URL"):
        sent.append(attempt("webhook", webhook, f"{title}: {run}\n{cause}"))
    return 0 if all(sent) else 1


def main() -> int:
    """Do what the arguments name; returns the exit code."""
    match sys.argv[1:]:
        case ["send"]:
            return send(dict(os.environ))
        case ["cause", name]:
            path = Path(name)
            text = path.read_text("utf-8", "replace") if path.is_file() else ""
            print(as_output("cause", "\n".join(causes(text.splitlines()))))
            return 0
    print("usage: notify.py send | notify.py cause FILE")
    return 2


if __name__ == "__main__":
    sys.exit(main())
