"""Put the rows, the specifications and Vega's runtime into one HTML file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import vl_convert
import yaml
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .encode import compress, compress_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .common.definitions import Definition, Definitions

SCRIPTS = ("engine.js", "format.js", "table.js", "chart.js", "page.js")


@cache
def runtime() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that sets `vegaEmbed`."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle


def render(data: Mapping[str, Any], definitions: Definitions, vega: str) -> str:
    """Write the page.

    Args:
        data: What it shows: rows and views, and what a view's text can refer to.
        definitions: Of the metrics; the page contains those that its views name.
        vega: The runtime.

    Returns:
        The HTML. Its content security policy allows these scripts only.
    """
    assets = files("throughline_page") / "assets"
    ours = "\n".join((assets / name).read_text("utf-8") for name in SCRIPTS)
    script = _closed(ours)
    used: dict[str, Definition] = {}
    for view in data["views"]:
        for term in view.get("definitions", ()):
            used.setdefault(definitions[term].anchor, definitions[term])
    document = {
        **data,
        "config": yaml.safe_load((assets / "vega.yml").read_text("utf-8")),
        "anchors": {
            term: definitions[term].anchor
            for view in data["views"]
            for term in view.get("definitions", ())
        },
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string((assets / "page.html.j2").read_text("utf-8"))
    return template.render(
        title=data["title"],
        has_views=bool(data["views"]),
        style=Markup((assets / "page.css").read_text("utf-8")),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        hashes=[_hash(vega), _hash(script)],
        vega=Markup(compress_bytes(vega.encode())),  # noqa: S704 - it has no tag
        license=Markup((assets / "vega-license.txt").read_text("utf-8")),  # noqa: S704 - ours
        data=Markup(compress(document)),  # noqa: S704 - it has no tag
        definitions=[
            (anchor, Markup(item.html))  # noqa: S704 - rendered without raw HTML
            for anchor, item in sorted(used.items())
        ],
    )


def _closed(script: str) -> str:
    """Escape what would end the script element."""
    return script.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _hash(script: str) -> str:
    """Return a script's hash as a content security policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
