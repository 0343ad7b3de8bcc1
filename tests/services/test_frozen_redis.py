"""A Redis that takes connections and never answers delays no click, and loses no work."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.conftest import required
from tests.services.stage import Stage, end, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow]

# One time-out of two seconds, and a margin for a busy machine; without time-outs it is for ever.
CLICK_WITHIN = 6.0
CLICKS = """
import json, time
from concurrent.futures import ThreadPoolExecutor
from django.core.cache import cache
from django.db import connections

def click(number):
    started = time.monotonic()
    jobs.enqueue('probe', key=f'click {number}', payload=PAYLOAD, lane='lower_google')
    cache.set('a', 1)
    assert cache.get('a', 'nothing') in (1, 'nothing')
    connections.close_all()
    return time.monotonic() - started

with ThreadPoolExecutor(10) as pool:
    at_once = list(pool.map(click, range(10)))
after = [click(number) for number in range(10, 20)]
open(OUT, 'w').write(json.dumps([at_once, after]))
"""


def clicks(stage: Stage) -> tuple[list[float], list[float]]:
    """Seconds of ten clicks at once, and of ten that follow one by one."""
    out = stage.folder / "clicks.json"
    payload = {"file": str(stage.folder / "notes")}
    stage.run(f"PAYLOAD = {payload!r}\nOUT = {str(out)!r}\n{CLICKS}")
    at_once, after = json.loads(out.read_text())
    return at_once, after


def test_clicks_do_not_wait_for_a_redis_that_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        stage = Stage(tmp_path, redis=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        stage.migrate()
        at_once, after = clicks(stage)
    assert max(at_once) < CLICK_WITHIN, at_once
    assert sum(after) < CLICK_WITHIN, after  # one of them waited at most
    assert stage.states() == ["queued"] * 20


@contextmanager
def own_redis(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    program = shutil.which("redis-server")
    required("redis-server", program is not None)
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [program, f"--port {port}", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as client:
            wait_until(lambda: answers(client), "the private Redis did not start")
        yield process, url
    finally:
        process.send_signal(signal.SIGCONT)
        end(process, signal.SIGTERM)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@pytest.mark.redis
def test_what_was_clicked_while_redis_was_frozen_is_done_afterwards(tmp_path: Path) -> None:
    with own_redis(tmp_path) as (server, url):
        stage = Stage(tmp_path, redis=url)
        stage.migrate()
        with stage.worker("lower-google", last=signal.SIGKILL):
            stage.run(stage.enqueue(["before"], lane="lower_google"))
            wait_until(lambda: stage.states() == ["done"], "the worker does not work")
            server.send_signal(signal.SIGSTOP)
            time.sleep(1)
            at_once, after = clicks(stage)
            assert max(at_once) < CLICK_WITHIN, at_once
            assert sum(after) < CLICK_WITHIN, after
            assert stage.states().count("queued") == 20
            server.send_signal(signal.SIGCONT)
            stage.run("jobs.sweep()")
            wait_until(lambda: set(stage.states()) == {"done"}, "clicks are lost", 60)
    assert sorted(stage.notes) == sorted(["before 1", *(f"click {n} 1" for n in range(20))])
