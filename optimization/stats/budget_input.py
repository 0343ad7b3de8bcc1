"""Reads campaigns for the allocation and refuses what cannot be meant."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from optimization.stats.budget_results import CampaignId, MixedCurrency
from optimization.stats.metrics import FloatArray, IntArray

COLUMNS = ("budget", "spend", "impressions", "clicks", "conversions", "revenue")

# Keeps whole minor units exact in floating point, with room for three decimals.
LARGEST_TOTAL = 10**12


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Usable rows, oldest first: day numbers (rows,) and measures (columns, rows)."""

    day: IntArray
    measures: FloatArray

    def column(self, name: str) -> FloatArray:
        values: FloatArray = self.measures[COLUMNS.index(name)]
        return values


@dataclass(frozen=True, slots=True, eq=False)
class PoolCampaign:
    """One checked campaign; a limit that was not given is None."""

    id: CampaignId
    platform: str
    active: bool
    minimum: Decimal
    current: Decimal
    max_share: Decimal | None
    max_increase: Decimal | None
    history: History
    warnings: tuple[str, ...]


def parse_total(total: Any) -> Decimal:
    """The total as Decimal; floats are refused because they are not exact."""
    if isinstance(total, bool) or not isinstance(total, Decimal | int):
        raise ValueError(f"total must be a Decimal, got {total!r}")
    amount = Decimal(total)
    if not amount.is_finite() or not 0 <= amount < LARGEST_TOTAL:
        raise ValueError(f"total must be 0 or more and below {LARGEST_TOTAL}, got {total!r}")
    return amount


def parse_campaigns(
    campaigns: Sequence[Mapping[str, Any]], currency: str, as_of: dt.date | str | None
) -> list[PoolCampaign]:
    """Checked campaigns in an order of their own. Raises ValueError, MixedCurrency."""
    horizon = None if as_of is None else _date(as_of, "as_of").toordinal()
    parsed = [_campaign(campaign, currency, horizon) for campaign in campaigns]
    seen: set[CampaignId] = set()
    for campaign in parsed:
        if campaign.id in seen:
            raise ValueError(f"campaign {campaign.id!r}: field id occurs twice; ids must be unique")
        seen.add(campaign.id)
    return sorted(parsed, key=lambda campaign: (str(type(campaign.id)), campaign.id))


def _campaign(raw: Mapping[str, Any], currency: str, horizon: int | None) -> PoolCampaign:
    campaign_id = raw.get("id")
    if isinstance(campaign_id, bool) or not isinstance(campaign_id, str | int):
        raise ValueError(f"a campaign has no usable id ({campaign_id!r}); give a text or number")
    for name in ("platform", "status", "min_budget", "current_budget"):
        if raw.get(name) is None:
            raise ValueError(f"campaign {campaign_id!r}: field {name} is missing; give a value")
    if raw["status"] not in ("active", "paused"):
        raise ValueError(
            f"campaign {campaign_id!r}: field status is {raw['status']!r}; use active or paused"
        )
    if raw.get("currency") not in (None, currency):
        raise MixedCurrency(
            f"campaign {campaign_id!r}: field currency is {raw['currency']!r} in a pool of "
            f"{currency}; allocate each currency on its own"
        )
    history, warnings = _history(campaign_id, raw.get("history"), horizon)
    return PoolCampaign(
        id=campaign_id,
        platform=str(raw["platform"]),
        active=raw["status"] == "active",
        minimum=_amount(campaign_id, "min_budget", raw["min_budget"]),
        current=_amount(campaign_id, "current_budget", raw["current_budget"]),
        max_share=_optional(campaign_id, "max_share", raw.get("max_share"), largest=1),
        max_increase=_optional(campaign_id, "max_increase", raw.get("max_increase")),
        history=history,
        warnings=warnings,
    )


def _amount(campaign_id: CampaignId, name: str, value: Any) -> Decimal:
    usable = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    amount = Decimal(str(value)) if usable else Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(
            f"campaign {campaign_id!r}: field {name} is {value!r}; give a number, 0 or more"
        )
    return amount


def _optional(
    campaign_id: CampaignId, name: str, value: Any, largest: int | None = None
) -> Decimal | None:
    if value is None:
        return None
    fraction = _amount(campaign_id, name, value)
    if largest is not None and fraction > largest:
        raise ValueError(
            f"campaign {campaign_id!r}: field {name} is {value!r}; give a fraction up to {largest}"
        )
    return fraction


def _date(value: Any, where: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{where}: {value!r} is not a day; give a date or YYYY-MM-DD")


def _history(
    campaign_id: CampaignId, raw: Mapping[str, Any] | None, horizon: int | None
) -> tuple[History, tuple[str, ...]]:
    """Rows up to the horizon, sorted; unusable rows are left out with a warning."""
    if not raw:
        return History(np.zeros(0, dtype=np.intp), np.zeros((len(COLUMNS), 0))), ()
    columns = _columns(campaign_id, raw)
    where = f"campaign {campaign_id!r}: field history.date"
    day = np.array([_date(value, where).toordinal() for value in raw["date"]], dtype=np.intp)
    usable = np.isfinite(columns).all(axis=0) & (columns >= 0).all(axis=0)
    known = np.ones(len(day), dtype=np.bool_) if horizon is None else day <= horizon
    keep = usable & known
    order = np.argsort(day[keep], kind="stable")
    day, columns = day[keep][order], columns[:, keep][:, order]
    # A day that is given twice was restated: the later row counts.
    last = np.append(day[1:] != day[:-1], True)[: len(day)]
    warnings = []
    if not usable.all():
        warnings.append(
            f"Campaign {campaign_id!r}: {int((~usable).sum())} history rows with missing or "
            "negative numbers are ignored."
        )
    if not last.all():
        warnings.append(
            f"Campaign {campaign_id!r}: {int((~last).sum())} days occur twice in the history; "
            "the later row counts."
        )
    return History(day[last], columns[:, last]), tuple(warnings)


def _columns(campaign_id: CampaignId, raw: Mapping[str, Any]) -> FloatArray:
    for name in ("date", *COLUMNS):
        if name not in raw:
            raise ValueError(f"campaign {campaign_id!r}: field history.{name} is missing")
        if len(raw[name]) != len(raw["date"]):
            raise ValueError(
                f"campaign {campaign_id!r}: field history.{name} has {len(raw[name])} values for "
                f"{len(raw['date'])} dates; give one per date"
            )
    return np.array([[_float(value) for value in raw[name]] for name in COLUMNS])


def _float(value: Any) -> float:
    """The number, or NaN for anything that is none (its row is then ignored)."""
    if type(value) not in (float, int) and (
        isinstance(value, bool) or not isinstance(value, Real | Decimal)
    ):
        return math.nan
    number = float(value)
    return number if abs(number) < 1e18 else math.nan
