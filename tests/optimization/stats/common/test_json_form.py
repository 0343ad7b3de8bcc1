"""Results as JSON and back: whole, with what is missing, and with what does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pytest

from optimization.stats.ab.engine import analyze
from optimization.stats.ab.options import Options
from optimization.stats.ab.planning.selftest import run_aa_tests
from optimization.stats.ab.results import ABResult
from optimization.stats.ab.verdicts.sticky_verdict import StickyVerdict, update_verdict
from optimization.stats.budget.incrementality import score_prediction
from optimization.stats.budget.results import Interval
from optimization.stats.common.json_form import JsonForm, OlderForm

Arm = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sample(JsonForm):
    count: int
    share: float | None
    name: str | int = "x"
    budget: Decimal = Decimal(0)
    kind: Literal["a", "b"] = "a"
    pair: tuple[float, float] | None = None
    many: tuple[int, ...] = ()
    is_on: bool = False


WHOLE = {
    "count": 3,
    "share": 0.5,
    "name": 7,
    "budget": "12.50",
    "kind": "b",
    "pair": [1.0, 2.0],
    "many": [1, 2],
    "is_on": True,
}


def test_every_kind_of_field_goes_there_and_back() -> None:
    sample = Sample(3, 0.5, 7, Decimal("12.50"), "b", (1.0, 2.0), (1, 2), True)
    assert sample.to_json() == WHOLE
    assert Sample.from_json(WHOLE) == sample


def test_what_is_missing_takes_its_default_and_what_is_unknown_is_left_out() -> None:
    read = Sample.from_json({"count": 3, "later": [1]})
    assert read == Sample(3, None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"count": None}, "count: None is no whole number"),
        ({"count": 1.5}, "count: 1.5 is no whole number"),
        ({"count": True}, "count: True is no whole number"),
        ({"share": "much"}, "share: 'much' is no number"),
        ({"share": False}, "share: False is no number"),
        ({"share": 10**400}, "share: 1000"),
        ({"name": [1]}, "name: [1] is no whole number"),
        ({"budget": 12.5}, "budget: 12.5 is no amount"),
        ({"budget": "NaN"}, "budget: 'NaN' is no amount"),
        ({"budget": "much"}, "budget: 'much' is no amount"),
        ({"kind": "c"}, "kind: 'c' is not known"),
        ({"kind": []}, "kind: [] is not known"),
        ({"pair": [1]}, "pair: 1 values instead of 2"),
        ({"pair": {"low": 1}}, "pair: no list"),
        ({"many": "12"}, "many: no list"),
        ({"many": [1, None]}, "many: None is no whole number"),
        ({"is_on": 1}, "is_on: 1 is neither true nor false"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], why: str) -> None:
    with pytest.raises(OlderForm) as refused:
        Sample.from_json({**WHOLE, **change})
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize("stored", [None, [], "x", 7, True])
def test_what_is_no_object_is_named(stored: Any) -> None:
    with pytest.raises(OlderForm, match="no object"):
        Sample.from_json(stored)


def test_a_missing_field_without_a_default_is_named() -> None:
    with pytest.raises(OlderForm, match="count is missing"):
        Sample.from_json({"share": 1})


# ---- the results of the engines ----


def through_json(value: JsonForm) -> Any:
    return type(value).from_json(json.loads(json.dumps(value.to_json(), allow_nan=False)))


def results(arm: Arm) -> list[ABResult]:
    days = [100 + 3 * (n % 4) for n in range(14)]
    better = [140 + 3 * (n % 4) for n in range(14)]
    totals = {"impressions": 9_000, "clicks": 90, "conversions": 5, "spend": 10, "revenue": 50}
    return [
        analyze([arm("a", days), arm("b", better)]),
        analyze([arm(1, days[:1]), arm(2, better[:1])]),
        analyze([arm(1, days), arm(2, better)], design="randomised_split", guard_metrics=["cpa"]),
        analyze([{"id": 1, **totals}, {"id": 2, **totals}]),
        analyze([{"id": 1, **dict.fromkeys(totals, 0)}]),
    ]


def test_analyses_go_there_and_back_unchanged(arm: Arm) -> None:
    for result in results(arm):
        assert through_json(result) == result
        stands = update_verdict(None, result)
        assert through_json(stands) == stands


def test_other_results_go_there_and_back_unchanged() -> None:
    scored = score_prediction(Interval(1.0, 2.0, 3.0), 2.5)
    options = Options(s0=0.1, v0=3.0, guard_metrics=("cpa",))
    for value in (scored, run_aa_tests([]), options):
        assert through_json(value) == value


ADDED = {
    "alpha",
    "applies",
    "p_sequential",
    "e_value",
    "lead_to_decide",
    "excluded_lift",
    "what_would_change",
}


def test_an_analysis_of_the_first_version_is_read_with_defaults(arm: Arm) -> None:
    result = results(arm)[2]
    stored = {name: value for name, value in result.to_json().items() if name not in ADDED}
    for one in stored["arms"]:
        del one["delivery_share"]
    del stored["srm"]["e_value"], stored["srm"]["proven"]
    read = ABResult.from_json({**stored, "method_version": "ab-1"})
    assert (read.status, read.winner_ids) == (result.status, result.winner_ids)
    assert (read.alpha, read.applies, read.e_value, read.what_would_change) == (0.05, (), None, "")
    assert [one.delivery_share for one in read.arms] == [None, None]
    assert read.srm is not None
    assert (read.srm.e_value, read.srm.proven) == (None, False)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "sure"},
        {"arms": None},
        {"arms": [{"id": 1}]},
        {"winner_ids": "1"},
        {"boundary": {}},
        {"pause_ids": [None]},
    ],
)
def test_an_analysis_that_lost_its_form_is_refused(change: dict[str, Any], arm: Arm) -> None:
    with pytest.raises(OlderForm):
        ABResult.from_json({**results(arm)[0].to_json(), **change})


def test_settings_that_cannot_be_meant_are_refused_by_their_own_words() -> None:
    with pytest.raises(OlderForm, match="alpha must lie between 0 and 1"):
        Options.from_json({"alpha": 2})
    with pytest.raises(OlderForm, match="guard_metrics: no list"):
        Options.from_json({"guard_metrics": "cpa"})


def test_stored_settings_are_the_engines_arguments_again() -> None:
    stored = {"metric": "cvr", "planned_days": 20, "s0": 0.2, "v0": 4.0, "colour": "red"}
    fields = Options.from_json(stored).as_fields
    assert (fields["metric"], fields["planned_days"], fields["s0"]) == ("cvr", 20, 0.2)
    assert "colour" not in fields


def test_a_verdict_whose_days_are_unknown_does_not_name_them(arm: Arm) -> None:
    result = results(arm)[0]
    before = StickyVerdict("winner", ("b",), (), None, None, 0, "kept", "")
    kept = update_verdict(before, result)
    assert kept.reason == "Arm b was named winner; nothing since contradicts it."
