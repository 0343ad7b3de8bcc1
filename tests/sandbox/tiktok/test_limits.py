"""The TikTok emulator counts the calls of the developer app, in real time, and refuses."""

from __future__ import annotations

import pytest

from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.limits import CallLimits
from tests.sandbox.tiktok.client import Tik, refused

MIDNIGHT = 20_000 * 86_400.0  # UTC, in epoch seconds


class Clock:
    def __init__(self, now: float = MIDNIGHT + 3600.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> CallLimits:
    return CallLimits("basic", clock)


def allowed(limits: CallLimits, count: int, path: str = "campaign/get") -> int:
    """How many of so many calls at one moment pass."""
    return sum(_passes(limits, path) for _ in range(count))


def _passes(limits: CallLimits, path: str) -> bool:
    try:
        limits.count(path)
    except ApiError:
        return False
    return True


@pytest.mark.parametrize(
    ("level", "calls"), [("basic", 10), ("advanced", 20), ("premium", 30), ("ultimate", 50)]
)
def test_calls_of_one_second_are_limited_by_the_level(clock: Clock, level: str, calls: int) -> None:
    limits = CallLimits(level, clock)
    assert allowed(limits, calls + 5) == calls
    clock.now += 0.5
    assert allowed(limits, 1) == 0
    clock.now += 1.0  # of what was sent half a second ago one call counts too
    assert allowed(limits, calls) == calls


def test_calls_of_any_second_count_not_those_of_a_second_of_the_clock(
    limits: CallLimits, clock: Clock
) -> None:
    clock.now += 0.9
    assert allowed(limits, 10) == 10
    clock.now += 0.2
    assert allowed(limits, 1) == 0


def test_too_many_calls_in_a_minute_suspend_the_app_for_five(
    limits: CallLimits, clock: Clock
) -> None:
    for _ in range(50):
        assert allowed(limits, 12) == 10  # what is refused counts too
        clock.now += 1.0
    assert allowed(limits, 1) == 0  # the 601st within a minute
    for seconds in (1.0, 200.0, 98.9):
        clock.now += seconds
        assert allowed(limits, 1) == 0
    clock.now += 0.2
    assert allowed(limits, 10) == 10


def test_day_is_used_up_until_midnight_utc(limits: CallLimits, clock: Clock) -> None:
    limits._app.of_day = 863_999  # type: ignore[union-attr]
    limits._app.day = 20_000  # type: ignore[union-attr]
    assert allowed(limits, 2) == 1
    clock.now = MIDNIGHT + 86_399.5
    assert allowed(limits, 1) == 0
    clock.now = MIDNIGHT + 86_400.5
    assert allowed(limits, 1) == 1


def test_ad_create_has_a_limit_of_its_own(limits: CallLimits, clock: Clock) -> None:
    assert allowed(limits, 6, "ad/create") == 5
    assert allowed(limits, 4) == 4  # of the app's ten, six are gone
    clock.now += 2.0
    assert allowed(limits, 5, "ad/create") == 5


def test_without_a_level_nothing_is_counted(clock: Clock) -> None:
    assert allowed(CallLimits(None, clock), 2000) == 2000
    with pytest.raises(ValueError, match="gold"):
        CallLimits("gold")


def test_call_above_the_limit_is_refused_with_status_200_and_does_nothing(clock: Clock) -> None:
    tik = Tik(CallLimits("basic", clock))
    before = set(tik.world.campaigns)
    for _ in range(10):
        assert tik.get("pixel/list")["code"] == 0
    answer = tik.http.post(
        "/campaign/create/", json={"advertiser_id": tik.ours.id, **tik.campaign()}
    )
    assert answer.status_code == 200
    assert "retry-after" not in answer.headers
    refused(answer.json(), "Too many requests", 40100)
    assert set(tik.world.campaigns) == before
    clock.now += 1.0
    tik.done("campaign/create", tik.campaign())


def test_call_without_a_token_is_nobodys(clock: Clock) -> None:
    tik = Tik(CallLimits("basic", clock))
    for _ in range(20):
        tik.http.get("/pixel/list/", headers={"Access-Token": "wrong"})
    assert tik.get("pixel/list")["code"] == 0
