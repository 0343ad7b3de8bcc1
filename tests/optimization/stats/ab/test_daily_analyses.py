"""Arrays give what rows give, and looks within a day change nothing."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.daily_analyses import analyze_every_day
from optimization.stats.ab.engine import analyze_many
from optimization.stats.ab.verdicts.rules import STATUSES
from optimization.stats.common.metrics import FIELDS

FIRST = dt.date(2026, 1, 1)
LOOKS_A_DAY = 6


def random_values(seed: int, tests: int, arms: int, days: int) -> np.ndarray:
    """Values (tests, fields, arms, days) with gaps, leaders, losers and quiet tests."""
    rng = np.random.default_rng(seed)
    rate = 0.01 * np.exp(rng.normal(0, 0.25, (tests, arms, 1)))
    volume = np.exp(rng.normal(8.5, 1.0, (tests, 1, 1)))
    shown = rng.poisson(volume * np.exp(rng.normal(0, 0.3, (tests, arms, days)))).astype(float)
    shown[rng.random(shown.shape) < 0.05] = 0
    values = np.zeros((tests, 5, arms, days))
    values[:, 0], values[:, 1] = shown, rng.binomial(shown.astype(int), np.minimum(rate, 1))
    values[:, 3] = shown / 100
    values[:, 2] = rng.poisson(values[:, 3] / 5)
    values[:, 4] = values[:, 2] * np.round(rng.exponential(20, shown.shape), 2)
    return values


def rows(values: np.ndarray, last_complete: bool = True) -> list[dict[str, Any]]:
    """One test's values (fields, arms, days) as arms with daily rows."""
    days = values.shape[2]
    return [
        {
            "id": k,
            "daily": [
                {
                    "date": FIRST + dt.timedelta(days=d),
                    "complete": last_complete or d < days - 1,
                    **{name: float(values[f, k, d]) for f, name in enumerate(FIELDS)},
                }
                for d in range(days)
            ],
        }
        for k in range(values.shape[1])
    ]


@pytest.mark.parametrize("metric", ["ctr", "cvr", "cpa", "roas"])
@pytest.mark.parametrize("arms", [1, 2, 5])
def test_arrays_and_rows_give_the_same_answer(metric: str, arms: int) -> None:
    values = random_values(arms, 60, arms, 9)
    options: dict[str, Any] = {"metric": metric, "target_roas": 3.0, "target_cpa": 6.0}
    found = analyze_arrays(values, **options)
    for t, result in enumerate(analyze_many([rows(one) for one in values], **options)):
        assert STATUSES[found.status[t]] == result.status
        named = () if found.winner[t] < 0 else (int(found.winner[t]),)
        assert result.winner_ids == named
        assert result.losing_ids == tuple(np.flatnonzero(found.losers[t]))
        assert result.pause_ids == tuple(np.flatnonzero(found.pause[t]))
        assert result.scale_ids == tuple(np.flatnonzero(found.scale[t]))
        chances = [one.prob_best or 0.0 for one in result.arms]
        assert found.prob_best[t] == pytest.approx(chances, abs=1e-12)
        losses = [one.expected_loss or 0.0 for one in result.arms]
        assert found.expected_loss[t] == pytest.approx(losses, abs=1e-12)


def test_large_batches_are_cut_without_a_seam() -> None:
    values = random_values(7, 3_000, 2, 14)
    whole = analyze_arrays(values)
    for t in (0, 1_499, 2_142, 2_143, 2_999):
        one = analyze_arrays(values[t : t + 1])
        assert one.p_winner[0] == pytest.approx(whole.p_winner[t], rel=1e-12)
        assert one.prob_best[0] == pytest.approx(whole.prob_best[t], rel=1e-12)


def test_no_tests_give_no_results() -> None:
    found = analyze_arrays(np.zeros((0, 5, 2, 14)))
    assert found.status.shape == (0,)
    assert found.prob_best.shape == (0, 2)


def test_six_looks_a_day_say_what_one_look_a_day_says() -> None:
    """84 looks every four hours: the running day counts only once it is complete."""
    values = random_values(11, 12, 3, 14)
    ever: list[int] = []
    for one in values:
        winner = -1
        for look in range(1, 14 * LOOKS_A_DAY + 1):
            day, part = divmod(look, LOOKS_A_DAY)
            seen = one[:, :, : day + bool(part)].copy()
            if part:
                seen[:, :, -1] = np.floor(seen[:, :, -1] * part / LOOKS_A_DAY)
            (result,) = analyze_many([rows(seen, last_complete=not part)])
            if winner < 0 and result.winner_ids:
                winner = int(result.winner_ids[0])
                assert part == 0
        ever.append(winner)
    assert ever == analyze_every_day(values).winner.tolist()
    assert any(winner >= 0 for winner in ever)


@pytest.mark.parametrize("waiting", [0, 1, 2])
@pytest.mark.parametrize("day", [0, 4, 8])
def test_a_day_that_one_arm_still_waits_for_counts_for_no_arm(waiting: int, day: int) -> None:
    (values,) = random_values(12, 1, 3, 9)
    arms = rows(values)
    arms[waiting]["daily"][day]["complete"] = False
    without = [
        {**one, "daily": [r for r in one["daily"] if r is not row]}
        for one, row in zip(arms, [one["daily"][day] for one in arms], strict=True)
    ]
    held, fewer = analyze_many([arms, without])
    assert held == fewer
    assert held.boundary.elapsed_days == 8


def test_first_verdict_is_kept_with_its_day() -> None:
    values = np.zeros((1, 5, 2, 14))
    values[:, 0] = 10_000
    values[0, 1, 0], values[0, 1, 1] = 100, 200
    life = analyze_every_day(values)
    assert (life.winner[0], life.winner_day[0]) == (1, 5)  # few days, wide tails
    assert life.losers[0].tolist() == [True, False]
    assert life.confidence[0] >= 0.95
    assert life.comparable[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((3, 2, 14)), "shape"),
        (np.zeros((1, 4, 2, 14)), "fields"),
        (np.full((1, 5, 2, 14), np.nan), "finite"),
        (np.full((1, 5, 2, 14), -1.0), "0 or more"),
    ],
)
def test_arrays_that_cannot_be_meant_are_refused(values: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        analyze_arrays(values)
