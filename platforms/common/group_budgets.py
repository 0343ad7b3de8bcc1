"""Sets the daily budgets of several ad groups as one change: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.common.money import Money
from platforms.common.error_table import incomplete_write_error
from platforms.errors import PlatformError, Rejected
from platforms.types import GroupBudget

SetBudget = Callable[[str, Money], None]


def set_one_by_one(
    budgets: Sequence[GroupBudget], there: Mapping[str, Money | None], set_budget: SetBudget
) -> None:
    """`there`: what the platform has now. What is set already, by an attempt that broke off, is
    not sent again. Raises what `set_budget` raises where nothing was changed or all was set back,
    and OutcomeUnknown where only some are set."""
    now = dict(there)
    changed = False
    for one in budgets:
        if now.get(one.remote_id) == one.daily_budget:
            continue
        try:
            set_budget(one.remote_id, one.daily_budget)
        except Rejected:
            set_back(budgets, now, set_budget)
            raise
        except PlatformError as error:
            if changed:
                raise incomplete_write_error(error) from error
            raise
        now[one.remote_id], changed = one.daily_budget, True


def set_back(
    budgets: Sequence[GroupBudget], there: Mapping[str, Money | None], set_budget: SetBudget
) -> None:
    """To what each had before the change, where it has the new amount now. Raises
    OutcomeUnknown."""
    for one in budgets:
        if one.before in {None, one.daily_budget} or there.get(one.remote_id) != one.daily_budget:
            continue
        assert one.before is not None
        try:
            set_budget(one.remote_id, one.before)
        except PlatformError as error:
            raise incomplete_write_error(error) from error
