"""Remembers what a run has written of a list that it reads twice."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_hubspot_crm.schemas.rows import Json


class Written:
    """Records of the recycle bin that a run has written.

    The bin is read before and after the list. A record that is in it both times, and
    is the same, is written once. A digest of 8 bytes per record is kept.
    """

    def __init__(self) -> None:
        """Begin with nothing written."""
        self._digests: dict[str, bytes] = {}

    def changed(self, records: Iterable[Json]) -> list[Json]:
        """Return the records that were not written like this, and remember them.

        Args:
            records: Records as HubSpot returned them.
        """
        found = []
        for one in records:
            text = json.dumps(one, sort_keys=True).encode()
            digest = hashlib.blake2b(text, digest_size=8).digest()
            if self._digests.get(str(one["id"])) != digest:
                self._digests[str(one["id"])] = digest
                found.append(one)
        return found

    def forget(self, records: Iterable[Json]) -> None:
        """Forget records that were written again, because they left the bin.

        Args:
            records: Records of the list.
        """
        for one in records:
            self._digests.pop(str(one["id"]), None)
