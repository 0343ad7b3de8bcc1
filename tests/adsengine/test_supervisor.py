"""Children are started again, told to end in order, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adsengine.management.supervisor import Child, Supervisor
from tests.services.stage import wait_until

# Starts a child of its own, says both ids, and waits.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
# Needs a moment to end, as a worker with a job does.
CAREFUL = """
import pathlib, signal, sys, time
def end(*_):
    time.sleep(0.3)
    pathlib.Path(sys.argv[1]).write_text("finished")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def supervisor(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.02)))
    made = Supervisor(lines.append)
    yield made
    made.stop()
    for child in made.children:
        assert child.relay is not None
        child.relay.join(5)
        assert child.process is not None
        assert child.process.stdout is not None
        child.process.stdout.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def family(child: Child) -> list[int]:
    assert child.ready.wait(20)
    return [int(pid) for pid in child.first_line.split()]


def has_ended(child: Child) -> bool:
    return child.process is not None and child.process.poll() is not None


def test_stop_ends_a_child_and_all_that_it_started(supervisor: Supervisor) -> None:
    pids = family(supervisor.start("family", [sys.executable, "-c", FAMILY], {}))
    assert all(alive(pid) for pid in pids)
    supervisor.stop()
    wait_until(lambda: not any(alive(pid) for pid in pids), "one was left")


def test_child_may_finish_what_it_is_at(supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "done"
    child = supervisor.start("careful", [sys.executable, "-c", CAREFUL, str(file)], {})
    assert child.ready.wait(20)
    supervisor.stop()
    assert file.read_text() == "finished"


def test_killed_child_is_started_again_and_its_own_children_are_not_left(
    supervisor: Supervisor, lines: list[str]
) -> None:
    child = supervisor.start("family", [sys.executable, "-c", FAMILY], {})
    leader, grandchild = family(child)
    os.kill(leader, signal.SIGKILL)
    wait_until(lambda: has_ended(child), "the child did not end")
    assert child.process is not None
    assert child.process.stdout is not None
    old = child.process.stdout
    supervisor.watch()
    old.close()
    assert child.process.pid != leader
    assert child.process.poll() is None
    wait_until(lambda: not alive(grandchild), "its child was left")
    assert "[family] ended with -9; starting it again" in lines


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_child_that_will_not_stay_up_is_given_up(supervisor: Supervisor) -> None:
    child = supervisor.start("broken", [sys.executable, "-c", "raise SystemExit(3)"], {})
    with pytest.raises(RuntimeError, match=r"broken does not stay up \(exit 3\)"):
        for _ in range(10):
            wait_until(lambda: has_ended(child), "the child did not end")
            supervisor.watch()
    assert child.failures == 5


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_failures_of_long_ago_do_not_count(supervisor: Supervisor) -> None:
    child = supervisor.start("rare", [sys.executable, "-c", "raise SystemExit(3)"], {})
    for _ in range(8):
        wait_until(lambda: has_ended(child), "the child did not end")
        child.started_at -= 3600
        supervisor.watch()
    assert child.failures == 1
