from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from core.common import clock

MARKET = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@dataclass
class ClockServer:
    url: str
    now: datetime = MARKET
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def clock_server() -> Iterator[ClockServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = json.dumps({"now": state.now.isoformat().replace("+00:00", "Z")}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state = ClockServer(f"http://127.0.0.1:{server.server_address[1]}/")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    clock.use_sandbox_clock(state.url)
    yield state
    clock.use_sandbox_clock("")
    server.shutdown()
    thread.join()
    server.server_close()


def near(moment: datetime, expected: datetime) -> bool:
    return timedelta(0) <= moment - expected < timedelta(seconds=5)


def test_market_time_is_real_time_without_a_sandbox() -> None:
    assert abs(clock.market_now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.market_now().tzinfo == UTC


def test_market_time_follows_the_sandbox_and_real_time_does_not(clock_server: ClockServer) -> None:
    assert near(clock.market_now(), MARKET)
    assert abs(clock.real_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_one_reading_serves_for_a_moment_and_goes_on(clock_server: ClockServer) -> None:
    readings = [clock.market_now() for _ in range(20)]
    assert len(clock_server.asked) == 1
    assert readings == sorted(readings)
    assert readings[0] < readings[-1]


def test_moved_clock_is_seen_after_forget(clock_server: ClockServer) -> None:
    clock.market_now()
    clock_server.now = MARKET + timedelta(days=3)
    clock.discard_reading()
    assert near(clock.market_now(), MARKET + timedelta(days=3))
    assert len(clock_server.asked) == 2


def test_frozen_time_stands_still_and_wins_over_the_sandbox(clock_server: ClockServer) -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    with clock.freeze(at):
        with clock.freeze(at + timedelta(days=1)):
            assert clock.market_now() == at + timedelta(days=1)
        assert clock.market_now() == clock.market_now() == at
    assert near(clock.market_now(), MARKET)


def test_frozen_time_ends_with_its_block_on_an_error() -> None:
    def fail() -> None:
        with clock.freeze(MARKET):
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert clock.market_now() < MARKET


def test_clock_that_cannot_be_read_is_an_error_and_not_real_time() -> None:
    clock.use_sandbox_clock("http://127.0.0.1:1/")
    try:
        with pytest.raises(OSError):
            clock.market_now()
    finally:
        clock.use_sandbox_clock("")
