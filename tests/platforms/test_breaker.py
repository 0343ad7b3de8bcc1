"""An account that does not answer is left alone for a while; what lowers is sent all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.common.errors import GuardrailExceeded
from platforms.common.calls import Calls, Governor, RetryPolicy, Trace, governor_for
from platforms.errors import (
    CircuitOpen,
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    UnreadableAnswer,
)
from platforms.interface import ClientConfig

TO_OPEN = 5


class Account:
    """Calls of one account on a clock of its own; `vendor` raises or returns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[str] = []
        self.told: list[float] = []
        self.vendor: PlatformError | None = down()
        self.config = ClientConfig(
            account_id="7",
            currency="USD",
            time_zone="UTC",
            secrets={},
            circuit_changed=self.told.append,
        )
        self.governor = Governor(clock=lambda: self.now)

    def calls(self, **changes: Any) -> Calls:
        return Calls(
            "meta",
            replace(self.config, **changes),
            governor=self.governor,
            policy=RetryPolicy(attempts=1),
            sleep=lambda _: None,
            clock=lambda: self.now,
        )

    def call(
        self,
        name: str = "read",
        *,
        is_write: bool = False,
        lowers: bool = False,
        **of_client: Any,
    ) -> None:
        def send(_: Trace) -> None:
            self.sent.append(name)
            if self.vendor is not None:
                raise self.vendor

        self.calls(**of_client).run(name, send, is_write=is_write, lowers=lowers)

    def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(PlatformError):
                self.call()

    def opened(self) -> Account:
        self.fail(TO_OPEN)
        self.sent.clear()
        return self


def down() -> PlatformUnavailable:
    return PlatformUnavailable("down", platform="meta")


@pytest.mark.parametrize(
    "error",
    [
        down(),
        OutcomeUnknown("timed out", platform="meta"),
        UnreadableAnswer("garbage", platform="meta"),
    ],
)
def test_after_five_failures_in_a_row_reads_fail_at_once(error: PlatformError) -> None:
    account = Account()
    account.vendor = error
    account.fail(TO_OPEN)
    with pytest.raises(CircuitOpen) as raised:
        account.call()
    assert len(account.sent) == TO_OPEN
    assert raised.value.retry_after == 30.0
    assert raised.value.is_transient
    assert "30 seconds" in raised.value.user_message


def test_four_failures_do_not_open_it() -> None:
    account = Account()
    account.fail(TO_OPEN - 1)
    account.vendor = None
    account.call()
    account.vendor = down()
    account.fail(TO_OPEN - 1)
    assert len(account.sent) == 2 * TO_OPEN - 1


@pytest.mark.parametrize(
    "answer",
    [
        Rejected("no", platform="meta"),
        CredentialsInvalid("no", platform="meta"),
        RateLimited("busy", retry_after=1, platform="meta"),
    ],
)
def test_a_refusal_is_an_answer(answer: PlatformError) -> None:
    account = Account()
    for _ in range(3):
        account.vendor = down()
        account.fail(TO_OPEN - 1)
        account.vendor = answer
        account.fail(1)
    assert len(account.sent) == 3 * TO_OPEN


def test_a_write_that_does_not_lower_is_not_sent_and_surely_not_carried_out() -> None:
    account = Account().opened()
    asked: list[str] = []
    with pytest.raises(PlatformUnavailable):
        account.call("create", is_write=True, before_write=lambda: asked.append("asked"))
    assert account.sent == asked == []


def test_pausing_is_sent_while_it_is_open_and_a_success_closes_it() -> None:
    account = Account().opened()
    with pytest.raises(PlatformUnavailable) as raised:
        account.call("pause", is_write=True, lowers=True)
    assert not isinstance(raised.value, CircuitOpen)
    account.vendor = None
    account.call("pause", is_write=True, lowers=True)
    account.call("read")
    assert account.sent == ["pause", "pause", "read"]


def test_client_for_lowering_also_reads_while_it_is_open() -> None:
    account = Account().opened()
    account.vendor = None
    account.calls(lowers=True).run("x", lambda _: account.sent.append("read"), is_write=False)
    assert account.sent == ["read"]


def test_lowering_is_sent_though_the_allowance_is_nearly_used_up() -> None:
    account = Account()
    account.vendor = None
    account.governor.record_usage(99.0, 200.0)
    with pytest.raises(RateLimited):
        account.call("create", is_write=True)
    account.call("pause", is_write=True, lowers=True)
    assert account.sent == ["pause"]


def test_after_the_pause_one_probe_is_sent_and_others_wait_for_its_answer() -> None:
    account = Account().opened()
    account.now += 31

    def others_meanwhile(_: Trace) -> None:
        account.sent.append("probe")
        account.vendor = None
        with pytest.raises(CircuitOpen):
            account.call("another")

    account.calls().run("probe", others_meanwhile, is_write=False)
    account.call("after")
    assert account.sent == ["probe", "after"]


def test_probe_that_fails_begins_another_pause() -> None:
    account = Account().opened()
    account.now += 31
    account.fail(1)
    account.now += 29
    with pytest.raises(CircuitOpen):
        account.call()
    assert len(account.sent) == 1
    account.now += 2
    account.vendor = None
    account.call()


def test_probe_that_was_held_back_just_before_it_left_leaves_the_next_one_free() -> None:
    account = Account().opened()
    account.now += 31

    def stop() -> None:
        raise GuardrailExceeded("The stop switch is on.")

    with pytest.raises(GuardrailExceeded):
        account.call("create", is_write=True, before_write=stop)
    account.vendor = None
    account.call("read")
    assert account.sent == ["read"]


def test_probe_of_a_worker_that_died_does_not_keep_it_open_for_ever() -> None:
    account = Account().opened()
    account.now += 31
    assert account.governor.breaker.wait_seconds() == 0.0  # taken, and never recorded
    with pytest.raises(CircuitOpen):
        account.call()
    account.now += 61
    account.vendor = None
    account.call()


def test_it_tells_when_it_opens_and_when_it_closes() -> None:
    account = Account()
    account.fail(TO_OPEN - 1)
    assert account.told == []
    account.fail(1)
    assert account.told == [30.0]
    account.now += 31
    account.vendor = None
    account.call()
    assert account.told == [30.0, 0.0]
    account.call()
    assert account.told == [30.0, 0.0]


def test_each_account_has_a_circuit_of_its_own() -> None:
    for _ in range(TO_OPEN):
        governor_for("meta", "breaker-1").breaker.record(down())
    assert governor_for("meta", "breaker-1").breaker.is_open
    assert not governor_for("meta", "breaker-2").breaker.is_open
    assert not governor_for("tiktok", "breaker-1").breaker.is_open
