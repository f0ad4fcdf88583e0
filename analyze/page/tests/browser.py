"""Debian's Chromium through Playwright, and what a page shows in it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

# Debian's, and what GitHub's machines have.
NAMES = ("chromium", "google-chrome", "chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN_MILLISECONDS = 120_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, or skip the test and say how to install it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("Chromium is missing: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, timeout=DRAWN_MILLISECONDS
        )
        yield browser
        browser.close()


@dataclass
class Shown:
    """A report page that is open in Chromium.

    Attributes:
        page: Playwright's page.
        requests: The addresses that it requested.
        errors: What it logged as an error.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Open an address."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.errors.append(message.text) if message.type == "error" else None
            ),
        )
        self.page.goto(address)

    def wait(self) -> None:
        """Wait until the selection is drawn."""
        self.page.wait_for_selector(
            "html[data-drawn]", state="attached", timeout=DRAWN_MILLISECONDS
        )

    def select(self, name: str, value: str) -> None:
        """Choose a value in the selection, and wait until it is drawn."""
        self.page.locator(f"#controls [name={name}]").select_option(value)
        self.wait()

    def dates(self, first: str, last: str) -> None:
        """Choose a range of dates, and wait until it is drawn."""
        for name, value in (("from", first), ("to", last)):
            place = self.page.locator(f"#controls [name={name}]")
            place.fill(value)
            place.dispatch_event("change")
            self.wait()

    def view(self, name: str) -> Locator:
        """Return a view's section."""
        return self.page.locator(f'[id="{name}"]')

    def names(self) -> list[str]:
        """Return the names of the views, cards included."""
        sections = self.page.locator(".view, .card")
        return [str(one.get_attribute("id")) for one in sections.all()]

    def answer(self, name: str) -> str:
        """Return a view's sentence."""
        return str(self.view(name).locator(".answer").text_content())

    def tables(self, name: str) -> list[list[dict[str, str]]]:
        """Return the rows of each of a view's tables, by heading and its number.

        Headings can repeat, so each has its place in front: `1 Team`.
        """
        found: list[list[dict[str, str]]] = self.view(name).evaluate(
            """(view) => [...view.querySelectorAll("table")].map((table) => {
              const names = [...table.tHead.rows[0].cells].map(
                (cell, index) => `${index} ${cell.textContent}`);
              return [...table.tBodies[0].rows].map((row) => Object.fromEntries(
                [...row.cells].map((cell, index) => [names[index], cell.textContent])));
            })"""
        )
        return found

    def texts(self) -> list[str]:
        """Return every text of every chart and table, in the order of the page."""
        return self.page.locator("svg text, td, .answer").all_text_contents()


def hours_of(text: str) -> float:
    """Read a duration as the page writes it: `30 min`, `4.4 h`, `3.1 d`."""
    number, unit = text.replace(",", "").split(" ")
    return float(number) * {"min": 1 / 60, "h": 1, "d": 24}[unit]


def is_hours(text: str, hours: float | None) -> bool:
    """Tell whether a cell shows a duration, a dash for None.

    The page rounds to whole minutes, to one decimal of an hour or a day, and to none
    from 20 on.
    """
    if hours is None:
        return text == "\N{EN DASH}"
    number, unit = text.replace(",", "").split(" ")
    step = {"min": 1 / 60, "h": 1, "d": 24}[unit]
    rounding = 0.5 if unit == "min" or float(number) >= 20 else 0.05
    return abs(float(number) * step - hours) <= rounding * step + 0.01


@contextmanager
def shown(
    browser: Browser,
    path: Path,
    *,
    fragment: str = "",
    before: str = "",
    **context: Any,  # noqa: ANN401 - Playwright's options
) -> Iterator[Shown]:
    """Open a report page in a context of its own.

    Args:
        browser: Chromium.
        path: The page's file.
        fragment: What follows the file in the address, such as `#20_flow`.
        before: A script that runs before those of the page.
        context: Options of Playwright's context, such as `timezone_id`.
    """
    options = {"viewport": {"width": 1280, "height": 900}} | context
    opened = browser.new_context(**options)
    opened.set_default_timeout(DRAWN_MILLISECONDS)
    report = Shown(opened.new_page())
    if before:
        report.page.add_init_script(before)
    report.open(path.as_uri() + fragment)
    yield report
    opened.close()
