"""What runs beside the benchmark: the sandbox in a process of its own, PostgreSQL and Redis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.benchmarks.databases import postgresql
from tests.services.servers import redis_url

DIVISOR, TINY_DIVISOR = 15, 30
STATE = "sandbox"


@contextmanager
def embedded(folder: Path, *, tiny: bool) -> Iterator[dict[str, str]]:
    """The sandbox; SQLite and the file broker come by default."""
    command = [sys.executable, "manage.py", "sandbox", "--json", f"--state-dir={folder / STATE}"]
    # All times are divided; the vendor's limits of a second and a minute cannot be.
    command.append("--tiktok-level=ultimate")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            info = folder / "sandbox.json"
            info.write_text(process.stdout.readline(), encoding="utf-8")
            yield {
                "ADSENGINE_SANDBOX_INFO": str(info),
                "ADSENGINE_TIKTOK_QUERIES_PER_SECOND": "50",
                "DJANGO_SETTINGS_MODULE": "tests.benchmarks.launch_faults.settings",
                "LAUNCH_FAULTS_DIVISOR": str(TINY_DIVISOR if tiny else DIVISOR),
            }
        finally:
            process.terminate()


@contextmanager
def with_servers(folder: Path, *, tiny: bool) -> Iterator[dict[str, str]]:
    """The sandbox, a new PostgreSQL database and an empty one of Redis; where one of the servers
    is not configured the benchmark runs without, says so, and is not met."""
    with embedded(folder, tiny=tiny) as env, postgresql(folder, tiny=tiny) as database:
        address = redis_url()
        if not address:
            sys.stderr.write(
                "No empty Redis database: set ADSENGINE_TEST_REDIS. Using the file broker.\n"
            )
            yield {**env, **database}
            return
        with redis.Redis.from_url(address) as client:
            try:
                yield {**env, **database, "REDIS_URL": address}
            finally:
                client.flushdb()
