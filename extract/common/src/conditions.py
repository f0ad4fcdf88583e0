"""What happens when: the table that the README of each tap shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class TableRow(Protocol):
    """A row of the table."""

    @property
    def when(self) -> str:
        """What happened."""

    @property
    def line(self) -> str:
        """Line in the log, with its facts in braces."""

    @property
    def kept(self) -> str:
        """What is kept, and what the next run does."""

    @property
    def exit_code(self) -> int:
        """Exit code of a run in which nothing else happened."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that a tap handles in its own way.

    Attributes:
        when: What happened.
        line: Line in the log; `str.format` fills in its braces.
        kept: What is kept, and what the next run does.
        exit_code: Exit code of a run in which nothing else happened.
    """

    when: str
    line: str
    kept: str
    exit_code: int


def rows(conditions: Iterable[TableRow]) -> list[str]:
    """Return the rows of the table, Markdown.

    Args:
        conditions: The conditions, in the order of the table.
    """
    return [
        f"| {each.when} | `{each.line}` | {each.kept} | {each.exit_code} |"
        for each in conditions
    ]


STATE_DAMAGED = Condition(
    "The state is damaged",
    "The state is damaged: {place} is {found}, not {expected}; correct it, or read "
    "everything again without it (meltano state clear, or --full-refresh)",
    "Everything. Nothing is read or written.",
    1,
)

CONTINUES = "Every batch up to the last STATE. The next run continues from there."


def unreachable(vendor: str) -> Condition:
    """Return the condition that an API answers no request.

    Args:
        vendor: Who operates the API.
    """
    return Condition(
        f"{vendor} cannot be reached, or fails at every request, 5 times in succession",
        f"{vendor} cannot be reached at {{url}}: {{message}}, {{tries}} times in "
        "succession; check the network, the proxy, {api_url} and {request_timeout}",
        CONTINUES,
        1,
    )


def limit_too_long(vendor: str) -> Condition:
    """Return the condition that a wait would be longer than the setting allows.

    Args:
        vendor: Who operates the API.
    """
    return Condition(
        "A rate limit lasts longer than `max_wait_seconds`",
        f"{vendor} makes a request wait {{seconds}} s ({{message}}), longer than "
        "{max_wait_seconds} ({most} s): increase it, or run again later; the next run "
        "continues",
        CONTINUES,
        1,
    )


def wrong_endpoint(api: str, url: str) -> Condition:
    """Return the condition that the address is not the one of the API.

    Args:
        api: Name of the API, such as `Notion's API`.
        url: The vendor's own address.
    """
    return Condition(
        f"The address is not {api}",
        f"{{api_url}} is not {api} (HTTP {{status}}): leave it out, or set it to {url}",
        CONTINUES,
        1,
    )


def text_repaired(vendor: str) -> Condition:
    """Return the condition that a text is not valid Unicode.

    Args:
        vendor: Who operates the API.
    """
    return Condition(
        "A text contains half a character (a lone surrogate) or bytes that are not "
        "UTF-8",
        f"a response of {vendor} contains text that is not valid Unicode: replaced by "
        "U+FFFD",
        "The row, with U+FFFD instead of what cannot be stored.",
        0,
    )
