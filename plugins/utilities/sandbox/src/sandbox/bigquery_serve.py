"""`python -m sandbox.bigquery_serve`: the process of the local BigQuery."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bqemulator.config import LogFormat, LogLevel, PersistenceMode, Settings
from bqemulator.observability.logging_ import configure_logging

from sandbox.bigquery import HEALTH_PATH, UPLOADS
from sandbox.guard import Guard
from sandbox.private import TOKEN_VARIABLE, UMASK

if TYPE_CHECKING:
    from bqemulator.api.dependencies import AppContext


class NoGrpc:
    """Replaces bqemulator's gRPC server: the project uses REST only."""

    async def start(self) -> None:
        """Open no port."""

    async def stop(self, grace: float | None = None) -> None:
        """Do nothing: there is no server to stop."""


def main() -> None:
    """Serve until a signal stops the process."""
    os.umask(UMASK)
    parser = argparse.ArgumentParser(prog="sandbox.bigquery_serve")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--translations", type=Path, help="default: in the data folder")
    given = parser.parse_args()
    token = os.environ.pop(TOKEN_VARIABLE, None)
    data: Path = given.data_dir.resolve()

    # Before the imports below, which log.
    configure_logging(level=LogLevel.WARNING, fmt=LogFormat.CONSOLE)
    from sandbox import confined, lean  # noqa: PLC0415
    from sandbox.catalog import Catalog  # noqa: PLC0415
    from sandbox.translations import Translations  # noqa: PLC0415

    # Any: the code replaces private attributes, because bqemulator has no option for
    # them.
    server: Any = import_module("bqemulator.server")
    create_app = server.create_app

    def guarded(context: AppContext) -> Any:  # noqa: ANN401 - any ASGI application
        return Guard(create_app(context), token, lambda path: path != HEALTH_PATH)

    confined.confine()
    lean.lighten()
    folder = given.translations or data / "translations"
    Translations(folder, given.project).install()
    server.DuckDBEngine = confined.Engine
    server.DuckDBCatalogRepository = Catalog
    server.create_app = guarded
    server.build_grpc_server = lambda _context: (NoGrpc(), 0)
    server.run_forever(
        Settings(
            rest_port=given.port,
            persistence_mode=PersistenceMode.PERSISTENT,
            data_dir=data,
            default_project_id=given.project,
            # Not the default: a folder under /tmp that any other user could create
            # first.
            upload_staging_dir=data / UPLOADS,
            enable_format_extensions=False,
            log_level=LogLevel.WARNING,
        )
    )


if __name__ == "__main__":
    main()
