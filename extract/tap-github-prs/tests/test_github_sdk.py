"""The SDK's own tests of a tap, over the recordings' kind of repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from conftest import Reader

CONFIG: dict[str, Any] = {"api_url": "set by _point"}

Generated = get_tap_test_class(
    TapGitHubPRs,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=500),
    parse_env_config=False,
)


class TestTapGitHubPRs(Generated):  # type: ignore[valid-type, misc]
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _point(cls, company_reader: Reader) -> None:
        CONFIG.update(company_reader.config)
