"""The promised error and power on another sample than the bench's, and the rules beside it."""

import math
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from optimization.stats.ab.daily_analyses import analyze_every_day
from tests.benchmarks import ab_validity
from tests.benchmarks.ab_rules import arms_far_behind, best_rate, welch_test, z_test
from tests.benchmarks.ab_running_day import first_winners, running_counts, running_totals
from tests.benchmarks.ab_validity_rows import ALLOWANCE, EQUAL, LOSERS, POWER, Scenario
from tests.benchmarks.ab_worlds import ORDER_VALUE, World, simulate_tests

RUNS = 300


def values_of(row: Scenario) -> np.ndarray:
    return simulate_tests(np.random.default_rng(zlib.crc32(row.name.encode())), row.world, RUNS)


def allowance(limit: float) -> float:
    return ALLOWANCE * math.sqrt(limit * (1 - limit) / RUNS)


@pytest.mark.parametrize("row", [r for r in EQUAL if not r.within_day], ids=lambda r: r.name)
def test_false_winners_are_as_rare_as_promised(row: Scenario) -> None:
    life = analyze_every_day(values_of(row), **row.options)
    assert (life.winner >= 0).mean() <= row.limit + allowance(row.limit)


@pytest.mark.parametrize("row", POWER, ids=lambda r: r.name)
def test_true_winners_are_found_and_never_mistaken(row: Scenario) -> None:
    life = analyze_every_day(values_of(row), **row.options)
    assert (life.winner == 0).mean() >= row.limit - allowance(row.limit)
    assert (life.winner > 0).mean() <= 0.01


@pytest.mark.parametrize("row", LOSERS, ids=lambda r: r.name)
def test_false_losers_are_as_rare_as_promised(row: Scenario) -> None:
    lost = analyze_every_day(values_of(row), **row.options).losers.any(axis=1)
    assert lost.mean() <= row.limit + allowance(row.limit)


def test_tiny_bench_measures_every_figure_that_has_a_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ab_validity.measure(tmp_path, tiny=True)
    assert set(ab_validity.TARGETS) | set(ab_validity.FLOORS) == set(found)
    assert all(math.isfinite(figure) for figure in found.values())
    assert "no true winner" in capsys.readouterr().err


def test_worlds_are_what_they_say() -> None:
    money = World(3, 100_000.0, noise=0.3, lifts=(0.5,), conversions=30.0)
    values = simulate_tests(np.random.default_rng(1), money, 3_000)
    conversions = values[:, 2].mean(axis=(0, 2))
    assert conversions == pytest.approx([45.0, 30.0, 30.0], rel=0.01)
    assert values[:, 4].sum() / values[:, 2].sum() == pytest.approx(ORDER_VALUE, rel=0.01)
    growing = simulate_tests(np.random.default_rng(2), World(growth=5.0), 10)[:, 0]
    assert (growing[..., -1] / growing[..., 0]).tolist() == [[5.0, 5.0]] * 10


def test_counts_of_the_running_day_end_at_the_days_total() -> None:
    values = simulate_tests(np.random.default_rng(3), World(2), 20)
    clicks = running_counts(np.random.default_rng(4), values[:, 1])
    assert clicks.shape == (20, 2, 84)
    assert (clicks[..., 5::6] == np.cumsum(values[:, 1], axis=2)).all()
    assert (np.diff(clicks, axis=2) >= 0).all()
    assert running_totals(values[:, 0])[..., 5::6] == pytest.approx(np.cumsum(values[:, 0], axis=2))


def test_every_look_names_at_least_what_whole_days_name() -> None:
    values = simulate_tests(np.random.default_rng(5), World(2, noise=0.1, lifts=(0.3,)), 40)
    clicks = running_counts(np.random.default_rng(6), values[:, 1])
    days = analyze_every_day(values).winner
    looks = first_winners(clicks, running_totals(values[:, 0]))
    assert (looks[days >= 0] == days[days >= 0]).all()
    assert (days >= 0).sum() > 20


def test_z_test_names_the_first_look_that_statsmodels_finds_significant() -> None:
    values = simulate_tests(np.random.default_rng(7), World(2), 30)
    x, n = np.cumsum(values[:, 1], axis=2), np.cumsum(values[:, 0], axis=2)
    expected = []
    for clicks, shown in zip(x, n, strict=True):
        p = [proportions_ztest(clicks[:, d], shown[:, d])[1] for d in range(14)]
        first = next((d for d in range(14) if p[d] < 0.05), None)
        expected.append(-1 if first is None else int(np.argmax((clicks / shown)[:, first])))
    assert z_test(x, n, shares=True).tolist() == expected
    assert set(expected) == {-1, 0, 1}


def test_welch_test_names_the_first_day_that_scipy_finds_significant() -> None:
    daily = np.random.default_rng(8).lognormal(0, 0.5, (60, 2, 14))
    expected = []
    for one in daily:
        named = -1
        for day in range(3, 15):
            p = stats.ttest_ind(*one[:, :day], equal_var=False).pvalue
            if named < 0 and p < 0.05:
                named = int(one[:, :day].mean(axis=1).argmax())
        expected.append(named)
    assert welch_test(daily).tolist() == expected
    assert set(expected) == {-1, 0, 1}


def test_simple_rule_is_settled_by_the_first_look() -> None:
    shown = np.full((1, 3, 2), 100.0) * [1, 2]
    clicks = np.array([[[50.0, 60.0], [45.0, 95.0], [39.0, 95.0]]])
    assert best_rate(clicks, shown).tolist() == [0]
    assert arms_far_behind(clicks, shown).tolist() == [[True, False, True]]
