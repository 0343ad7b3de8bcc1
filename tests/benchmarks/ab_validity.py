"""How often verdicts are wrong, and how often they are found, in simulated tests.

A test is looked at every four hours of its 14 days: 84 looks. The engine decides on complete days
only, so the looks within a day cannot change its verdict (a test proves it), and the 12 looks
from the third complete day on stand for all 84; the rows `running_day` take all 84, with the
running day passed off as complete. The z-test and the simple rule see all 84 looks.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.daily_analyses import FirstVerdicts, analyze_every_day
from tests.benchmarks.ab_rules import best_rate, far_behind, welch_test, z_test
from tests.benchmarks.ab_running_day import evenly, first_winners, running
from tests.benchmarks.ab_validity_chance import (
    CONVERSIONS,
    calibration,
    drawn,
    first_named,
    guard,
    learned,
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
    Row,
)
from tests.benchmarks.ab_worlds import make

Metrics = dict[str, float]
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.intp]
SEED = 20_260_101
CALIBRATION_TESTS, GUARD_ARMS, LEARNED_TESTS = 100_000, 4_000, 4_000
NOISES = (0.0, 0.2)
TINY = 0.01

TARGETS = {
    **{f"false_winner_{row.name}": row.most for row in EQUAL},
    **{f"false_loser_{row.name}": row.most for row in LOSERS},
    **{f"median_day_{row.name}": row.latest_median_day for row in POWER if row.latest_median_day},
    "false_winners_over_z_test": 0.2,
    "wrong_winner_most": 0.01,
    "prob_best_overstated": 0.03,
    "prob_best_gap_5_10_arms": 0.05,
    "guard_false_pause_most": 0.05,
    "learned_false_same": 0.05,
    "learned_false_doubled": 0.05 + 0.006,
}
FLOORS = {
    **{f"power_{row.name}": row.least for row in POWER},
    "accuracy_least": 0.95,
    "accuracy_over_stated_least": -0.02,
    "likely_leader_right_least": 0.95 - 0.012,
    f"power_loser_{LOSER_POWER.name}": LOSER_POWER.least,
    "guard_pause_at_half": 0.85,
    "learned_power_gain": 0.0,
}


def measure(folder: Path, *, tiny: bool) -> Metrics:
    """Rates over the tests of each row; seeds are fixed."""
    part = TINY if tiny else 1.0
    return {
        **_false_winners(part),
        **_power(part),
        **_losers(part),
        **_chances(part),
        **_likely(part),
        **_guard(part),
        **_learned(part),
    }


def _tests(row: Row, part: float) -> int:
    return max(20, int(part * row.runs))


def _seeded(*parts: str) -> np.random.Generator:
    """A stream of its own for each row, so that a new row does not move the others."""
    return np.random.default_rng([SEED, *"/".join(parts).encode()])


def _say(*cells: object) -> None:
    print("  ".join(f"{cell!s:<24}" for cell in cells), file=sys.stderr, flush=True)  # noqa: T201


def _plain(row: Row, values: Array) -> tuple[Names, Names]:
    """What the z-test and the simple rule name at the 84 looks; Welch's t on revenue by days."""
    rng = _seeded("looks", row.name)
    clicks, shown = running(rng, values[:, 1]), evenly(values[:, 0])
    first = best_rate(clicks, shown)
    if row.metric == "roas":
        return welch_test(values[:, 4] / values[:, 3]), first
    if row.metric == "cpa":
        return z_test(running(rng, values[:, 2]), evenly(values[:, 3]), shares=False), first
    return z_test(clicks, shown, shares=True), first


def _named(row: Row, values: Array) -> Names:
    if not row.every_look:
        return analyze_every_day(values, **row.options).winner
    rng = _seeded("looks", row.name)
    return first_winners(running(rng, values[:, 1]), evenly(values[:, 0]), **row.options)


def _false_winners(part: float) -> Metrics:
    found, both = {}, np.zeros(2)
    _say("no true winner", "engine", "z-test", "simple rule", "limit")
    for row in EQUAL:
        values = make(_seeded("equal", row.name), row.world, _tests(row, part))
        ours = float((_named(row, values) >= 0).mean())
        z, simple = (float((who >= 0).mean()) for who in _plain(row, values))
        found[f"false_winner_{row.name}"] = ours
        both += (ours, z)
        _say(row.name, f"{ours:.4f}", f"{z:.3f}", f"{simple:.3f}", f"{row.limit:.2f}")
    found["false_winners_over_z_test"] = float(both[0] / max(both[1], 1e-9))
    return found


def _power(part: float) -> Metrics:
    found, wrong, lives = {}, [], []
    _say("first arm is best", "found, limit", "wrong", "z-test", "simple rule", "median day, limit")
    for row in POWER:
        values = make(_seeded("power", row.name), row.world, _tests(row, part))
        life = analyze_every_day(values, **row.options)
        lives.append((life, life.winner == 0))
        right, day = life.winner == 0, np.median(life.winner_day[life.winner == 0])
        found[f"power_{row.name}"] = float(right.mean())
        if row.latest_median_day:
            found[f"median_day_{row.name}"] = float(day)
        wrong.append(float((life.winner > 0).mean()))
        theirs = (f"{(w == 0).mean():.3f}, {(w > 0).mean():.3f}" for w in _plain(row, values))
        figures = (f"{right.mean():.4f}, {row.limit:g}", f"{wrong[-1]:.4f}", *theirs)
        _say(row.name, *figures, f"{day:g}, {row.latest_median_day or '-'}")
    return {**found, "wrong_winner_most": max(wrong), **_accuracy(lives, part)}


