"""Starts Meltano, shows its lines, and ends it when the pipeline has to end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bare_runs import TRIGGER
from measures import Measures, measure
from output import cause
from processes import end_group
from secret_manager import VARIABLE as SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from screen import Screen

ROOT = Path(__file__).resolve().parents[1]
PARENT_SECONDS = 0.5
STATE_BACKEND = "MELTANO_STATE_BACKEND_URI"


class Outcome(NamedTuple):
    """How one Meltano run ended.

    Attributes:
        exit_code: Of Meltano.
        cause: The line of its output that names the error.
        measures: How much it read and loaded.
    """

    exit_code: int
    cause: str
    measures: Measures


class Runner:
    """Runs Meltano, also several at the same time, and ends all when it has to end.

    Attributes:
        stopped: The signal that ended the work; 0 while there was none.
    """

    def __init__(self, meltano: str, screen: Screen) -> None:
        """Take over the signals.

        Args:
            meltano: Path of the executable.
            screen: Where Meltano's lines go.
        """
        self.meltano = meltano
        self.screen = screen
        self.stopped = 0
        self._processes: set[subprocess.Popen[str]] = set()
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        threading.Thread(target=self._watch_parent, daemon=True).start()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if not self.stopped:
            self.stopped = number
            self._end()

    def _end(self, *new: subprocess.Popen[str]) -> None:
        # At the same time: each may need all of its seconds.
        for process in new or list(self._processes):
            threading.Thread(target=end_group, args=[process], daemon=True).start()

    def _watch_parent(self) -> None:
        # A Meltano or a shell that was killed passes no signal on.
        while os.getppid() == self._parent:
            time.sleep(PARENT_SECONDS)
        self._stop(signal.SIGHUP, None)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of a Meltano that this process starts."""
        found = {
            **os.environ,
            **self.screen.environment,
            "MELTANO_JOB_TRIGGER": TRIGGER,
        }
        if not found.get(STATE_BACKEND, "x").strip():
            # Meltano 4.4 takes an empty text, also from .env, for an address.
            found[STATE_BACKEND] = "systemdb"
        # The pipeline has read the secrets: what it starts must not look for them.
        found[SECRETS] = ""
        return {**found, **variables}

    def run(
        self,
        title: str,
        *arguments: str,
        run_id: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run blocks with Meltano and show its lines.

        Args:
            title: What the blocks work on.
            arguments: Options and blocks, as after `meltano run`.
            run_id: The ID of the run, a UUID; without one, Meltano chooses.
            variables: More environment variables of the run.

        Returns:
            How it ended.
        """
        options = [f"--run-id={run_id}"] if run_id else []
        blocks = [each for each in arguments if not each.startswith("--")]
        step = self.screen.begin(title, " ".join(blocks))
        lines = []

        def take(line: str) -> None:
            step.line(line)
            lines.append(line.strip())

        code = self._follow(["run", *options, *arguments], variables or {}, take)
        if not code:
            step.end()
        return Outcome(code, cause(lines) if code else "", measure(lines))

    def prepare(self, plugin: str) -> None:
        """Invoke a plugin's command whose result the next steps only reuse.

        Nothing is printed: whatever is wrong, the step that needs the result reports.

        Args:
            plugin: The plugin and its command, as after `meltano invoke`.
        """
        self._follow(["invoke", plugin], {}, lambda _line: None)

    def _follow(
        self,
        arguments: list[str],
        variables: Mapping[str, str],
        take: Callable[[str], None],
    ) -> int:
        """Start Meltano and wait until it has ended.

        Args:
            arguments: Of Meltano.
            variables: More environment variables.
            take: Called with each line, without its end.

        Returns:
            Its exit code.
        """
        # A session of its own: its processes are ended as one group.
        process = subprocess.Popen(  # noqa: S603 - our own command
            [self.meltano, *arguments],
            cwd=ROOT,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._processes.add(process)
        with process:
            if self.stopped:  # between the check and the start
                self._end(process)
            for line in process.stdout or ():
                take(line.rstrip("\n"))
        code = process.wait()
        if self.stopped:
            end_group(process)
        self._processes.discard(process)
        return code
