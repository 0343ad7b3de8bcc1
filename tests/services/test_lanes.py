"""Real workers of every lane: what lowers never waits for a launch or another vendor."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from core import lanes
from tests.conftest import required
from tests.services.servers import redis_url
from tests.services.stage import Stage, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow]

HANGS_SECONDS = 25
LEAVES_WITHIN = 3.0


@pytest.fixture(params=["files", pytest.param("redis", marks=pytest.mark.redis)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    url = redis_url() if request.param == "redis" else ""
    if request.param == "redis":
        required("Redis", bool(url))
    made = Stage(tmp_path, redis=url)
    made.migrate()
    yield made
    if url:
        with redis.Redis.from_url(url) as client:
            client.flushdb()


def test_hanging_launches_delay_no_pause_of_any_vendor(stage: Stage) -> None:
    """Four launches hang on each of Meta and TikTok, and so does all lowering of TikTok."""
    with stage.all_workers():
        warm = [stage.enqueue([f"warm {lane}"], lane=lane) for lane in lanes.LANES]
        stage.run("\n".join(warm))
        wait_until(lambda: set(stage.states()) == {"done"}, "not every lane has workers", 90)
        hanging = [
            stage.enqueue([f"{lane} {n}" for n in range(4)], HANGS_SECONDS, lane)
            for lane in ("work_meta", "work_tiktok", "lower_tiktok")
        ]
        stage.run("\n".join(hanging))
        wait_until(lambda: stage.states().count("running") == 12, "not all launches hang")
        code = [
            stage.enqueue(["pause google"], lane="lower_google"),
            stage.enqueue(["pause meta"], lane="lower_meta"),
            stage.enqueue(["launch google"], lane="work_google"),
            stage.enqueue(["report"]),
        ]
        stage.run(
            "import time\nasked = time.time()\n" + "\n".join(code) + "\n"
            f"open({str(stage.folder / 'asked')!r}, 'w').write(str(asked))"
        )
        asked = float((stage.folder / "asked").read_text())
        wanted = {"pause google 1", "pause meta 1", "launch google 1", "report 1"}
        wait_until(lambda: wanted <= set(stage.notes), "something waits behind the launches", 20)
        took = time.time() - asked
        assert stage.states().count("running") == 12, "the launches no longer hang"
    assert took < LEAVES_WITHIN, took


def test_sweeper_waits_behind_neither_launches_nor_analyses(stage: Stage) -> None:
    """A pause whose message was lost is sent by beat's sweep while all else hangs."""
    names = ("work-meta", "worker", "timetable", "lower-google", "beat")
    with ExitStack() as started:
        for name in names:
            started.enter_context(stage.worker(name, last=signal.SIGKILL))
        hanging = [
            stage.enqueue([f"meta {n}" for n in range(4)], 120, "work_meta"),
            stage.enqueue([f"analysis {n}" for n in range(2)], 120),
        ]
        stage.run("\n".join(hanging))
        wait_until(lambda: stage.states().count("running") == 6, "not everything hangs", 90)
        stage.run(
            "jobs.run_job.apply_async = lambda *_, **__: None\n"  # the broker loses it
            + stage.enqueue(["lost"], lane="lower_google")
        )
        wait_until(lambda: "lost 1" in stage.notes, "the sweeper does not come through", 90)
