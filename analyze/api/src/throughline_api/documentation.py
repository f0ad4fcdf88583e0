"""The page /docs: it needs no script and loads nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .models import MetricList

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
"""


def documentation(openapi: Mapping[str, Any], metrics: MetricList) -> str:
    """Return the page.

    Args:
        openapi: The OpenAPI document.
        metrics: Every metric with its definition.
    """
    info = openapi["info"]
    paths = "".join(
        part for path, item in openapi["paths"].items() for part in _path(path, item)
    )
    rows = [
        (metric.name, f"{metric.statistic}, {metric.unit}", metric.definition)
        for metric in metrics.metrics
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
        f"<main><h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        '<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Paths</h2>{paths}"
        f"<h2>Metrics</h2>{_table(('metric', 'value', 'definition'), rows)}"
        "</main></body></html>"
    )


def _path(path: str, item: Mapping[str, Any]) -> Iterator[str]:
    for method, operation in item.items():
        yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
        yield f"<p>{escape(operation.get('description', ''))}</p>"
        parameters = operation.get("parameters", [])
        if parameters:
            rows = [
                (
                    parameter["name"],
                    "required" if parameter["required"] else "optional",
                    parameter.get("description", ""),
                )
                for parameter in parameters
            ]
            yield _table(("parameter", "", "meaning"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    def cells(tag: str, texts: tuple[str, ...]) -> str:
        return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    heads = f"<thead><tr>{cells('th', head)}</tr></thead>"
    return f"<table>{heads}<tbody>{body}</tbody></table>"