def _accuracy(lives: list[tuple[FirstVerdicts, Flags]], part: float) -> Metrics:
    """Least share of right winners of any world, and how that compares to what was stated."""
    _say("drawn lifts", "winners", "right", "stated")
    for row in DRAWN:
        values, effect = drawn(_seeded("drawn", row.name), row.world, _tests(row, part))
        life = analyze_every_day(values)
        lives.append((life, life.winner == effect.argmax(axis=1)))
        shares = _right_and_stated(*lives[-1])
        _say(row.name, int((life.winner >= 0).sum()), *(f"{share:.4f}" for share in shares))
    both = np.array([_right_and_stated(*one) for one in lives])
    over = float((both[:, 0] - both[:, 1]).min())
    return {"accuracy_least": float(both[:, 0].min()), "accuracy_over_stated_least": over}


def _right_and_stated(life: FirstVerdicts, right: Flags) -> tuple[float, float]:
    named = life.winner >= 0
    return float(right[named].mean()), float(life.confidence[named].mean())


def _losers(part: float) -> Metrics:
    found = {}
    _say("losers", "engine", "simple rule", "limit")
    for row in LOSERS:
        values = make(_seeded("loser", row.name), row.world, _tests(row, part))
        rate = float(analyze_every_day(values).losers.any(axis=1).mean())
        counts = running(_seeded("looks", row.name), values[:, 1]), evenly(values[:, 0])
        found[f"false_loser_{row.name}"] = rate
        simple = far_behind(*counts).any(axis=1).mean()
        _say(f"none, {row.name}", f"{rate:.4f}", f"{simple:.3f}", LOSER_LIMIT)
    row = LOSER_POWER
    values = make(_seeded("loser power", row.name), row.world, _tests(row, part))
    caught = float(analyze_every_day(values).losers[:, 0].mean())
    found[f"power_loser_{row.name}"] = caught
    _say("one at -50 %, k5", f"{caught:.4f}", "", f"at least {row.limit}")
    return found


def _chances(part: float) -> Metrics:
    overstated, gaps = [0.0], [0.0]
    _say("P(best), all days", "overstated", "gap")
    for arms in (2, 5, 10):
        for noise in NOISES:
            rng = _seeded("chance", str(arms), str(noise))
            rows = np.concatenate(calibration(rng, arms, noise, int(part * CALIBRATION_TESTS)))
            over = rows[:, 0] - rows[:, 1]
            error = ALLOWANCE * np.sqrt(rows[:, 1] * (1 - rows[:, 1]) / rows[:, 2])
            overstated.append(float((over - error).max(initial=0.0)))
            gaps += [float((np.abs(over) - error).max(initial=0.0))] if arms > 2 else []
            shown = over.max(initial=0.0), np.abs(over).max(initial=0.0)
            _say(f"k{arms}_s{noise:g}", *(f"{one:.4f}" for one in shown))
    return {"prob_best_overstated": max(overstated), "prob_best_gap_5_10_arms": max(gaps)}


def _likely(part: float) -> Metrics:
    """Likely leaders: a soft hint that is right as often as it says, but fires without cause."""
    shares = []
    _say("likely leader, lifts drawn", "named", "right", "named, no difference")
    for row in DRAWN_NOISY:
        values, effect = drawn(_seeded("likely", row.name), row.world, _tests(row, part))
        named = first_named(values)
        shares.append(float((named == effect.argmax(axis=1))[named >= 0].mean()))
        equal = make(_seeded("likely equal", row.name), row.world, _tests(row, part))
        figures = (named >= 0).mean(), shares[-1], (first_named(equal) >= 0).mean()
        _say(row.name, *(f"{share:.3f}" for share in figures))
    return {"likely_leader_right_least": min(shares)}


def _guard(part: float) -> Metrics:
    arms = max(20, int(part * GUARD_ARMS))
    on_target = guard(_seeded("guard", "on target"), 1.0, arms)
    half = guard(_seeded("guard", "half"), 0.5, arms)
    _say("ROAS guard pauses", "at its target", "at half of it")
    for name, rate in on_target.items():
        _say(name, f"{rate:.4f}", f"{half[name]:.3f}")
    at_ten = half[f"{CONVERSIONS[2]:g}_a_day_spread_1"]
    return {"guard_false_pause_most": max(on_target.values()), "guard_pause_at_half": at_ten}


def _learned(part: float) -> Metrics:
    tests = max(20, int(part * LEARNED_TESTS))
    same = learned(_seeded("learned", "same"), 0.1, 0.1, tests)
    doubled = learned(_seeded("learned", "doubled"), 0.1, 0.2, tests)
    _say("noise from history", "false winners", "power", "power without")
    for name, row in (("the same noise", same), ("the noise doubles", doubled)):
        _say(name, *(f"{row[key]:.3f}" for key in ("false", "power", "power_without")))
    return {
        "learned_false_same": same["false"],
        "learned_false_doubled": doubled["false"],
        "learned_power_gain": same["power"] - same["power_without"],
    }
