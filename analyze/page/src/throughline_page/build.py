"""Write the page from the marts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .common.settings import read_settings
from .common.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)


def build(environment: Mapping[str, str]) -> None:
    """Write the page.

    Args:
        environment: With the settings as Meltano makes them (`PAGE_…`).
    """
    warehouse = Warehouse(read_settings("PAGE_", environment), {"application": "page"})
    logger.info("%d marts", len(warehouse.tables()))
