from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from core.common import clock

MARKET = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@dataclass
class ClockServer:
    url: str
    now: datetime = MARKET
    asked: list[str] = field(default_factory=list)
    says: str = ""
    """Another body than the time."""


@pytest.fixture
def clock_server() -> Iterator[ClockServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            time_now = json.dumps({"now": state.now.isoformat().replace("+00:00", "Z")})
            body = (state.says or time_now).encode()
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


@pytest.fixture
def frozen() -> Iterator[tuple[str, socket.socket]]:
    """A server that takes connections and never answers, and its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", server
    clock.use_sandbox_clock("")


def connections(server: socket.socket) -> int:
    """How many were made since the last look."""
    server.setblocking(False)
    found = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


def freeze_after_a_reading(clock_server: ClockServer, url: str) -> None:
    clock.market_now()
    clock._remote.url = url
    clock._remote._ask_at = float("-inf")  # the reading is a second old


def test_frozen_sandbox_costs_one_short_wait_and_is_then_left_alone(
    clock_server: ClockServer, frozen: tuple[str, socket.socket]
) -> None:
    url, server = frozen
    freeze_after_a_reading(clock_server, url)
    started = time.monotonic()
    assert near(clock.market_now(), MARKET)
    assert time.monotonic() - started < 2
    assert connections(server) == 1
    for _ in range(50):
        clock.discard_reading()  # as each job does
        assert near(clock.market_now(), MARKET)
    assert connections(server) == 0


def test_of_many_requests_one_asks_the_frozen_sandbox_and_none_queues(
    clock_server: ClockServer, frozen: tuple[str, socket.socket]
) -> None:
    url, server = frozen
    freeze_after_a_reading(clock_server, url)
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        readings = list(pool.map(lambda _: clock.market_now(), range(20)))
    assert time.monotonic() - started < 2
    assert all(near(reading, MARKET) for reading in readings)
    assert connections(server) == 1


def test_sandbox_that_answers_again_is_read_again(
    clock_server: ClockServer, frozen: tuple[str, socket.socket]
) -> None:
    freeze_after_a_reading(clock_server, frozen[0])
    clock.market_now()
    clock_server.now = MARKET + timedelta(days=1)
    clock._remote.url = clock_server.url
    assert near(clock.market_now(), MARKET)
    clock._remote._failed_until = time.monotonic()  # the time for which it is left alone is over
    assert near(clock.market_now(), MARKET + timedelta(days=1))


def test_new_process_goes_on_from_the_last_reading_of_another(
    clock_server: ClockServer, frozen: tuple[str, socket.socket], tmp_path: Path
) -> None:
    clock.use_sandbox_clock(clock_server.url, tmp_path / "reading")
    clock.market_now()
    clock.use_sandbox_clock(frozen[0], tmp_path / "reading")
    assert near(clock.market_now(), MARKET)


@pytest.mark.parametrize(
    "says", ["{", "[]", '{"now": 5}', '{"now": "2031-05-06T07:08:09"}', "null"]
)
def test_broken_answer_is_no_time_and_the_last_reading_goes_on(
    clock_server: ClockServer, says: str
) -> None:
    clock.market_now()
    clock_server.says = says
    clock.discard_reading()
    assert near(clock.market_now(), MARKET)
    clock.use_sandbox_clock(clock_server.url)
    with pytest.raises(clock.MarketClockUnreachable):
        clock.market_now()
