"""What the pages draw, and the words that they use."""

from __future__ import annotations

import pytest

from optimization.models import RunOutcome
from optimization.presentation.charts import Axis, axis_of, bars, interval, rate_shown
from optimization.presentation.labels import with_arm_names
from optimization.worker_runs.reading import OutcomeLine
from tests.optimization.ab_tests.analyses import arm_figures

pytestmark = pytest.mark.usefixtures("noon")


def test_all_arms_share_one_axis_and_unbounded_ends_are_marked() -> None:
    arms = [
        arm_figures(rate=0.02, ci_low=1e-10, ci_high=1.0),
        arm_figures(rate=0.03, ci_low=0.028, ci_high=0.032),
    ]
    axis = axis_of(arms)
    assert axis is not None
    assert (axis.low, axis.high) == pytest.approx((0.008, 0.054))
    wide, tight = interval(arms[0], axis), interval(arms[1], axis)
    assert wide is not None
    assert tight is not None
    assert (wide.open_low, wide.open_high, wide.low, wide.high) == (True, True, 0.0, 240.0)
    assert (tight.open_low, tight.open_high) == (False, False)
    assert 10 < wide.middle < tight.low < tight.middle < tight.high < 230


def test_an_axis_needs_a_rate() -> None:
    assert axis_of([arm_figures(rate=None)]) is None
    assert axis_of([arm_figures(rate=0.0)]) is None
    assert interval(arm_figures(rate=None), Axis(0, 1)) is None


def test_bars_are_parts_of_the_largest_budget() -> None:
    assert (bars(50, 100, 200).old, bars(50, 100, 200).new) == (25.0, 50.0)
    assert bars(0, 0, 0).old == 0.0


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("ctr", 0.0234, "2.34%"),
        ("roas", 3.456, "3.46x"),
        ("cpa", 12.5, "$12.50"),
        ("ctr", None, "–"),
    ],
)
def test_a_rate_is_shown_in_its_unit(metric: str, value: float | None, shown: str) -> None:
    assert rate_shown(metric, value, "USD") == shown


def test_arms_are_named_after_their_ads() -> None:
    names = {3: "Blue", 14: "Red"}
    assert (
        with_arm_names("Arm 3 leads; keep arm 3, arm 14.", names)
        == "“Blue” leads; keep “Blue”, “Red”."
    )
    assert with_arm_names("Arm '14' has no clicks.", names) == "“Red” has no clicks."
    assert with_arm_names("No arm is best; two arms need 3 days.", names) == (
        "No ad is best; two ads need 3 days."
    )


def test_an_outcome_is_a_sentence_with_a_tone() -> None:
    def line(state: str, said: str) -> tuple[str, str]:
        row = OutcomeLine(RunOutcome(state=state, said=said))
        return row.says, row.tone

    assert line("done", "winner, 2 losing ads paused") == (
        "its test was analysed: winner, 2 losing ads paused",
        "good",
    )
    assert line("skipped", "nothing to move") == ("nothing to move", "off")
    assert line("failed", "no answer") == ("no answer", "bad")
