"""The first state of a run is one that the next run accepts."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.cli import json_object
from tap_github_prs.problems import Problems
from tap_github_prs.state import FullTableState

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_killed_right_after_its_first_state_leaves_one_that_the_next_run_accepts(
    tmp_path: Path,
) -> None:
    # The tap chooses this version before the first stream, and the SDK then writes
    # the state before the stream has a bookmark.
    state: dict[str, Any] = {}
    FullTableState(state, 1, Problems(logging.getLogger())).next_version("repositories")
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state))

    with path.open() as file:
        assert json_object(file, "--state", "bookmarks") == state
