"""The SDK's own tests of a tap, over the recordings' kind of repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from conftest import Reader

# Valid, because the SDK makes a tap of it before `_point` sets the company's.
CONFIG: dict[str, Any] = {
    "api_url": "http://127.0.0.1:1",
    "auth_token": "set-by-point",
    "repositories": ["set-by/point"],
}


def whole_catalog() -> dict[str, Any]:
    catalog = TapGitHubPRs(config=CONFIG).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            item["metadata"]["selected"] = True
    return catalog


Generated = get_tap_test_class(
    TapGitHubPRs,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=500),
    parse_env_config=False,
    catalog=whole_catalog(),
)


class TestTapGitHubPRs(Generated):  # type: ignore[valid-type, misc]
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _point(cls, company_reader: Reader) -> None:
        CONFIG.update(company_reader.config)
