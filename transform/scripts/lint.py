"""Lint the models, beside a local BigQuery that is empty.

    python transform/scripts/lint.py

sqlfluff's dbt templater lists the datasets before it renders a model, and
BigQuery's client tries a server that does not answer for ten minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.testing import LocalBigQuery

TRANSFORM = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run sqlfluff; returns its exit code."""
    lines = (TRANSFORM / "scripts" / "offline.env").read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder, LocalBigQuery(folder) as warehouse:
        environment = os.environ | dict(line.split("=", 1) for line in lines)
        environment["DBT_BIGQUERY_API_ENDPOINT"] = warehouse.endpoint
        sqlfluff = Path(sys.executable).with_name("sqlfluff")
        return subprocess.run(
            [sqlfluff, "lint", "--disable-progress-bar", "models", "tests"],
            cwd=TRANSFORM,
            env=environment,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
