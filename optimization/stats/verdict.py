"""Decision rules for one test, from the figures of its batch."""

import math
from dataclasses import dataclass

import numpy as np

from optimization.stats.ab_core import Figures
from optimization.stats.ab_options import Options
from optimization.stats.results import ArmStatus, Status
from optimization.stats.sequential import EARLIEST_FRACTION, boundary_constant

LIKELY_CHANCE = 0.95
LIKELY_LOSS = 0.01
PAUSE_EFFECT = -0.10
SCALE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Verdict:
    """Positions of arms, not ids. `p_winner` is the sequential p of the claim "leader is best"."""

    status: Status
    arm_status: tuple[ArmStatus, ...]
    leader: int | None
    runner_up: int | None
    p_winner: float
    losers: tuple[int, ...]
    pause: tuple[int, ...]
    scale: tuple[int, ...]
    blocked_by: tuple[str, ...]
    days_left: int | None


def decide(fig: Figures, t: int, options: Options) -> Verdict:
    """Apply the rules to test number t of the batch."""
    leader = int(fig.leader[t])
    rivals = [k for k in np.flatnonzero(fig.exposed[t]).tolist() if k != leader]
    comparable = int(fig.enough[t].sum()) >= 2
    p_winner = max((float(fig.versus.p[t, k]) for k in rivals), default=1.0)
    runner_up = max(rivals, key=lambda k: (fig.versus.p[t, k], fig.rate[t, k]), default=None)
    blocked = tuple(name for name, worse in fig.guards if worse[t])
    beats_all = comparable and p_winner <= options.alpha
    losers = _losers(fig, t, rivals, options) if comparable else ()
    status = _status(fig, t, leader, comparable, beats_all and not blocked)
    pause = _pause(fig, t, losers, options)
    return Verdict(
        status=status,
        arm_status=_arm_status(fig, t, status, leader, losers),
        leader=leader if comparable else None,
        runner_up=runner_up if comparable else None,
        p_winner=p_winner,
        losers=losers,
        pause=pause,
        scale=_scale(fig, t, leader) if status == "winner" and leader not in pause else (),
        blocked_by=blocked if beats_all else (),
        days_left=_days_left(fig, t, runner_up, status, options),
    )


def _losers(fig: Figures, t: int, rivals: list[int], options: Options) -> tuple[int, ...]:
    """Arms beaten by the leader at alpha over the number of pairs (Bonferroni)."""
    arms = len(rivals) + 1
    level = options.alpha / (arms * (arms - 1) / 2)
    return tuple(k for k in rivals if fig.enough[t, k] and fig.versus.p[t, k] <= level)


def _status(fig: Figures, t: int, leader: int, comparable: bool, won: bool) -> Status:
    if not comparable:
        return "insufficient_data"
    if won:
        return "winner"
    if fig.batch.fraction[t] >= 1 - 1e-9:
        return "inconclusive"
    likely = fig.chance[t, leader] >= LIKELY_CHANCE and fig.loss[t, leader] < LIKELY_LOSS
    return "likely_leader" if likely else "collecting"


def _arm_status(
    fig: Figures, t: int, status: Status, leader: int, losers: tuple[int, ...]
) -> tuple[ArmStatus, ...]:
    def of(k: int) -> ArmStatus:
        if k == leader and status == "winner":
            return "winner"
        if k == leader and status == "likely_leader":
            return "likely_leader"
        if k in losers:
            return "loser"
        return "collecting" if fig.enough[t, k] else "insufficient_data"

    return tuple(of(k) for k in range(fig.exposed.shape[1]))


def _pause(fig: Figures, t: int, losers: tuple[int, ...], options: Options) -> tuple[int, ...]:
    """Proven clearly worse, proven under the ROAS target, or spending without a conversion."""
    if fig.fit.assumed[t] and fig.batch.totals_only:
        return ()
    chosen = set(np.flatnonzero(fig.wasted[t]).tolist())
    if fig.roas is not None:
        seasoned = fig.batch.arm_days[t] >= options.min_days
        chosen |= set(np.flatnonzero(fig.roas.below[t] & seasoned).tolist())
    if not fig.fit.assumed[t]:
        effect = {k: math.expm1(-float(fig.versus.log_ratio[t, k])) for k in losers}
        chosen |= {k for k, change in effect.items() if change <= PAUSE_EFFECT}
    return tuple(sorted(chosen))


def _scale(fig: Figures, t: int, leader: int) -> tuple[int, ...]:
    """The winner, when seven days prove it better than every target that was given."""
    targets = [guard for guard in (fig.roas, fig.cpa) if guard is not None]
    seasoned = fig.batch.arm_days[t, leader] >= SCALE_DAYS and not fig.fit.assumed[t]
    if seasoned and targets and all(guard.above[t, leader] for guard in targets):
        return (leader,)
    return ()


def _days_left(
    fig: Figures, t: int, runner_up: int | None, status: Status, options: Options
) -> int | None:
    """Days until the closest rival would be beaten if the present difference stays.

    z grows with the root of the days while the boundary falls with their fourth root; None when
    that lies beyond the plan.
    """
    if status == "winner":
        return 0
    elapsed = float(fig.batch.elapsed[t])
    if runner_up is None or status in ("insufficient_data", "inconclusive"):
        return None
    z = float(fig.versus.z[t, runner_up])
    if z <= 0 or elapsed <= 0:
        return None
    constant = boundary_constant(options.alpha)
    root = constant * math.sqrt(math.sqrt(options.planned_days) * elapsed) / z
    needed = math.pow(root, 4 / 3)
    needed = max(needed, EARLIEST_FRACTION * options.planned_days, options.min_days)
    if needed > options.planned_days:
        return None
    return max(1, math.ceil(needed - elapsed))
