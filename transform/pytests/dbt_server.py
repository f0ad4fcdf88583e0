"""`python dbt_server.py`: run one dbt command for each line of standard input.

A dbt process spends 4 CPU seconds on its imports and 3 on the parsed project before it
runs the first model. This process does both once. Each command then runs in a fork, so
it shares no state with the commands before it.

dbt parses the project once for each environment, and not again for other variables:
they take effect when a statement is compiled. test_transform_files.py checks that no
setting of a model depends on one.

A line is a JSON object with the command's `arguments`, its `vars` as YAML, and the
`environment` of variables to set. The response is a JSON line with the `exit_code`
(0, 1 or 2, as dbt's own) and the `output`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
"""dbt's exit code if a model or a test failed."""
STOPPED = 2
"""dbt's exit code if the command could not run."""


@contextlib.contextmanager
def written() -> Iterator[list[str]]:
    """Send standard output and standard error to a file; yields its text at the end."""
    kept = os.dup(1), os.dup(2)
    text: list[str] = []
    with tempfile.TemporaryFile() as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)
            file.seek(0)
            text.append(file.read().decode(errors="replace"))


def run(arguments: list[str], manifest: Manifest | None) -> tuple[int, Any]:
    """Run dbt in this process; returns its exit code and its result."""
    done = dbtRunner(manifest).invoke(arguments)
    if done.exception is not None:
        sys.stderr.write(f"{done.exception}\n")
        return STOPPED, None
    return (0 if done.success else FAILED), done.result


class Server:
    """Runs commands, and keeps the project as it was parsed for each environment."""

    def __init__(self) -> None:
        """Start without a parsed project."""
        self._manifests: dict[str, Manifest] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the command of a request; returns the response."""
        os.environ.update(request["environment"])
        wanted = json.dumps(request["environment"], sort_keys=True)
        if wanted not in self._manifests:
            arguments = ["parse", "--quiet", "--warn-error", "--write-json"]
            arguments += ["--vars", request["vars"]]
            with written() as output:
                code, manifest = run(arguments, None)
            if code or not isinstance(manifest, Manifest):
                return {"exit_code": code or STOPPED, "output": "".join(output)}
            self._manifests[wanted] = manifest
            # Otherwise the forks copy the memory of the objects that they look at.
            gc.collect()
            gc.freeze()
        arguments = [*request["arguments"], "--vars", request["vars"]]
        with written() as output:
            code = self._fork(arguments, self._manifests[wanted])
        return {"exit_code": code, "output": "".join(output)}

    def _fork(self, arguments: list[str], manifest: Manifest) -> int:
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = STOPPED
        # The process ends before it needs the memory again.
        gc.disable()
        try:
            code, _ = run(arguments, manifest)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def main() -> None:
    """Answer until standard input ends."""
    # dbt writes to standard output as well.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as responses:
        os.dup2(2, 1)
        server = Server()
        for line in sys.stdin:
            responses.write(json.dumps(server.answer(json.loads(line))) + "\n")
            responses.flush()


if __name__ == "__main__":
    main()
