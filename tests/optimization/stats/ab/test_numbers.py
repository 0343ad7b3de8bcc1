"""Agreement with statsmodels, scipy and simulation where a quantity is exposed."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.contingency_tables import StratifiedTable

from optimization.stats.ab.engine import analyze, analyze_many
from optimization.stats.ab.inference.best_arm import prob_best
from optimization.stats.ab.inference.delivery import sample_ratio
from optimization.stats.ab.inference.dispersion import moment_sigma2, stratified_fit
from optimization.stats.ab.inference.sequential import (
    boundary_constant,
    p_sequential,
    wallace_t,
    wallace_z,
    z_required,
)


def daily_arms(x: np.ndarray, n: np.ndarray) -> list[dict[str, object]]:
    """Arms of CTR tests from clicks and impressions (arms, days)."""
    rest = {"conversions": 0, "spend": 0, "revenue": 0}
    return [
        {
            "id": k,
            "daily": [
                {
                    "date": f"2026-01-{d + 1:02d}",
                    "impressions": int(n[k, d]),
                    "clicks": int(x[k, d]),
                    **rest,
                }
                for d in range(x.shape[1])
            ],
        }
        for k in range(len(x))
    ]


def simulate(
    rng: np.random.Generator, tests: int, arms: int, sigma: float, lift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Clicks and impressions (tests, arms, 14 days): 10k a day, CTR 1 %, day effect CV 20 %."""
    n = np.full((tests, arms, 14), 10_000)
    day = np.exp(rng.normal(0, 0.2, (tests, 1, 14)))
    noise = np.exp(rng.normal(0, sigma, n.shape) - sigma**2 / 2)
    rate = np.full((1, arms, 1), 0.01)
    rate[0, 0, 0] *= 1 + lift
    return rng.poisson(n * rate * day * noise), n


def first_winners(x: np.ndarray, n: np.ndarray) -> list[int | None]:
    """The first winner over 14 daily looks of each test."""
    found: list[int | None] = [None] * len(x)
    for days in range(3, 15):
        looks = [daily_arms(a[:, :days], b[:, :days]) for a, b in zip(x, n, strict=True)]
        for t, result in enumerate(analyze_many(looks)):
            if found[t] is None and result.winner_ids:
                found[t] = int(result.winner_ids[0])
    return found


def test_log_ratio_is_the_mantel_haenszel_ratio() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(5_000, 20_000, (2, 10))
    x = np.round(n * 0.01 * np.array([[1.3], [1.0]]) * rng.uniform(0.98, 1.02, (1, 10)))
    result = analyze(daily_arms(x.astype(int), n))
    assert result.dispersion is not None
    assert result.dispersion.sigma_armday == 0.0
    tables = [
        np.array([[x[0, d], n[0, d] - x[0, d]], [x[1, d], n[1, d] - x[1, d]]]) for d in range(10)
    ]
    expected = math.log(StratifiedTable(tables).riskratio_pooled)
    assert result.pairs[0].log_ratio == pytest.approx(expected, abs=1e-9)


def test_rates_and_phi_are_those_of_the_quasi_poisson_glm() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(3_000, 30_000, (4, 9)).astype(float)
    x = rng.poisson(n * 0.01 * np.exp(rng.normal(0, 0.2, n.shape)))
    arm, day = np.meshgrid(np.arange(4), np.arange(9), indexing="ij")
    columns = [arm.ravel() == k for k in range(4)] + [day.ravel() == d for d in range(1, 9)]
    design = np.column_stack(columns).astype(float)
    fit = GLM(x.ravel(), design, family=Poisson(), offset=np.log(n.ravel())).fit(scale="X2")
    rate, mean = stratified_fit(x[None].astype(float), n[None])
    assert mean[0].ravel() == pytest.approx(fit.mu, rel=1e-6)
    assert np.diff(np.log(rate[0])) == pytest.approx(np.diff(fit.params[:4]), abs=1e-6)
    result = analyze(daily_arms(x, n))
    assert result.dispersion is not None
    assert result.dispersion.phi == pytest.approx(fit.scale, rel=1e-4)
    assert result.dispersion.df == 24


def test_sigma_solves_the_moment_equation() -> None:
    rng = np.random.default_rng(6)
    n = np.full((3, 4, 14), 10_000.0)
    x = rng.poisson(n * 0.01 * np.exp(rng.normal(0, 0.3, n.shape))).astype(float)
    _, mean = stratified_fit(x, n)
    sigma2 = moment_sigma2(x, mean, np.ones(3), np.full(3, 39.0))
    pearson = ((x - mean) ** 2 / (mean + sigma2[:, None, None] * mean**2)).sum(axis=(1, 2))
    assert pearson == pytest.approx(np.full(3, 39.0), rel=1e-9)
    assert np.sqrt(sigma2) == pytest.approx(np.full(3, 0.3), abs=0.08)


