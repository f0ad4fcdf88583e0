"""repositories: those that were named, and all of the organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.conditions import (
    BLOCKED_SINCE,
    FEWER_REPOSITORIES,
)
from tap_github_prs.schemas import REPOSITORIES
from tap_github_prs.streams.base import TableStream, is_suspicious
from tap_github_prs.transport.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Row


class Repositories(TableStream):
    """Read whole on every run; with ACTIVATE_VERSION, so that deletions show."""

    table: ClassVar[Table] = REPOSITORIES

    def rows(self) -> Iterable[Row]:
        """Yield a row per repository, then declare all others deleted.

        That is declared only where every list was read to its end and nothing in it
        was refused: what cannot be seen is not deleted. A blocked repository has no
        row to keep unless an earlier run has read it, so it hides no deletion.
        """
        repositories = self.run.repositories
        self._stream_version = self.run.full_table_state.next_version(self.name)
        yield from map(self.build, repositories)
        found = {node["databaseId"] for node in repositories}
        before = set(self.run.full_table_state.seen(self.name))
        missing = before - found
        listed = self.run.repository_list
        blocked = sorted(filter(self._is_there, missing)) if listed.any_blocked else []
        if is_suspicious(len(missing), len(before)):
            self.run.report(
                FEWER_REPOSITORIES,
                now=len(before - missing),
                before=len(before),
                missing=len(missing),
            )
        elif blocked:
            self.run.report(BLOCKED_SINCE, ids=", ".join(map(str, blocked)))
        elif listed.is_complete:
            # After the rows, where the SDK would write it before them: a run that
            # dies in between must not have deleted anything.
            self._write_activate_version_message(self._stream_version)
            before = set()
        # Without a version, the rows of earlier runs are in the table too.
        self.run.full_table_state.remember(self.name, before | found)

    def _is_there(self, number: int) -> bool:
        """Whether GitHub still has a repository that it does not list.

        It answers 451 for a blocked one, and 404 for one that was deleted.

        Args:
            number: Its id.
        """
        try:
            self.run.client.page(f"/repositories/{number}/pulls", {"per_page": 1})
        except RefusedError as error:
            return not error.is_absent
        except UnreadableError:
            return True
        return True
