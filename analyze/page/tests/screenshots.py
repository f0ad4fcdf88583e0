"""Make the screenshots of README.md from the page in output/page.html.

make demo dev && .venv/bin/python analyze/page/tests/screenshots.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from browser import chromium, shown

ROOT = Path(__file__).resolve().parents[3]
IMAGES = ROOT / "analyze" / "page" / "images"
# Color scheme, width, first view, height.
SHOTS = {
    "light": ("light", 1200, None, 1500),
    "dark": ("dark", 1200, "20_flow", 1400),
    "phone": ("light", 390, None, 1500),
}


def main() -> None:
    """Write one image per screenshot."""
    page = (
        Path(sys.argv[1]).resolve()
        if len(sys.argv) > 1
        else ROOT / "output" / "page.html"
    )
    IMAGES.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, (scheme, width, view, height) in SHOTS.items():
            size = {"width": width, "height": 900}
            with shown(browser, page, color_scheme=scheme, viewport=size) as report:
                report.wait()
                top = 0.0
                if view:
                    box = report.view(view).bounding_box()
                    top = box["y"] - 20 if box else 0.0
                report.page.screenshot(
                    path=IMAGES / f"{name}.png",
                    full_page=True,
                    clip={"x": 0, "y": top, "width": width, "height": height},
                )


if __name__ == "__main__":
    main()
