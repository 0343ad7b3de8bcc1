"""Decision rules for all tests of a batch, from their statistics."""

from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.core import TestStatistics, sequential_boundary
from optimization.stats.ab.inference.sequential import EARLIEST_FRACTION, boundary_constant
from optimization.stats.ab.options import Options
from optimization.stats.ab.results import ArmStatus, Status
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray, ratio

LIKELY_CHANCE = 0.95
LIKELY_LOSS = 0.01
PAUSE_EFFECT = -0.10
SCALE_DAYS = 7
STATUSES: tuple[Status, ...] = (
    "insufficient_data",
    "collecting",
    "likely_leader",
    "winner",
    "inconclusive",
)
INSUFFICIENT, COLLECTING, LIKELY, WINNER, INCONCLUSIVE = range(len(STATUSES))


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """One entry a test: (tests,), or (tests, arms) for losers, pause and scale.

    status indexes STATUSES; leader, runner_up and hardest are positions of arms (-1: none).
    runner_up is the next best by its estimate, hardest the one that is hardest to tell from the
    leader: with little data that is another one.
    p_winner is the sequential p of the claim "the leader is best", log_e its log e-value.
    blocked (guards, tests) says which guard metrics rule out a winner on the primary metric;
    days_left is nan where no estimate is possible.
    """

    status: IntArray
    comparable: BoolArray
    leader: IntArray
    runner_up: IntArray
    hardest: IntArray
    p_winner: FloatArray
    log_e: FloatArray
    losers: BoolArray
    pause: BoolArray
    scale: BoolArray
    blocked: BoolArray
    days_left: FloatArray


@dataclass(frozen=True, slots=True)
class Verdict:
    """The same for one test; positions of arms, not ids."""

    status: Status
    arm_status: tuple[ArmStatus, ...]
    leader: int | None
    runner_up: int | None
    hardest: int | None
    p_winner: float
    log_e: float
    losers: tuple[int, ...]
    pause: tuple[int, ...]
    scale: tuple[int, ...]
    protected: tuple[int, ...]
    blocked_by: tuple[str, ...]
    days_left: int | None


def decide(stats: TestStatistics, options: Options) -> Verdicts:
    """Apply the rules to every test of the batch."""
    rivals = stats.exposed & (np.arange(stats.exposed.shape[1]) != stats.leader[:, None])
    comparable = stats.has_enough_data.sum(axis=1) >= 2
    p_winner = np.where(rivals, stats.comparison.p, 0.0).max(axis=1, initial=0.0)
    p_winner = np.where(rivals.any(axis=1), p_winner, 1.0)
    log_e = np.where(rivals, stats.comparison.log_e, np.inf).min(axis=1, initial=np.inf)
    hardest = _hardest(stats, rivals)
    beats_all = comparable & (p_winner <= options.alpha)
    guards = [worse for _, worse in stats.guards]
    blocked = np.array(guards, dtype=np.bool_).reshape(len(guards), len(rivals))
    status = _decide_status(stats, comparable, beats_all & ~blocked.any(axis=0))
    losers = _find_losers(stats, rivals, status, options) & comparable[:, None]
    # An arm that is better on a guard metric must not be paused in favour of its rival.
    trusted: BoolArray = np.asarray(~blocked.any(axis=0), dtype=np.bool_)
    pause = _arms_to_pause(stats, losers & trusted[:, None], status, options)
    return Verdicts(
        status=status,
        comparable=comparable,
        leader=stats.leader,
        runner_up=_runner_up(stats, rivals),
        hardest=hardest,
        p_winner=p_winner,
        log_e=np.where(np.isfinite(log_e), log_e, 0.0),
        losers=losers,
        pause=pause,
        scale=_arms_to_scale(stats, status, options) & ~pause,
        blocked=blocked & beats_all,
        days_left=_days_left(stats, hardest, status, options),
    )


def _runner_up(stats: TestStatistics, rivals: BoolArray) -> IntArray:
    """The rival with the best estimate, of those with enough data where there are any."""
    ready = rivals & stats.has_enough_data
    allowed = np.where(ready.any(axis=1, keepdims=True), ready, rivals)
    allowed = allowed & (stats.comparison.information > 0)
    closest = np.argmin(np.where(allowed, stats.comparison.log_ratio, np.inf), axis=1)
    return np.asarray(np.where(allowed.any(axis=1), closest, -1), dtype=np.intp)


def _hardest(stats: TestStatistics, rivals: BoolArray) -> IntArray:
    """The rival that is hardest to tell from the leader; the better rate breaks ties."""
    hardest = np.where(rivals, stats.comparison.p, -1.0)
    tied = rivals & (hardest == hardest.max(axis=1, keepdims=True))
    found = np.argmax(np.where(tied, stats.rate, -1.0), axis=1)
    return np.asarray(np.where(rivals.any(axis=1), found, -1), dtype=np.intp)


def _find_losers(
    stats: TestStatistics, rivals: BoolArray, status: IntArray, options: Options
) -> BoolArray:
    """Arms beaten by the leader at alpha over the number of pairs (Bonferroni); where the leader
    is named winner, all that it beats: one claim, one error."""
    arms = rivals.sum(axis=1) + 1
    level = options.alpha / np.maximum(arms * (arms - 1) / 2, 1.0)
    level = np.where(status == WINNER, options.alpha, level)
    lost = rivals & stats.has_enough_data & (stats.comparison.p <= level[:, None])
    return np.asarray(lost, dtype=np.bool_)


