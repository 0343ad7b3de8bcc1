"""Keeps the present budgets where no split brings more, beyond noise, unless a limit forces one.

The split explores with optimistic curves, so its best split may be expected to lose revenue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from optimization.stats.budget.allocation.bounds import HardLimits
from optimization.stats.budget.allocation.rows import Solution
from optimization.stats.budget.allocation.worth import PAYBACK_DAYS
from optimization.stats.budget.input import PoolCampaign
from optimization.stats.budget.response.effect import Z_80, effect_moments, learning_cost
from optimization.stats.budget.results import Binding
from optimization.stats.common.minor_units import from_minor, to_minor_ceiling, to_minor_floor


def without_loss(attempts: Iterable[Solution], forced: tuple[str, ...]) -> Solution:
    """The first of `attempts` that changes something and whose gain is beyond noise. Where none
    is, the present budgets, unless `forced` names why these cannot stay: then the attempt that
    brings most, with those reasons where it loses."""
    tried = []
    for solution in attempts:
        gain, is_beyond_noise = expected_gain(solution)
        if is_beyond_noise and changes_something(solution):
            return solution
        tried.append((gain, solution))
    changing = [pair for pair in tried if changes_something(pair[1])]
    if not changing:
        return tried[0][1]
    gain, best = max(changing, key=lambda pair: pair[0])
    if not forced:
        return _keep(best)
    return best if gain >= 0 else replace(best, forced=forced)


def changes_something(solution: Solution, part: float = 0.0) -> bool:
    """Whether a budget changes by at least `part` of itself."""
    current = solution.bounds.current
    step = np.abs(solution.units - current)
    return bool(((step > 0) & (step >= part * current)).any())


def expected_gain(solution: Solution) -> tuple[float, bool]:
    """Expected revenue a day against the present budgets, and whether the lower end of its 80 %
    interval is above 0. A total that changes must be met: there an expected gain is enough."""
    if solution.estimate is None:
        return 0.0, True
    unit = 10.0**solution.digits
    old, new = solution.bounds.current / unit, solution.units / unit
    mean, sd = effect_moments(solution.estimate, old, new, solution.capacity)
    gain, change = float(mean.sum()), int(solution.units.sum() - solution.bounds.current.sum())
    if change or (old == new).all():
        return gain, gain >= 0
    cost = learning_cost(solution.estimate.expected().revenue(new), old, new).sum() / PAYBACK_DAYS
    return gain, gain - cost > Z_80 * float(np.sqrt((sd**2).sum()))


def _keep(solution: Solution) -> Solution:
    """Every budget as it is; where a gain is expected but within noise, the changes say so."""
    current, gains = solution.bounds.current, expected_gain(solution)[0] > 0
    uncertain = (solution.units != current) & gains
    return replace(
        solution,
        units=current.copy(),
        unchanged=~solution.bounds.frozen,
        doubtful=solution.doubtful | uncertain,
        kept=not gains,
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
