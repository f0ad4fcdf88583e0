"""The SDK's own tests of a tap, with every stream of the sandbox's company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_linear.tap import TapLinear

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

# The address is set by _point.
CONFIG: dict[str, Any] = {"api_key": "lin_api_sandbox", "api_url": "http://127.0.0.1"}


def whole_catalog() -> dict[str, Any]:
    catalog = TapLinear(config=CONFIG).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            item["metadata"]["selected"] = True
    return catalog


Generated = get_tap_test_class(
    TapLinear,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=500),
    parse_env_config=False,
    catalog=whole_catalog(),
)


class TestTapLinear(Generated):  # type: ignore[valid-type, misc]
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _point(cls, company: ApiServer) -> None:
        CONFIG["api_url"] = company.linear_url
