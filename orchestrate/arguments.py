"""The command line of the pipeline."""

from __future__ import annotations

import argparse
from typing import NoReturn

from backfill import JOB as BACKFILL
from output import say
from sources import SOURCES

NIGHTLY, SCHEDULED, RECONCILE = "nightly", "scheduled", "reconcile"
SYNC, STATUS = "sync", "status"
JOBS = (NIGHTLY, SCHEDULED, RECONCILE, SYNC, BACKFILL, STATUS)


class Parser(argparse.ArgumentParser):
    """A command line whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2, and without the usage.

        Args:
            message: What is wrong.
        """
        say(f"pipeline: {message}")
        raise SystemExit(2)


def parse(text: str) -> argparse.Namespace:
    """Return the arguments of the pipeline.

    Args:
        text: What the pipeline does; `--help` shows the first paragraph.
    """
    parser = Parser(prog="pipeline", description=text.partition("\n\n")[0])
    parser.add_argument("job", choices=JOBS, help="what to do")
    parser.add_argument(
        "--source",
        action="append",
        choices=[source.name for source in SOURCES],
        help="read only this source (may be repeated)",
    )
    parser.add_argument(
        "--full-refresh",
        nargs="*",
        metavar="WHAT",
        help="read again from the beginning: everything, a source (linear) or a"
        " stream of it (linear.issues)",
    )
    parser.add_argument(
        "--since",
        default="",
        metavar="DATE",
        help="of a backfill: read what was updated since this date, as in 2026-01-31",
    )
    parser.add_argument(
        "--until",
        default="",
        metavar="DATE",
        help="of a backfill: read what was updated before this date; default: now",
    )
    parser.add_argument(
        "--shard",
        metavar="INDEX",
        help="of a sync: read one shard of PIPELINE_SHARDS, counted from 0",
    )
    return parser.parse_args()
