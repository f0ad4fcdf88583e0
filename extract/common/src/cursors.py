"""Notices a list that does not end."""

from __future__ import annotations

IDLE = 1_000
"""Pages in succession without a new row. An API may return some empty pages."""


class Cursors:
    """The cursors of one list: none may come twice.

    Args:
        idle: Pages in succession that may have no new row.
    """

    def __init__(self, idle: int = IDLE) -> None:
        """Begin without a cursor."""
        self._seen: set[str] = set()
        self._most = idle
        self._idle = 0

    def follow(self, cursor: object, new: int = 1) -> str:
        """Return the cursor of the next page.

        Args:
            cursor: The cursor, as the API returned it.
            new: New rows of the page that contained it.

        Raises:
            ValueError: If the list does not end.
        """
        text = str(cursor or "")
        self._idle = 0 if new else self._idle + 1
        if not text or text in self._seen:
            message = f"the list does not advance: cursor {text[:100]!r} came twice"
            raise ValueError(message if text else "the list has no next cursor")
        if self._idle >= self._most:
            message = f"the list does not advance: {self._most:,} pages have no new row"
            raise ValueError(message)
        self._seen.add(text)
        return text
