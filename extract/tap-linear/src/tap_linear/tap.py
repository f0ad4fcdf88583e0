"""Settings and streams of the tap."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import click
from singer_sdk import Stream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from tap_linear.client import API_URL, LinearClient
from tap_linear.documents import PAGE_MAX, Document, timestamp
from tap_linear.errors import LinearError
from tap_linear.progress import Progress
from tap_linear.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SECRETS = ("api_key", "access_token")
HEADERS = (*SECRETS, "user_agent")


@contextmanager
def _one_line() -> Iterator[None]:
    """End with one line where the settings are wrong or nobody reads the output.

    Raises:
        ClickException: What click prints as `Error: …`, with exit code 1.
    """
    try:
        yield
    except ConfigValidationError as error:
        raise click.ClickException("; ".join(error.errors)) from None
    except BrokenPipeError:
        # What is still in the buffer has no reader either.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the end
        message = (
            "the target has stopped reading, its own log says why; the next run goes "
            "on from the last state that it kept"
        )
        raise click.ClickException(message) from None


def _json_object(file: IO[str] | None, option: str) -> IO[str] | None:
    """Return a file again after a look into it.

    Raises:
        ClickException: If it holds no JSON object, or bookmarks that are none.
    """
    if file is None:
        return None
    text = file.read()
    try:
        found = json.loads(text)
    except ValueError as error:
        message = f"{option}: {file.name} cannot be read as JSON: {error}"
        raise click.ClickException(message) from None
    if not isinstance(found, dict):
        message = f"{option}: {file.name} holds no JSON object"
        raise click.ClickException(message)
    bookmarks = found.get("bookmarks", {})
    if not (
        isinstance(bookmarks, dict)
        and all(isinstance(each, dict) for each in bookmarks.values())
    ):
        message = f"{option}: bookmarks in {file.name} is not an object of objects"
        raise click.ClickException(message)
    return io.StringIO(text)


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:  # such as a bracket that is not closed
        return False


class TapLinear(Tap):
    """Reads a Linear workspace."""

    name = "tap-linear"
    message_writer_class = MsgSpecWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        PluginCapabilities.ABOUT,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema = th.PropertiesList(
        th.Property(
            "api_key",
            th.StringType,
            secret=True,
            title="API key",
            description="Personal API key (Settings > Security & access). This or "
            "access_token is needed.",
        ),
        th.Property(
            "access_token",
            th.StringType,
            secret=True,
            title="Access token",
            description="OAuth access token with the scope `read`. Used if there is no "
            "api_key.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default=API_URL,
            title="API URL",
            description="GraphQL endpoint.",
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description="Read of the incremental streams what changed at or after "
            "this moment; everything if absent.",
        ),
        th.Property(
            "teams",
            th.ArrayType(th.StringType),
            default=[],
            title="Teams",
            description="Keys of the teams to read, such as ENG; all if empty.",
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1, maximum=PAGE_MAX),
            default=PAGE_MAX,
            title="Page size",
            description="Most rows per request; fewer where Linear's complexity limit "
            "asks for it.",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0),
            default=60,
            title="Lookback",
            description="Look so many seconds behind the bookmark for rows that "
            "appeared late.",
        ),
        th.Property(
            "request_timeout",
            th.IntegerType(minimum=1),
            default=60,
            title="Request timeout",
            description="Seconds to wait for an answer.",
        ),
        th.Property(
            "max_wait_seconds",
            th.IntegerType(minimum=0),
            default=3900,
            title="Longest wait",
            description="Wait at most so many seconds for Linear's limits, which fill "
            "up every hour; then end, to resume in the next run.",
        ),
        th.Property(
            "user_agent",
            th.StringType,
            title="User agent",
            description="User-Agent header; the tap's name and version if absent.",
        ),
    ).to_dict()

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check what a JSON schema cannot say, too; --discover needs no credential.

        Raises:
            ConfigValidationError: With one text per error, none of them a secret.
        """
        errors = super()._validate_config(raise_errors=False)
        if not any(self.config.get(name) for name in SECRETS):
            errors.append(
                "set api_key to a personal API key or access_token to an OAuth token"
            )
        try:
            timestamp(self.config.get("start_date") or "2000-01-01")
        except (TypeError, ValueError):
            errors.append("start_date is not a date or time, such as 2026-01-31")
        for name in SECRETS:  # the validator's text would hold the value
            wrong = f"config['{name}']"
            errors = [f"{name} is not text" if wrong in e else e for e in errors]
        for name in HEADERS:
            value = str(self.config.get(name) or "").strip()
            if not (value.isascii() and value.isprintable()):
                errors.append(f"{name} holds a character that no header can hold")
        if not _is_web_address(str(self.config.get("api_url") or API_URL)):
            errors.append("api_url does not begin with https:// and a host")
        if errors and raise_errors:
            raise ConfigValidationError(errors[0], errors=errors)
        return errors

    @classmethod
    def invoke(
        cls,
        *,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **options: Any,  # noqa: ANN401 - click's
    ) -> None:
        """Run the tap; what is wrong with its settings or files ends in one line."""
        with _one_line():
            super().invoke(
                state=_json_object(state, "--state"),
                catalog=_json_object(catalog, "--catalog"),
                **options,
            )

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """End as stopped: the SDK would end with 0, as if all had been read."""
        self.logger.warning("Stopped; the next run goes on from the last state")
        sys.exit(128 + signum)

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run --test; wrong settings end in one line."""
        with _one_line():
            super().cb_test(ctx, param, value)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> Any:  # noqa: ANN401 - the SDK's own
        """Read --config; a file that cannot be read ends in one line."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError) as error:
            message = f"cannot be read as JSON: {error}"
            raise click.BadParameter(message, ctx, param) from None

    @cached_property
    def client(self) -> LinearClient:
        """The client that all streams share: one session, one set of budgets."""
        return LinearClient(self.config, self.logger)

    @cached_property
    def progress(self) -> Progress:
        """Says how far the streams are."""
        return Progress(self.logger, self.client)

    @cached_property
    def teams(self) -> list[str]:
        """Keys of the teams to read, sorted; none for all."""
        return sorted({key.strip().upper() for key in self.config.get("teams") or []})

    @cached_property
    def start_date(self) -> str | None:
        """Where to begin without a bookmark, as UTC with milliseconds."""
        value = self.config.get("start_date")
        return timestamp(value) if value else None

    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams by name in the order of STREAMS, where the SDK sorts by name."""
        found = super().streams
        return {stream.name: found[stream.name] for stream in STREAMS}

    def check_teams(self) -> None:
        """Make sure that the teams of the settings exist; asked once per run.

        Raises:
            LinearError: If one does not.
        """
        if missing := sorted(set(self.teams) - self._found_teams):
            message = (
                f"teams: there is no team {', '.join(missing)} that this credential "
                "can see; use the key before the number of an issue, such as ENG"
            )
            raise LinearError(message)

    @cached_property
    def _found_teams(self) -> set[str]:
        if not self.teams:
            return set()
        document = Document("team_keys", {"properties": {}})
        wanted = {"first": PAGE_MAX, "filter": {"key": {"in": self.teams}}}
        data: dict[str, Any] = self.client.execute(
            document.text, wanted, document.cost()
        )
        return {row["key"] for row in data["teams"]["nodes"]}
