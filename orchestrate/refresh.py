"""What a full refresh reads: the request of the user, and the bookmarks to remove.

A refresh removes bookmarks before the sync. Everything else follows from that: the
tables keep their rows, and the sync replaces each of them; the other streams keep
their bookmarks; and a refresh that was interrupted has no bookmark for what it did not
finish, so the next run reads that again, also on another machine.

`.venv/bin/python orchestrate/refresh.py tap-linear issues` removes the bookmark of a
stream, and without a stream the whole state of the source. It uses Meltano's own code
to find the name of the state and to write it to the configured backend.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sources import Source

ROOT = Path(__file__).resolve().parents[1]
TARGET = "target-bigquery"
VARIABLE = "FULL_REFRESH"
YES, NO = {"1", "true", "yes", "all"}, {"", "0", "false", "no"}
EVERYTHING = "*"
Request = dict[str, set[str]]
"""Names of streams by the name of their source; `*` means every stream."""


class RefreshError(Exception):
    """A full refresh that cannot start; its text is one line for the user."""


def requested(
    sources: Iterable[Source], options: list[str] | None, environment: Mapping[str, str]
) -> Request:
    """Return what is to be read again.

    Args:
        sources: The sources of the job.
        options: The words after `--full-refresh`: `linear` or `linear.issues`; none
            means every source; None means that the option was not given.
        environment: With FULL_REFRESH (1, or such words with commas between them), and
            for each tap `TAP_LINEAR_FULL_REFRESH` (1, or names of streams).

    Raises:
        RefreshError: If a word names no source.
    """
    sources = list(sources)
    names = [source.name for source in sources]
    found: Request = {}
    text = environment.get(VARIABLE, "").strip()
    for label, words in (("--full-refresh", options), (VARIABLE, _words(text))):
        if words is None:
            continue
        for word in words or names:
            name, dot, stream = word.partition(".")
            if name not in names or (dot and not stream):
                message = (
                    f"{label} names {word!r}: use one of {', '.join(names)}, or a"
                    f" stream of it, such as {names[0]}.issues"
                )
                raise RefreshError(message)
            found.setdefault(name, set()).add(stream or EVERYTHING)
    for source in sources:
        variable = f"{source.tap.upper().replace('-', '_')}_{VARIABLE}"
        streams = _words(environment.get(variable, "").strip())
        if streams is not None:
            found.setdefault(source.name, set()).update(streams or [EVERYTHING])
    return found


def _words(text: str) -> list[str] | None:
    if text.lower() in NO:
        return None
    if text.lower() in YES:
        return []
    return [word.strip() for word in text.split(",") if word.strip()]


def forget(
    meltano: str, tap: str, streams: set[str], environment: Mapping[str, str]
) -> None:
    """Remove bookmarks of a source, with Meltano's code in a process of its own.

    Args:
        meltano: Path of Meltano's executable.
        tap: The extractor.
        streams: Names of streams, or `*`.
        environment: Variables of that process.

    Raises:
        RefreshError: If they cannot be removed.
    """
    python = Path(meltano).with_name("python")
    names = [] if EVERYTHING in streams else sorted(streams)
    done = subprocess.run(  # noqa: S603 - our own command
        [str(python), __file__, tap, *names],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        message = f"the full refresh of {tap} cannot start: {lines[-1]}"
        raise RefreshError(message)


def without(state: dict[str, object], streams: list[str]) -> dict[str, object]:
    """Return a tap's state without the bookmarks of streams.

    Args:
        state: The Singer state.
        streams: Names of streams.

    Raises:
        RefreshError: If the state has bookmarks, but none of such a stream.
    """
    bookmarks = state.get("bookmarks")
    kept = dict(bookmarks) if isinstance(bookmarks, dict) else {}
    unknown = [name for name in streams if name not in kept]
    if kept and unknown:
        message = (
            f"there is no bookmark of {', '.join(unknown)}; streams that have one:"
            f" {', '.join(sorted(kept))}"
        )
        raise RefreshError(message)
    for name in streams:
        kept.pop(name, None)
    return {**state, "bookmarks": kept}


def main(tap: str, streams: list[str]) -> None:
    """Remove bookmarks from the state of the active environment.

    Args:
        tap: The extractor.
        streams: Names of streams; none means all.

    Raises:
        RefreshError: As `without`.
    """
    import structlog  # noqa: PLC0415 - only Meltano's Python has these
    from meltano.core.block.block_parser import BlockParser  # noqa: PLC0415
    from meltano.core.db import project_engine  # noqa: PLC0415
    from meltano.core.migration_service import MigrationService  # noqa: PLC0415
    from meltano.core.project import Project  # noqa: PLC0415
    from meltano.core.state_service import StateService  # noqa: PLC0415

    # Meltano's log would mix with the one line that says what is wrong.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    project = Project(ROOT)
    project.activate_environment(os.environ["MELTANO_ENVIRONMENT"])
    engine, new_session = project_engine(project, default=True)
    MigrationService(engine).upgrade(silent=True)
    suffix = os.environ.get("MELTANO_RUN_STATE_ID_SUFFIX") or None
    parser = BlockParser(
        structlog.get_logger(), project, [tap, TARGET], state_id_suffix=suffix
    )
    (block,) = parser.find_blocks()
    job = block.context.job
    if job is None:  # Meltano gives one to every run of an environment
        message = f"Meltano names no state of {tap}"
        raise RefreshError(message)
    state_id = str(job.job_name)
    session = new_session()
    try:
        with StateService(project, session) as states:
            if not streams:
                states.clear_state(state_id)
                return
            found = states.get_state(state_id)
            if found:
                rest = without(found.get("singer_state", {}), streams)
                states.set_state(state_id, json.dumps({**found, "singer_state": rest}))
    finally:
        session.close()


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except RefreshError as refused:
        sys.exit(str(refused))
