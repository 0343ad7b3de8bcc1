"""Real workers and a real beat: the one that is frozen falls silent, the others go on."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.services.stage import Stage, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.migrate()
    return made


def last_signs(stage: Stage) -> dict[str, str]:
    with closing(sqlite3.connect(stage.folder / "stage.sqlite3", timeout=20)) as database:
        return dict(database.execute("SELECT name, at FROM adsengine_heartbeat"))


def test_each_process_writes_its_own_sign_and_a_frozen_one_none(stage: Stage) -> None:
    with ExitStack() as started:
        lowering = started.enter_context(stage.worker("lower-google", last=signal.SIGKILL))
        for name in ("timetable", "beat"):
            started.enter_context(stage.worker(name, last=signal.SIGKILL))
        wanted = {"lower_google", "timetable", "beat"}
        wait_until(lambda: set(last_signs(stage)) == wanted, "not all of them sign", 90)
        lowering.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        before = last_signs(stage)
        wait_until(
            lambda: all(last_signs(stage)[name] > before[name] for name in ("timetable", "beat")),
            "the others fall silent too",
            90,
        )
        assert last_signs(stage)["lower_google"] == before["lower_google"]
