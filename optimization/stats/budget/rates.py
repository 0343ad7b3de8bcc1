"""Converts campaigns of other currencies into the pool's, at rates given by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.measures import MONEY
from optimization.stats.budget.history import COLUMNS, History
from optimization.stats.budget.results import CampaignId, MixedCurrency
from optimization.stats.common.minor_units import divide, multiply, to_minor_floor

if TYPE_CHECKING:
    from optimization.stats.budget.input import PoolCampaign

_IS_MONEY = np.array([name in ("budget", *MONEY) for name in COLUMNS])


def parse_currency(
    campaign_id: CampaignId, raw: Mapping[str, Any], pool: str
) -> tuple[str, Decimal]:
    """A campaign's currency and its rate: units of the pool's currency for one of its own.

    Raises MixedCurrency for a missing rate, ValueError for an invalid one.
    """
    own = raw.get("currency") or pool
    if own == pool:
        return pool, Decimal(1)
    given = raw.get("rate")
    if given is None:
        raise MixedCurrency(
            f"campaign {campaign_id!r}: field currency is {own!r} in a pool of {pool}; give its "
            f"rate ({pool} for one {own}), or allocate it on its own"
        )
    usable = isinstance(given, Real | Decimal) and not isinstance(given, bool)
    rate = Decimal(str(given)) if usable else Decimal("NaN")
    if not rate.is_finite() or not 0 < rate < 10**9:
        raise ValueError(
            f"campaign {campaign_id!r}: field rate is {given!r}; give {pool} for one {own}"
        )
    return str(own), rate


def convert_to_pool(campaign: PoolCampaign) -> PoolCampaign:
    """The campaign with its money in the pool's currency."""
    rate, history = campaign.rate, campaign.history
    scale = np.where(_IS_MONEY, float(rate), 1.0)[:, None]
    floor, ceiling = campaign.floor, campaign.ceiling
    return replace(
        campaign,
        minimum=multiply(campaign.minimum, rate),
        current=multiply(campaign.current, rate),
        floor=None if floor is None else multiply(floor, rate),
        ceiling=None if ceiling is None else multiply(ceiling, rate),
        value=None if campaign.value is None else campaign.value * float(rate),
        history=History(history.day, history.measures * scale),
    )


def to_own_minor(campaign: PoolCampaign, amount: Decimal, *, unchanged: bool, digits: int) -> int:
    """`amount` of the pool's currency in minor units of the campaign's own, rounded down; the
    current budget, without conversion, where the budget is `unchanged`."""
    if unchanged:
        return to_minor_floor(campaign.own_current, digits)
    return to_minor_floor(divide(amount, campaign.rate), digits)
