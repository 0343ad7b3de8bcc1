"""The planner agrees with statsmodels and with the engine's own simulated power."""

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from optimization.stats.ab.daily_analyses import analyze_every_day
from optimization.stats.ab.planning.plan import plan_test

USUAL: dict[str, Any] = {"rate": 0.01, "exposure_per_day": 10_000.0, "mde": 0.2}


@pytest.mark.parametrize("rate", [0.002, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("mde", [0.1, 0.2, 0.5])
def test_fixed_sample_size_agrees_with_statsmodels(rate: float, mde: float) -> None:
    plan = plan_test(rate=rate, exposure_per_day=5_000, mde=mde, noise=0.0)
    effect = proportion_effectsize(rate * (1 + mde), rate)
    arcsine = NormalIndPower().solve_power(effect, alpha=0.05, power=0.8)
    assert plan.fixed_sample_exposure == pytest.approx(arcsine, rel=0.05)


@pytest.mark.parametrize(("arms", "noise", "lift"), [(2, 0.0, 0.15), (2, 0.1, 0.2), (5, 0.1, 0.2)])
def test_promised_power_is_the_power_of_the_engine(arms: int, noise: float, lift: float) -> None:
    rng = np.random.default_rng(arms)
    plan = plan_test(**{**USUAL, "mde": lift}, arms=arms, noise=noise)
    days = plan.planned_days
    values = np.zeros((400, 5, arms, days))
    values[:, 0] = 10_000
    rate = 0.01 * np.where(np.arange(arms) == 0, 1 + lift, 1.0)[:, None]
    day = np.exp(rng.normal(0, 0.2, (400, 1, days)))
    spread = np.exp(rng.normal(0, noise, (400, arms, days)) - noise**2 / 2)
    values[:, 1] = rng.poisson(10_000 * rate * day * spread)
    found = analyze_every_day(values, planned_days=days).winner
    assert (found == 0).mean() == pytest.approx(plan.power_at_plan, abs=0.07)


def test_smaller_leads_more_arms_and_more_noise_need_more_days() -> None:
    def days(**changes: Any) -> int:
        needed = plan_test(**{**USUAL, **changes}).days_needed
        assert needed is not None
        return needed

    usual = days()
    assert days(mde=0.1) > usual
    assert days(arms=5) != usual
    assert days(noise=0.2) > usual > days(noise=0.0)
    assert days(power=0.95) > usual
    assert days(exposure_per_day=1_000) > usual


def test_advice_is_whole_weeks_from_7_to_42() -> None:
    easy = plan_test(rate=0.05, exposure_per_day=50_000, mde=1.0, noise=0.02)
    assert (easy.days_needed, easy.planned_days, easy.reachable) == (3, 7, True)
    usual = plan_test(**USUAL)
    assert usual.days_needed is not None
    assert usual.planned_days % 7 == 0
    assert usual.planned_days - 7 < usual.days_needed <= usual.planned_days
    assert usual.power_at_plan >= 0.8
    hard = plan_test(**{**USUAL, "mde": 0.02})
    assert (hard.planned_days, hard.reachable) == (42, False)
    assert hard.power_at_plan < 0.8
    assert "more than 42" in hard.notes[0]


def test_smallest_lead_found_shrinks_with_the_days_and_matches_the_power() -> None:
    plan = plan_test(**USUAL)
    leads = [found.lift for found in plan.detectable]
    assert [found.days for found in plan.detectable] == [7, 14, 28, 42]
    assert leads == sorted(leads, reverse=True)  # type: ignore[type-var]
    assert leads[1] is not None
    again = plan_test(**{**USUAL, "mde": leads[1]})
    assert again.days_needed == 14


def test_traffic_cannot_buy_days_away() -> None:
    poor = plan_test(**USUAL, noise=0.2)
    rich = plan_test(**{**USUAL, "exposure_per_day": 1e9}, noise=0.2)
    assert rich.days_needed == poor.days_at_any_traffic
    assert poor.noise_share == pytest.approx(0.04 / 0.05)
    assert any("More traffic a day hardly helps" in text for text in poor.notes)
    assert not any("More traffic" in text for text in plan_test(**USUAL, noise=0.02).notes)


def test_cost_per_conversion_and_revenue_are_planned_in_their_own_units() -> None:
    cpa = plan_test(metric="cpa", rate=20.0, exposure_per_day=1_000.0, mde=0.3)
    assert cpa.events_per_arm_day == pytest.approx(50.0)
    roas = plan_test(metric="roas", rate=2.0, exposure_per_day=1_000.0, mde=0.3, order_value=40.0)
    assert roas.events_per_arm_day == pytest.approx(50.0)
    assert cpa.days_needed is not None
    assert roas.days_needed is not None
    assert roas.days_needed > cpa.days_needed  # order values scatter
    assert roas.fixed_sample_exposure == pytest.approx(2 * cpa.fixed_sample_exposure)


def test_few_events_a_day_wait_for_the_least_number() -> None:
    plan = plan_test(rate=0.01, exposure_per_day=300.0, mde=5.0, noise=0.0)
    assert plan.days_needed is not None
    assert plan.days_needed >= 25 / 3


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"rate": 0.0}, "rate"),
        ({"rate": 0.9}, "rate"),
        ({"exposure_per_day": -1.0}, "exposure_per_day"),
        ({"mde": float("nan")}, "mde"),
        ({"mde": 20.0}, "mde is a fraction"),
        ({"arms": 1}, "arms"),
        ({"arms": 21}, "arms"),
        ({"alpha": 0.0}, "alpha"),
        ({"power": 1.0}, "power"),
        ({"noise": -0.1}, "noise"),
        ({"metric": "roas"}, "order_value"),
        ({"metric": "cpm"}, "unknown metric"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        plan_test(**{**USUAL, **changes})
