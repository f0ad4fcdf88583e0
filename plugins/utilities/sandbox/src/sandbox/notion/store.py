"""What a Notion workspace contains, as the API has it, with lists that are not cut."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Object = dict[str, Any]


def minute(moment: datetime) -> str:
    """Return a time as pages and data sources have it: cut to the minute.

    Args:
        moment: In UTC.
    """
    return moment.strftime("%Y-%m-%dT%H:%M:00.000Z")


def rich_text(text: str) -> list[Object]:
    """Return a text as the API writes titles and texts.

    Args:
        text: Empty for no parts.
    """
    annotations = dict.fromkeys(
        ("bold", "italic", "strikethrough", "underline", "code"), False
    )
    part = {
        "type": "text",
        "text": {"content": text, "link": None},
        "annotations": {**annotations, "color": "default"},
        "plain_text": text,
        "href": None,
    }
    return [part] if text else []


@dataclass
class NotionStore:
    """One workspace.

    Attributes:
        name: Its name.
        databases, data_sources, pages, users: Objects of the API by ID.
        bot: ID of the connection, one of the users.
        hidden: IDs of databases, data sources and pages that are not shared.
        removed: IDs of pages that were removed permanently.
        reads_users: Whether the connection has the user-information capability.
        unlisted: IDs of data sources that search does not find (it lags behind).
    """

    name: str
    databases: dict[str, Object] = field(default_factory=dict)
    data_sources: dict[str, Object] = field(default_factory=dict)
    pages: dict[str, Object] = field(default_factory=dict)
    users: dict[str, Object] = field(default_factory=dict)
    bot: str = ""
    hidden: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    reads_users: bool = True
    revision: int = 0
    _orders: dict[tuple[str, bool, str], list[tuple[str, str]]] = field(
        default_factory=dict, repr=False
    )
    _ordered_at: int = -1

    def changed(self) -> None:
        """Forget what was derived from the pages."""
        self.revision += 1

    def order(
        self, source: str, timestamp: str, *, in_trash: bool
    ) -> list[tuple[str, str]]:
        """Return the pages of a data source in the order of a timestamp.

        Args:
            source: ID of the data source.
            timestamp: created_time or last_edited_time.
            in_trash: Whether those in the trash are wanted.

        Returns:
            Pairs of time and ID.
        """
        if self._ordered_at != self.revision:
            self._orders.clear()
            self._ordered_at = self.revision
        key = (source, in_trash, timestamp)
        if key not in self._orders:
            self._orders[key] = sorted(
                (page[timestamp], page["id"])
                for page in self.pages.values()
                if page["parent"].get("data_source_id") == source
                and page["in_trash"] is in_trash
                and page["id"] not in self.hidden
            )
        return self._orders[key]

    def edit(self, page: str, at: str, **properties: Any) -> None:  # noqa: ANN401 - JSON
        """Change properties of a page, as a person does.

        Args:
            page: ID of the page.
            at: When, cut to the minute.
            properties: New value of each property, below the name of its type.
        """
        self.recalculate(page, **properties)
        self.pages[page]["last_edited_time"] = at

    def recalculate(self, page: str, **properties: Any) -> None:  # noqa: ANN401 - JSON
        """Change properties of a page without touching it, as a formula does.

        Args:
            page: ID of the page.
            properties: New value of each property, below the name of its type.
        """
        for name, value in properties.items():
            prop = self.pages[page]["properties"][name]
            prop[prop["type"]] = value
        self.changed()

    def trash(self, page: str, at: str, *, in_trash: bool = True) -> None:
        """Put a page into the trash, or take it out.

        Args:
            page: ID of the page.
            at: When, cut to the minute.
            in_trash: False to restore it.
        """
        self.pages[page] |= {
            "in_trash": in_trash,
            "archived": in_trash,
            "last_edited_time": at,
        }
        self.changed()

    def remove(self, page: str) -> None:
        """Remove a page permanently, as Notion does after 30 days in the trash.

        Args:
            page: ID of the page.
        """
        del self.pages[page]
        self.changed()


def from_time(
    order: list[tuple[str, str]], time: str, *, before: bool = False
) -> list[tuple[str, str]]:
    """Return the part of an order from a time on, or before it.

    Args:
        order: Pairs of time and ID.
        time: The time.
        before: Whether the part before the time is wanted.
    """
    at = bisect_left(order, (time, ""))
    return order[:at] if before else order[at:]
