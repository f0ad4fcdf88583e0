"""Linear's rows with the indexes that its roots and connections read."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sandbox.linear.roots import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.company import LinearWorkspace

Row = dict[str, Any]

NOTHING: list[Row] = []
# Every new workspace has these statuses of projects.
PROJECT_STATES = ("backlog", "planned", "started", "paused", "completed", "canceled")


class LinearStore:
    """The workspace at one instant; built again after each change.

    Args:
        workspace: The rows.
        now: The current time of the workspace.
    """

    def __init__(self, workspace: LinearWorkspace, now: datetime) -> None:
        """Keep the tables; indexes are built when they are first needed."""
        self.workspace = workspace
        self.now = now
        self.organization: Row = workspace.organization
        self._tables: dict[str, dict[str, Row]] = {
            name: getattr(workspace, table) for name, table in TABLES.items()
        }
        self._tables["Organization"] = {self.organization["id"]: self.organization}
        self._tables["ProjectStatus"] = {
            row["id"]: row for row in map(self._status, enumerate(PROJECT_STATES))
        }
        self._tables["InitiativeToProject"] = {
            row["id"]: row
            for initiative in workspace.initiatives.values()
            for row in self._projects_of(initiative)
        }
        self._ordered: dict[tuple[str, str], list[Row]] = {}
        self._by: dict[tuple[str, str], dict[str, list[Row]]] = {}

    def _status(self, numbered: tuple[int, str]) -> Row:
        position, state = numbered
        return {
            "id": str(
                uuid.uuid5(uuid.NAMESPACE_URL, f"{self.organization['id']}{state}")
            ),
            "name": state.capitalize(),
            "type": state,
            "color": "#bec2c8",
            "position": position,
            "createdAt": self.organization["createdAt"],
            "updatedAt": self.organization["createdAt"],
        }

    def _projects_of(self, initiative: Row) -> Iterator[Row]:
        """Yield the pairs of an initiative's list of projects."""
        for position, project_id in enumerate(initiative.get("projectIds") or ()):
            began = self.workspace.projects[project_id]["createdAt"]
            pair = f"{initiative['id']}{project_id}"
            yield {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, pair)),
                "initiativeId": initiative["id"],
                "projectId": project_id,
                "sortOrder": f"{position:06}",
                "createdAt": began,
                "updatedAt": began,
            }

    def project_status(self, state: str) -> Row | None:
        """Return the status of a project by its state."""
        rows = self._tables["ProjectStatus"].values()
        return next((row for row in rows if row["type"] == state), None)

    def get(self, type_name: str, key: str) -> Row | None:
        """Return one row by its type and id."""
        if type_name == "Organization":
            return self.organization
        # Templates and external users have no rows, and so no table.
        return self._tables.get(type_name, {}).get(key)

    def many(self, type_name: str, keys: list[str]) -> list[Row]:
        """Return the rows that exist, in the order of their ids."""
        table = self._tables[type_name]
        return [table[key] for key in keys if key in table]

    def rows(self, type_name: str) -> list[Row]:
        """Return all rows of a type."""
        return list(self._tables[type_name].values())

    def ordered(self, type_name: str, order: str) -> list[Row]:
        """Return all rows of a type, newest first by createdAt or updatedAt."""
        key = (type_name, order)
        if key not in self._ordered:
            self._ordered[key] = sorted(
                self._tables[type_name].values(),
                key=lambda row: (row[order], row["id"]),
                reverse=True,
            )
        return self._ordered[key]

    def by(self, type_name: str, key: str, value: str) -> list[Row]:
        """Return the rows of a type whose reference (or list of them) holds an id."""
        index = self._by.get((type_name, key))
        if index is None:
            index = defaultdict(list)
            for row in self._tables[type_name].values():
                held = row.get(key)
                for one in held if isinstance(held, list) else (held,):
                    if one is not None:
                        index[one].append(row)
            self._by[type_name, key] = index
        return index.get(value, NOTHING)
