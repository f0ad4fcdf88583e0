"""Chart specifications that several views share, as tags in a view's YAML.

Each returns a specification in Vega-Lite's own terms
(https://vega.github.io/vega-lite/docs/). A summary's row has `X_p50`, `X_p85` and
`X_label` for a measure X of percentiles, and `week` for a row of a week.
"""

from __future__ import annotations

from typing import Any

import yaml

Spec = dict[str, Any]
WEEKS: Spec = {"field": "week", "timeUnit": "utcyearmonthdate", "title": None}
MEDIAN = "median"
P85 = "85th percentile"
# The first two colors of vega.yml, in the order of the layers.
COLORS: Spec = {"type": "nominal", "title": None}
DATE_AXIS: Spec = {"format": "%-d %b %y", "labelAngle": 0, "labelOverlap": True}


def percentiles(by: str, field: str) -> Spec:
    """Draw a bar to the median, a tick at the 85th percentile, and n, per group.

    Args:
        by: The column of the groups.
        field: A measure of percentiles.
    """
    return {
        "height": {"step": 26},
        "padding": {"left": 0, "right": 58, "top": 4, "bottom": 4},
        "encoding": {
            "y": {"field": by, "type": "nominal", "sort": None, "title": None}
        },
        "layer": [
            {
                "mark": {"type": "bar", "tooltip": True},
                "encoding": {
                    "x": _number(f"{field}_p50", MEDIAN),
                    "color": {"datum": MEDIAN, **COLORS},
                },
            },
            {
                "mark": {"type": "tick", "tooltip": True},
                "encoding": {
                    "x": _number(f"{field}_p85", P85),
                    "color": {"datum": P85, **COLORS},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 7},
                "encoding": {
                    "x": {"field": f"{field}_p85", "type": "quantitative"},
                    "text": {"field": f"{field}_label", "type": "nominal"},
                },
            },
        ],
    }


def shares(by: str, field: str) -> Spec:
    """Draw a bar and the share with its n, per group.

    Args:
        by: The column of the groups.
        field: A measure that is a share or a ratio.
    """
    return {
        "height": {"step": 26},
        "padding": {"left": 0, "right": 92, "top": 4, "bottom": 4},
        "encoding": {
            "y": {"field": by, "type": "nominal", "sort": None, "title": None},
            "x": {
                **_number(f"{field}_percent", "percent"),
                "scale": {"domainMin": 0},
            },
        },
        "layer": [
            {"mark": {"type": "bar", "tooltip": True}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"text": {"field": f"{field}_label", "type": "nominal"}},
            },
        ],
    }


def trend(field: str) -> Spec:
    """Draw the median and the 85th percentile as lines over the weeks.

    Args:
        field: A measure of percentiles.
    """
    x = {**WEEKS, "type": "temporal", "scale": {"type": "utc"}, "axis": DATE_AXIS}

    def line(part: str, name: str, **mark: object) -> list[Spec]:
        y = _number(f"{field}_{part}", name)
        return [
            {
                "mark": {"type": "line", "point": True, **mark},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {"datum": name, **COLORS},
                    "tooltip": [
                        {**WEEKS, "type": "temporal", "title": "week"},
                        {"field": y["field"], "type": "quantitative", "title": name},
                        {"field": f"{field}_label", "title": "n", "type": "nominal"},
                    ],
                },
            }
        ]

    return {
        "height": 200,
        "layer": [
            *line("p50", MEDIAN),
            *line("p85", P85, strokeDash=[4, 3]),
        ],
    }


def weekly(field: str, title: str) -> Spec:
    """Draw one bar per week; a week that is not complete is lighter.

    Args:
        field: A measure that is a number.
        title: What it counts.
    """
    return {
        "height": 200,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {**WEEKS, "type": "ordinal", "axis": DATE_AXIS},
            "y": _number(field, title),
            "opacity": {
                "condition": {"test": "datum.is_complete", "value": 1},
                "value": 0.45,
            },
        },
    }


def _number(field: str, title: str) -> Spec:
    axis: Spec = {"title": None} if title in {MEDIAN, P85} else {"title": title}
    return {"field": field, "type": "quantitative", "title": title, "axis": axis}


class Loader(yaml.SafeLoader):
    """Reads a view's YAML with the tags of this module."""


def _construct(function: Any) -> Any:  # noqa: ANN401 - yaml's constructors are untyped
    def constructor(loader: Loader, node: yaml.MappingNode) -> Spec:
        spec: Spec = function(**loader.construct_mapping(node))
        return spec

    return constructor


for _function in (percentiles, shares, trend, weekly):
    Loader.add_constructor(f"!{_function.__name__}", _construct(_function))
