"""What a result says would change it, and what it rules out."""

from collections.abc import Callable
from typing import Any

import pytest

from optimization.stats.ab.engine import InvalidArms, analyze, analyze_many

Arm = Callable[..., dict[str, Any]]


def around(mean: int, days: int = 14, swing: int = 8) -> list[int]:
    return [mean + swing * ((d * 7) % 5 - 2) // 2 for d in range(days)]


def test_undecided_test_names_the_lead_and_the_days_that_decide(arm: Arm) -> None:
    result = analyze([arm("a", around(100, 6)), arm("b", around(118, 6)[::-1])])
    assert result.lead_to_decide is not None
    assert result.pairs[0].lift is not None
    assert result.pairs[0].lift < result.lead_to_decide < 1.0
    assert "over arm a would decide now (now 18%)" in result.what_would_change
    assert f"about {result.days_to_decision_estimate} more days" in result.what_would_change


def test_the_lead_to_decide_does_decide(arm: Arm) -> None:
    def with_lead(lead: float) -> str:
        better = [round(c * (1 + lead)) for c in around(200, 10)[::-1]]
        return analyze([arm("a", around(200, 10)), arm("b", better)]).status

    needed = analyze([arm("a", around(200, 10)), arm("b", around(206, 10)[::-1])]).lead_to_decide
    assert needed is not None
    assert with_lead(needed * 1.15) == "winner"
    assert with_lead(needed * 0.85) != "winner"


def test_inconclusive_test_says_what_it_has_ruled_out(arm: Arm) -> None:
    result = analyze([arm("a", around(100)), arm("b", around(103)[::-1])])
    assert result.status == "inconclusive"
    assert result.pairs[0].ci is not None
    assert result.excluded_lift == pytest.approx(result.pairs[0].ci[1])
    assert f"and {result.excluded_lift:.0%})" in result.summary
    assert "planned days are over" in result.what_would_change


def test_too_little_data_names_what_each_arm_lacks(arm: Arm) -> None:
    result = analyze([arm("a", [10] * 2), arm("b", [100] * 2)])
    assert result.what_would_change == (
        "Arm a needs 1 more complete day and 5 more clicks; Arm b needs 1 more complete day."
    )
    assert (result.lead_to_decide, result.excluded_lift, result.e_value) == (None, None, None)
    assert "second arm" in analyze([arm("a", [10] * 2)]).what_would_change


def test_winner_says_what_alone_would_change_it(arm: Arm) -> None:
    result = analyze([arm("a", around(100)), arm("b", around(150)[::-1])])
    assert "corrected figures" in result.what_would_change
    assert result.applies == ("winner", "loser", "pause")
    assert result.e_value == result.pairs[0].e_value
    assert result.e_value > 100
    assert result.p_sequential == result.pairs[0].p_sequential
    assert result.confidence == 1 - result.p_sequential


def test_guarded_winner_names_the_guard(arm: Arm) -> None:
    cheap, dear = arm("a", around(100), conversions=20), arm("b", around(150), conversions=10)
    result = analyze([cheap, dear], guard_metrics=["cvr"])
    assert result.what_would_change == (
        "The leader is named once it is no longer proven worse on CVR."
    )


def test_rules_list_loser_and_pause_while_collecting(arm: Arm) -> None:
    arms = [arm("a", around(150, 10)), arm("b", around(150, 10)), arm("c", around(60, 10))]
    result = analyze(arms)
    assert result.applies == ("collecting", "loser", "pause")
    assert [one.status for one in result.arms] == ["collecting", "collecting", "loser"]


@pytest.mark.parametrize("currencies", [("USD", "EUR"), ("usd", "EUR"), ("USD", 7), ("USD", " ")])
def test_money_of_different_currencies_is_refused(arm: Arm, currencies: tuple[Any, Any]) -> None:
    arms = [{**arm(k, around(100)), "currency": c} for k, c in zip("ab", currencies, strict=True)]
    with pytest.raises(InvalidArms, match="arm 'b': field currency"):
        analyze(arms)


def test_same_currency_or_none_is_accepted(arm: Arm) -> None:
    plain = [arm("a", around(100)), arm("b", around(120))]
    named = [{**plain[0], "currency": "USD"}, {**plain[1], "currency": "usd"}]
    partly = [{**plain[0], "currency": "USD"}, plain[1]]
    assert analyze_many([named, partly]) == analyze_many([plain, plain])
