"""Where the points of a trend are: the metric's scope, its period and its mart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ParameterError
from .metrics import METRICS, Metric, MetricName
from .models import MetricDefinition
from .scopes import Period, Scope, ScopeName

if TYPE_CHECKING:
    from .common.definitions import Definitions
    from .marts import Marts


def scope_of(metric: MetricName, word: ScopeName | None) -> Scope:
    """Return what a trend is about.

    Args:
        metric: The metric.
        word: Teams or repositories; None for the metric's default.

    Raises:
        ParameterError: If the metric does not exist for it.
    """
    scopes = METRICS[metric].scopes
    for scope in scopes:
        if word in {None, scope.word}:
            return scope
    message = f"{metric} does not exist by {word}: set scope to {scopes[0].word}"
    raise ParameterError(message)


def period_of(metric: MetricName, period: Period | None) -> Period:
    """Return the period of a trend.

    Args:
        metric: The metric.
        period: What one point describes; None for the metric's shortest period.

    Raises:
        ParameterError: If the metric does not exist by it.
    """
    known = periods(METRICS[metric])
    if period is None:
        return known[0]
    if period not in known:
        words = " or ".join(known)
        message = f"{metric} does not exist by {period}: set period to {words}"
        raise ParameterError(message)
    return period


def trend_mart(metric: Metric, period: Period, scope: Scope) -> str:
    """Return the mart that contains a metric by a period."""
    return metric.windows(scope)[period].mart


def trend_words(metric: Metric, period: Period, scope: Scope) -> dict[str, str]:
    """Return what queries/trend.sql has in braces.

    Args:
        metric: A metric of the table.
        period: A period for which the mart contains the metric.
        scope: One of the metric's scopes.
    """
    window = metric.windows(scope)[period]
    is_longer = metric.own is None and period is not Period.WEEK
    return {
        "id": scope.id,
        "name": window.name,
        "value": str(metric.longer) if is_longer else metric.column,
        "p85": f"flow.{metric.p85}" if metric.p85 else "cast(null as float64)",
        "n": f"flow.{metric.n}" if metric.n else "cast(null as int64)",
        "rows": window.rows or window.mart,
        "date": window.date,
        "days": str(window.days),
        "complete": window.complete,
        "where": window.where,
    }


def periods(metric: Metric) -> list[Period]:
    """Return the periods by which a metric exists, the shortest first."""
    windows = metric.windows(metric.scopes[0])
    return [period for period in Period if period in windows]


def metric_definition(
    name: MetricName, definitions: Definitions, marts: Marts
) -> MetricDefinition:
    """Return a metric with its definition.

    Args:
        name: The metric.
        definitions: Of docs/metrics.md.
        marts: What the project says about its columns.

    Raises:
        KeyError: If the document or the mart does not contain it.
    """
    metric = METRICS[name]
    mart = trend_mart(metric, periods(metric)[0], metric.scopes[0])
    column = marts.columns(mart)[metric.column].description
    text = definitions[metric.term].text if metric.term else None
    return MetricDefinition(
        name=name,
        title=metric.title,
        scope=metric.scopes[0].word,
        scopes=[scope.word for scope in metric.scopes],
        unit=metric.unit,
        statistic=metric.statistic,
        periods=[str(period) for period in periods(metric)],
        definition=text or column,
        column=f"{mart}.{metric.column}",
        column_description=column,
        source="docs/metrics.md" if text else f"{mart}.yml",
    )
