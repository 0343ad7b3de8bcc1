"""What workers share is counted once across processes, and one that hangs delays nobody."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from platforms.common.call_limits.pace import Pace, process_state
from platforms.common.call_limits.shared_state import FileState, RedisState, shared_state
from platforms.tiktok import limits
from platforms.types import SharedState, State, StateAway
from tests.conftest import required
from tests.services.servers import redis_url

ROOT = Path(__file__).parents[2]
# A process that asks as fast as it can, and prints when it may send.
ASKS = """
import json, sys, time
from pathlib import Path
from platforms.common.call_limits.pace import Pace
from platforms.common.call_limits.shared_state import shared_state
from platforms.tiktok import limits

url, path, seconds, lowers = sys.argv[1:]
pace = Pace("tiktok", shared_state(url, Path(path)))
rules = limits.rules_of("GET campaign/get")
end, sent = time.time() + float(seconds), []
while time.time() < end:
    wait = pace.ask(rules, lowers=lowers == "lowers").wait
    if not wait:
        sent.append(time.time())
    time.sleep(min(wait, 0.02))
print(json.dumps(sent))
"""


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    process_state.clear()
    yield
    process_state.clear()


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """(address of Redis or "", path of the file)."""
    url = redis_url() if request.param == "redis" else ""
    if request.param == "redis":
        required("a Redis server with an empty database", bool(url))
    yield url, tmp_path / "calls.sqlite3"
    if url:
        with redis.Redis.from_url(url) as client:
            client.flushdb()


def start(place: tuple[str, Path], seconds: float, how: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ASKS, place[0], str(place[1]), str(seconds), how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def sent_by(processes: list[subprocess.Popen[str]]) -> list[float]:
    moments = []
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        moments += json.loads(out)
    return sorted(moments)


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(1 for m in moments if start <= m < start + seconds) for start in moments)


def test_many_processes_together_stay_below_the_limit(place: tuple[str, Path]) -> None:
    moments = sent_by([start(place, 4.0) for _ in range(5)])
    # Counted by the moments of the processes, which see a grant a little later than it was given.
    assert most_within(moments, 0.9) <= 8
    assert len(moments) >= 8


def test_what_lowers_has_its_part_beside_many_processes(place: tuple[str, Path]) -> None:
    others = [start(place, 4.0) for _ in range(3)]
    lowering = start(place, 4.0, "lowers")
    low = sent_by([lowering])
    all_of_them = sorted([*low, *sent_by(others)])
    assert most_within(all_of_them, 0.9) <= 10
    assert len(low) >= 4


def test_killed_process_holds_nobody_up(place: tuple[str, Path]) -> None:
    killed = start(place, 60.0)
    time.sleep(1.0)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    assert len(sent_by([start(place, 2.0)])) >= 2


def test_value_is_read_and_written_as_one(place: tuple[str, Path]) -> None:
    store = shared_state(*place)

    def add(state: State, now: float) -> tuple[State | None, int]:
        assert abs(now - time.time()) < 5
        count = int(state.get("count", 0)) + 1
        return {"count": count}, count

    assert [store.update("a", add) for _ in range(3)] == [1, 2, 3]
    assert store.update("b", add) == 1
    assert shared_state(*place).update("a", lambda state, _: (None, state)) == {"count": 3}


def _asks(store: SharedState, *, lowers: bool) -> float:
    """Seconds that twenty calls wait for the count."""
    pace, rules = Pace("tiktok", store), limits.rules_of("GET campaign/get")
    started = time.monotonic()
    for _ in range(20):
        pace.ask(rules, lowers=lowers)
    return time.monotonic() - started


# One time-out of half a second, and a margin for a busy machine; without one it is for ever.
AT_ONCE_SECONDS = 4.0


def test_redis_that_never_answers_delays_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        store = RedisState(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert _asks(store, lowers=True) < AT_ONCE_SECONDS
        with pytest.raises(StateAway):
            store.update("a", lambda state, now: (None, None))


def test_file_that_a_frozen_process_holds_delays_nothing(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite3"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys, os, signal\n"
            "file = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "file.execute('BEGIN IMMEDIATE')\n"
            "print('held', flush=True)\n"
            "os.kill(os.getpid(), signal.SIGSTOP)\n",
            str(path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert _asks(FileState(path), lowers=True) < AT_ONCE_SECONDS
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    assert FileState(path).update("a", lambda state, now: ({"b": 1}, 5)) == 5


@pytest.mark.parametrize("spoil", ["text", "folder", "value"])
def test_file_that_cannot_be_used_is_gone_without(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "calls.sqlite3"
    _SPOIL[spoil](path)
    rules = limits.rules_of("GET campaign/get")
    assert not Pace("tiktok", FileState(path)).ask(rules, lowers=True).wait


def _value(path: Path) -> None:
    FileState(path).update("tiktok", lambda state, now: ({}, None))
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE state SET value = '{half'")
        file.commit()


_SPOIL: dict[str, Callable[[Path], Any]] = {
    "text": lambda path: path.write_text("no database " * 100),
    "folder": lambda path: path.mkdir(),
    "value": _value,
}
