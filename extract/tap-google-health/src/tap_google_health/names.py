"""The three names of a data type.

`daily-resting-heart-rate` in the path, `daily_resting_heart_rate` in a filter,
`dailyRestingHeartRate` in a response. In a filter, the API answers the camel case with
400 INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER (docs/apis/google_health.md).
"""

from __future__ import annotations

from typing import NamedTuple


class DataType(NamedTuple):
    """A data type.

    Attributes:
        path: Its name in the path, in kebab case.
    """

    path: str

    @property
    def filtered(self) -> str:
        """Its name in a filter, in snake case."""
        return self.path.replace("-", "_")

    @property
    def field(self) -> str:
        """Its name in a response, in camel case."""
        first, *others = self.path.split("-")
        return first + "".join(part.capitalize() for part in others)
