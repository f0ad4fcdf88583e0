"""The command: `throughline-page build`."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from .build import build
from .common.settings import SettingsError
from .common.warehouse import WarehouseError
from .view import ViewError

logger = logging.getLogger(__name__)


def main() -> None:
    """Run the command; exits 1 with one line if something is wrong."""
    parser = argparse.ArgumentParser(
        prog="throughline-page", description="Write the report page."
    )
    parser.add_argument("command", choices=["build"], help="write the page")
    parser.parse_args()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        build(os.environ)
    except (SettingsError, WarehouseError, ViewError) as error:
        sys.stderr.write(f"Error: page: {error}\n")
        sys.exit(1)
