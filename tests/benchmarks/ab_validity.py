"""Error rates and power of the verdicts in simulated tests.

A test is analysed every four hours of its 14 days: 84 looks. The engine decides on complete days
only, so looks within a day cannot change its verdict (a test proves it), and the 12 looks from the
third complete day on represent all 84; the scenarios `running_day` use all 84, with the unfinished
day marked as complete. The z-test and the simple rule use all 84 looks.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.daily_analyses import FirstVerdicts, analyze_every_day
from tests.benchmarks.ab_rules import arms_far_behind, best_rate, welch_test, z_test
from tests.benchmarks.ab_running_day import first_winners, running_counts, running_totals
from tests.benchmarks.ab_validity_chance import (
    CONVERSIONS,
    calibration,
    draw_tests,
    first_likely_leader,
    guard_pause_rates,
)
from tests.benchmarks.ab_validity_history import (
    HISTORY_FLOORS,
    HISTORY_ROWS,
    HISTORY_TARGETS,
    history_rate,
)
from tests.benchmarks.ab_validity_rows import (
    ALLOWANCE,
    DRAWN,
    DRAWN_NOISY,
    EQUAL,
    LOSER_LIMIT,
    LOSER_POWER,
    LOSERS,
    POWER,
    Scenario,
)
from tests.benchmarks.ab_worlds import simulate_tests

Metrics = dict[str, float]
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
SEED = 20_260_101
CALIBRATION_TESTS, GUARD_ARMS = 100_000, 4_000
NOISES = (0.0, 0.2)
TINY = 0.01

TARGETS = {
    **{f"false_winner_{row.name}": row.upper_limit for row in EQUAL},
    **{f"false_loser_{row.name}": row.upper_limit for row in LOSERS},
    **{f"median_day_{row.name}": row.latest_median_day for row in POWER if row.latest_median_day},
    "false_winners_over_z_test": 0.2,
    "wrong_winner_most": 0.01,
    "prob_best_overstated": 0.03,
    "prob_best_gap_5_10_arms": 0.05,
    "guard_false_pause_most": 0.05,
    **HISTORY_TARGETS,
}
FLOORS = {
    **{f"power_{row.name}": row.lower_limit for row in POWER},
    "accuracy_least": 0.95,
    "accuracy_over_stated_least": -0.02,
    "likely_leader_right_least": 0.95 - 0.012,
    f"power_loser_{LOSER_POWER.name}": LOSER_POWER.lower_limit,
    "guard_pause_at_half": 0.85,
    **HISTORY_FLOORS,
}


def measure(folder: Path, *, tiny: bool) -> Metrics:
    """Rates over the tests of each scenario; seeds are fixed."""
    part = TINY if tiny else 1.0
    return {
        **_measure_false_winners(part),
        **_measure_power(part),
        **_measure_losers(part),
        **_measure_prob_best(part),
        **_measure_likely_leaders(part),
        **_measure_guard(part),
        **_measure_history(tiny=tiny),
    }


def _count_tests(row: Scenario, part: float) -> int:
    return max(20, int(part * row.runs))


def _make_rng(*parts: str) -> np.random.Generator:
    """A separate stream for each scenario, so that a new scenario does not change the others."""
    return np.random.default_rng([SEED, *"/".join(parts).encode()])


def _print_row(*cells: object) -> None:
    print("  ".join(f"{cell!s:<24}" for cell in cells), file=sys.stderr, flush=True)  # noqa: T201


def _baseline_winners(row: Scenario, values: Array) -> tuple[Positions, Positions]:
    """Winners of the z-test and the simple rule at the 84 looks; for revenue Welch's t by days."""
    rng = _make_rng("looks", row.name)
    clicks, impressions = running_counts(rng, values[:, 1]), running_totals(values[:, 0])
    first = best_rate(clicks, impressions)
    if row.metric == "roas":
        return welch_test(values[:, 4] / values[:, 3]), first
    if row.metric == "cpa":
        return z_test(
            running_counts(rng, values[:, 2]), running_totals(values[:, 3]), shares=False
        ), first
    return z_test(clicks, impressions, shares=True), first


def _engine_winners(row: Scenario, values: Array) -> Positions:
    if not row.within_day:
        return analyze_every_day(values, **row.options).winner
    rng = _make_rng("looks", row.name)
    return first_winners(
        running_counts(rng, values[:, 1]), running_totals(values[:, 0]), **row.options
    )


def _measure_false_winners(part: float) -> Metrics:
    found, both = {}, np.zeros(2)
    _print_row("no true winner", "engine", "z-test", "simple rule", "limit")
    for row in EQUAL:
        values = simulate_tests(_make_rng("equal", row.name), row.world, _count_tests(row, part))
        ours = float((_engine_winners(row, values) >= 0).mean())
        z, simple = (float((who >= 0).mean()) for who in _baseline_winners(row, values))
        found[f"false_winner_{row.name}"] = ours
        both += (ours, z)
        _print_row(row.name, f"{ours:.4f}", f"{z:.3f}", f"{simple:.3f}", f"{row.limit:.2f}")
    found["false_winners_over_z_test"] = float(both[0] / max(both[1], 1e-9))
    return found


