"""Result dataclasses and errors of the budget allocation."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from optimization.stats.common.json_form import JsonForm

CampaignId = str | int
YOUNG_DAYS = 7  # with spend; before, a campaign's return is not known
# Part of a day's conversions that is reported at each age in days, newest first, by platform.
Completeness = Mapping[str, Sequence[float]]


class Binding(StrEnum):
    """What holds a budget where it is: a limit, a change that is too small (DEAD), too uncertain
    (NOISE) or of a campaign with too little history (YOUNG), or that it is not to move."""

    NONE = "none"
    MIN = "min"
    SHARE = "share"
    CAP = "cap"
    STEP_UP = "step_up"
    STEP_DOWN = "step_down"
    CAPACITY = "capacity"
    DEAD = "dead"
    NOISE = "noise"
    YOUNG = "young"
    FROZEN = "frozen"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Interval(JsonForm):
    """Expectation with the bounds of its 80 % interval, in the pool's currency a day."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The engine's estimates for one campaign, for the decision log.

    `level` is the return at the usual spend `usual`, `evidence` the weight of the data behind it
    in conversions, `shape` the k of the curve, `value` that of a conversion. `change` is -1 after
    a recent drop of the level, 1 after a rise. `weekday` and `completeness` are those of the
    newest day, `masked_days` how many days of its platform were left out as tracking outages,
    `outage` whether one of the last seven is among them. `shapes` are the probabilities of each k
    of the grid; `active_days` (with spend), `spent` and `conversions` cover the last 56 days.
    """

    level: float
    evidence: float
    shape: float
    usual: float
    value: float
    change: int
    weekday: float
    completeness: float
    masked_days: int
    shapes: tuple[float, ...] = ()
    active_days: int = 0
    spent: float = 0.0
    conversions: float = 0.0
    outage: bool = False


@dataclass(frozen=True, slots=True)
class LargeOrder:
    """A day whose revenue is far above what its conversions usually bring.

    `revenue` of the day counts as `counted`, in the pool's currency. `decides` says that the day
    alone would change the budget: counted in full it would be `amount_in_full`.
    """

    day: dt.date
    revenue: float
    conversions: float
    counted: float
    times: float
    decides: bool
    amount_in_full: Decimal


@dataclass(frozen=True, slots=True)
class Move(JsonForm):
    """Money that one campaign gives and another gets a day, in the pool's currency.

    `from_id` is None for money that a larger total adds, `to_id` for money that a smaller total
    takes away. The returns are the expected revenue of the next unit of spend at the old budgets,
    and at the new ones (`_after`). `gain` is the expected revenue a day of this part of the
    campaigns' changes, with its 80 % interval; over all moves the means sum up to the whole gain.
    """

    from_id: CampaignId | None
    to_id: CampaignId | None
    amount: Decimal
    return_from: float | None = None
    return_to: float | None = None
    return_from_after: float | None = None
    return_to_after: float | None = None
    gain: Interval | None = None


@dataclass(frozen=True, slots=True)
class CampaignAllocation:
    """One campaign's new daily budget within lo and hi, and the limit that determined it.

    marginal_before and marginal_after are the expected revenue of the next unit of spend at the
    old and the new budget. They are None where no response was estimated, as are `gain` (revenue a
    day against the old budget), its mean `expected_revenue_change`, and `diagnosis`.
    `learning_cost` is the total revenue that a new learning phase is expected to cost.
    `own_amount` is the new budget in the campaign's own currency, whole minor units, rounded down,
    `own_current` the old one; all other money is in the pool's currency. `learning` says that the
    platform is in a learning phase.
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
    gain: Interval | None = None
    learning_cost: float = 0.0
    diagnosis: Diagnosis | None = None
    frozen_reason: str = ""
    minimum: Decimal = Decimal(0)
    learning: bool = False
    own_amount: Decimal | None = None
    own_current: Decimal | None = None
    own_currency: str = ""
    large_order: LargeOrder | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """sum(amounts) + unallocated == total, exactly; amounts are whole minor units.

    `gain` is the expected revenue a day against the old budgets, None without a response.
    It is negative only where `forced` names the limits that leave no better split. `marginal` is
    the return of the next unit of spend in the campaigns that no limit binds. `moves` pair what is
    taken with what is added; they sum up to the changes exactly. `return_unit` is what returns and
    gains are in: the currency, or "conversions" where no campaign reports revenue.
    """

    amounts: Mapping[CampaignId, Decimal]
    unallocated: Decimal
    reasons: Mapping[CampaignId, str]
    campaigns: tuple[CampaignAllocation, ...]
    warnings: tuple[str, ...]
    total: Decimal
    currency: str
    gain: Interval | None = None
    marginal: float | None = None
    forced: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    return_unit: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """One of several conflicting limits; campaign_id is None for the total."""

    campaign_id: CampaignId | None
    name: str
    value: Decimal


class InfeasibleBudget(ValueError):
    """No split fits all hard limits; `conflict` is a smallest set of conflicting limits."""

    def __init__(self, message: str, conflict: tuple[Limit, ...]) -> None:
        super().__init__(message)
        self.conflict = conflict


class MixedCurrency(ValueError):
    """A campaign's currency differs from that of the pool, and no rate was given."""
