"""Lint the project's SQL with sqlfluff and dbt's templater.

    .venv/bin/python transform/scripts/lint_sql.py [lint | fix]

The templater lists the datasets before it renders anything, although the var
`offline` (../.sqlfluff) makes them unnecessary, and BigQuery's client retries a
server that does not respond for ten minutes. So an empty local BigQuery responds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from offline import VARIABLES

from sandbox.testing import LocalBigQuery

TRANSFORM = Path(__file__).resolve().parent.parent
GENERATED = "-- Written by scripts/staging.py "


def linted() -> list[Path]:
    """List what people write, and the longest generated model of each source.

    scripts/staging.py writes all generated models in the same way, and `make lint`
    checks that nobody changed them.
    """
    written: list[Path] = []
    longest: dict[Path, Path] = {}
    for folder in (TRANSFORM / "models", TRANSFORM / "tests"):
        for path in sorted(folder.rglob("*.sql")):
            if path.read_text("utf-8").startswith(GENERATED):
                other = longest.get(path.parent, path)
                longest[path.parent] = max(path, other, key=lambda p: p.stat().st_size)
            else:
                written.append(path)
    return [*written, *longest.values()]


def main() -> int:
    """Run sqlfluff over the models and the tests; returns its exit code."""
    sqlfluff = Path(sys.executable).with_name("sqlfluff")
    verb = sys.argv[1:] or ["lint", "--disable-progress-bar"]
    with tempfile.TemporaryDirectory() as folder, LocalBigQuery(folder) as warehouse:
        environment = {
            **os.environ,
            **VARIABLES,
            "DBT_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
        }
        return subprocess.run(
            [sqlfluff, *verb, *linted()], cwd=TRANSFORM, env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
