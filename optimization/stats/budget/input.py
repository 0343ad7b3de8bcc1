"""Validates and parses the campaigns of an allocation."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Real
from typing import Any

from optimization.stats.budget.history import EMPTY_HISTORY, History, parse_day, read_history
from optimization.stats.budget.rates import convert_to_pool, parse_currency
from optimization.stats.budget.results import CampaignId, InfeasibleBudget, Limit

# Keeps whole minor units exact in floating point, with room for three decimals.
LARGEST_TOTAL = 10**12
_SUMMED = ("spend", "conversions", "revenue")
_REQUIRED = ("platform", "status", "min_budget", "current_budget")


@dataclass(frozen=True, slots=True, eq=False)
class PoolCampaign:
    """One validated campaign; a limit that was not given is None.

    `frozen` is "" or the reason why the budget must not change, whatever the other limits.
    `incrementality` multiplies the value of a conversion: the part that the ads cause according to
    a lift test. `learning` says that the platform is in a learning phase since the last change.
    Money is in the pool's currency; `rate` units of it are one unit of the campaign's own
    `currency`. `own_current` is in the campaign's own currency.
    """

    id: CampaignId
    platform: str
    active: bool
    minimum: Decimal
    current: Decimal
    max_share: Decimal | None
    max_increase: Decimal | None
    max_step: Decimal | None
    floor: Decimal | None
    ceiling: Decimal | None
    frozen: str
    learning: bool
    incrementality: float
    value: float | None
    history: History
    warnings: tuple[str, ...]
    currency: str
    rate: Decimal
    own_current: Decimal

    @property
    def effective_minimum(self) -> Decimal:
        """The larger of the platform's minimum and the caller's floor."""
        return self.minimum if self.floor is None else max(self.minimum, self.floor)

    def until(self, day: int) -> "PoolCampaign":
        """The campaign with its rows up to and including that day number."""
        included = self.history.day <= day
        history = History(self.history.day[included], self.history.measures[:, included])
        return replace(self, history=history)

    def on(self, day: int) -> tuple[float, float]:
        """Spend and conversions of that day number, 0 without a row."""
        spend, conversions = self.between(day, day)[:2]
        return spend, conversions

    def between(self, first: int, last: int) -> tuple[float, float, float]:
        """Spend, conversions and revenue of those day numbers, both inclusive."""
        chosen = (self.history.day >= first) & (self.history.day <= last)
        sums = [float(self.history.column(c)[chosen].sum()) for c in _SUMMED]
        return sums[0], sums[1], sums[2]


def parse_total(total: Any) -> Decimal:
    """The total as Decimal. Raises ValueError, also for floats, which are not exact."""
    if isinstance(total, bool) or not isinstance(total, Decimal | int):
        raise ValueError(f"total must be a Decimal, got {total!r}")
    amount = Decimal(total)
    if not amount.is_finite() or not 0 <= amount < LARGEST_TOTAL:
        raise ValueError(f"total must be 0 or more and below {LARGEST_TOTAL}, got {total!r}")
    return amount


def parse_campaigns(
    campaigns: Sequence[Mapping[str, Any]], currency: str, as_of: dt.date | str | None
) -> list[PoolCampaign]:
    """Validated campaigns, sorted by id. Raises ValueError, MixedCurrency, and InfeasibleBudget
    where one campaign's own limits conflict."""
    horizon = None if as_of is None else parse_day(as_of, "as_of").toordinal()
    parsed = [_parse_campaign(campaign, currency, horizon) for campaign in campaigns]
    seen: set[CampaignId] = set()
    for campaign in parsed:
        if campaign.id in seen:
            raise ValueError(f"campaign {campaign.id!r}: field id occurs twice; ids must be unique")
        seen.add(campaign.id)
    return sorted(parsed, key=lambda campaign: (str(type(campaign.id)), campaign.id))


