"""IDs of Notion objects: the same in every run."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("7b1d4c1e-52a6-4a3a-9a1e-6f0a4f6f2c11")


def identifier(*parts: object) -> str:
    """Return the ID of an object.

    Args:
        parts: What distinguishes it.
    """
    return str(uuid5(NAMESPACE, ":".join(map(str, parts))))
