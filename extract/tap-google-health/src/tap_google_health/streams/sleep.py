"""Sleep: sessions and their stages, from one list."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from tap_google_health.civil import date_at, seconds, windows
from tap_google_health.names import DataType
from tap_google_health.schemas import sessions
from tap_google_health.streams.lists import SESSIONS, ListStream, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_google_health.streams.base import Row


class SleepStream(ListStream):
    """A stream of the list of sleep.

    The first selected of the two reads the list and also writes the rows of the other.
    """

    data_type = DataType("sleep")
    replication_key = "started_at"
    scope = "sleep"
    window_days = 90
    page_rows = SESSIONS
    # With a family of sources, the API refuses the list of sleep (INVALID_ARGUMENT).
    family_is_sent = False

    def read(self) -> Iterator[Row]:
        """Yield the rows of this stream, and write those of the other before them."""
        others = [
            cast("SleepStream", stream)
            for stream in (self._tap.streams["sleep_stages"],)
            if stream is not self and stream.selected
        ]
        if self.name == "sleep_stages" and self._tap.streams["sleep_sessions"].selected:
            return
        both = [*others, self]
        ranges = [stream.days() for stream in both]
        for stream in both:
            stream.begin()
        start, end = min(first for first, _ in ranges), ranges[0][1]
        done = 0
        for first, until in windows(start, end, self.window_days):
            # The filter of sleep accepts only its end, in UTC or in civil time.
            name = f"{self.data_type.filtered}.interval.end_time"
            text = f'{name} >= "{first}T00:00:00Z" AND {name} < "{until}T00:00:00Z"'
            points = list(self.points(text))
            for other in others:
                rows = other.rows_of(points)
                for row in other.window(first, until, rows):
                    other._write_record_message(row)  # noqa: SLF001 - of this class
                other.finish(until)
            for row in self.window(first, until, self.rows_of(points)):
                done += 1
                yield row
            self.finish(until)
            self._write_state_message()
            self.run.progress.log(self.name, done, done if until == end else None)
        for stream in both:
            stream.end()

    def rows_of(self, points: list[dict[str, Any]]) -> Iterator[Row]:
        """Yield the rows of data points.

        Args:
            points: Sleep, as the API has it.
        """
        raise NotImplementedError


class SleepSessions(SleepStream):
    """A night, a part of one, or a nap."""

    name = "sleep_sessions"
    table = sessions.SLEEP_SESSIONS

    def rows_of(self, points: list[dict[str, Any]]) -> Iterator[Row]:
        """Yield one row per session."""
        for point in points:
            sleep = point["sleep"]
            interval = sleep.get("interval") or {}
            metadata = sleep.get("metadata") or {}
            source = point.get("dataSource") or {}
            yield {
                "id": id_of(point),
                "type": sleep.get("type"),
                "stages_status": metadata.get("stagesStatus"),
                "platform": source.get("platform"),
                "device_name": (source.get("device") or {}).get("displayName"),
                "recording_method": source.get("recordingMethod"),
                **offsets(interval),
                **_summary(sleep.get("summary")),
                "is_main": metadata.get("mainSleep", False),
                "is_nap": metadata.get("nap", False),
                "is_processed": metadata.get("processed", False),
                "is_manually_edited": metadata.get("manuallyEdited", False),
                "sleep_date": lambda interval=interval: date_at(
                    interval["endTime"], interval.get("endUtcOffset")
                ),
                "started_at": interval.get("startTime"),
                "ended_at": interval.get("endTime"),
                "updated_at": sleep.get("updateTime"),
            }

    def day_of(self, row: Row) -> str:
        """Return the UTC date of the end, which the filter compares."""
        return str(row["ended_at"])[:10]


class SleepStages(SleepStream):
    """A segment of a session."""

    name = "sleep_stages"
    table = sessions.SLEEP_STAGES

    def rows_of(self, points: list[dict[str, Any]]) -> Iterator[Row]:
        """Yield one row per segment."""
        for point in points:
            sleep = point["sleep"]
            end = (sleep.get("interval") or {}).get("endTime")
            session = id_of(point)
            for stage in sleep.get("stages") or []:
                started, ended = stage.get("startTime"), stage.get("endTime")
                yield {
                    "session_id": session,
                    "stage": stage.get("type"),
                    "seconds": lambda started=started, ended=ended: length(
                        started, ended
                    ),
                    "started_at": started,
                    "ended_at": ended,
                    "_session_ended_at": end,
                }

    def converted(self, row: Row) -> Row | None:
        """Return a converted row, and keep the end of its session for `day_of`."""
        found = super().converted(row)
        if found is not None:
            key = self._key(found)
            self._ends[key] = str(row.get("_session_ended_at"))[:10]
        return found

    def begin(self) -> None:
        """Begin reading."""
        super().begin()
        self._ends: dict[tuple[Any, ...], str] = {}

    def day_of(self, row: Row) -> str:
        """Return the UTC date of the session's end, which the filter compares."""
        return self._ends[self._key(row)]

    def finish(self, until: date) -> None:
        """Move the bookmark, and forget the window."""
        super().finish(until)
        self._ends.clear()


def offsets(interval: dict[str, Any]) -> Row:
    """Return the columns of an interval's offsets from UTC.

    Args:
        interval: A `SessionTimeInterval`; a missing offset is UTC.
    """
    return {
        "start_utc_offset_seconds": lambda: seconds(interval.get("startUtcOffset")),
        "end_utc_offset_seconds": lambda: seconds(interval.get("endUtcOffset")),
    }


def length(started: str, ended: str) -> int:
    """Return the seconds between two times.

    Args:
        started: RFC 3339.
        ended: RFC 3339.

    Raises:
        TypeError: If one is missing.
        ValueError: If one is invalid.
    """
    begin, end = datetime.fromisoformat(started), datetime.fromisoformat(ended)
    return round((end - begin).total_seconds())


def _summary(summary: dict[str, Any] | None) -> Row:
    """Return the columns of a summary; a number that is missing in it is 0.

    A session that is not processed has no summary: then the columns are null.
    """
    if not isinstance(summary, dict):
        return {}
    stages = summary.get("stagesSummary") or []
    awake: dict[str, Any] = next(
        (one for one in stages if one.get("type") == "AWAKE"), {}
    )
    return {
        "minutes_in_period": summary.get("minutesInSleepPeriod", 0),
        "minutes_asleep": summary.get("minutesAsleep", 0),
        "minutes_awake": summary.get("minutesAwake", 0),
        "minutes_to_fall_asleep": summary.get("minutesToFallAsleep", 0),
        "minutes_after_wake_up": summary.get("minutesAfterWakeUp", 0),
        "awakenings": awake.get("count", 0),
    }


SLEEP = (SleepSessions, SleepStages)
