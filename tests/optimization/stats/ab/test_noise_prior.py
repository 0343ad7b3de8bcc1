"""A test's own days against the history of its account."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import digamma, polygamma

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.inference import noise_prior
from optimization.stats.ab.inference.core import daily_batch
from optimization.stats.ab.inference.core import test_statistics as statistics_of
from optimization.stats.ab.inference.noise_prior import NoisePrior, combine_lag, combine_noise
from optimization.stats.ab.inference.sequential import (
    ANY_TIME,
    boundary_constant,
    boundary_of,
    p_sequential,
    z_required,
)
from optimization.stats.ab.options import Options
from tests.benchmarks.ab_worlds import World, simulate_tests

COUNTING = 0.01
PRIOR = NoisePrior(0.01, 100.0)
DF = 13.0


def combined(own: float, df: float = DF, prior: NoisePrior = PRIOR) -> tuple[float, float]:
    """Noise and degrees of freedom of a test whose own days say `own`."""
    misfit = (COUNTING + own) / (COUNTING + prior.sigma2)
    values = (np.array([value]) for value in (misfit, own, COUNTING, df))
    sigma2, weight = combine_noise(prior, *values)
    return float(sigma2[0]), float(weight[0])


def test_a_test_like_its_history_gains_degrees_of_freedom() -> None:
    sigma2, df = combined(PRIOR.sigma2)
    assert sigma2 == pytest.approx(PRIOR.sigma2, rel=0.15)
    assert df > 1.4 * DF


def test_a_test_unlike_its_history_counts_by_its_own_days() -> None:
    assert combined(0.25) == pytest.approx((0.25, DF), rel=0.02)
    assert combined(0.25, 52.0) == pytest.approx((0.25, 52.0), rel=0.001)


def test_a_noisier_test_moves_away_from_its_history_without_a_step() -> None:
    noises = np.linspace(0.01, 0.25, 400)
    found = np.array([combined(float(noise))[0] for noise in noises])
    assert (np.diff(found) > 0).all()
    assert np.diff(found).max() < 0.005


def test_the_answer_has_the_log_mean_and_variance_of_both_posteriors() -> None:
    """Against both posteriors, integrated."""
    own = 0.02
    misfit, total_own = (COUNTING + own) / (COUNTING + PRIOR.sigma2), COUNTING + own
    total_like = (PRIOR.df + DF * misfit) / (PRIOR.df + DF) * (COUNTING + PRIOR.sigma2)
    fits = (1 - noise_prior.UNLIKE) * stats.f.pdf(misfit, DF, PRIOR.df)
    fits_not = noise_prior.UNLIKE * stats.f.pdf(misfit, DF, noise_prior.UNLIKE_DF)
    unlike = fits_not / (fits + fits_not)
    parts = ((1 - unlike, total_like, PRIOR.df + DF), (unlike, total_own, DF))

    def moment(power: int, centre: float = 0.0) -> float:
        def integrand(log_v: float) -> float:
            scaled = [(chance, nu * scale / np.exp(log_v), nu) for chance, scale, nu in parts]
            density = sum(chance * stats.chi2.pdf(v, nu) * v for chance, v, nu in scaled)
            return float((log_v - centre) ** power * density)

        return float(integrate.quad(integrand, -8, 2, limit=400)[0])

    mean = moment(1)
    sigma2, df = combined(own)
    centre = np.log(COUNTING + sigma2) + np.log(df / 2) - digamma(df / 2)
    assert centre == pytest.approx(mean, rel=1e-5)
    assert polygamma(1, df / 2) == pytest.approx(moment(2, mean), rel=1e-4)


def test_inverse_trigamma_is_one() -> None:
    half = np.array([0.5, 0.8, 3.0, 40.0, 500.0])
    assert noise_prior._inverse_trigamma(polygamma(1, half)) == pytest.approx(half, rel=1e-8)


def test_likeness_is_judged_by_the_f_distribution() -> None:
    misfit, df = np.array([0.5, 1.0, 2.5]), np.full(3, 13.0)
    ours = noise_prior._log_f_density(misfit, df, 4.0) - noise_prior._log_f_density(
        misfit, df, 90.0
    )
    theirs = stats.f.logpdf(misfit, 13, 4) - stats.f.logpdf(misfit, 13, 90)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_lag_of_the_history_replaces_what_chance_shows() -> None:
    prior = NoisePrior(0.01, 100.0, 0.0, 800.0)
    by_chance, drifting = combine_lag(prior, np.array([0.1, 0.5]), np.array([52.0, 52.0]))
    assert by_chance < 0.03
    assert drifting > 0.5
    known = combine_lag(NoisePrior(0.01, 100.0, 0.3, 800.0), np.array([0.1]), np.array([52.0]))
    assert known[0] == pytest.approx(0.27, abs=0.02)


def test_weight_of_the_lags_history_is_bounded_by_the_tests_days() -> None:
    huge = combine_lag(NoisePrior(0.01, 100.0, 0.2, 1e9), np.array([0.0]), np.array([10.0]))
    bounded = combine_lag(NoisePrior(0.01, 100.0, 0.2, 50.0), np.array([0.0]), np.array([10.0]))
    assert huge == pytest.approx(bounded, rel=1e-12)


def test_without_prior_nothing_changes() -> None:
    values = simulate_tests(np.random.default_rng(1), World(3, noise=0.2), 50)
    plain = analyze_arrays(values)
    named = analyze_arrays(values, s0=0.1, v0=0.0, lag0=0.3, lag_weight=50.0)
    for name in ("status", "z", "p", "sigma", "df", "half_width"):
        assert (getattr(plain, name) == getattr(named, name)).all()


def test_known_noise_of_one_metric_does_not_judge_another() -> None:
    """The guard metric decides by its own days."""
    values = simulate_tests(np.random.default_rng(2), World(2, noise=0.1, lifts=(0.3,)), 200)
    values[:, 2] = np.random.default_rng(3).poisson(values[:, 1] * [[[0.5], [1.0]]])
    plain = Options(guard_metrics=("cvr",))
    known = Options(guard_metrics=("cvr",), s0=0.9, v0=400.0, lag0=0.5, lag_weight=400.0)
    worse = [statistics_of(daily_batch(values, one), one).guards[0][1] for one in (plain, known)]
    assert worse[0].mean() > 0.9
    assert (worse[0] == worse[1]).all()


def test_daily_boundary_is_lower_and_holds() -> None:
    rng = np.random.default_rng(4)
    daily = boundary_of("daily", 14)
    constant = boundary_constant(0.05, daily)
    assert 2.2 < constant < boundary_constant(0.05)
    paths = np.cumsum(rng.normal(0, 1, (40_000, 140)), axis=1)
    days = np.arange(1.0, 141.0)
    z, part = np.abs(paths) / np.sqrt(days), days / 14
    for information in (1.0, 100.0, 2_500.0):
        p = p_sequential(z, np.broadcast_to(information * days, z.shape), part, 0.2, daily)
        assert (p[:, 2:] <= 0.05).any(axis=1).mean() <= 0.05 + 0.002


@pytest.mark.parametrize("planned", [3, 7, 10, 14, 30, 42, 84, 200])
def test_daily_boundary_never_exceeds_that_of_any_time(planned: int) -> None:
    daily = boundary_of("daily", planned)
    assert 0.8 <= daily.calibration <= ANY_TIME.calibration
    assert boundary_of("any_time", planned) == ANY_TIME
    z = z_required(0.05, np.array([50.0]), np.array([1.0]), 0.2, daily)
    assert p_sequential(z, np.array([50.0]), np.array([1.0]), 0.2, daily) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"boundary": "weekly"}, "boundary must be one of any_time, daily"),
        ({"lag0": 1.5}, "lag0 is a correlation"),
        ({"lag_weight": -1.0}, "lag_weight must be 0 or more"),
    ],
)
def test_wrong_settings_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(**fields)  # type: ignore[arg-type]
