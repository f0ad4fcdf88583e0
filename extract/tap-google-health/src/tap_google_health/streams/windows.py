"""Streams that are read in windows of days.

The API has no filter on the time of change and reports no deletions. So each run reads
the days since the bookmark and `lookback_days` before it again. What an earlier run saw
in these days and this run does not see is deleted: its row gets `_sdc_deleted_at`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tap_google_health import conditions
from tap_google_health.civil import windows
from tap_google_health.common.timestamps import from_epoch
from tap_google_health.settings import ALL_SOURCES
from tap_google_health.streams.base import HealthStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_google_health.names import DataType
    from tap_google_health.streams.base import Row

Key = tuple[Any, ...]
DAY = timedelta(days=1)


class WindowStream(HealthStream):
    """A stream with one bookmark: the last day that was read completely.

    State: `replication_key_value`, the bookmark, at most yesterday; `seen`, the keys by
    day of the days that the next run reads again, and of rows about to be written;
    `start` and `family`, the settings with which the table was read.
    """

    data_type: ClassVar[DataType]
    window_days: ClassVar[int]
    """Days per window: a STATE follows each."""
    has_range = True
    remembers: ClassVar[bool] = True
    """Whether deletions are noticed."""

    def read(self) -> Iterator[Row]:
        """Yield the rows, window by window; a STATE follows each window.

        One also precedes the new rows of a window.
        """
        start, end = self.days()
        self.begin()
        done = 0
        for first, until in windows(start, end, self.window_days):
            for row in self.window(first, until, self.rows(first, until)):
                done += 1
                yield row
            self.finish(until)
            self._write_state_message()
            self.run.progress.log(self.name, done, done if until == end else None)
        self.end()

    def rows(self, first: date, until: date) -> Iterable[Row]:
        """Return the rows of a window, before their conversion.

        Args:
            first: First day.
            until: The day after the last.

        Raises:
            UnreadableError: If they cannot be read.
        """
        raise NotImplementedError

    def day_of(self, row: Row) -> str:
        """Return the day of a row in the sense of the API's filter.

        Args:
            row: A converted row.

        Returns:
            YYYY-MM-DD.
        """
        return str(row["date"])

    # --- which days ------------------------------------------------------------------

    def days(self) -> tuple[date, date]:
        """Return the first day to read, and the day after the last: tomorrow.

        Raises:
            TapError: If the first day is not known.
        """
        end = self.run.today + DAY
        if given := self.config.get("end_date"):
            end = min(end, datetime.fromisoformat(given).date())
        bookmark = self.own_state.get("replication_key_value")
        if self.is_full_table or not bookmark or self._is_outdated():
            return self.run.start, end
        # A run whose clock was ahead may have left a bookmark in the future.
        start = min(date.fromisoformat(bookmark), self.run.today - DAY) - self.lookback
        if self._start_setting:
            start = max(start, self.run.start)
        return start, end

    @property
    def lookback(self) -> timedelta:
        """How far before the bookmark a run begins."""
        return timedelta(days=self.config["lookback_days"])

    @property
    def _start_setting(self) -> str:
        return self.run.start.isoformat() if self.config.get("start_date") else ""

    def _is_outdated(self) -> bool:
        """Return whether the settings ask for rows that earlier runs did not read."""
        state, changed = self.own_state, ""
        # Without the setting, everything was read from the first day of the account.
        if self._start_setting < state.get("start", ""):
            changed = "start_date"
        if self.run.family != state.get("family", ALL_SOURCES):
            changed = "data_source_family"
        if changed:
            self.run.faults.add(
                conditions.SETTINGS_CHANGED,
                stream=self.name,
                setting=changed,
                item=self.run.start.isoformat(),
            )
        return bool(changed)

    # --- the steps of a run, also for a stream that another one reads ----------------

    def begin(self) -> None:
        """Begin reading."""
        self._written: set[Key] = set()
        self._rows = 0
        self._may_be_empty = bool(self.own_state.get("was_empty"))
        self._is_suspicious = False
        if self.is_full_table:
            self.begin_version()

    def window(self, first: date, until: date, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the converted rows of a window, and the deleted ones.

        Args:
            first: First day.
            until: The day after the last.
            rows: The rows as the API has them.
        """
        found: dict[Key, Row] = {}
        for row in rows:
            converted = self.converted(row)
            if converted is not None:
                found[self._key(converted)] = converted
        if self.remembers:
            self._announce(found)
        yield from found.values()
        self._rows += len(found)
        if self.remembers:
            self._written |= found.keys()
            yield from self._deleted(first, until, found)

    def finish(self, until: date) -> None:
        """Move the bookmark over a window, unless a row of this run was unusable.

        Args:
            until: The day after the last.
        """
        if not self.is_whole or self.is_full_table:
            return
        bookmark = min(until, self.run.today) - DAY
        horizon = (bookmark - self.lookback).isoformat()
        seen = self.own_state.get("seen") or {}
        self.save(
            replication_key=self.replication_key,
            replication_key_value=bookmark.isoformat(),
            start=self._start_setting,
            family=self.run.family,
            seen={day: keys for day, keys in sorted(seen.items()) if day >= horizon},
        )

    def end(self) -> None:
        """Activate the version of a stream that reads everything."""
        if not self.is_full_table:
            return
        state = self.own_state
        seen = state.get("seen") or {}
        before = state.get("rows") or sum(len(keys) for keys in seen.values())
        if before and not self._rows and not self._may_be_empty:
            self.save(was_empty=True)
            self.run.faults.add(
                conditions.LIST_EMPTY,
                stream=self.name,
                item=f"{before:,}",
                first=self.run.start.isoformat(),
            )
            return
        self.end_version()
        self.save(rows=self._rows)

    def _key(self, row: Row) -> Key:
        return tuple(row[name] for name in self.primary_keys)

    def _announce(self, found: dict[Key, Row]) -> None:
        """Write a STATE with the keys of a window's new rows before these rows.

        A target keeps the rows of a tap that is killed. Without their keys, the next
        run could not notice which of them are gone by then.

        Args:
            found: The converted rows by key.
        """
        seen: dict[str, list[list[Any]]] = self.own_state.get("seen") or {}
        known = {tuple(key) for keys in seen.values() for key in keys}
        added: dict[str, list[list[Any]]] = {}
        for key, row in found.items():
            if key not in known:
                added.setdefault(self.day_of(row), []).append(list(key))
        if added:
            days = seen.keys() | added.keys()
            self.save(
                seen={day: seen.get(day, []) + added.get(day, []) for day in days}
            )
            # A target refuses the state of a stream whose table it has not.
            self.write_schema()
            self._write_state_message()

    def _deleted(
        self, first: date, until: date, found: dict[Key, Row]
    ) -> Iterator[Row]:
        """Yield a row with `_sdc_deleted_at` for each key that is gone."""
        state = self.own_state
        seen: dict[str, list[list[Any]]] = state.get("seen") or {}
        inside = [day for day in seen if first.isoformat() <= day < until.isoformat()]
        gone = {tuple(key) for day in inside for key in seen[day]} - self._written
        if gone and not found and not self._may_be_empty:
            self._is_suspicious = True
            self.save(was_empty=True)
            self.run.faults.add(
                conditions.LIST_EMPTY,
                stream=self.name,
                item=f"{len(gone):,}",
                first=min(inside),
            )
            return
        for key in sorted(gone) if self.is_whole else ():
            yield {
                **dict(zip(self.primary_keys, key, strict=True)),
                "_sdc_deleted_at": from_epoch(self.run.started_at.timestamp()),
            }
        kept = {day: keys for day, keys in seen.items() if day not in inside}
        for key, row in found.items():
            kept.setdefault(self.day_of(row), []).append(list(key))
        self.save(seen=kept, was_empty=self._is_suspicious)
