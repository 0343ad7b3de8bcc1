"""Uneven delivery: a fault of a randomised split, a note on ordinary delivery."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from optimization.stats.ab.engine import analyze
from optimization.stats.ab.inference.delivery import (
    favoured_arm,
    multinomial_log_e,
    sample_ratio_daily,
)

Arm = Callable[..., dict[str, Any]]


def test_e_value_is_the_dirichlet_multinomial_ratio() -> None:
    counts = np.array([[40.0, 900.0], [60.0, 1100.0], [50.0, 1000.0]])
    prior = np.full(3, 100 / 3)
    for look in range(2):
        x = counts[:, look]
        by_hand = (
            special.gammaln(prior.sum())
            - special.gammaln(prior.sum() + x.sum())
            + (special.gammaln(prior + x) - special.gammaln(prior)).sum()
            - x.sum() * np.log(1 / 3)
        )
        assert multinomial_log_e(counts)[look] == pytest.approx(by_hand, rel=1e-9)


def test_e_value_averages_one_over_even_splits() -> None:
    """The mixture's expectation under the null is exactly one: all splits of six impressions."""
    share = [stats.binom.pmf(k, 6, 0.5) for k in range(7)]
    counts = np.array([[float(k) for k in range(7)], [float(6 - k) for k in range(7)]])
    e = np.exp([multinomial_log_e(counts[:, [k]])[0] for k in range(7)])
    assert float(np.dot(share, e)) == pytest.approx(1.0, rel=1e-9)


def test_even_splits_are_seldom_flagged_over_fourteen_looks() -> None:
    rng = np.random.default_rng(1)
    daily = rng.multinomial(3_000, np.full(3, 1 / 3), size=(3_000, 14)).transpose(0, 2, 1)
    e = [multinomial_log_e(np.cumsum(one, axis=1).astype(float)).max() for one in daily]
    assert (np.array(e) >= np.log(1000)).mean() <= 0.001


def test_a_mismatch_once_proven_stays_proven() -> None:
    skewed = np.array([[10_000.0] * 3 + [10_000.0], [8_000.0] * 3 + [16_000.0]])
    early, late = sample_ratio_daily(skewed[:, :3]), sample_ratio_daily(skewed)
    assert early is not None
    assert late is not None
    assert (early.proven, late.proven) == (True, True)
    assert late.chi_square == 0.0
    assert late.mismatch


def test_sample_ratio_of_a_result_names_both_figures(arm: Arm) -> None:
    arms = [arm("a", [100] * 8), arm("b", [100] * 8, impressions=10_100)]
    srm = analyze(arms, design="randomised_split").srm
    assert srm is not None
    theirs = stats.chisquare([80_000, 80_800])
    assert (srm.chi_square, srm.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), 1e-6)
    assert (srm.mismatch, srm.proven) == (False, False)
    assert srm.e_value is not None
    assert srm.e_value >= 1.0


def test_arm_with_four_fifths_of_the_delivery_is_named(arm: Arm) -> None:
    arms = [arm("a", [100] * 8, impressions=40_000), arm("b", [100] * 8)]
    result = analyze(arms)
    assert [one.delivery_share for one in result.arms] == [0.8, 0.2]
    (warning,) = [text for text in result.warnings if "took 80%" in text]
    assert "Arm 'a'" in warning
    assert "as delivered" in warning
    nearly = analyze([arm("a", [100] * 8, impressions=39_000), arm("b", [100] * 8)])
    assert not any("took" in text for text in nearly.warnings)


def test_randomised_split_reports_a_mismatch_instead_of_skew(arm: Arm) -> None:
    arms = [arm("a", [100] * 8, impressions=40_000), arm("b", [100] * 8)]
    texts = analyze(arms, design="randomised_split").warnings
    assert any("sample ratio mismatch" in text and "however often" in text for text in texts)
    assert not any("took 80%" in text for text in texts)


@pytest.mark.parametrize(
    ("shown", "favoured"),
    [
        ([8, 2], 0),
        ([79, 21], None),
        ([1, 5, 1, 1, 2], 1),
        ([1] * 5, None),
        ([7], None),
        ([0, 0], None),
    ],
)
def test_favoured_means_thirty_points_above_an_even_share(
    shown: list[int], favoured: int | None
) -> None:
    assert favoured_arm(np.array(shown, dtype=float)) == favoured
