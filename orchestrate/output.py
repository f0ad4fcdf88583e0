"""What a run prints: its lines, and the one that names the cause of a failure."""

from __future__ import annotations

import os
import re
import sys

# A line of Meltano's log: time, level, plugin, message.
LINE = re.compile(r"^\S+Z? \[(?P<level>\w+) *\] (?P<plugin>\S+) +(?P<message>.*)$")
SEVERE = {"error", "critical"}
# What Meltano says about every failure, whatever its cause.
GENERAL = {"Block run completed", "Run completed"}
# Codes that color a terminal: https://ecma-international.org/publications-and-standards/standards/ecma-48/
COLORS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# dbt begins each of its lines with the time.
TIME = re.compile(r"^\d\d:\d\d:\d\d +")
# dbt's headings of what failed: "Failure in test unique_x (models/x.yml)",
# "Database Error in model fct_x (models/fct_x.sql)".
FAILED = re.compile(r"^(?:Failure|(?:\w+ )?Error) in (?P<what>\w+ \w+)(?: \(|$)")
SHOWN_FAILURES = 5


def say(line: str) -> None:
    """Print a line at once.

    A reader that has gone away, a closed terminal or a full disk is no error: the
    work continues without being printed.

    Args:
        line: The line without its end.
    """
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def cause(lines: list[str]) -> str:
    """Find what a failed run says about its error.

    Args:
        lines: What Meltano printed.

    Returns:
        A plugin's last error, else dbt's, else Meltano's; empty if there is none.
    """
    plugin, meltano = "", ""
    of_dbt = []
    for line in lines:
        found = LINE.match(COLORS.sub("", line))
        if not found:
            continue
        level, name, message = found["level"], found["plugin"], found["message"]
        if name == "meltano":
            if level in SEVERE and message not in GENERAL:
                meltano = message
        elif message.startswith("Error: "):
            plugin = f"{name}: {message[len('Error: ') :]}"
        elif name.startswith("dbt"):
            of_dbt.append(TIME.sub("", message).strip())
        elif level in SEVERE:
            plugin = f"{name}: {message}"
    return plugin or _cause_of_dbt(of_dbt) or meltano


def _cause_of_dbt(messages: list[str]) -> str:
    """Return dbt's own error, or the steps that failed and its counts."""
    for number, message in enumerate(messages):
        if "Encountered an error" in message:
            return " ".join(filter(None, messages[number + 1 :]))
    failed = [found["what"] for each in messages if (found := FAILED.match(each))]
    failed = list(dict.fromkeys(failed))
    if len(failed) > SHOWN_FAILURES:
        failed[SHOWN_FAILURES:] = [f"{len(failed) - SHOWN_FAILURES} more"]
    done = [each for each in messages if each.startswith("Done. PASS=")]
    return ": ".join(filter(None, [", ".join(failed), *done[-1:]]))
