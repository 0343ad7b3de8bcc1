"""Real Celery workers, on the file broker and on Redis."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import redis
from kombu import Connection

from tests.conftest import required
from tests.services.probe import LEASE_SECONDS
from tests.services.servers import redis_url
from tests.services.stage import Stage, end, wait_until

WRITERS, JOBS_EACH = 4, 50
pytestmark = pytest.mark.stack


@pytest.fixture
def on_files(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.migrate()
    return stage


@pytest.fixture
def on_redis(tmp_path: Path) -> Iterator[Stage]:
    url = redis_url()
    required("Redis", bool(url))
    stage = Stage(tmp_path, redis=url)
    stage.migrate()
    yield stage
    with redis.Redis.from_url(url) as client:
        client.flushdb()


def troubles(stage: Stage) -> list[str]:
    return [line for line in stage.log.splitlines() if line and "Warm shutdown" not in line]


@pytest.mark.slow
def test_worker_on_files_misses_and_repeats_nothing_while_others_write(on_files: Stage) -> None:
    """All start at once on a fresh folder, as in the first minute of an installation."""
    keys = [[f"{n}-{i}" for i in range(JOBS_EACH)] for n in range(WRITERS)]
    with on_files.worker() as worker:
        writers = [on_files.python(on_files.enqueue(own)) for own in keys]
        assert [writer.wait(60) for writer in writers] == [0] * WRITERS
        wait_until(lambda: set(on_files.states()) == {"done"}, "a job is still open")
        assert worker.poll() is None
    assert sorted(on_files.notes) == sorted(f"{key} 1" for own in keys for key in own)
    assert troubles(on_files) == []
    assert worker.returncode == 0


@pytest.mark.redis
def test_worker_on_redis_runs_what_is_asked_for(on_redis: Stage) -> None:
    with on_redis.worker() as worker:
        on_redis.run(on_redis.enqueue(["a", "b", "c"]))
        wait_until(lambda: set(on_redis.states()) == {"done"}, "a job is still open")
        assert worker.poll() is None
    assert sorted(on_redis.notes) == ["a 1", "b 1", "c 1"]
    assert troubles(on_redis) == []


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["files", pytest.param("redis", marks=pytest.mark.redis)])
def test_job_of_a_killed_worker_runs_again(broker: str, request: pytest.FixtureRequest) -> None:
    stage: Stage = request.getfixturevalue(f"on_{broker}")
    with stage.worker() as worker:
        stage.run(stage.enqueue(["a"], seconds=60))
        wait_until(lambda: stage.notes == ["a 1"], "the job did not start")
        end(worker, signal.SIGKILL)
    assert stage.states() == ["running"]
    stage.run(
        f"import time; time.sleep({LEASE_SECONDS}); jobs.sweep()\n"
        "from core.models import Job\n"
        "assert Job.objects.get().state == 'queued'\n"
        "Job.objects.update(dispatched_at=None)\njobs.sweep()"
    )
    with stage.worker():
        wait_until(lambda: stage.states() == ["done"], "the job did not run again")
    assert stage.notes == ["a 1", "a 2"]


def options(folder: Path) -> dict[str, str]:
    names = ("data_folder_in", "data_folder_out", "processed_folder", "control_folder")
    (folder / "control").mkdir(parents=True)
    (folder / "messages").mkdir()
    folders = ("messages", "messages", "processed", "control")
    return {name: str(folder / sub) for name, sub in zip(names, folders, strict=True)}


def channel(folder_options: dict[str, str]) -> Any:
    return Connection(
        "filesystem://",
        transport="core.file_broker:Transport",
        transport_options=folder_options,
    ).channel()


def test_processes_that_start_together_do_not_spoil_each_others_routes(tmp_path: Path) -> None:
    """Threads stand for processes: a file lock belongs to the opened file, not to the process."""
    for number in range(10):
        where, together = options(tmp_path / str(number)), Barrier(6)

        def bind(queue: int, where: Any = where, together: Barrier = together) -> None:
            own = channel(where)
            together.wait()
            own._queue_bind("celery", "celery", "", f"queue-{queue}")

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(bind, range(6)))
        queues = {row.queue for row in channel(where).get_table("celery")}
        assert queues == {f"queue-{n}" for n in range(6)}


def test_message_is_never_seen_half_written(tmp_path: Path, monkeypatch: Any) -> None:
    where = options(tmp_path)
    own, seen = channel(where), []
    real = Path.write_text

    def slow(path: Path, text: str, **kwargs: Any) -> int:
        real(path, text[: len(text) // 2], **kwargs)
        seen.append(own._size("celery"))
        return real(path, text, **kwargs)

    monkeypatch.setattr(Path, "write_text", slow)
    own._put("celery", {"body": "x" * 1000})
    assert seen == [0]
    assert own._size("celery") == 1
    [message] = (tmp_path / "messages").glob("*.celery.msg")
    assert json.loads(message.read_text()) == {"body": "x" * 1000}
