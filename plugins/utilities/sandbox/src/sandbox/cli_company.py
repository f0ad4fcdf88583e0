"""The commands for time, events, faults and statistics."""

from __future__ import annotations

import inspect
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sandbox import company
from sandbox.control import Control
from sandbox.settings import Settings
from sandbox.state import MOST_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., None]], Callable[..., None]]

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def span(text: str) -> timedelta:
    """Parse a duration such as `7d`, `2w` or `1d12h`.

    Raises:
        ValueError: The text is not a duration, or is longer than `advance` accepts.
    """
    if not re.fullmatch(r"(?:\d+[wdhms])+", text):
        message = f"not a duration: {text!r}; write it as 7d, 2w or 1d12h"
        raise ValueError(message)
    parts = re.findall(r"(\d+)([wdhms])", text)
    try:
        found = sum(
            (timedelta(**{UNITS[unit]: int(number)}) for number, unit in parts),
            timedelta(),
        )
    except OverflowError:
        found = timedelta.max
    if not timedelta() < found <= timedelta(days=MOST_DAYS):
        message = f"one advance takes 1s to {MOST_DAYS}d, not {text:.40}"
        raise ValueError(message)
    return found


def _control() -> Control:
    settings = Settings.current()
    return Control(settings.api_url, settings.token)


def _told(health: dict[str, Any]) -> None:
    typer.echo(
        f"{health['organization']}, {health['now'][:16].replace('T', ' ')} UTC:"
        f" {health['issues']:,} issues, {health['pull_requests']:,} pull requests"
    )


def advance(by: Annotated[str, typer.Argument(help="7d, 2w, 1d12h …")]) -> None:
    """Simulate a period of the company, so that an incremental run reads changes."""
    _told(_control().event("advance", seconds=span(by).total_seconds()))


def stats(
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Reset the counts afterwards.")
    ] = False,
) -> None:
    """Show the requests, points and operations of each API."""
    control = _control()
    for api, counts in control.stats().items():
        statuses = ", ".join(
            f"{n:,} with {one}" for one, n in counts["statuses"].items()
        )
        typer.echo(
            f"{api}: {counts['requests']:,} requests, {counts['points']:,} points"
            + (f" ({statuses})" if statuses else "")
        )
        table = Table(show_edge=False, pad_edge=False, show_header=False, box=None)
        for name, number in {**counts["operations"], **counts["faults"]}.items():
            table.add_row(f"  {number:,}", name)
        Console(soft_wrap=True).print(table)
    if forget:
        control.forget_stats()


def fault(  # noqa: PLR0913 - one per part of an order
    kind: Annotated[
        str | None, typer.Argument(help="server-error, rate-limited, cut, latency …")
    ] = None,
    *,
    api: Annotated[str, typer.Option(help="linear or github.")] = "github",
    at: Annotated[int, typer.Option(min=1, help="The first request that fails.")] = 1,
    count: Annotated[int, typer.Option(min=0, help="How many fail; 0: all.")] = 1,
    rate: Annotated[
        float | None, typer.Option(min=0, max=1, help="Random share of the requests.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random share.")] = 0,
    match: Annotated[
        str,
        typer.Option(help="Only requests whose path or document contains this text."),
    ] = "",
    above: Annotated[
        int | None,
        typer.Option(help="Only requests for larger pages than this (`$first`)."),
    ] = None,
    status: Annotated[int | None, typer.Option(help="Another HTTP status.")] = None,
    code: Annotated[
        str | None, typer.Option(help="Another error code or type.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Latency, or Retry-After; -1 omits the header.")
    ] = None,
    row_seconds: Annotated[
        float, typer.Option(min=0, help="Additional latency for each ID in a request.")
    ] = 0,
    token: Annotated[
        str, typer.Option(help="Only requests with this credential.")
    ] = "",
    field: Annotated[
        str, typer.Option(help="Field of the response to change; empty: any list.")
    ] = "",
    value: Annotated[
        str | None, typer.Option(help="New value of the field, as JSON or text.")
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, help="Every n-th entry becomes null.")
    ] = 2,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all faults.")] = False,
) -> None:
    """Inject a fault; without a kind, list the injected faults."""
    control = _control()
    if clear:
        control.clear_faults()
    if kind is not None:
        order = {
            "at": at,
            "count": count,
            "rate": rate,
            "seed": seed,
            "match": match,
            "above": above,
            "status": status,
            "code": code,
            "seconds": seconds,
            "row_seconds": row_seconds,
            "token": token,
            "field": field,
            "value": _json_or_text(value),
            "every": every,
        }
        control.fault(kind, api, **order)
    for one in control.faults():
        typer.echo(", ".join(f"{key} {value}" for key, value in one.items() if value))


