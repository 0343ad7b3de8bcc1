"""A/A tests out of history: exchangeable arms, real noise kept, honest when there is too little."""

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from optimization.stats.ab.planning.aa_simulation import prepare_campaign, simulate_aa
from optimization.stats.ab.planning.selftest import run_aa_tests, wilson_share
from optimization.stats.common.metrics import METRICS


def campaign(
    seed: int, *, ads: int = 3, days: int = 42, noise: float = 0.2, drift: float = 0.0
) -> np.ndarray:
    """Rows (ads, days, fields); the first ad is half as good again, delivery is uneven."""
    rng = np.random.default_rng(seed)
    shown = np.round(10_000 * np.exp(rng.normal(0, 0.5, (ads, 1))) * np.ones((1, days)))
    steps = rng.normal(0, 1, (ads, days))
    for d in range(1, days):
        steps[:, d] = drift * steps[:, d - 1] + np.sqrt(1 - drift**2) * steps[:, d]
    rate = 0.01 * np.where(np.arange(ads) == 0, 1.5, 1.0)[:, None] * np.exp(noise * steps)
    rows = np.zeros((ads, days, 5))
    rows[..., 0], rows[..., 1] = shown, rng.poisson(shown * rate)
    return rows


HISTORIES = [campaign(seed) for seed in range(6)]


def test_few_false_verdicts_on_a_noisy_account() -> None:
    found = run_aa_tests(HISTORIES)
    assert found.false_winners is not None
    assert found.false_losers is not None
    assert (found.outcome, found.tests, found.looks) == ("holds", 1000, 12)
    assert found.decidable == 1000
    assert 0 < found.false_winners.rate <= 0.05
    assert found.false_winners.low < found.false_winners.rate < found.false_winners.high
    assert (found.histories, found.ad_days) == (6, 6 * 3 * 42)
    assert "within the promised 5%" in found.summary


def test_same_seed_same_answer_and_another_seed_another() -> None:
    first = run_aa_tests(HISTORIES, tests=300, seed=5)
    assert run_aa_tests(HISTORIES, tests=300, seed=5) == first
    assert run_aa_tests(HISTORIES, tests=300, seed=6) != first


def test_a_true_difference_between_the_ads_does_not_count() -> None:
    """The first ad is 50 % better: the engine sees it, the dealt arms do not have it."""
    life = [run_aa_tests([campaign(s, noise=0.0) for s in range(6)], arms=k) for k in (2, 3)]
    rates = [one.false_winners.rate for one in life if one.false_winners is not None]
    assert len(rates) == 2
    assert max(rates) <= 0.02


def test_drift_over_days_is_not_hidden() -> None:
    calm = run_aa_tests([campaign(s, days=84) for s in range(12)])
    moved = run_aa_tests([campaign(s, days=84, drift=0.6) for s in range(12)])
    assert calm.false_winners is not None
    assert moved.false_winners is not None
    assert moved.false_winners.rate > 2 * calm.false_winners.rate
    assert calm.autocorrelation is not None
    assert moved.autocorrelation is not None
    assert abs(calm.autocorrelation) < 0.15 < 0.35 < moved.autocorrelation


def test_a_broken_level_is_reported_as_broken() -> None:
    loose = run_aa_tests([campaign(s, days=84, drift=0.9) for s in range(12)], alpha=0.01)
    assert loose.outcome == "fails"
    assert "do not act" in loose.summary


@pytest.mark.parametrize(
    "histories",
    [
        [],
        [campaign(1, days=20)],
        [campaign(1, ads=1, days=200)],
        [campaign(1) * 0],
    ],
)
def test_too_little_history_says_so(histories: list[np.ndarray]) -> None:
    found = run_aa_tests(histories)
    assert (found.outcome, found.false_winners, found.tests) == ("cannot_tell", None, 0)
    assert found.summary.startswith("Too little history to tell")


def test_too_few_events_to_decide_anything_say_so() -> None:
    thin = [rows // 500 for rows in HISTORIES]
    assert run_aa_tests(thin).outcome == "cannot_tell"


def test_each_arm_gets_each_ad_as_often_and_rows_stay_whole() -> None:
    rng = np.random.default_rng(0)
    rows = campaign(3, ads=2, days=14, noise=0.0)
    found = prepare_campaign(rng, rows, METRICS["ctr"], 2, 14)
    dealt = simulate_aa(rng, [found], 2, 14, 2_000)
    first_arm_has_first_ad = (dealt[:, 1, 0] == rows[0, :, 1]).mean(axis=0)
    assert first_arm_has_first_ad == pytest.approx(np.full(14, 0.5), abs=0.05)
    assert (dealt[:, 1].sum(axis=1) == rows[..., 1].sum(axis=0)).all()


def test_difference_is_taken_out_of_the_exposure_not_of_the_counts() -> None:
    rows = campaign(4, noise=0.0)
    found = prepare_campaign(np.random.default_rng(0), rows, METRICS["ctr"], 2, 14)
    assert (found.values[1] == rows[..., 1]).all()
    rates = found.values[1].sum(axis=1) / found.values[0].sum(axis=1)
    assert rates == pytest.approx(np.full(3, rates[0]), rel=1e-3)


def test_days_on_which_an_ad_rested_are_not_dealt() -> None:
    rows = campaign(5, ads=2, days=60)
    rows[1, 20:40] = 0
    dealt = simulate_aa(
        np.random.default_rng(0),
        [prepare_campaign(np.random.default_rng(0), rows, METRICS["ctr"], 2, 14)],
        2,
        14,
        200,
    )
    assert (dealt[:, 0] > 0).all()


@pytest.mark.parametrize(("count", "of"), [(0, 50), (3, 1000), (50, 50), (17, 33)])
def test_interval_is_wilsons(count: int, of: int) -> None:
    ours = wilson_share(count, of)
    low, high = proportion_confint(count, of, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"arms": 1}, "arms"),
        ({"tests": 0}, "tests"),
        ({"metric": "cpm"}, "unknown metric"),
        ({"planned_days": 0}, "planned_days"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        run_aa_tests(HISTORIES, **arguments)


@pytest.mark.parametrize(
    "rows", [np.zeros((2, 14)), np.zeros((2, 14, 4)), np.full((2, 14, 5), np.nan), -HISTORIES[0]]
)
def test_bad_history_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="history"):
        run_aa_tests([rows])
