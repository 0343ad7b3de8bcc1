"""Calls are counted for all workers, and a part is kept for what lowers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from platforms.common.call_limits.pace import Pace, Rule, Turn, Window, process_state
from platforms.common.call_limits.shared_state import ProcessState
from platforms.tiktok import limits
from platforms.types import StateAway

DAY = 86_400.0
NOON = 20_000 * DAY + DAY / 2


class Workers:
    """Many workers at one count, at a moment that the test sets."""

    def __init__(self) -> None:
        self.now = NOON
        self.pace = Pace("tiktok", ProcessState(lambda: self.now))

    def ask(self, operation: str = "GET campaign/get", *, lowers: bool = False) -> Turn:
        return self.pace.ask(limits.rules_of(operation), lowers=lowers)

    def sent(
        self, seconds: float, *, operation: str = "GET campaign/get", step: float = 0.01
    ) -> list[float]:
        """When calls are sent by five workers that ask again and again."""
        end, found = self.now + seconds, []
        while self.now < end:
            found += [self.now for _ in range(5) if not self.ask(operation).wait]
            self.now += step
        return found


@pytest.fixture
def workers() -> Workers:
    return Workers()


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(1 for m in moments if start <= m < start + seconds) for start in moments)


def test_no_second_holds_more_than_the_app_may_send(workers: Workers) -> None:
    sent = workers.sent(6.0)
    assert most_within(sent, 0.99) == 8  # two of ten are kept
    assert most_within(sent, 0.09) == 1  # spread, as they may arrive closer together
    assert 44 <= len(sent) <= 48


def test_what_lowers_is_sent_at_once_while_all_others_send(workers: Workers) -> None:
    workers.sent(5.0)
    assert [workers.ask(lowers=True).wait for _ in range(2)] == [0.0, 0.0]


def test_what_lowers_does_not_exceed_the_limit_either(workers: Workers) -> None:
    sent = 0
    for _ in range(100):
        sent += not workers.ask(lowers=True).wait
        workers.now += 0.0099
    assert sent == 10


def test_ads_are_created_at_their_own_slower_pace(workers: Workers) -> None:
    sent = workers.sent(70.0, operation="POST ad/create", step=0.05)
    assert most_within(sent, 0.99) <= 4
    assert most_within(sent, 59.9) == 145
    assert not workers.ask("GET campaign/get").wait


def test_wait_names_the_moment_at_which_a_call_may_be_sent(workers: Workers) -> None:
    workers.sent(1.0)
    workers.ask()
    wait = workers.ask().wait
    workers.now += wait - 0.001
    assert workers.ask().wait == pytest.approx(0.001, abs=1e-6)
    workers.now += 0.001001
    assert workers.ask().wait == 0.0


def _used_up(workers: Workers, calls: int) -> None:
    rule = limits.rules_of("GET campaign/get")[0]
    tight = Rule(rule.name, rule.windows, per_day=calls, kept_of_day=1)
    workers.ask = lambda *_, lowers=False: workers.pace.ask([tight], lowers=lowers)  # type: ignore[method-assign]


def test_used_up_day_ends_at_midnight_utc_and_a_part_is_left_for_what_lowers(
    workers: Workers,
) -> None:
    _used_up(workers, 3)
    for _ in range(2):
        assert not workers.ask().wait
        workers.now += 1.0
    assert workers.ask().wait == pytest.approx(DAY / 2 - 2.0)
    assert not workers.ask(lowers=True).wait
    assert workers.ask(lowers=True).wait == pytest.approx(DAY / 2 - 2.0)
    workers.now = NOON + DAY / 2 + 1.0
    assert workers.ask() == Turn(0.0, was_out=True)


def test_refusals_halt_all_but_what_lowers_and_longer_each_time(workers: Workers) -> None:
    rules = limits.rules_of("GET campaign/get")
    halts = []
    for _ in range(10):
        halts.append(workers.pace.refused(rules))
        assert workers.ask().wait == pytest.approx(halts[-1])
        assert not workers.ask(lowers=True).wait
        workers.now += halts[-1] + 0.5
    assert halts == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0]
    assert workers.ask() == Turn(0.0, struck=True, was_out=True)
    workers.pace.recovered(rules)
    workers.now += 1.0
    assert workers.ask() == Turn(0.0)
    assert workers.pace.refused(rules) == 1.0


def test_refusals_between_answered_calls_do_not_add_up(workers: Workers) -> None:
    rules = limits.rules_of("GET campaign/get")
    for _ in range(5):
        assert workers.pace.refused(rules) == 1.0
        workers.now += 1.0
        assert workers.ask() == Turn(0.0, struck=True)
        workers.pace.recovered(rules)


def test_many_workers_refused_at_once_are_one_refusal(workers: Workers) -> None:
    rules = limits.rules_of("GET campaign/get")
    assert [workers.pace.refused(rules) for _ in range(5)] == [1.0] * 5


def test_refused_ad_creation_halts_no_other_call(workers: Workers) -> None:
    workers.pace.refused(limits.rules_of("POST ad/create"))
    assert workers.ask("POST ad/create").wait == pytest.approx(1.0)
    assert not workers.ask("GET campaign/get").wait


def test_clock_that_was_set_back_stops_nothing_for_long(workers: Workers) -> None:
    workers.sent(2.0)
    workers.now -= 3600.0
    assert workers.ask().wait <= 1.0
    workers.now += 1.0
    assert not workers.ask().wait


class _Broken:
    """A shared state that does not answer."""

    asked = 0

    def update(self, key: str, change: Callable[..., Any]) -> Any:
        self.asked += 1
        raise StateAway


def test_without_the_shared_count_a_process_sends_a_part_and_lowers_at_once() -> None:
    process_state.clear()
    pace = Pace("tiktok", _Broken())
    rules = limits.rules_of("GET campaign/get")
    assert not pace.ask(rules, lowers=False).wait
    waits = [pace.ask(rules, lowers=False).wait for _ in range(30)]
    assert min(waits) > 0
    assert not pace.ask(rules, lowers=True).wait
    assert pace.refused(rules) == 1.0
    process_state.clear()


def test_what_counts_against_no_rule_is_never_held() -> None:
    turns = [Pace("meta", _Broken()).ask((), lowers=False) for _ in range(100)]
    assert set(turns) == {Turn(0.0)}


def test_alone_a_quarter_of_each_window_is_left() -> None:
    rule = Rule("a", (Window(10, 1.0, kept=2), Window(3, 0.1, kept=2)), per_day=5)
    assert rule.alone().windows == (Window(4, 1.0, kept=2), Window(3, 0.1, kept=2))
