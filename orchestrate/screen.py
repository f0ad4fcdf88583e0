"""What a run prints: every line, or about twenty with the rest in a log file."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from output import COLORS, LINE, SEVERE, TIME, say

PROGRESS_SECONDS = 10.0
MOST_PROBLEMS = 10
# A tap's progress: "issues: 2,100 of 2,465 · 105 requests · 2,512,490 points left".
OF_A_TAP = re.compile(r"^[a-z_]+: [\d,]+ .*· [\d,]+ requests")
# The target's last lines: "Stream 'users': 26 rows read, 26 rows changed in …".
OF_THE_TARGET = re.compile(r"^Stream '\w+': ([\d,]+) rows read")
# dbt's: "120 of 265 OK created sql table model analytics.fct_issues".
OF_DBT = re.compile(r"^(\d+ of \d+) \w+")
DBT_RESULT = re.compile(r"^Done\. (.+)$")
# The page's: "output/page.html: 13 of 13 views, 1.10 MB, 4.6 s".
PAGE_RESULT = re.compile(r"^\S.*: (\d+ of \d+ views, [\d.]+ MB)")


class Screen:
    """Shows the lines of one pipeline; several of its steps can run at the same time.

    Args:
        log_file: Where every line goes, while only steps, progress, results and
            problems are printed; None prints every line.
        several: Whether several steps run at the same time. Then each line begins
            with the title of its step.
    """

    def __init__(self, log_file: Path | None, *, several: bool = False) -> None:
        """Begin the log file."""
        self.several = several
        self._log_file = log_file
        self._log: TextIO | None = None
        if log_file is not None:
            log_file.parent.mkdir(parents=True, exist_ok=True)
            # By line: what a killed run wrote is there.
            self._log = log_file.open("w", encoding="utf-8", buffering=1)
        self._problems: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def is_quiet(self) -> bool:
        """Whether the lines of Meltano go to a log file."""
        return self._log is not None

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which Meltano prints what a log file needs."""
        return {"MELTANO_CLI_LOG_LEVEL": "info"} if self.is_quiet else {}

    def begin(self, title: str, command: str) -> Step:
        """Begin a step.

        Args:
            title: What it works on.
            command: What runs.
        """
        if self.is_quiet:
            self.print(f"{title}: meltano run {command}")
        return Step(self, title)

    def print(self, text: str) -> None:
        """Print a line, whichever step it belongs to."""
        with self._lock:
            say(text)

    def write(self, text: str) -> None:
        """Write a line of Meltano to the log file, or print it without one."""
        if self._log is None:
            self.print(text)
            return
        # As for the screen: the work continues when the disk is full.
        with self._lock, suppress(OSError):
            self._log.write(f"{text}\n")

    def problem(self, prefix: str, message: str) -> None:
        """Print a warning or an error once.

        Args:
            prefix: What each line of its step begins with.
            message: The plugin and what it said.
        """
        count = self._problems[message] = self._problems.get(message, 0) + 1
        if count == 1 and len(self._problems) <= MOST_PROBLEMS:
            self.print(f"  {prefix}{message}")

    def close(self) -> None:
        """Close the log file and name it."""
        if self._log is None:
            return
        if hidden := max(0, len(self._problems) - MOST_PROBLEMS):
            say(f"{hidden} more warnings are in the log.")
        with suppress(OSError):
            self._log.close()
        shown = self._log_file
        if shown is not None and shown.is_relative_to(Path.cwd()):
            shown = shown.relative_to(Path.cwd())
        say(f"Every line: {shown} (print them: VERBOSE=1)")


class Step:
    """Shows the lines of one step.

    Args:
        screen: Where they are printed.
        title: What the step works on.
    """

    def __init__(self, screen: Screen, title: str) -> None:
        """Start the clock."""
        self._screen = screen
        self._title = title
        self._prefix = f"{title}: " if screen.several else ""
        self._started = self._shown = time.monotonic()
        self._rows = 0
        self._result = ""

    def line(self, text: str) -> None:
        """Take a line of Meltano.

        Args:
            text: The line without its end.
        """
        self._screen.write(self._prefix + text)
        if self._screen.is_quiet and (found := LINE.match(COLORS.sub("", text))):
            message = TIME.sub("", found["message"]).strip()
            self._message(found["level"], found["plugin"], message)

    def _message(self, level: str, plugin: str, message: str) -> None:
        if plugin == "meltano":
            return  # a failure's cause is in the pipeline's last lines
        if level == "warning" or level in SEVERE or message.startswith("Error: "):
            self._screen.problem(self._prefix, f"{plugin}: {message}")
        elif loaded := OF_THE_TARGET.match(message):
            self._rows += int(loaded[1].replace(",", ""))
        elif result := DBT_RESULT.match(message) or PAGE_RESULT.match(message):
            self._result = result[1]
        elif OF_A_TAP.match(message):
            self._progress(message)
        elif step := OF_DBT.match(message):
            self._progress(f"{step[1]} models and tests")

    def _progress(self, message: str) -> None:
        if time.monotonic() - self._shown >= PROGRESS_SECONDS:
            self._screen.print(f"  {self._prefix}{message}")
            self._shown = time.monotonic()

    def end(self) -> None:
        """End a step that succeeded."""
        if not self._screen.is_quiet:
            return
        result = self._result or f"{self._rows:,} rows"
        seconds = time.monotonic() - self._started
        self._screen.print(f"{self._title}: {result} in {seconds:.0f} s")