def remove(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Type, Type.field or Enum.VALUE; none: restore all."),
    ] = None,
    *,
    api: Annotated[str, typer.Option(help="linear or github.")] = "github",
) -> None:
    """Remove types, fields, roots (Query.x) and enum values from a vendor's schema."""
    _control().remove(*(names or ()), api=api)
    typer.echo(
        f"{api} no longer has: {', '.join(names)}"
        if names
        else f"{api}: schema restored"
    )


def restrict(
    *,
    api: Annotated[str, typer.Option(help="linear or github.")] = "github",
    token: Annotated[
        str, typer.Option(help="Token of GitHub; empty: every token.")
    ] = "",
    hidden: Annotated[
        list[str] | None,
        typer.Option(help="Keys of teams, or repositories as owner/name."),
    ] = None,
    saml: Annotated[
        list[str] | None, typer.Option(help="Organizations with single sign-on.")
    ] = None,
    refused: Annotated[
        list[str] | None, typer.Option(help="Type.field, or Query.root of Linear.")
    ] = None,
) -> None:
    """Restrict what a credential can see; without a list, remove all restrictions."""
    given = {"hidden": hidden, "saml": saml, "refused": refused}
    lists = {name: values for name, values in given.items() if values}
    _control().restrict(token, api, **lists)
    said = "; ".join(f"{name} {', '.join(one)}" for name, one in lists.items())
    typer.echo(f"{api}: {said or 'everything is visible'}")


def tokens(
    *,
    expire: Annotated[
        bool, typer.Option("--expire", help="Expire every access token now.")
    ] = False,
    lifetime: Annotated[
        float | None, typer.Option(min=1, help="Lifetime of new tokens, in seconds.")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove all; the first one works again.")
    ] = False,
) -> None:
    """Change Linear's OAuth tokens."""
    _control().tokens(expired=expire, lifetime=lifetime, reset=reset)
    typer.echo("done")


def _json_or_text(value: str | None) -> Any:  # noqa: ANN401 - any JSON
    try:
        return None if value is None else json.loads(value)
    except json.JSONDecodeError:
        return value


def _event(name: str, happens: Callable[..., object]) -> Callable[..., None]:
    """Make a command from an event; its options are the event's parameters."""

    def command(**arguments: str) -> None:
        _told(_control().event(name, **arguments))

    parameters = list(inspect.signature(happens).parameters.values())[1:]
    command.__doc__ = inspect.getdoc(happens)
    command.__name__ = name.replace("-", "_")
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(annotation=str, default=one.empty) for one in parameters]
    )
    command.__annotations__ = {one.name: str for one in parameters}
    return command


def register(app: typer.Typer, wrap: Decorator) -> None:
    """Add these commands to the command line.

    Args:
        app: The command line.
        wrap: Decorator that reports each error in one line.
    """
    for command in (advance, stats, fault, remove, restrict, tokens):
        app.command()(wrap(command))
    for name, happens in company.EVENTS.items():
        summary = (inspect.getdoc(happens) or "").partition("\n")[0]
        app.command(name, help=summary)(wrap(_event(name, happens)))
