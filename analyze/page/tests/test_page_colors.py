"""Readers who are color-blind can tell the colors of a chart apart."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from marts import ROOT

CSS = ROOT / "analyze/page/src/throughline_page/assets/page.css"
VARIABLE = re.compile(r"--(\w+): light-dark\(#(\w{6}), #(\w{6})\)")
# Colors that are next to each other in a chart (vega.yml and the views).
CHARTS = (
    ("blue", "orange", "teal", "strong"),
    ("blue", "orange", "grey"),
    ("blue", "teal", "grey", "strong"),
)
# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color
# Vision Deficiency, IEEE TVCG 15(6), 2009, for severity 1.0.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# CIE76 difference in Lab. About 2 is just noticeable side by side.
LEAST = 10.0

Triple = tuple[float, float, float]


def linear(code: str) -> Triple:
    """Return the linear red, green and blue of an sRGB code, 0 to 1."""
    parts = [int(code[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return red, green, blue


def product(matrix: tuple[Triple, Triple, Triple], color: Triple) -> Triple:
    one, two, three = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, color, strict=True))))
        for row in matrix
    )
    return one, two, three


def lab(color: Triple) -> Triple:
    """Return CIE Lab (D65) of linear red, green and blue."""
    to_xyz = (
        (0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883),
    )
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in product(to_xyz, color)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colors_of_a_chart_differ_for_every_reader(
    deficiency: str, scheme: str
) -> None:
    colors = {
        name: {"light": light, "dark": dark}[scheme]
        for name, light, dark in VARIABLE.findall(CSS.read_text("utf-8"))
    }
    seen = {
        name: lab(product(DEFICIENCIES[deficiency], linear(code)))
        for name, code in colors.items()
    }
    close = [
        (one, two, round(math.dist(seen[one], seen[two]), 1))
        for chart in CHARTS
        for one, two in itertools.combinations(chart, 2)
        if math.dist(seen[one], seen[two]) < LEAST
    ]
    assert close == []
