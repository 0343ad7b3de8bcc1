"""An account's own noise, learned from finished tests."""

import numpy as np
import pytest

from optimization.stats.ab.daily_analyses import analyze_every_day
from optimization.stats.ab.history import LearnedNoise, learn_noise
from optimization.stats.ab.options import OptionFields
from tests.benchmarks.ab_worlds import World, simulate_tests


def finished(rng: np.random.Generator, noise: float, arms: int = 3, days: int = 14) -> np.ndarray:
    """Rows (arms, days, fields) of one test: 100 clicks a day."""
    rows = np.zeros((arms, days, 5))
    rows[..., 0] = 10_000
    day = np.exp(rng.normal(0, 0.2, (1, days)))
    spread = np.exp(rng.normal(0, noise, (arms, days)) - noise**2 / 2)
    rows[..., 1] = rng.poisson(100 * day * spread)
    return rows


def many(seed: int, noise: float, tests: int = 30) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [finished(rng, noise) for _ in range(tests)]


@pytest.mark.parametrize("noise", [0.1, 0.2, 0.4])
def test_pooled_noise_is_the_true_one(noise: float) -> None:
    learned = learn_noise(many(1, noise))
    assert learned.s0 == pytest.approx(noise, rel=0.12)
    assert (learned.tests, learned.df) == (30, 30 * 26)
    assert abs(learned.lag) < 0.1


def test_alike_tests_weigh_more_than_their_own_days() -> None:
    """One test of two arms and 14 days has 13 degrees of freedom."""
    weights = [learn_noise(many(seed, 0.1)).v0 for seed in range(10, 15)]
    assert min(weights) > 13
    assert np.median(weights) > 50


@pytest.mark.parametrize("drift", [0.0, 0.5])
def test_drift_of_the_noise_is_learned(drift: float) -> None:
    rows = simulate_tests(np.random.default_rng(9), World(4, noise=0.4, drift=drift), 60)
    learned = learn_noise(list(rows.transpose(0, 2, 3, 1)))
    assert learned.lag == pytest.approx(0.9 * drift, abs=0.08)  # clicks are counted without drift
    assert learned.lag_weight > 50


def test_fewer_than_twenty_tests_carry_no_weight() -> None:
    assert learn_noise(many(2, 0.1, tests=19)).v0 == 0.0
    assert learn_noise(many(2, 0.1, tests=20)).v0 > 0.0


def test_unlike_tests_carry_less_weight_than_alike_ones() -> None:
    rng = np.random.default_rng(3)
    unlike = [finished(rng, float(s)) for s in np.exp(rng.normal(np.log(0.2), 0.8, 40))]
    assert learn_noise(unlike).v0 < 0.7 * learn_noise(many(3, 0.2, tests=40)).v0


def test_tests_that_say_nothing_are_passed_over() -> None:
    useless = [np.zeros((2, 14, 5)), many(4, 0.1)[0][:1], many(4, 0.1)[0] // 500]
    assert learn_noise([*many(4, 0.1), *useless]) == learn_noise(many(4, 0.1))
    nothing = learn_noise(useless)
    assert (nothing.s0, nothing.v0, nothing.lag_weight, nothing.tests) == (None, 0.0, 0.0, 0)


def test_noise_of_revenue_is_learned_on_its_own_scale() -> None:
    rng = np.random.default_rng(5)
    tests = []
    for _ in range(25):
        rows = np.zeros((2, 14, 5))
        rows[..., 3], rows[..., 2] = 1_000.0, rng.poisson(100, (2, 14))
        orders = rows[..., 2].astype(int)
        rows[..., 4] = [[rng.exponential(50.0, n).sum() for n in arm] for arm in orders]
        tests.append(rows)
    learned = learn_noise(tests, "roas")
    assert learned.s0 is not None
    assert learned.s0 < 0.06


def options_of(learned: LearnedNoise) -> OptionFields:
    return {
        "s0": learned.s0,
        "v0": learned.v0,
        "lag0": learned.lag,
        "lag_weight": learned.lag_weight,
        "boundary": "daily",
    }


def test_noise_that_doubles_does_not_buy_false_winners() -> None:
    """The history is calm, the new tests are not: their own days overrule it."""
    values = simulate_tests(np.random.default_rng(6), World(noise=0.2), 600)
    life = analyze_every_day(values, **options_of(learn_noise(many(6, 0.1))))
    assert (life.winner >= 0).mean() <= 0.05 + 0.015


def test_drift_that_is_new_does_not_buy_false_winners() -> None:
    values = simulate_tests(np.random.default_rng(8), World(noise=0.2, drift=0.3), 600)
    life = analyze_every_day(values, **options_of(learn_noise(many(8, 0.2))))
    assert (life.winner >= 0).mean() <= 0.08 + 0.018


@pytest.mark.parametrize(("arms", "gain"), [(2, 0.05), (5, 0.05)])
def test_known_noise_finds_more_winners(arms: int, gain: float) -> None:
    world = World(arms, noise=0.1, lifts=(0.2,))
    values = simulate_tests(np.random.default_rng(7), world, 600)
    with_history = analyze_every_day(values, **options_of(learn_noise(many(7, 0.1)))).winner
    without = analyze_every_day(values).winner
    assert (with_history == 0).mean() > (without == 0).mean() + gain
    assert (with_history > 0).mean() <= 0.01


def test_bad_history_is_refused() -> None:
    with pytest.raises(ValueError, match="history must have the shape"):
        learn_noise([np.zeros((5, 2, 14))])
    with pytest.raises(ValueError, match="unknown metric"):
        learn_noise([], "cpm")
