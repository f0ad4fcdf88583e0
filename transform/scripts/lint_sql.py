"""Lint the project's SQL with sqlfluff and dbt's templater, without BigQuery.

    python transform/scripts/lint_sql.py [lint | fix]

The templater lists the datasets before it compiles anything, although with the
var `offline` (../.sqlfluff) nothing needs them. So it is given an endpoint that
answers at once that there are none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

TRANSFORM = Path(__file__).resolve().parent.parent
LINTED = ("models", "tests")


class NothingHere(BaseHTTPRequestHandler):
    """Answers every request as BigQuery does where a dataset is missing."""

    def do_GET(self) -> None:
        """Answer 404."""
        error = {"code": 404, "message": "-", "errors": [{"reason": "notFound"}]}
        body = json.dumps({"error": error}).encode()
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Run sqlfluff over models and tests; its exit code is ours."""
    lines = (TRANSFORM / "scripts" / "offline.env").read_text().splitlines()
    server = ThreadingHTTPServer(("127.0.0.1", 0), NothingHere)
    Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        **dict(line.split("=", 1) for line in lines),
        "DBT_BIGQUERY_API_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}",
    }
    command = [
        str(Path(sys.executable).parent / "sqlfluff"),
        *(sys.argv[1:] or ["lint"]),
        *LINTED,
    ]
    done = subprocess.run(  # noqa: S603 - the virtualenv's sqlfluff
        command, cwd=TRANSFORM, env=environment, check=False
    )
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
