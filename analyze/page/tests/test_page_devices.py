"""The page in other time zones, colors and sizes, with a keyboard and in print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import shown
from marts import HEBREW

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

PHONE = {"width": 390, "height": 844}


def test_weeks_are_the_same_in_los_angeles_and_in_tokyo(
    browser: Browser, small_page: Path
) -> None:
    texts = []
    for zone in ("America/Los_Angeles", "Asia/Tokyo"):
        with shown(browser, small_page, timezone_id=zone) as opened:
            opened.wait()
            assert (
                opened.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
                == zone
            )
            texts.append(opened.texts())
    assert texts[0] == texts[1]
    assert any("29 Jun 26" in text for text in texts[0])


@pytest.mark.parametrize(
    ("scheme", "viewport"),
    [("light", None), ("dark", None), ("light", PHONE), ("dark", PHONE)],
)
def test_axe_finds_nothing(
    browser: Browser, small_page: Path, scheme: str, viewport: dict[str, int] | None
) -> None:
    size = viewport or {"width": 1280, "height": 900}
    # axe adds its own script, which the page's policy refuses.
    options: dict[str, Any] = {
        "color_scheme": scheme,
        "viewport": size,
        "bypass_csp": True,
    }
    with shown(browser, small_page, **options) as opened:
        opened.wait()
        found = Axe().run(opened.page)
    assert found.response["passes"]
    assert [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found.response["violations"]
    ] == []


def test_a_phone_does_not_scroll_sideways(browser: Browser, small_page: Path) -> None:
    with shown(browser, small_page, viewport=PHONE) as opened:
        opened.wait()
        width = opened.page.evaluate("document.documentElement.scrollWidth")
        drawings = opened.page.locator(".drawing svg")
        boxes = [one.bounding_box() for one in drawings.all()]
    widths = [box["width"] for box in boxes if box]
    assert len(widths) == len(boxes)
    assert width == PHONE["width"]
    assert len(widths) > 10
    assert max(widths) <= PHONE["width"]


def test_dark_mode_is_dark(browser: Browser, small_page: Path) -> None:
    ink = []
    for scheme in ("light", "dark"):
        with shown(browser, small_page, color_scheme=scheme) as opened:
            opened.wait()
            ink.append(
                opened.page.evaluate(
                    """() => [document.body, document.querySelector("svg text")].map(
                      (e, i) => getComputedStyle(e)[i ? "fill" : "backgroundColor"])"""
                )
            )
    (light_paper, light_text), (dark_paper, dark_text) = ink
    assert brightness(light_paper) > 200
    assert brightness(dark_paper) < 100
    assert brightness(light_text) < brightness(dark_text)


def brightness(color: str) -> float:
    """Return the mean of an rgb() color's parts, 0 to 255."""
    parts = color.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(float(part) for part in parts) / 3


def test_the_keyboard_reaches_the_selection_and_sorts_a_table(
    browser: Browser, small_page: Path
) -> None:
    with shown(browser, small_page) as opened:
        opened.wait()
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        reached = []
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.name"))
        assert [
            each for each in ("team", "period", "from", "to") if each in reached
        ] == [
            "team",
            "period",
            "from",
            "to",
        ]
        heading = opened.view("10_waiting").locator("th").nth(1)
        heading.locator("button").focus()
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        people = [row["1 On whom"] for row in opened.tables("10_waiting")[0]]
        assert people == sorted(people, key=lambda name: name == HEBREW)


def test_print_shows_every_row(browser: Browser, small_page: Path) -> None:
    with shown(browser, small_page) as opened:
        opened.wait()
        opened.page.emulate_media(media="print")
        opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        details = opened.page.locator("#views details")
        assert details.count() > 5
        assert [one for one in details.all() if one.get_attribute("open") is None] == []
        assert opened.page.locator(".more:visible").count() == 0
