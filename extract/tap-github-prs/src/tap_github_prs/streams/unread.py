"""What was not read of a repository: kept in its state and requested again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tap_github_prs.streams.details import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REMEMBERED = 100
"""Pull requests that a state names at most. Of more it keeps since when to read."""

MOST_DAYS = 30
"""Days after which a pull request that GitHub does not find is given up."""


class Unread:
    """Pull requests of one repository that were not read, or not completely.

    Args:
        state: The repository's state, changed in place.
        repository_id: Its numeric id.
        now: The time by GitHub's clock, as `rows.moment` writes it.
    """

    def __init__(self, state: dict[str, Any], repository_id: int, now: str) -> None:
        """Look into the state."""
        self._state = state
        self._repository_id = repository_id
        self._now = now

    def __iter__(self) -> Iterator[Listed]:
        """Yield the unread pull requests in the state. It moves no bookmark."""
        for each in list(self._state.get("unread", ())):
            number = each.get("number", 0)
            yield Listed(self._repository_id, each["node_id"], number=number)

    def remember(self, listed: Listed) -> None:
        """Request a pull request again in the next runs."""
        held = self._state.setdefault("unread", [])
        if any(each["node_id"] == listed.node_id for each in held):
            return
        if len(held) < MOST_REMEMBERED:
            held.append(
                {
                    "node_id": listed.node_id,
                    "number": listed.number,
                    "since": self._now,
                }
            )
        elif listed.updated_at:
            since = self._state.get("unread_from", listed.updated_at)
            self._state["unread_from"] = min(since, listed.updated_at)

    def forget(self, listed: Listed) -> None:
        """Stop requesting a pull request: it was read, or is given up."""
        held = self._state.get("unread")
        if held is None:
            return
        held[:] = [each for each in held if each["node_id"] != listed.node_id]
        if not held:
            del self._state["unread"]

    def days(self, listed: Listed) -> int:
        """Return for how many days a pull request has been remembered."""
        for each in self._state.get("unread", ()):
            if each["node_id"] == listed.node_id and "since" in each:
                since = datetime.fromisoformat(each["since"])
                return (datetime.fromisoformat(self._now) - since).days
        return 0
