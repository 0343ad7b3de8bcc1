"""A scratch installation for a test: database, broker and worker processes of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adsengine.management.supervisor import service_commands
from core.lanes import WORKERS
from tests.fixtures.databases import migrated_sqlite

ROOT = Path(__file__).resolve().parent.parent.parent
_PRELUDE = "import django; django.setup()\nfrom core import jobs\n"


@dataclass
class Stage:
    folder: Path
    redis: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "ADSENGINE_VAR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder / 'stage.sqlite3'}",
            "REDIS_URL": self.redis,
            "DJANGO_SETTINGS_MODULE": "tests.services.settings",
            "PYTHONPATH": str(ROOT),
        }

    @property
    def notes(self) -> list[str]:
        """What the probe jobs wrote down: key and attempt."""
        file = self.folder / "notes"
        return file.read_text().splitlines() if file.exists() else []

    def python(self, code: str) -> subprocess.Popen[str]:
        """Start a process that has Django set up and `jobs` imported."""
        command = [sys.executable, "-c", _PRELUDE + code]
        return subprocess.Popen(command, env=self.env, cwd=self.folder, text=True)

    def run(self, code: str) -> None:
        with self.python(code) as process:
            assert process.wait(60) == 0

    def migrate(self) -> None:
        migrated_sqlite(self.folder / "stage.sqlite3")

    def enqueue(self, keys: list[str], seconds: float = 0, lane: str = "") -> str:
        """Code that asks for one probe job per key."""
        payload = {"file": str(self.folder / "notes"), "seconds": seconds}
        asked = f"jobs.enqueue('probe', key=key, payload={payload!r}, lane={lane!r})"
        return f"for key in {keys!r}: {asked}"

    def states(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "stage.sqlite3", timeout=20)) as database:
            return [row[0] for row in database.execute("SELECT state FROM adsengine_job")]

    @contextmanager
    def all_workers(self) -> Iterator[None]:
        """The workers of every lane, as production starts them; killed at the end."""
        with ExitStack() as started:
            for name in WORKERS:
                started.enter_context(self.worker(name, last=signal.SIGKILL))
            yield

    @contextmanager
    def worker(
        self, name: str = "worker", last: signal.Signals = signal.SIGTERM
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker as production starts it; ended at the end of the block."""
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                service_commands(host="127.0.0.1", port=0)[name],
                env=self.env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            end(process, last)

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the leader, or kill the whole group, and wait; at last by force."""
    for last in (number, signal.SIGKILL):
        try:
            os.killpg(process.pid, last) if last == signal.SIGKILL else process.send_signal(last)
        except ProcessLookupError:
            return
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            continue


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
