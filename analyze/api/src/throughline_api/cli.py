"""The commands: `throughline-api serve`, `throughline-api mcp`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from .analytics import Analytics
from .app import build
from .assistant import server_of
from .builds import Builds
from .common.definitions import read_definitions
from .common.settings import SettingsError
from .common.warehouse import Warehouse, WarehouseError
from .connections import Impatient
from .guard import Guard, Rates
from .marts import Marts
from .settings import read_api_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from .settings import ApiSettings

logger = logging.getLogger(__name__)

PENDING = 128
KEEP_ALIVE_SECONDS = 5
STOP_SECONDS = 5
LONGEST_REQUEST_LINE = 16 * 1024


def main() -> None:
    """Run a command; exits 1 with one line if a setting is wrong."""
    parser = argparse.ArgumentParser(
        prog="throughline-api", description="Serve the marts, read-only."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve HTTP")
    commands.add_parser("mcp", help="serve an assistant on stdin and stdout")
    command = parser.parse_args().command
    # stdout belongs to the protocol of `mcp`.
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for noisy in ("httpx", "mcp"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = read_api_settings(os.environ)
        analytics = connect(settings)
        if command == "mcp":
            server_of(analytics).run()
        else:
            serve(settings, analytics)
    except (SettingsError, WarehouseError) as error:
        sys.stderr.write(f"Error: api: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def analytics_of(settings: ApiSettings) -> Analytics:
    """Return what answers from the marts; it sends no request yet.

    Args:
        settings: All settings.

    Raises:
        SettingsError: If a file of the project cannot be read.
        WarehouseError: If the credentials cannot be used.
    """
    variables = settings.variables
    warehouse = Warehouse(settings.warehouse, {"application": "api"})
    return Analytics(
        warehouse,
        Builds(warehouse),
        read_definitions(settings.definitions, variables.name("definitions")),
        Marts(settings.marts, variables.name("transform_dir")),
    )


def connect(settings: ApiSettings) -> Analytics:
    """Return what answers from the marts, after a first request to BigQuery.

    Args:
        settings: All settings.

    Raises:
        SettingsError: If a file of the project cannot be read.
        WarehouseError: If BigQuery does not respond or refuses the credentials.
    """
    analytics = analytics_of(settings)
    if not analytics.warehouse.tables():
        logger.warning(
            "api: the dataset %s has no marts yet: build them with"
            " `meltano run dbt-bigquery:build`",
            settings.warehouse.analytics_dataset,
        )
    return analytics


def application(settings: ApiSettings, analytics: Analytics) -> ASGIApp:
    """Return the HTTP API behind its guard.

    Args:
        settings: All settings.
        analytics: What answers.
    """
    rates = Rates(settings.requests_per_minute)
    return Guard(build(analytics), settings.access_key, rates)


def listen(settings: ApiSettings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Args:
        settings: All settings.

    Raises:
        SettingsError: If the address or the port cannot be used.
    """
    name = settings.variables.name
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(PENDING)
    except OSError as error:
        listening.close()
        message = (
            f"cannot listen on {settings.host} port {settings.port}"
            f" ({error.strerror}): set {name('server_port')} to a free port, or check"
            f" {name('server_host')}"
        )
        raise SettingsError(message) from None
    return listening


def http_server(settings: ApiSettings, analytics: Analytics) -> uvicorn.Server:
    """Return the HTTP server; `run(sockets=[…])` starts it.

    Args:
        settings: All settings.
        analytics: What answers.
    """
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    config = uvicorn.Config(
        application(settings, analytics),
        http=Impatient,
        h11_max_incomplete_event_size=LONGEST_REQUEST_LINE,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        # The client's address must not come from a header.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


def serve(settings: ApiSettings, analytics: Analytics) -> None:
    """Serve HTTP until the process is asked to stop.

    Args:
        settings: All settings.
        analytics: What answers.

    Raises:
        SettingsError: If the address or the port cannot be used.
    """
    with listen(settings) as listening:
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        logger.info("Serving http://%s:%d/docs", shown, settings.port)
        http_server(settings, analytics).run(sockets=[listening])


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out the traceback of a request that the end of the server canceled."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError)
