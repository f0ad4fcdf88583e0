"""How the command reads its files, and how it ends: with one line per problem."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click
from singer_sdk.exceptions import ConfigValidationError

from tap_linear.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator


def ended(*lines: str) -> SystemExit:
    """Return the exception that ends the run with exit code 1.

    Of any other exception, the SDK would log a traceback.

    Args:
        lines: What the user reads, one line per problem; secrets are removed.
    """
    return SystemExit("\n".join(f"Error: {redact(line)}" for line in lines))


@contextmanager
def one_line() -> Iterator[None]:
    """End with one line per problem if the settings are wrong or the target is gone.

    Raises:
        SystemExit: With lines that begin with `Error: `, and exit code 1.
    """
    try:
        yield
    except ConfigValidationError as error:
        raise ended(*error.errors) from None
    except BrokenPipeError:
        # What is still in the buffer has no reader either.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the end
        message = (
            "the target has stopped reading, see its log; the next run continues "
            "from the last state that the target kept"
        )
        raise ended(message) from None


def json_object(file: IO[str] | None, option: str) -> IO[str] | None:
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
