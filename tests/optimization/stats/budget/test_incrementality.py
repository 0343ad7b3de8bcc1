"""Proof of what the split earns: hold-outs, alternating weeks, head-room, scored predictions."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from optimization.stats.budget.forecast import forecast
from optimization.stats.budget.incrementality import (
    Week,
    estimate_headroom,
    score_prediction,
    uplift_from_holdout,
    uplift_from_switchback,
)
from optimization.stats.budget.results import Interval
from tests.benchmarks.budget_families import FAMILIES
from tests.benchmarks.budget_market import Account, Market
from tests.benchmarks.budget_policies import day_of, inputs_of

Build = Callable[..., dict[str, Any]]
START = dt.date(2026, 3, 2)
D = Decimal


def days(
    revenue: Sequence[float], spend: float = 100.0, first: int = -28, noise: float = 0.0
) -> list[dict[str, Any]]:
    rng = np.random.default_rng(len(revenue))
    shaken = np.array(revenue) * np.exp(rng.normal(0, noise, len(revenue)))
    return [
        {"date": START + dt.timedelta(days=first + d), "spend": spend, "revenue": float(amount)}
        for d, amount in enumerate(shaken)
    ]


def test_a_gain_that_the_hold_outs_do_not_share_is_proven() -> None:
    """+30 %, and a season of +50 % that both share."""
    managed = days([1000.0] * 28 + [1950.0] * 56, noise=0.05)
    held = days([100.0] * 28 + [150.0] * 56, spend=10.0, noise=0.04)
    found = uplift_from_holdout(managed, held, start=START)
    assert found.status == "gain"
    assert found.percent is not None
    assert found.per_day is not None
    assert found.percent.low < 30 < found.percent.high
    assert found.percent.mean == pytest.approx(30, abs=4)
    assert found.per_day.mean == pytest.approx(450, rel=0.15)
    assert found.sentence.endswith("%).")


def test_a_loss_is_called_one() -> None:
    managed = days([1000.0] * 28 + [650.0] * 56, noise=0.03)
    held = days([100.0] * 84, spend=10.0)
    assert uplift_from_holdout(managed, held, start=START).status == "loss"


def test_more_spend_is_no_gain() -> None:
    """Revenue grew as spend to the power of two thirds does."""
    before = days([1000.0] * 28)
    after = days([1000.0 * 1.5**0.67] * 56, spend=150.0, first=0)
    found = uplift_from_holdout([*before, *after], days([100.0] * 84), start=START)
    assert found.status == "cannot_tell"
    assert found.percent is not None
    assert found.percent.mean == pytest.approx(0, abs=0.1)
    assert found.sentence.startswith("Cannot tell yet: ")


def test_too_few_whole_weeks_cannot_tell() -> None:
    found = uplift_from_holdout(days([1.0] * 41), days([1.0] * 41), start=START)
    assert (found.status, found.percent, found.per_day) == ("cannot_tell", None, None)
    assert "there are 4 and 1" in found.sentence
    assert uplift_from_holdout([], [], start=START).status == "cannot_tell"


def test_rows_of_several_campaigns_are_added_up() -> None:
    one, two = days([400.0] * 84, spend=40.0), days([600.0] * 84, spend=60.0)
    held = days([100.0] * 84)
    assert uplift_from_holdout([*one, *two], held, start=START) == uplift_from_holdout(
        days([1000.0] * 84), held, start=START
    )


def test_equal_groups_are_rarely_told_apart() -> None:
    """90 % interval over 200 pairs whose weeks differ by chance and whose levels drift."""
    wrong = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        drift = np.exp(np.cumsum(rng.normal(0, 0.007, 84)))
        managed = days((1000 * rng.gamma(100, 0.01, 84)).tolist())
        held = days((100 * drift * rng.gamma(20, 0.05, 84)).tolist(), spend=10.0)
        wrong += uplift_from_holdout(managed, held, start=START).status != "cannot_tell"
    assert wrong / 200 < 0.12


def test_alternating_weeks_find_a_gain_over_a_trend() -> None:
    rng = np.random.default_rng(3)
    weeks = [
        Week(n % 2 == 0, 7000 * 1.03**n * (1.2 if n % 2 == 0 else 1) * rng.gamma(900, 1 / 900), 700)
        for n in range(12)
    ]
    found = uplift_from_switchback(weeks)
    assert found.status == "gain"
    assert found.percent is not None
    assert found.percent.low < 20 < found.percent.high


def test_growth_alone_is_no_gain_of_alternating_weeks() -> None:
    rng = np.random.default_rng(4)
    weeks = [Week(n % 2 == 1, 7000 * 1.05**n * rng.gamma(900, 1 / 900), 700) for n in range(12)]
    assert uplift_from_switchback(weeks).status == "cannot_tell"


def test_few_weeks_of_a_kind_cannot_tell() -> None:
    found = uplift_from_switchback([Week(n % 2 == 0, 100.0, 10.0) for n in range(7)])
    assert (found.status, found.percent) == ("cannot_tell", None)
    assert found.sentence.endswith("of one kind there are only 3.")
    assert uplift_from_switchback([]).status == "cannot_tell"


def test_rows_that_cannot_be_meant_are_refused() -> None:
    bad = [{"date": START, "spend": -1.0, "revenue": 1.0}]
    with pytest.raises(ValueError, match="spend of 2026-03-02"):
        uplift_from_holdout(bad, bad, start=START)
    with pytest.raises(ValueError, match="week 0: revenue"):
        uplift_from_switchback([Week(True, float("nan"), 1.0)])


@pytest.mark.parametrize(
    ("actual", "inside", "word"),
    [(80.0, True, "inside"), (79.9, False, "below"), (120.1, False, "above")],
)
def test_scores_say_where_the_outcome_fell(actual: float, inside: bool, word: str) -> None:
    score = score_prediction(Interval(80.0, 100.0, 120.0), actual)
    assert (score.inside, score.actual) == (inside, actual)
    assert score.error == pytest.approx(actual / 100 - 1)
    assert f" is {word} the predicted 80.00 to 120.00." in score.sentence


def test_headroom_tells_a_badly_split_account_from_a_well_split_one() -> None:
    found = {}
    for name in ("poorstart50", "goodstart50", "null50"):
        account = Account(Market(FAMILIES[name], 71))
        morning = day_of(account.day)
        result = estimate_headroom(inputs_of(account), as_of=morning)
        assert result is not None
        assert result.percent.low <= result.percent.mean <= result.percent.high
        found[name] = result.percent.mean
    assert found["poorstart50"] > 20
    assert found["poorstart50"] > 3 * found["goodstart50"]
    assert abs(found["null50"]) < 2


def test_headroom_needs_history_and_a_total_that_fits(campaign: Build, history: Build) -> None:
    assert estimate_headroom([]) is None
    assert estimate_headroom([campaign("a"), campaign("b")]) is None
    pool = [campaign(k, history=history(28, 100, n, 300)) for k, n in (("a", 5), ("b", 30))]
    assert estimate_headroom(pool, total=D(9)) is None
    found = estimate_headroom(pool)
    assert found is not None
    assert found.gain.mean > 0
    assert found.sentence.startswith("A free split of the same budget over 2 campaigns")


def test_forecasts_hold_what_kept_budgets_bring() -> None:
    """80 % intervals, on 24 simulated weeks of unchanged budgets."""
    inside = []
    for seed in range(81, 87):
        account = Account(Market(FAMILIES["mid50"], seed))
        seen = []
        for day in range(28):
            if day % 7 == 0:
                morning = day_of(account.day)
                seen.append((account.day, forecast(inputs_of(account), {}, as_of=morning)))
            account.play_day(account.market.start)
        for day, found in seen:
            assert found is not None
            came = float(account.sales[:, day : day + 7].sum()) / 7
            inside.append(score_prediction(found.total, came).inside)
    assert 0.6 <= np.mean(inside) <= 0.96


def test_forecast_follows_the_budgets(campaign: Build, history: Build) -> None:
    pool = [campaign(k, history=history(28, 100, 10, 300)) for k in "ab"]
    kept, more = forecast(pool, {}), forecast(pool, {"a": D(150)})
    assert kept is not None
    assert more is not None
    assert more.campaigns["a"].mean > kept.campaigns["a"].mean
    assert more.campaigns["b"] == kept.campaigns["b"]
    assert more.campaigns["a"].mean < 1.5 * kept.campaigns["a"].mean
    assert kept.days == 7
    assert forecast([], {}) is None
