"""What the tests of all packages share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let every local BigQuery of this checkout's tests use one store of translations.

    dbt's statements are the same in most tests.
    """
    folder = config.cache.mkdir("translations")
    os.environ.setdefault("SANDBOX_TRANSLATIONS", str(folder))
