"""What decisions, rebalances and runs keep as JSON about budgets, as the types that are written
and read. Money a day in micros, or as an amount in major units with its currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from optimization.stats.budget.optimizer import Verb
from optimization.stats.budget.results import Interval, Move
from optimization.stats.common.json_form import JsonForm, OlderForm, SparseForm

Form = TypeVar("Form", bound=JsonForm)
MISSING = {"missing": True}
"""A score that cannot be had: figures are missing, or another budget stood."""
OLDER_PROPOSAL = (
    "This proposal is stored in an older form and cannot be carried out. Change it by hand."
)
OLDER_REBALANCE = "What this was computed with is stored in an older form and cannot be read."
OLDER_SCORE = "What came of it is stored in an older form and cannot be read."
OLDER_VIEW = "This view of the budget is stored in an older form and cannot be read."


@dataclass(frozen=True, slots=True)
class BudgetView(JsonForm):
    """The optimiser's view of one budget. `new` is None where its pool could not be split.

    gain: low, mean and high of the revenue a day. stop_chance: that even the smallest budget loses
    money. pace: spend of the newest seven days in its budgets' parts.
    """

    verb: Verb
    reason: str
    old: Decimal | None = None
    new: Decimal | None = None
    currency: str = ""
    gain: tuple[float, float, float] | None = None
    stop_chance: float | None = None
    pace: float | None = None

    @property
    def move(self) -> str:
        """ "100.00 → 110.00 USD"; nothing where the budget stays."""
        if self.new is None or self.verb == "keep":
            return ""
        return f"{self.old} → {self.new} {self.currency}"


@dataclass(frozen=True, slots=True)
class Evidence(SparseForm):
    """What a decision rests on: an analysis, a rebalance, or a recommendation for a budget."""

    look: int | None = None
    input_hash: str = ""
    delivery_share: float | None = None
    old_micros: int | None = None
    new_micros: int | None = None
    rebalance: int | None = None
    expected_change_micros: int | None = None
    view: BudgetView | None = None
    is_waste: bool = False
    """It spends without return, whoever wins the test."""


@dataclass(frozen=True, slots=True)
class RebalanceSettings(SparseForm):
    """What a rebalance was computed with."""

    total: str = ""
    says: str = ""
    warnings: tuple[str, ...] = ()
    freezes: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    """The limits that force it, where it is expected to cost revenue: then it states no gain."""
    moves: tuple[Move, ...] = ()
    """The changes as money that goes from one campaign to another, as they were proposed."""
    return_unit: str = ""


@dataclass(frozen=True, slots=True)
class ChangeDetails(SparseForm):
    """What one change was made with. `learning_cost` is revenue in all; `predicted` is revenue a
    day over `predicted_days`, at a budget of `predicted_micros`."""

    learning_cost: float = 0.0
    predicted: Interval | None = None
    predicted_days: int | None = None
    predicted_micros: int | None = None


def read_view(stored: Any) -> BudgetView | None:
    """None where there is none: not every campaign has a budget. Raises OlderForm."""
    return None if stored == {} else BudgetView.from_json(stored)


def read_or_none(kind: type[Form], stored: Any) -> Form | None:
    """None where it is of an older form."""
    try:
        return kind.from_json(stored)
    except OlderForm:
        return None
