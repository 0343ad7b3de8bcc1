"""A named winner stays named until new figures contradict it."""

from collections.abc import Callable
from typing import Any

from optimization.stats.ab.engine import analyze
from optimization.stats.ab.verdicts.sticky_verdict import is_winner_still_valid, update_verdict

Arm = Callable[..., dict[str, Any]]


def wobble(mean: int, days: int) -> list[int]:
    return [mean + 4 * ((d * 7) % 5 - 2) for d in range(days)]


def test_a_winner_that_falls_back_inside_the_boundary_stays(arm: Arm) -> None:
    first = analyze([arm("a", wobble(100, 7)), arm("b", wobble(140, 7)[::-1])])
    assert first.winner_ids == ("b",)
    faded = [
        arm("a", wobble(100, 7) + [128] * 7),
        arm("b", wobble(140, 7)[::-1] + [110] * 7),
    ]
    later = analyze(faded)
    assert later.winner_ids == ()
    assert is_winner_still_valid("b", later)
    held = update_verdict(update_verdict(None, first), later)
    assert (held.status, held.winner_ids, held.change, held.days) == ("winner", ("b",), "kept", 7)
    assert held.confidence == first.confidence
    assert "named winner after 7 days" in held.reason


def test_a_winner_that_is_proven_worse_is_withdrawn(arm: Arm) -> None:
    first = analyze([arm("a", wobble(100, 7)), arm("b", wobble(140, 7)[::-1])])
    turned = analyze([arm("a", wobble(150, 14)), arm("b", wobble(100, 14)[::-1])])
    assert turned.winner_ids == ("a",)
    assert not is_winner_still_valid("b", turned)
    now = update_verdict(update_verdict(None, first), turned)
    assert (now.winner_ids, now.change) == (("a",), "withdrawn")
    assert now.reason == "Newer days prove arm a better than arm b."
    assert "b" in now.losing_ids


def test_a_winner_is_withdrawn_when_its_own_days_were_corrected(arm: Arm) -> None:
    first = analyze([arm("a", wobble(100, 7)), arm("b", wobble(140, 7)[::-1])])
    corrected = analyze([arm("a", wobble(100, 7)), arm("b", wobble(102, 7)[::-1])])
    assert not is_winner_still_valid("b", corrected, corrected)
    assert is_winner_still_valid("b", first, first)
    now = update_verdict(update_verdict(None, first), corrected, restated=corrected)
    assert (now.winner_ids, now.losing_ids, now.change) == ((), (), "withdrawn")
    assert "corrected" in now.reason


def test_an_arm_that_is_gone_contradicts_nothing(arm: Arm) -> None:
    rest = analyze([arm("a", wobble(100, 7)), arm("c", wobble(101, 7))])
    assert is_winner_still_valid("b", rest)


def test_losers_stay_losers_while_the_leaders_are_tied(arm: Arm) -> None:
    tied = [arm("a", wobble(150, 10)), arm("b", wobble(150, 10)), arm("c", wobble(60, 10))]
    first = update_verdict(None, analyze(tied))
    assert (first.winner_ids, first.losing_ids, first.change) == ((), ("c",), "none")
    even = [arm("a", wobble(150, 10)), arm("b", wobble(150, 10)), arm("c", wobble(150, 10))]
    second = update_verdict(first, analyze(even))
    assert second.losing_ids == ("c",)


def test_a_look_with_too_little_data_changes_nothing(arm: Arm) -> None:
    first = update_verdict(
        None, analyze([arm("a", wobble(100, 7)), arm("b", wobble(140, 7)[::-1])])
    )
    empty = analyze([arm("a", [400]), arm("b", [10])])
    assert update_verdict(first, empty).winner_ids == ("b",)
