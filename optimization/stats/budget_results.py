"""Frozen answers of the budget allocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

CampaignId = str | int
Binding = Literal["none", "min", "share", "step_up", "step_down", "capacity", "dead", "paused"]


@dataclass(frozen=True, slots=True)
class CampaignAllocation:
    """One campaign's new daily budget within lo and hi, and what held it.

    marginal_before and marginal_after are the expected revenue of the next unit of spend at the
    old and the new budget; None where no response was estimated.
    """

    id: CampaignId
    amount: Decimal
    current: Decimal
    lo: Decimal
    hi: Decimal
    binding: Binding
    marginal_before: float | None
    marginal_after: float | None
    expected_revenue_change: float | None


@dataclass(frozen=True, slots=True)
class Allocation:
    """sum(amounts) + unallocated == total, exactly; amounts are whole minor units."""

    amounts: Mapping[CampaignId, Decimal]
    unallocated: Decimal
    reasons: Mapping[CampaignId, str]
    campaigns: tuple[CampaignAllocation, ...]
    warnings: tuple[str, ...]
    total: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a conflict; campaign_id is None for the total."""

    campaign_id: CampaignId | None
    name: str
    value: Decimal


class InfeasibleBudget(ValueError):
    """No split keeps all hard limits; `conflict` is a smallest set of limits that clash."""

    def __init__(self, message: str, conflict: tuple[Limit, ...]) -> None:
        super().__init__(message)
        self.conflict = conflict


class MixedCurrency(ValueError):
    """A campaign's currency differs from that of the pool."""