def _decide_status(stats: TestStatistics, comparable: BoolArray, won: BoolArray) -> IntArray:
    at = stats.leader[:, None]
    chance = np.take_along_axis(stats.prob_best, at, axis=1)[:, 0]
    loss = np.take_along_axis(stats.expected_loss, at, axis=1)[:, 0]
    status = np.where((chance >= LIKELY_CHANCE) & (loss < LIKELY_LOSS), LIKELY, COLLECTING)
    status = np.where(stats.batch.fraction >= 1 - 1e-9, INCONCLUSIVE, status)
    status = np.where(won, WINNER, status)
    return np.asarray(np.where(comparable, status, INSUFFICIENT), dtype=np.intp)


def _arms_to_pause(
    stats: TestStatistics, losers: BoolArray, status: IntArray, options: Options
) -> BoolArray:
    """Proven clearly worse, beaten by a named winner, proven under the least ROAS, or spending
    without a conversion. A loser that is better on the target's metric goes on."""
    if stats.batch.totals_only:
        return np.zeros_like(losers)
    worse = np.expm1(-stats.comparison.log_ratio) <= PAUSE_EFFECT
    worse |= (status == WINNER)[:, None]
    lost = losers & worse & ~stats.is_protected & ~stats.fit.assumed[:, None]
    pause = stats.spent_without_conversion | lost
    if stats.roas is not None:
        pause |= stats.roas.below & (stats.batch.arm_days >= options.min_days)
    return np.asarray(pause, dtype=np.bool_)


def _arms_to_scale(stats: TestStatistics, status: IntArray, options: Options) -> BoolArray:
    """The winner, when seven days prove it better than every target that was given."""
    roas = None if options.target_roas is None else stats.roas
    targets = [guard.above for guard in (roas, stats.cpa) if guard is not None]
    if not targets:
        return np.zeros_like(stats.exposed)
    winner = np.arange(stats.exposed.shape[1]) == stats.leader[:, None]
    winner &= (status == WINNER)[:, None] & ~stats.fit.assumed[:, None]
    proven = winner & (stats.batch.arm_days >= SCALE_DAYS) & np.logical_and.reduce(targets)
    return np.asarray(proven, dtype=np.bool_)


def _days_left(
    stats: TestStatistics, hardest: IntArray, status: IntArray, options: Options
) -> FloatArray:
    """Days until the hardest rival would be beaten if the current difference stays.

    z grows with the square root of the days while the boundary falls with their fourth root; nan
    where that takes longer than the plan.
    """
    z = np.take_along_axis(stats.comparison.z, np.maximum(hardest, 0)[:, None], axis=1)[:, 0]
    elapsed, planned = stats.batch.elapsed, float(options.planned_days)
    known = (z > 0) & (elapsed > 0) & (hardest >= 0)
    known &= (status == COLLECTING) | (status == LIKELY)
    constant = boundary_constant(options.alpha, sequential_boundary(options))
    reach = constant * np.sqrt(np.sqrt(planned) * elapsed)
    needed = ratio(reach, np.where(known, z, 0.0), empty=np.inf) ** (4 / 3)
    needed = np.maximum(needed, max(EARLIEST_FRACTION * planned, options.min_days))
    within = known & (needed <= planned)
    left = np.maximum(1.0, np.ceil(np.where(within, needed, 0.0) - elapsed))
    return np.where(status == WINNER, 0.0, np.where(within, left, np.nan))


def extract_verdict(stats: TestStatistics, verdicts: Verdicts, t: int) -> Verdict:
    """The verdict of test number t of the batch."""
    comparable, left = bool(verdicts.comparable[t]), float(verdicts.days_left[t])
    runner_up, hardest = int(verdicts.runner_up[t]), int(verdicts.hardest[t])
    return Verdict(
        status=STATUSES[verdicts.status[t]],
        arm_status=_arm_status(stats, verdicts, t),
        leader=int(verdicts.leader[t]) if comparable else None,
        runner_up=runner_up if comparable and runner_up >= 0 else None,
        hardest=hardest if comparable and hardest >= 0 else None,
        p_winner=float(verdicts.p_winner[t]),
        log_e=float(verdicts.log_e[t]),
        losers=_positions(verdicts.losers[t]),
        pause=_positions(verdicts.pause[t]),
        scale=_positions(verdicts.scale[t]),
        protected=_positions(stats.is_protected[t] & verdicts.losers[t]),
        blocked_by=tuple(
            name for (name, _), no in zip(stats.guards, verdicts.blocked[:, t], strict=True) if no
        ),
        days_left=None if left != left else int(left),
    )


def _positions(mask: BoolArray) -> tuple[int, ...]:
    return tuple(mask.nonzero()[0].tolist())


def _arm_status(stats: TestStatistics, verdicts: Verdicts, t: int) -> tuple[ArmStatus, ...]:
    leads: dict[int, ArmStatus] = {WINNER: "winner", LIKELY: "likely_leader"}
    leader, status = int(verdicts.leader[t]), int(verdicts.status[t])

    def status_of(k: int) -> ArmStatus:
        if k == leader and status in leads:
            return leads[status]
        if verdicts.losers[t, k]:
            return "loser"
        return "collecting" if stats.has_enough_data[t, k] else "insufficient_data"

    return tuple(status_of(k) for k in range(stats.exposed.shape[1]))
