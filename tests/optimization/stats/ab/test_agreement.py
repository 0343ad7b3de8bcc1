"""The same numbers as statsmodels and scipy, where the engine exposes the quantity."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import test_poisson_2indep as poisson_2indep

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.engine import analyze
from optimization.stats.ab.inference.best_arm import prob_best
from optimization.stats.ab.inference.dispersion import stratified_fit
from optimization.stats.ab.planning.selftest import wilson_share
from tests.benchmarks.ab_speed import baseline, make_tests, to_rows

NO_NOISE = 1e-9


def totals(arm_id: int, clicks: int, shown: int) -> dict[str, Any]:
    return {"id": arm_id, "impressions": shown, "clicks": clicks, "days": 14}


@pytest.mark.parametrize(
    ("clicks", "shown"),
    [
        ((130, 100), (10_000, 10_000)),
        ((31, 90), (2_000, 9_000)),
        ((500, 499), (40_000, 50_000)),
        ((26, 60), (1_000_000, 1_500_000)),
    ],
)
def test_z_and_chi_square_of_two_rates(clicks: tuple[int, int], shown: tuple[int, int]) -> None:
    arms = [totals(k, x, n) for k, (x, n) in enumerate(zip(clicks, shown, strict=True))]
    (pair,) = analyze(arms, s0=NO_NOISE).pairs
    theirs = poisson_2indep(clicks[0], shown[0], clicks[1], shown[1], method="score")
    assert pair.z == pytest.approx(abs(theirs.statistic), abs=1e-6)
    assert chi2.sf(pair.z**2, 1) == pytest.approx(theirs.pvalue, abs=1e-6)


@pytest.mark.parametrize("arms", [2, 3, 5, 10])
def test_losers_are_those_of_bonferroni_over_all_pairs_or_all_that_a_winner_beats(
    arms: int,
) -> None:
    values = make_tests(np.random.default_rng(arms), 40)[:, :, [k % 5 for k in range(arms)]]
    values[:, 1] = np.random.default_rng(arms).poisson(values[:, 1])
    found = analyze_arrays(values)
    pairs = arms * (arms - 1) // 2
    for t in range(len(values)):
        rivals = np.delete(np.arange(arms), found.leader[t])
        p = np.append(found.p[t, rivals], np.ones(pairs - len(rivals)))
        rejected = multipletests(p, alpha=0.05, method="bonferroni")[0][: len(rivals)]
        if found.winner[t] >= 0:  # one claim: the winner beats all of them
            rejected = np.ones(len(rivals), dtype=bool)
        assert found.losers[t, rivals].tolist() == rejected.tolist()
    assert found.losers.any()


@pytest.mark.parametrize("arms", [2, 3, 5, 10, 20])
def test_chance_to_be_best_is_the_exact_integral(arms: int) -> None:
    rng = np.random.default_rng(arms)
    mean, sd = rng.normal(0, 0.2, arms), rng.uniform(0.02, 0.15, arms)
    ours, _ = prob_best(mean[None], sd[None], np.ones((1, arms), dtype=np.bool_))

    def exact(k: int) -> float:
        others = np.delete(np.arange(arms), k)

        def density(effect: float) -> float:
            below = norm.cdf((effect - mean[others]) / sd[others]).prod()
            return float(below * norm.pdf(effect, mean[k], sd[k]))

        low, high = mean[k] - 9 * sd[k], mean[k] + 9 * sd[k]
        return float(quad(density, low, high, limit=400, epsabs=1e-9)[0])

    assert ours[0] == pytest.approx([exact(k) for k in range(arms)], abs=1e-3)


def test_effects_and_chances_of_the_plain_route_of_the_bench() -> None:
    """What ab_speed is timed against computes the same: effects, and P(best) from them."""
    for values in make_tests(np.random.default_rng(3), 5):
        effects, chances = baseline(values)
        rate, mean = stratified_fit(values[1:2], values[:1])
        assert np.diff(np.log(rate[0])) == pytest.approx(np.diff(effects), abs=1e-4)
        phi = ((values[1] - mean[0]) ** 2 / mean[0]).sum() / 52
        assert analyze(to_rows(values)).dispersion.phi == pytest.approx(phi, rel=1e-4)  # type: ignore[union-attr]
        sd = np.sqrt(phi / values[1].sum(axis=1))
        ours, _ = prob_best(np.array([effects]), sd[None], np.ones((1, 5), dtype=np.bool_))
        assert ours[0] == pytest.approx(chances, abs=1e-3)


@pytest.mark.parametrize("count", [0, 1, 7, 50])
def test_wilson_interval(count: int) -> None:
    ours = wilson_share(count, 50)
    theirs = proportion_confint(count, 50, method="wilson")
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-6)
