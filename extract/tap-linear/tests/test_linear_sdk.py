"""The SDK's own tests of a tap, against the sandbox's company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_linear.tap import TapLinear

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

CONFIG: dict[str, Any] = {"api_key": "lin_api_sandbox", "api_url": "set by _point"}

Generated = get_tap_test_class(
    TapLinear,
    config=CONFIG,
    suite_config=SuiteConfig(ignore_no_records_for_streams=["issue_index"]),
    parse_env_config=False,
)


class TestTapLinear(Generated):  # type: ignore[valid-type, misc]
    @pytest.fixture(scope="class", autouse=True)
    def _point(self, company: ApiServer) -> None:
        CONFIG["api_url"] = company.linear_url
