"""What the tests that cross packages share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds meltano.yml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def recordings(project_root: Path) -> Path:
    """Recorded answers of GitHub, one JSON object a line."""
    folder = project_root.parent / "shared" / "recordings" / "github"
    if not folder.is_dir():
        pytest.skip("../shared/recordings/github is not here")
    return folder
