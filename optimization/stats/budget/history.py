"""Reads the daily rows of campaigns, and builds the arrays of a pool."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from core.common.measures import MEASURES
from optimization.stats.budget.results import CampaignId
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray

COLUMNS = ("budget", *MEASURES)
PANEL_DAYS = 56
LARGEST_NUMBER = 1e18


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Usable rows, oldest first: day numbers (rows,) and measures (columns, rows)."""

    day: IntArray
    measures: FloatArray

    def column(self, name: str) -> FloatArray:
        values: FloatArray = self.measures[COLUMNS.index(name)]
        return values


EMPTY_HISTORY = History(np.zeros(0, dtype=np.intp), np.zeros((len(COLUMNS), 0)))


def parse_day(value: Any, where: str) -> dt.date:
    """A date or YYYY-MM-DD as a date; ValueError names the field."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{where}: {value!r} is not a day; give a date or YYYY-MM-DD")


def read_history(
    campaign_id: CampaignId, raw: Mapping[str, Any], horizon: int | None
) -> tuple[History, tuple[str, ...]]:
    """Rows up to the horizon, sorted; unusable rows are left out with a warning.

    Columns are equal-length lists, or arrays for speed (float, and datetime64 days).
    """
    columns = _read_columns(campaign_id, raw)
    day = _read_days(campaign_id, raw["date"])
    good = (columns >= 0) & (columns < LARGEST_NUMBER)
    usable = np.asarray(good.all(axis=0), dtype=np.bool_)
    keep = usable if horizon is None else usable & (day <= horizon)
    if not keep.all():
        day, columns = day[keep], columns[:, keep]
    if (day[1:] < day[:-1]).any():
        order = np.argsort(day, kind="stable")
        day, columns = day[order], columns[:, order]
    # A day that is given twice was corrected: the later row counts.
    last = np.append(day[1:] != day[:-1], True)[: len(day)]
    warnings = _warnings(campaign_id, usable, last)
    return History(day[last], columns[:, last]), warnings


def _warnings(campaign_id: CampaignId, usable: BoolArray, last: BoolArray) -> tuple[str, ...]:
    found = []
    if not usable.all():
        found.append(
            f"Campaign {campaign_id!r}: {int((~usable).sum())} history rows with missing or "
            "negative numbers are ignored."
        )
    if not last.all():
        found.append(
            f"Campaign {campaign_id!r}: {int((~last).sum())} days occur twice in the history; "
            "the later row counts."
        )
    return tuple(found)


def _read_days(campaign_id: CampaignId, values: Any) -> IntArray:
    if isinstance(values, np.ndarray) and values.dtype == np.dtype("datetime64[D]"):
        since_1970: IntArray = values.astype(np.intp)
        return since_1970 + dt.date(1970, 1, 1).toordinal()
    where = f"campaign {campaign_id!r}: field history.date"
    return np.array([parse_day(value, where).toordinal() for value in values], dtype=np.intp)


def _read_columns(campaign_id: CampaignId, raw: Mapping[str, Any]) -> FloatArray:
    for name in ("date", *COLUMNS):
        if name not in raw:
            raise ValueError(f"campaign {campaign_id!r}: field history.{name} is missing")
        if len(raw[name]) != len(raw["date"]):
            raise ValueError(
                f"campaign {campaign_id!r}: field history.{name} has {len(raw[name])} values for "
                f"{len(raw['date'])} dates; give one per date"
            )
    return np.array([_to_floats(raw[name]) for name in COLUMNS])


def _to_floats(values: Any) -> FloatArray:
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return values
    if set(map(type, values)) <= {float, int}:
        return np.array(values, dtype=np.float64)
    return np.array([_to_float(value) for value in values])


def _to_float(value: Any) -> float:
    """The number, or NaN for anything else (its row is then ignored)."""
    usable = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    return float(value) if usable else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The last 56 days of a pool, (campaigns, days) each; days without a row hold zeros.

    `day` (days,) are day numbers, `age` (days,) counts back from the newest of them, `weekday`
    (days,) is 0 to 6, `platform` (campaigns,) indexes `platforms`.
    """

    budget: FloatArray
    spend: FloatArray
    clicks: FloatArray
    conversions: FloatArray
    revenue: FloatArray
    seen: BoolArray
    day: IntArray
    age: IntArray
    weekday: IntArray
    platform: IntArray
    platforms: tuple[str, ...]


def build_panel(
    histories: Sequence[History], platforms: Sequence[str], as_of: dt.date | None
) -> Panel:
    """Dense arrays of the histories. The newest day is that of the newest row, or the day before
    `as_of` when that is later: then the newest rows are older, and more complete."""
    newest = max((int(h.day[-1]) for h in histories if len(h.day)), default=1)
    if as_of is not None:
        newest = max(newest, as_of.toordinal() - 1)
    first = newest - PANEL_DAYS + 1
    values = np.zeros((len(COLUMNS), len(histories), PANEL_DAYS))
    seen = np.zeros((len(histories), PANEL_DAYS), dtype=np.bool_)
    for i, history in enumerate(histories):
        begin = int(np.searchsorted(history.day, first))
        at = history.day[begin:] - first
        values[:, i, at] = history.measures[:, begin:]
        seen[i, at] = True
    column = dict(zip(COLUMNS, values, strict=True))
    names = tuple(sorted(set(platforms)))
    index = {name: i for i, name in enumerate(names)}
    day = np.arange(first, newest + 1)
    return Panel(
        budget=column["budget"],
        spend=column["spend"],
        clicks=column["clicks"],
        conversions=column["conversions"],
        revenue=column["revenue"],
        seen=seen,
        day=day,
        age=newest - day,
        weekday=day % 7,
        platform=np.array([index[name] for name in platforms], dtype=np.intp),
        platforms=names,
    )