@pytest.mark.parametrize("df", [2.0, 4.0, 13.0, 50.0])
def test_wallace_is_close_to_the_exact_normal_deviate(df: float) -> None:
    t = np.array([0.5, 2.0, 4.0, 8.0])
    exact = stats.norm.isf(stats.t.sf(t, df))
    assert wallace_z(t, np.array(df)) == pytest.approx(exact, rel=0.03)
    assert wallace_t(wallace_z(t, np.array(df)), np.array(df)) == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize(
    ("alpha", "simulated"), [(0.05, 2.314), (0.04, 2.398), (0.01, 2.866), (0.001, 3.529)]
)
def test_boundary_constant_is_near_its_calibration(alpha: float, simulated: float) -> None:
    assert boundary_constant(alpha / 0.8) == pytest.approx(simulated, abs=0.03)


@pytest.mark.parametrize("fraction", [0.1, 3 / 14, 0.6, 1.0, 1.5])
def test_p_sequential_equals_alpha_on_the_boundary(fraction: float) -> None:
    information, part = np.array([5.0, 200.0, 5e4]), np.full(3, fraction)
    z = z_required(0.05, information, part, 0.2)
    assert p_sequential(z, information, part, 0.2) == pytest.approx(np.full(3, 0.05), rel=1e-9)
    assert (p_sequential(-z, information, part, 0.2) == 1).all()


@pytest.mark.parametrize("arms", [2, 5, 20])
def test_prob_best_agrees_with_monte_carlo(arms: int) -> None:
    rng = np.random.default_rng(arms)
    mean = rng.normal(0, 0.15, (1, arms))
    sd = rng.uniform(0.06, 0.15, (1, arms))
    chance, loss = prob_best(mean, sd, np.ones((1, arms), dtype=bool))
    draws = rng.normal(mean, sd, (200_000, arms))
    won = np.bincount(draws.argmax(axis=1), minlength=arms) / len(draws)
    assert chance[0] == pytest.approx(won, abs=0.01)
    assert loss[0] == pytest.approx((draws.max(axis=1)[:, None] - draws).mean(axis=0), abs=1e-3)


def test_prob_best_of_two_is_the_closed_form() -> None:
    chance, _ = prob_best(np.array([[0.1, 0.0]]), np.array([[0.08, 0.06]]), np.ones((1, 2), bool))
    assert chance[0, 0] == pytest.approx(stats.norm.cdf(0.1 / 0.1), abs=1e-3)


def test_sample_ratio_is_the_chi_square_test() -> None:
    counts = np.array([1000.0, 1100.0, 950.0])
    ours, theirs = sample_ratio(counts), stats.chisquare(counts)
    assert ours is not None
    assert ours.chi_square == pytest.approx(theirs.statistic, rel=1e-9)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-6)


def test_interval_of_lift_excludes_zero_exactly_for_a_beaten_arm() -> None:
    rng = np.random.default_rng(8)
    for lift in (0.0, 0.1, 0.2, 0.3, 0.5):
        x, n = simulate(rng, 30, 2, 0.1, lift)
        for result in analyze_many([daily_arms(a, b) for a, b in zip(x, n, strict=True)]):
            pair = result.pairs[0]
            assert pair.ci is not None
            assert (pair.ci[0] > 0) == (pair.p_sequential <= 0.05)


def test_peeking_at_equal_arms_seldom_names_a_winner() -> None:
    winners = first_winners(*simulate(np.random.default_rng(1), 200, 2, 0.2))
    assert sum(w is not None for w in winners) <= 16  # 8 %


def test_large_true_difference_is_found_and_never_reversed() -> None:
    winners = first_winners(*simulate(np.random.default_rng(2), 100, 2, 0.2, lift=0.5))
    assert winners.count(0) >= 88
    assert winners.count(1) == 0


@pytest.mark.slow
def test_many_arms_keep_the_error_and_the_power() -> None:
    equal = first_winners(*simulate(np.random.default_rng(3), 200, 5, 0.2))
    assert sum(w is not None for w in equal) <= 10
    better = first_winners(*simulate(np.random.default_rng(4), 100, 5, 0.2, lift=0.5))
    assert better.count(0) >= 88
    assert better.count(0) + better.count(None) == 100
