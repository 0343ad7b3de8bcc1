"""The retry decision, the pace and the record, without any server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from core.common.errors import GuardrailExceeded
from platforms.common.calls import (
    Calls,
    Governor,
    RetryPolicy,
    Trace,
)
from platforms.common.error_table import incomplete_write_error
from platforms.common.http import HttpSession, Request, is_loopback
from platforms.common.redaction import redact
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    Rejected,
)
from platforms.interface import CallRecord, ClientConfig

TOKEN = "secret-token-123456"


class Bench:
    """Calls with a fake clock: `waits` are the sleeps, `records` what support would see."""

    def __init__(self, governor: Governor | None = None, policy: RetryPolicy | None = None) -> None:
        self.waits: list[float] = []
        self.records: list[CallRecord] = []
        self.now = 0.0
        config = ClientConfig(
            account_id="7",
            currency="USD",
            time_zone="UTC",
            secrets={"access_token": TOKEN},
            record=self.records.append,
        )
        self.config = config
        self.calls = Calls(
            "tiktok",
            config,
            governor=governor or Governor(clock=lambda: self.now),
            policy=policy,
            sleep=self.sleep,
            jitter=lambda: 0.0,
            clock=lambda: self.now,
        )

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def failing(*errors: PlatformError) -> Callable[[Trace], str]:
    left = list(errors)

    def send(trace: Trace) -> str:
        if left:
            raise left.pop(0)
        trace.request_id = "r-1"
        return "done"

    return send


def busy(retry_after: float = 0.0) -> RateLimited:
    return RateLimited("busy", retry_after=retry_after, platform="tiktok")


def down() -> PlatformUnavailable:
    return PlatformUnavailable("down", platform="tiktok")


@pytest.mark.parametrize("error", [busy(), down()])
@pytest.mark.parametrize("is_write", [True, False])
def test_what_was_surely_not_done_is_tried_again(error: PlatformError, is_write: bool) -> None:
    bench = Bench()
    assert bench.calls.run("x", failing(error), is_write=is_write) == "done"
    assert bench.waits == [0.2]
    assert [record.ok for record in bench.records] == [False, True]


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown("?", platform="tiktok"),
        Rejected("no", platform="tiktok"),
        CredentialsInvalid("no", platform="tiktok"),
    ],
)
@pytest.mark.parametrize("is_write", [True, False])
def test_nothing_else_is_tried_again(error: PlatformError, is_write: bool) -> None:
    bench = Bench()
    with pytest.raises(type(error)):
        bench.calls.run("x", failing(error), is_write=is_write)
    assert bench.waits == []
    assert len(bench.records) == 1


def test_backoff_grows_and_ends() -> None:
    bench = Bench()
    with pytest.raises(PlatformUnavailable):
        bench.calls.run("x", failing(*[down() for _ in range(9)]), is_write=False)
    assert bench.waits == [0.2, 0.4, 0.8]
    assert len(bench.records) == 4


def test_advice_of_the_vendor_is_obeyed_within_patience() -> None:
    bench = Bench()
    assert bench.calls.run("x", failing(busy(3.0)), is_write=False) == "done"
    assert bench.waits == [3.0]


def test_long_advice_goes_to_the_caller_at_once() -> None:
    bench = Bench()
    with pytest.raises(RateLimited) as raised:
        bench.calls.run("x", failing(busy(120.0)), is_write=False)
    assert bench.waits == []
    assert raised.value.retry_after == 120.0


def test_caller_is_not_sent_back_at_once_after_giving_up() -> None:
    bench = Bench()
    with pytest.raises(RateLimited) as raised:
        bench.calls.run("x", failing(*[busy(1.0) for _ in range(9)]), is_write=False)
    assert sum(bench.waits) <= 5.0
    assert raised.value.retry_after == 60.0


def test_call_that_timed_out_slowly_is_not_sent_again() -> None:
    bench = Bench()

    def slow(trace: Trace) -> str:
        bench.now += 30.0
        raise down()

    with pytest.raises(PlatformUnavailable):
        bench.calls.run("x", slow, is_write=False)
    assert bench.waits == []


def test_jitter_lengthens_the_wait() -> None:
    assert RetryPolicy().wait(down(), 1, 1.0) == pytest.approx(0.3)
    assert RetryPolicy().wait(busy(3.0), 1, 0.0) == 3.0
    assert RetryPolicy().wait(down(), 9, 0.0) == 2.0


def test_record_tells_code_and_request_and_no_secret() -> None:
    bench = Bench()
    refusal = Rejected(
        f"bad {TOKEN}",
        platform="tiktok",
        vendor_code="40002",
        vendor_message=f"call with {TOKEN} refused",
        request_id="r-9",
    )
    with pytest.raises(Rejected) as raised:
        bench.calls.run("POST x", failing(refusal), is_write=True)
    assert bench.records == [
        CallRecord(
            platform="tiktok",
            account="7",
            operation="POST x",
            ok=False,
            duration_ms=0,
            error_code="40002",
            request_id="r-9",
            detail="call with *** refused",
        )
    ]
    assert TOKEN not in str(raised.value)
    assert raised.value.user_message == "bad ***"


def test_redaction_also_hides_tokens_we_do_not_know() -> None:
    text = redact("GET /x?access_token=abc&b=1 Bearer zzz", [])
    assert text == "GET /x?access_token=***&b=1 Bearer ***"


def test_reads_halt_near_the_limit_and_writes_later() -> None:
    now = [0.0]
    governor = Governor(clock=lambda: now[0])
    governor.record_usage(90.0, 120.0)
    assert governor.halt_seconds(is_write=False) == 120.0
    assert governor.halt_seconds(is_write=True) == 0.0
    governor.record_usage(99.0)
    assert governor.halt_seconds(is_write=True) == 60.0
    now[0] = 61.0
    assert governor.halt_seconds(is_write=False) == 0.0


def test_halted_account_is_not_called() -> None:
    bench = Bench()
    bench.calls.governor.record_usage(100.0, 200.0)
    with pytest.raises(RateLimited) as raised:
        bench.calls.run("x", failing(), is_write=False)
    assert raised.value.retry_after == 200.0
    assert bench.records == []


def test_failure_behind_a_create_is_an_unknown_outcome() -> None:
    error = incomplete_write_error(PlatformUnavailable("x", platform="tiktok", vendor_code="50000"))
    assert isinstance(error, OutcomeUnknown)
    assert error.vendor_code == "50000"


def send_over(transport: httpx.MockTransport, *, is_write: bool) -> httpx.Response:
    bench = Bench(policy=RetryPolicy(attempts=1))
    session = HttpSession("TikTok", bench.config, "http://x.example", {}, bench.calls, transport)
    try:
        request = Request("op", "POST", "a", is_write=is_write)
        return session.send(request, lambda response, _: response)
    finally:
        session.close()


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_request_that_never_left_was_surely_not_done(kind: type[httpx.TransportError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise kind("no")

    with pytest.raises(PlatformUnavailable):
        send_over(httpx.MockTransport(handler), is_write=True)


@pytest.mark.parametrize(
    "kind", [httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_a_lost_answer_is_unknown_for_a_write_only(kind: type[httpx.TransportError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise kind("no")

    with pytest.raises(OutcomeUnknown):
        send_over(httpx.MockTransport(handler), is_write=True)
    with pytest.raises(PlatformUnavailable):
        send_over(httpx.MockTransport(handler), is_write=False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80", True),
        ("http://[::1]:1", True),
        ("http://localhost", True),
        ("https://a.example", False),
    ],
)
def test_loopback_is_recognised(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_before_write_is_asked_before_every_write_and_its_repetitions_and_never_before_a_read() -> (
    None
):
    bench = Bench()
    asked: list[float] = []
    bench.calls.config = replace(bench.config, before_write=lambda: asked.append(bench.now))

    bench.calls.run("read", failing(busy()), is_write=False)
    assert asked == []

    bench.calls.run("write", failing(busy(), down()), is_write=True)
    assert len(asked) == 3


def test_what_before_write_raises_is_raised_and_nothing_is_sent() -> None:
    bench = Bench()
    sent: list[str] = []

    def lost() -> None:
        raise GuardrailExceeded("Another worker has it.")

    bench.calls.config = replace(bench.config, before_write=lost)

    with pytest.raises(GuardrailExceeded, match="Another worker has it"):
        bench.calls.run("write", lambda trace: sent.append("x"), is_write=True)

    assert sent == []
    assert bench.records == []