def _measure_power(part: float) -> Metrics:
    found, wrong, verdicts = {}, [], []
    _print_row(
        "first arm is best", "found, limit", "wrong", "z-test", "simple rule", "median day, limit"
    )
    for row in POWER:
        values = simulate_tests(_make_rng("power", row.name), row.world, _count_tests(row, part))
        result = analyze_every_day(values, **row.options)
        verdicts.append((result, result.winner == 0))
        right, day = result.winner == 0, np.median(result.winner_day[result.winner == 0])
        found[f"power_{row.name}"] = float(right.mean())
        if row.latest_median_day:
            found[f"median_day_{row.name}"] = float(day)
        wrong.append(float((result.winner > 0).mean()))
        theirs = (
            f"{(w == 0).mean():.3f}, {(w > 0).mean():.3f}" for w in _baseline_winners(row, values)
        )
        figures = (f"{right.mean():.4f}, {row.limit:g}", f"{wrong[-1]:.4f}", *theirs)
        _print_row(row.name, *figures, f"{day:g}, {row.latest_median_day or '-'}")
    return {**found, "wrong_winner_most": max(wrong), **_measure_accuracy(verdicts, part)}


def _measure_accuracy(verdicts: list[tuple[FirstVerdicts, Flags]], part: float) -> Metrics:
    """Smallest share of right winners of any world, and the difference to the stated confidence."""
    _print_row("drawn lifts", "winners", "right", "stated")
    for row in DRAWN:
        values, effect = draw_tests(
            _make_rng("drawn", row.name), row.world, _count_tests(row, part)
        )
        result = analyze_every_day(values)
        verdicts.append((result, result.winner == effect.argmax(axis=1)))
        shares = _right_and_stated(*verdicts[-1])
        _print_row(row.name, int((result.winner >= 0).sum()), *(f"{share:.4f}" for share in shares))
    both = np.array([_right_and_stated(*one) for one in verdicts])
    over = float((both[:, 0] - both[:, 1]).min())
    return {"accuracy_least": float(both[:, 0].min()), "accuracy_over_stated_least": over}


def _right_and_stated(result: FirstVerdicts, right: Flags) -> tuple[float, float]:
    named = result.winner >= 0
    return float(right[named].mean()), float(result.confidence[named].mean())


def _measure_losers(part: float) -> Metrics:
    found = {}
    _print_row("losers", "engine", "simple rule", "limit")
    for row in LOSERS:
        values = simulate_tests(_make_rng("loser", row.name), row.world, _count_tests(row, part))
        rate = float(analyze_every_day(values).losers.any(axis=1).mean())
        counts = (
            running_counts(_make_rng("looks", row.name), values[:, 1]),
            running_totals(values[:, 0]),
        )
        found[f"false_loser_{row.name}"] = rate
        simple = arms_far_behind(*counts).any(axis=1).mean()
        _print_row(f"none, {row.name}", f"{rate:.4f}", f"{simple:.3f}", LOSER_LIMIT)
    row = LOSER_POWER
    values = simulate_tests(_make_rng("loser power", row.name), row.world, _count_tests(row, part))
    caught = float(analyze_every_day(values).losers[:, 0].mean())
    found[f"power_loser_{row.name}"] = caught
    _print_row("one at -50 %, k5", f"{caught:.4f}", "", f"at least {row.limit}")
    return found


def _measure_prob_best(part: float) -> Metrics:
    overstated, gaps = [0.0], [0.0]
    _print_row("P(best), all days", "overstated", "gap")
    for arms in (2, 5, 10):
        for noise in NOISES:
            rng = _make_rng("chance", str(arms), str(noise))
            rows = np.concatenate(calibration(rng, arms, noise, int(part * CALIBRATION_TESTS)))
            over = rows[:, 0] - rows[:, 1]
            error = ALLOWANCE * np.sqrt(rows[:, 1] * (1 - rows[:, 1]) / rows[:, 2])
            overstated.append(float((over - error).max(initial=0.0)))
            gaps += [float((np.abs(over) - error).max(initial=0.0))] if arms > 2 else []
            largest = over.max(initial=0.0), np.abs(over).max(initial=0.0)
            _print_row(f"k{arms}_s{noise:g}", *(f"{one:.4f}" for one in largest))
    return {"prob_best_overstated": max(overstated), "prob_best_gap_5_10_arms": max(gaps)}


def _measure_likely_leaders(part: float) -> Metrics:
    """Likely leaders: right as often as stated, but often named where there is no difference."""
    shares = []
    _print_row("likely leader, lifts drawn", "named", "right", "named, no difference")
    for row in DRAWN_NOISY:
        values, effect = draw_tests(
            _make_rng("likely", row.name), row.world, _count_tests(row, part)
        )
        named = first_likely_leader(values)
        shares.append(float((named == effect.argmax(axis=1))[named >= 0].mean()))
        equal = simulate_tests(
            _make_rng("likely equal", row.name), row.world, _count_tests(row, part)
        )
        figures = (named >= 0).mean(), shares[-1], (first_likely_leader(equal) >= 0).mean()
        _print_row(row.name, *(f"{share:.3f}" for share in figures))
    return {"likely_leader_right_least": min(shares)}


def _measure_guard(part: float) -> Metrics:
    arms = max(20, int(part * GUARD_ARMS))
    on_target = guard_pause_rates(_make_rng("guard", "on target"), 1.0, arms)
    half = guard_pause_rates(_make_rng("guard", "half"), 0.5, arms)
    _print_row("ROAS guard pauses", "at its target", "at half of it")
    for name, rate in on_target.items():
        _print_row(name, f"{rate:.4f}", f"{half[name]:.3f}")
    at_ten = half[f"{CONVERSIONS[2]:g}_a_day_spread_1"]
    return {"guard_false_pause_most": max(on_target.values()), "guard_pause_at_half": at_ten}


def _measure_history(*, tiny: bool) -> Metrics:
    found = {}
    _print_row("noise from history", "with it", "without", "limit")
    for row in HISTORY_ROWS:
        found[row.figure], without = history_rate(row, _make_rng, tiny=tiny)
        _print_row(row.figure, f"{found[row.figure]:.4f}", f"{without:.4f}", f"{row.limit:g}")
    return found
