"""What a new user copies from a README works in an empty folder."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

TABLE = Path(__file__).resolve().parents[2] / "sources.toml"
TAPS = [each["tap"] for each in tomllib.loads(TABLE.read_text("utf-8")).values()]


def test_every_tap_has_an_example(project_root: Path) -> None:
    found = {path.name for path in project_root.glob("extract/tap-*")}
    assert found == set(TAPS)


@pytest.mark.parametrize("name", TAPS)
def test_the_example_reads_only_files_that_it_wrote_before(
    name: str, project_root: Path
) -> None:
    """A first run has no state, and the option --state refuses a missing file."""
    text = (project_root / f"extract/{name}/README.md").read_text("utf-8")
    example = text.partition("\n## Example\n")[2].partition("```\n")[2]
    lines = example.partition("```")[0].splitlines()
    written: set[str] = set()
    for line in lines:
        read = re.findall(r"--(?:config|catalog|state) (\S+)|^tail -n 1 (\S+)", line)
        missing = {file for each in read for file in each if file} - written
        assert not missing, line
        written |= set(re.findall(r"> (\S+)", line))
    assert written == {"config.json", "catalog.json", "states.jsonl", "state.json"}