def _parse_campaign(raw: Mapping[str, Any], currency: str, horizon: int | None) -> PoolCampaign:
    campaign_id = _parse_id(raw)
    own, rate = parse_currency(campaign_id, raw, currency)
    given = raw.get("history")
    history, warnings = (
        (EMPTY_HISTORY, ())
        if given is None or not len(given)
        else read_history(campaign_id, given, horizon)
    )
    campaign = PoolCampaign(
        id=campaign_id,
        platform=str(raw["platform"]),
        active=raw["status"] == "active",
        minimum=_parse_amount(campaign_id, "min_budget", raw["min_budget"]),
        current=_parse_amount(campaign_id, "current_budget", raw["current_budget"]),
        max_share=_parse_optional(campaign_id, "max_share", raw.get("max_share"), largest=1),
        max_increase=_parse_optional(campaign_id, "max_increase", raw.get("max_increase")),
        max_step=_parse_optional(campaign_id, "max_step", raw.get("max_step")),
        floor=_parse_optional(campaign_id, "floor", raw.get("floor")),
        ceiling=_parse_optional(campaign_id, "ceiling", raw.get("ceiling")),
        frozen=_parse_frozen(campaign_id, raw.get("frozen")),
        learning=bool(raw.get("learning")),
        incrementality=_parse_incrementality(campaign_id, raw.get("incrementality")),
        value=_parse_value(campaign_id, raw.get("value_per_conversion")),
        history=history,
        warnings=warnings,
        currency=own,
        rate=rate,
        own_current=_parse_amount(campaign_id, "current_budget", raw["current_budget"]),
    )
    if own != currency:
        campaign = convert_to_pool(campaign)
    if campaign.active and not campaign.frozen:
        _check_ceiling(campaign)
    return campaign


def _parse_id(raw: Mapping[str, Any]) -> CampaignId:
    campaign_id = raw.get("id")
    if isinstance(campaign_id, bool) or not isinstance(campaign_id, str | int):
        raise ValueError(f"a campaign has no usable id ({campaign_id!r}); give a text or number")
    for name in _REQUIRED:
        if raw.get(name) is None:
            raise ValueError(f"campaign {campaign_id!r}: field {name} is missing; give a value")
    if raw["status"] not in ("active", "paused"):
        raise ValueError(
            f"campaign {campaign_id!r}: field status is {raw['status']!r}; use active or paused"
        )
    return campaign_id


def _check_ceiling(campaign: PoolCampaign) -> None:
    if campaign.ceiling is None or campaign.effective_minimum <= campaign.ceiling:
        return
    name = "min_budget" if campaign.effective_minimum == campaign.minimum else "floor"
    raise InfeasibleBudget(
        f"campaign {campaign.id!r}: {name} {campaign.effective_minimum} is above its ceiling "
        f"{campaign.ceiling}; raise the ceiling or lower {name}",
        (
            Limit(campaign.id, name, campaign.effective_minimum),
            Limit(campaign.id, "ceiling", campaign.ceiling),
        ),
    )


def _parse_amount(campaign_id: CampaignId, name: str, value: Any) -> Decimal:
    if type(value) is Decimal:
        amount = value
    else:
        usable = isinstance(value, Real | Decimal) and not isinstance(value, bool)
        amount = Decimal(str(value)) if usable else Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < LARGEST_TOTAL:
        raise ValueError(
            f"campaign {campaign_id!r}: field {name} is {value!r}; give a number, 0 or more "
            f"and below {LARGEST_TOTAL}"
        )
    return amount


def _parse_optional(
    campaign_id: CampaignId, name: str, value: Any, largest: int | None = None
) -> Decimal | None:
    if value is None:
        return None
    fraction = _parse_amount(campaign_id, name, value)
    if largest is not None and fraction > largest:
        raise ValueError(
            f"campaign {campaign_id!r}: field {name} is {value!r}; give a fraction up to {largest}"
        )
    return fraction


def _parse_frozen(campaign_id: CampaignId, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value in (None, False, True):
        return "fixed by its owner" if value else ""
    raise ValueError(f"campaign {campaign_id!r}: field frozen is {value!r}; say why, or give True")


def _parse_incrementality(campaign_id: CampaignId, value: Any) -> float:
    if value is None:
        return 1.0
    factor = float(_parse_amount(campaign_id, "incrementality", value))
    if factor > 10:
        raise ValueError(
            f"campaign {campaign_id!r}: field incrementality is {value!r}; give the part of "
            "conversions that the ads cause, such as 0.4"
        )
    return factor


def _parse_value(campaign_id: CampaignId, value: Any) -> float | None:
    if value is None:
        return None
    return float(_parse_amount(campaign_id, "value_per_conversion", value))
