"""The charts of one test: each arm's rate by day, and its chance to be the best by analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from campaigns.presentation.formats import percent0
from core.common import dates
from core.common.charts import Chart, Series, time_chart
from optimization.ab_tests.arm_data import arms_of
from optimization.models import ABTest, Analysis
from optimization.presentation.charts import MILLE, rate_shown
from optimization.stats.common.metrics import metric_named

CHARTED_ANALYSES = 200
LEGEND = 26
COLOURS = (1, 2, 5, 6, 3, 4)  # the first four are told apart best
LINES = len(COLOURS)
PERCENT = frozenset({"ctr", "cvr"})
MONEY = frozenset({"cpa", "rpm"})


def figures_of(test: ABTest, analyses: Sequence[Analysis], names: Mapping[int, str]) -> list[Chart]:
    """Those that there is something to draw for."""
    charts = (daily_figure(test, analyses, names), chance_figure(test, analyses, names))
    return [figure for figure in charts if figure]


def daily_figure(
    test: ABTest, analyses: Sequence[Analysis], names: Mapping[int, str]
) -> Chart | None:
    """Each arm's rate on each day, days that are not complete included. None before two days, and
    for reports without days."""
    rows = {arm["id"]: _by_day(test, arm) for arm in arms_of([test])[test.pk] if "daily" in arm}
    days = sorted({day for found in rows.values() for day in found})
    if len(days) < 2:
        return None
    shown = [pk for pk in _ranked(names, analyses) if pk in rows][:LINES]
    currency = test.campaign.account.currency
    unit = "percent" if test.metric in PERCENT else currency if test.metric in MONEY else ""
    series = [
        Series(
            _short(names[pk]),
            [_scaled(test.metric, rows[pk].get(day)) for day in days],
            [rate_shown(test.metric, rows[pk].get(day), currency) for day in days],
            colour=f"chart-{colour}",
        )
        for colour, pk in zip(COLOURS, shown, strict=False)
    ]
    title = f"{test.metric.upper()} by day" + (f", {unit}" if unit else "")
    return time_chart("daily", title, days, series, note=_note(len(names)))


def _ranked(names: Mapping[int, str], analyses: Sequence[Analysis]) -> list[int]:
    """The arms by their newest chance, so that each has one colour in both charts."""
    newest = _chances(max(analyses, key=_age)) if analyses else {}
    return sorted(names, key=lambda pk: -newest.get(pk, 0.0))


def _note(arms: int) -> str:
    return f"The first {LINES} of {arms} are drawn." if arms > LINES else ""


def _by_day(test: ABTest, arm: Mapping[str, Any]) -> dict[date, float | None]:
    metric = metric_named(test.metric)
    found = {}
    for row in arm["daily"].rows():
        top, bottom = row[metric.numerator], row[metric.exposure]
        if metric.inverted:
            top, bottom = bottom, top
        found[row["date"]] = top / bottom if bottom else None
    return found


def _scaled(metric: str, value: float | None) -> float | None:
    if value is None:
        return None
    scale = 100 if metric in PERCENT else MILLE if metric == "rpm" else 1
    return round(value * scale, 4)


def chance_figure(
    test: ABTest, analyses: Sequence[Analysis], names: Mapping[int, str]
) -> Chart | None:
    """Each arm's chance to be the best, at the last analysis of each day. None before two days."""
    zone = test.campaign.account.time_zone
    by_day = {
        dates.today(zone, analysis.at): _chances(analysis)
        for analysis in sorted(analyses, key=_age)
    }
    days = sorted(by_day)
    if len(days) < 2:
        return None
    series = [
        Series(
            _short(names[pk]),
            [_hundred(by_day[day].get(pk)) for day in days],
            [percent0(by_day[day].get(pk)) for day in days],
            colour=f"chart-{colour}",
        )
        for colour, pk in zip(COLOURS, _ranked(names, analyses)[:LINES], strict=False)
    ]
    return time_chart("chance", "Chance to be the best, percent", days, series)


def _short(name: str) -> str:
    """A legend has little room."""
    return name if len(name) <= LEGEND else f"{name[: LEGEND - 1].rstrip()}…"


def _age(analysis: Analysis) -> int:
    return analysis.pk


def _chances(analysis: Analysis) -> dict[int, float]:
    return analysis.stored_result.chances


def _hundred(value: float | None) -> float | None:
    return None if value is None else round(value * 100, 2)
