"""Keeps the present budgets where no split is expected to bring more, unless a limit forces one.

The split explores with optimistic curves, so its best split may be expected to lose revenue.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from optimization.stats.budget.allocation.bounds import HardLimits
from optimization.stats.budget.allocation.rows import Solution
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.response.effect import expected_effect
from optimization.stats.budget.results import Binding
from optimization.stats.common.minor_units import from_minor, to_minor_ceiling, to_minor_floor


def without_loss(
    solution: Solution,
    solve_expected: Callable[[], Solution],
    forced: tuple[str, ...],
) -> Solution:
    """The solution, if its expected gain is not negative. Else the best split by the expected
    curves; and where that loses too, the present budgets, unless `forced` names why these cannot
    stay: then the solution that loses less, with those reasons."""
    if expected_gain(solution) >= 0:
        return solution
    plain = solve_expected()
    if expected_gain(plain) >= 0:
        return plain
    if not forced:
        return _keep(solution)
    return replace(max(solution, plain, key=expected_gain), forced=forced)


def expected_gain(solution: Solution) -> float:
    """Expected revenue a day against the present budgets; 0 without an estimate."""
    if solution.estimate is None:
        return 0.0
    unit = 10.0**solution.digits
    old, new = solution.bounds.current / unit, solution.units / unit
    return float(expected_effect(solution.estimate, old, new, solution.capacity).mean.sum())


def _keep(solution: Solution) -> Solution:
    return replace(
        solution,
        units=solution.bounds.current.copy(),
        unchanged=~solution.bounds.frozen,
        kept=True,
    )


def forcing_limits(
    campaigns: Sequence[PoolCampaign], limits: Sequence[HardLimits], total: int, digits: int
) -> tuple[str, ...]:
    """Why the present budgets cannot stay, one clause per limit; empty where they can. The usual
    share and step are no limits that somebody set, and force nothing."""
    pairs = [
        (campaign, limit)
        for campaign, limit in zip(campaigns, limits, strict=True)
        if limit.lo_name != Binding.FROZEN
    ]
    found = [
        _clause(sum(1 for campaign, limit in pairs if breaks(campaign, limit.current)), where)
        for breaks, where in (
            (
                lambda c, now: now < to_minor_ceiling(c.effective_minimum, digits),
                "below its minimum",
            ),
            (lambda c, now: _is_above_ceiling(c, now, digits), "above its ceiling"),
            (
                lambda c, now: c.max_share is not None and now > c.max_share * total,
                "above its largest share of the total",
            ),
        )
    ]
    present = sum(limit.current for limit in limits)
    if present > total:
        now, allowed = from_minor(present, digits), from_minor(total, digits)
        found.append(f"the total of {allowed} is below the present budgets, {now}")
    return tuple(filter(None, found))


def _is_above_ceiling(campaign: PoolCampaign, current: int, digits: int) -> bool:
    if campaign.ceiling is None:
        return False
    return current > to_minor_floor(max(campaign.ceiling, campaign.effective_minimum), digits)


def _clause(count: int, where: str) -> str:
    if not count:
        return ""
    return f"1 budget is {where}" if count == 1 else f"{count} budgets are each {where}"
