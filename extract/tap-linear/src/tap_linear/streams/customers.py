"""Customers and their requests.

Both are read completely in each run: customers are merged and requests are deleted
without a trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear.schemas import customers
from tap_linear.streams.whole import WholeStream

if TYPE_CHECKING:
    from tap_linear.streams.interfaces import Filter


class CustomerNeeds(WholeStream):
    """What customers ask for, without the text of the request."""

    name = "customer_needs"
    table = customers.CUSTOMER_NEEDS
    is_optional = True

    def filtered(self, given: Filter | None) -> Filter | None:
        """Keep the requests about issues and projects of the teams."""
        if not self.run.teams:
            return given
        team = {"key": {"in": self.run.teams}}
        return {
            "or": [
                {"issue": {"team": team}},
                {
                    "issue": {"null": True},
                    "project": {"accessibleTeams": {"some": team}},
                },
            ]
        }


class Customers(WholeStream):
    """Customers, of the whole workspace."""

    name = "customers"
    table = customers.CUSTOMERS
    is_optional = True
