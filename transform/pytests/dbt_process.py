"""The process that runs dbt for all tests of a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

import yaml

SERVER = Path(__file__).with_name("dbt_server.py")


class Dbt:
    """Runs dbt's commands, one after the other; use it as a context manager."""

    def __init__(self) -> None:
        """Start the process, which waits for commands."""
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # No file repeats what dbt prints. Tests read the artifacts of `parse` only.
            env={
                **os.environ,
                "DBT_LOG_LEVEL_FILE": "none",
                "DBT_WRITE_JSON": "false",
            },
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self._process.communicate()

    def run(
        self,
        arguments: tuple[str, ...],
        variables: dict[str, object],
        environment: dict[str, str],
    ) -> tuple[int, str]:
        """Run one command.

        Args:
            arguments: the command, without `--vars`.
            variables: vars of the project.
            environment: variables to set.

        Returns:
            dbt's exit code, and what it printed.
        """
        request = {
            "arguments": arguments,
            "vars": yaml.safe_dump(variables),
            "environment": environment,
        }
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the process of dbt ended: see standard error"
        response = json.loads(line)
        return response["exit_code"], response["output"]
