"""The pipeline as the tests run it: Meltano, a state and a warehouse of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from google.cloud import bigquery


@dataclass
class Pipeline:
    """Meltano with a state, a warehouse and APIs of its own.

    Attributes:
        root: The project.
        environment: Variables of every command.
        client: A client of the warehouse.
    """

    root: Path
    environment: dict[str, str]
    client: bigquery.Client

    def meltano(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Meltano; standard error goes where standard output goes."""
        return subprocess.run(
            [self.root / ".venv" / "bin" / "meltano", *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start Meltano in a process group of its own, with nobody listening."""
        return subprocess.Popen(
            [self.root / ".venv" / "bin" / "meltano", *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(self, *blocks: str) -> str:
        """Run blocks that must succeed; returns what they printed."""
        done = self.meltano("run", *blocks)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def value(self, sql: str) -> Any:  # noqa: ANN401 - a value of any type
        """The only value of the only row that a query answers."""
        (row,) = self.client.query_and_wait(sql)
        (value,) = row.values()
        return value
