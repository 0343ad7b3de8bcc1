"""The worker processes: started, killed, frozen, woken and started again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from adsengine.management.supervisor import die_with_parent, service_commands
from core.lanes import QUEUES
from tests.benchmarks.launch_faults import freezing

FREEZE_SHARE = 0.012
# In leases. Anywhere: within one, or until another worker has taken over. After the check: until
# that one has looked, found nothing and sent again.
_FROZEN_ANYWHERE, _FROZEN_AFTER_CHECK = (0.2, 1.5), (2.2, 3.2)


@dataclass
class Worker:
    name: str
    command: list[str]
    log: IO[str]
    process: subprocess.Popen[str]
    wakes_at: float = 0.0
    """When a frozen process is woken, by time.monotonic; 0 while it runs."""


@dataclass
class Fleet:
    """`lease_seconds` is what freezes are measured by."""

    folder: Path
    lease_seconds: float
    generator: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    workers: list[Worker] = field(default_factory=list)

    def start(self, commands: dict[str, list[str]]) -> None:
        for name, command in commands.items():
            log = (self.folder / f"{name}.log").open("a")
            self.workers.append(Worker(name, command, log, self._spawn(command, log)))

    def _spawn(self, command: list[str], log: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            env={**os.environ, freezing.SHARE: str(FREEZE_SHARE)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with_parent,
        )

    # ---- faults ----

    def kill_one(self) -> None:
        self._signal(self.generator.choice(self.workers), signal.SIGKILL)
        self.counts["kills"] += 1

    def freeze_one(self) -> None:
        awake = [worker for worker in self.workers if not worker.wakes_at]
        if awake:
            worker = self.generator.choice(awake)
            self._signal(worker, signal.SIGSTOP)
            self._note_frozen(worker, _FROZEN_ANYWHERE)

    def tend(self) -> None:
        """Start again what died, note what froze, wake whose time has come."""
        for worker in self.workers:
            if worker.process.poll() is not None:
                self._signal(worker, signal.SIGKILL)  # its own children may still run
                worker.process, worker.wakes_at = self._spawn(worker.command, worker.log), 0.0
            elif worker.wakes_at and time.monotonic() >= worker.wakes_at:
                self._wake(worker)
            elif not worker.wakes_at and _is_stopped(worker.process.pid):
                self._note_frozen(worker, _FROZEN_AFTER_CHECK)

    def _note_frozen(self, worker: Worker, leases: tuple[float, float]) -> None:
        seconds = self.lease_seconds * self.generator.uniform(*leases)
        worker.wakes_at = time.monotonic() + seconds
        self.counts["freezes"] += 1

    def _wake(self, worker: Worker) -> None:
        self._signal(worker, signal.SIGCONT)
        worker.wakes_at = 0.0

    # ---- the end ----

    def wake_all(self) -> None:
        """Once the faults are over."""
        for worker in self.workers:
            self._wake(worker)

    def stop(self) -> None:
        self.wake_all()
        for worker in self.workers:
            worker.process.terminate()
        deadline = time.monotonic() + 10
        for worker in self.workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(deadline - time.monotonic(), 0.1))
            self._signal(worker, signal.SIGKILL)
            worker.process.wait()
            worker.log.close()

    def _signal(self, worker: Worker, number: signal.Signals) -> None:
        """To the process and its own children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.process.pid, number)


def _is_stopped(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"
    return False


def commands(*, tiny: bool) -> dict[str, list[str]]:
    """What an installation runs, but for the web server, with every vendor's lane served twice:
    what a frozen worker holds is another one's after its lease. Tiny: two processes for all."""
    known = service_commands(host="", port=0)
    del known["web"]
    if tiny:
        template, beat = known["work-google"], known["beat"]
        return {
            "all-1": _changed(template, "all-1", queues=",".join(QUEUES)),
            "all-2": _changed(template, "all-2", queues=",".join(QUEUES)),
            "beat": beat,
        }
    twins = [name for name in known if name.startswith("work-")]
    return known | {f"{name}-2": _changed(known[name], f"{name}-2") for name in twins}


def _changed(command: list[str], name: str, queues: str = "") -> list[str]:
    changed = []
    for part in command:
        if part.startswith("--hostname="):
            part = f"--hostname={name}@%h"
        elif queues and part.startswith("--queues="):
            part = f"--queues={queues}"
        changed.append(part)
    return changed
