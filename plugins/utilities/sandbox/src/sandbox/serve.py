"""`python -m sandbox.serve`: the API server's process."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import uvicorn

from sandbox.github.recordings import RecordingsError
from sandbox.private import TOKEN_VARIABLE, UMASK
from sandbox.server import build
from sandbox.state import State

# A tap keeps its connection while a target loads; a dropped one would look like a
# fault.
KEEP_ALIVE_SECONDS = 300


def main() -> None:
    """Serve until a signal stops the process."""
    parser = argparse.ArgumentParser(prog="sandbox.serve")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--recordings", type=Path)
    given = parser.parse_args()
    os.umask(UMASK)
    token = os.environ.pop(TOKEN_VARIABLE, None)
    try:
        state = State.open(given.data_dir, given.size, given.seed, given.recordings)
    except RecordingsError as error:
        parser.exit(1, f"{error}\n")
    uvicorn.run(
        build(state, token),
        host="127.0.0.1",
        port=given.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
