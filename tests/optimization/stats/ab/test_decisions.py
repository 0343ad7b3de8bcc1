"""What the test says in the cases a marketer meets."""

from collections.abc import Callable
from typing import Any

import pytest

from optimization.stats.ab.engine import analyze, analyze_many

Arm = Callable[..., dict[str, Any]]


def around(mean: int, days: int = 14, swing: int = 8) -> list[int]:
    """Daily clicks near the mean, with a fixed up and down."""
    return [mean + swing * ((d * 7) % 5 - 2) // 2 for d in range(days)]


def test_single_arm_has_nothing_to_compare(arm: Arm) -> None:
    result = analyze([arm("a", around(100))])
    assert result.status == "insufficient_data"
    assert (result.winner_ids, result.losing_ids, result.pairs) == ((), (), ())
    assert "add a second arm" in result.summary


def test_clear_winner_and_loser_are_named(arm: Arm) -> None:
    result = analyze([arm("a", around(100)), arm("b", around(150)[::-1])])
    assert (result.status, result.winner_ids, result.losing_ids) == ("winner", ("b",), ("a",))
    assert result.pause_ids == ("a",)
    assert result.scale_ids == ()
    assert result.confidence is not None
    assert result.confidence >= 0.95
    assert result.pairs[0].lift == pytest.approx(0.5, abs=0.01)
    assert "Arm b has the best CTR as delivered" in result.summary


def test_identical_arms_have_no_winner(arm: Arm) -> None:
    result = analyze([arm("a", around(100)), arm("b", around(100))])
    assert result.status == "inconclusive"
    assert result.confidence is None
    assert [a.prob_best for a in result.arms] == pytest.approx([0.5, 0.5])
    assert "keep arm a, arm b" in result.summary


def test_nothing_is_decided_before_three_complete_days(arm: Arm) -> None:
    result = analyze([arm("a", around(100, 2)), arm("b", around(300, 2))])
    assert result.status == "insufficient_data"
    assert result.winner_ids == result.losing_ids == result.pause_ids == ()


def test_fewer_than_25_clicks_decide_nothing(arm: Arm) -> None:
    result = analyze([arm("a", [2] * 12), arm("b", [20] * 12)])
    assert result.status == "insufficient_data"
    assert result.arms[0].status == "insufficient_data"


def test_all_zero_clicks_are_answered(arm: Arm) -> None:
    result = analyze([arm("a", [0] * 14), arm("b", [0] * 14)])
    assert result.status == "insufficient_data"
    assert [a.rate for a in result.arms] == [0.0, 0.0]
    assert all(a.ci_high is not None and a.ci_high > 0 for a in result.arms)


def test_arm_without_delivery_is_left_out_and_named(arm: Arm) -> None:
    silent = arm("c", [0] * 14, impressions=0)
    result = analyze([arm("a", around(100)), arm("b", around(150)), silent])
    assert result.winner_ids == ("b",)
    assert (result.arms[2].rate, result.arms[2].prob_best) == (None, None)
    assert result.arms[2].status == "insufficient_data"
    assert any("'c'" in text for text in result.warnings)


def test_no_arm_delivered(arm: Arm) -> None:
    result = analyze([arm(k, [0] * 5, impressions=0) for k in "ab"])
    assert result.status == "insufficient_data"
    assert result.delivery_skew is None


def test_empty_daily_lists_are_answered() -> None:
    result = analyze([{"id": "a", "daily": []}, {"id": "b", "daily": []}])
    assert result.status == "insufficient_data"
    assert result.boundary.elapsed_days == 0


def test_late_arm_with_few_events_blocks_the_winner(arm: Arm) -> None:
    late = arm("c", [20], impressions=1000)
    result = analyze([arm("a", around(100)), arm("b", around(150)), late])
    assert result.status == "inconclusive"
    assert result.winner_ids == ()
    assert result.losing_ids == ("a",)


def test_clear_loser_is_named_while_leaders_are_tied(arm: Arm) -> None:
    arms = [arm("a", around(150, 10)), arm("b", around(150, 10)), arm("c", around(60, 10))]
    result = analyze(arms)
    assert result.status == "collecting"
    assert (result.winner_ids, result.losing_ids, result.pause_ids) == ((), ("c",), ("c",))


def test_incomplete_last_days_do_not_count(arm: Arm) -> None:
    arms = [arm("a", around(100, 10)), arm("b", around(101, 10))]
    finished = analyze(arms)
    for one, clicks in zip(arms, (0, 400), strict=True):
        one["daily"].append({**one["daily"][-1], "date": "2026-01-11", "clicks": clicks})
        one["daily"][-1]["complete"] = False
    assert analyze(arms) == finished


def test_order_of_days_does_not_matter(arm: Arm) -> None:
    arms = [arm("a", around(100)), arm("b", around(120))]
    shuffled = [{**one, "daily": one["daily"][::-1]} for one in arms]
    assert analyze(shuffled) == analyze(arms)


def test_gaps_are_compared_on_shared_days_and_reported(arm: Arm) -> None:
    arms = [arm("a", around(100)), arm("b", around(150))]
    del arms[1]["daily"][4:6]
    result = analyze(arms)
    assert result.winner_ids == ("b",)
    assert result.arms[1].days == 12
    assert any("'b' has no row for 2 of 14 days" in text for text in result.warnings)


def test_arms_that_never_ran_on_the_same_day_are_not_compared(arm: Arm) -> None:
    first, second = arm("a", around(100)), arm("b", around(200))
    first["daily"], second["daily"] = first["daily"][:7], second["daily"][7:]
    result = analyze([first, second])
    assert result.winner_ids == result.losing_ids == ()
    assert (result.pairs[0].z, result.pairs[0].lift) == (0.0, None)
    assert result.confidence_basis == "assumed_dispersion"


def test_simpson_reversal_is_not_fooled(arm: Arm) -> None:
    """b is better on each day but was delivered mostly on the weak days."""
    a, b = arm("a", []), arm("b", [])
    for d in range(14):
        strong = d % 2 == 0
        rate = 0.03 if strong else 0.01
        n_a, n_b = (40_000, 4_000) if strong else (4_000, 40_000)
        for one, n, better in ((a, n_a, 1.0), (b, n_b, 1.3)):
            one["daily"] += arm("x", [int(n * rate * better)], impressions=n)["daily"]
            one["daily"][-1]["date"] = f"2026-01-{d + 1:02d}"
    result = analyze([a, b])
    rates = [one.rate for one in result.arms]
    assert rates[0] > rates[1]  # type: ignore[operator]
    assert result.winner_ids == ("b",)


def test_guard_metric_blocks_a_winner(arm: Arm) -> None:
    cheap = arm("a", around(100), conversions=20)
    dear = arm("b", around(150), conversions=10)
    result = analyze([cheap, dear], guard_metrics=["CVR"])
    assert analyze([cheap, dear]).winner_ids == ("b",)
    assert (result.status, result.winner_ids, result.confidence) == ("inconclusive", (), None)
    assert any("proven worse on CVR" in text for text in result.warnings)


def test_cpa_is_shown_as_cost_and_lower_is_better(arm: Arm) -> None:
    arms = [
        arm("a", around(100), spend=100, conversions=20),
        arm("b", around(100), spend=100, conversions=40),
    ]
    result = analyze(arms, metric="CPA")
    assert result.winner_ids == ("b",)
    best = result.arms[1]
    assert (best.rate, best.events) == (2.5, 560)
    assert best.ci_low is not None
    assert best.ci_high is not None
    assert best.ci_low < 2.5 < best.ci_high


def test_winner_above_target_is_scaled_after_seven_days(arm: Arm) -> None:
    arms = [
        arm("a", around(100), spend=100, conversions=20, revenue=300),
        arm("b", around(100), spend=100, conversions=40, revenue=900),
    ]
    good = analyze(arms, metric="roas", target_roas=2.0)
    assert (good.winner_ids, good.scale_ids) == (("b",), ("b",))
    assert analyze(arms, metric="roas", target_roas=12.0).scale_ids == ()
    early = [{**one, "daily": one["daily"][:6]} for one in arms]
    assert analyze(early, metric="cpa", target_cpa=4.0, planned_days=7).scale_ids == ()
    assert analyze(arms, metric="cpa", target_cpa=4.0).scale_ids == ("b",)


def test_arm_below_break_even_is_paused(arm: Arm) -> None:
    arms = [
        arm("a", around(100), spend=100, conversions=10, revenue=40),
        arm("b", around(100), spend=100, conversions=10, revenue=105),
    ]
    assert analyze(arms, target_roas=1.0).pause_ids == ("a",)
    assert analyze(arms).pause_ids == ()


def test_few_expected_conversions_never_pause(arm: Arm) -> None:
    arms = [arm(k, around(100), spend=1, conversions=0.1, revenue=0.1) for k in "ab"]
    assert analyze(arms, target_roas=1.0).pause_ids == ()


def test_six_target_cpas_without_a_conversion_pause(arm: Arm) -> None:
    arms = [arm("a", [50] * 2, spend=30), arm("b", [50] * 2, spend=30, conversions=1)]
    assert analyze(arms, metric="cpa", target_cpa=10).pause_ids == ("a",)
    assert analyze(arms, metric="cpa", target_cpa=10.1).pause_ids == ()


def test_totals_are_decided_on_assumed_noise_and_change_nothing() -> None:
    base = {"conversions": 0, "spend": 900, "revenue": 100, "impressions": 140_000}
    arms = [{"id": "a", **base, "clicks": 1400}, {"id": "b", **base, "clicks": 2100}]
    result = analyze(arms, days=14, target_roas=1.0, target_cpa=5.0)
    assert (result.status, result.winner_ids, result.losing_ids) == ("winner", ("b",), ("a",))
    assert result.confidence_basis == "assumed_dispersion"
    assert result.pause_ids == result.scale_ids == ()
    assert result.dispersion is not None
    assert result.dispersion.sigma_armday == pytest.approx(0.10)
    assert result.pairs[0].df is None


def test_totals_score_matches_the_formula() -> None:
    base = {"conversions": 0, "spend": 0, "revenue": 0, "impressions": 10_000, "days": 10}
    arms = [{"id": "a", **base, "clicks": 100}, {"id": "b", **base, "clicks": 130}]
    pair = analyze(arms).pairs[0]
    h = 230 / 4
    variance = h * (1 + 2 * 0.10**2 / 10 * h)
    assert pair.z == pytest.approx(15 / variance**0.5, rel=1e-6)


def test_totals_without_days_cover_the_plan(arm: Arm) -> None:
    base = {"conversions": 0, "spend": 0, "revenue": 0, "impressions": 10_000, "clicks": 100}
    result = analyze([{"id": "a", **base}, {"id": "b", **base}])
    assert (result.status, result.boundary.elapsed_days) == ("inconclusive", 14)
    assert any("planned 14 days" in text for text in result.warnings)


def test_sample_ratio_is_checked_only_when_the_platform_split(arm: Arm) -> None:
    arms = [arm("a", around(100)), arm("b", around(100), impressions=11_000)]
    assert analyze(arms).srm is None
    split = analyze(arms, design="randomised_split")
    assert split.srm is not None
    assert split.srm.mismatch
    assert analyze(arms).delivery_skew == pytest.approx(11 / 21 - 0.5)


def test_after_the_plan_only_the_e_value_decides(arm: Arm) -> None:
    arms = [arm("a", around(100, 20)), arm("b", around(125, 20)[::-1])]
    late = analyze(arms)
    assert late.boundary.z_required is None
    assert late.status == ("winner" if late.pairs[0].e_value >= 100 else "inconclusive")


def test_batch_gives_each_test_its_own_result_in_order(arm: Arm) -> None:
    tests = [
        [arm("a", around(100)), arm("b", around(150))],
        [arm("a", around(100))],
        [arm("a", around(150)), arm("b", around(100))],
        [
            {
                "id": k,
                **dict.fromkeys(("impressions", "clicks", "conversions", "spend", "revenue"), 9),
            }
            for k in "ab"
        ],
    ]
    together = analyze_many(tests)
    assert together == [analyze(one) for one in tests]
    assert together[0].winner_ids == ("b",)
    assert together[2].winner_ids == ("a",)
    assert analyze_many([]) == []


@pytest.mark.parametrize("metric", ["ctr", "cvr", "cpa", "roas"])
def test_results_without_exposure_are_left_out_not_fatal(arm: Arm, metric: str) -> None:
    arms = [arm(k, [0] * 8, conversions=3, revenue=9) for k in "ab"]
    assert analyze(arms, metric=metric).winner_ids == ()


def test_estimate_of_remaining_days_shrinks_to_zero(arm: Arm) -> None:
    arms = [arm("a", around(100, 6)), arm("b", around(118, 6)[::-1])]
    early = analyze(arms)
    assert early.status in ("collecting", "likely_leader")
    assert early.days_to_decision_estimate is not None
    assert 1 <= early.days_to_decision_estimate <= 8
