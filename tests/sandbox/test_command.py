"""`manage.py sandbox` prints one line of JSON, serves, and ends when it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx

_RUN = """
import sys
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=[], DATABASES={})
django.setup()
from adsengine.management.commands.sandbox import Command

Command().run_from_argv(["manage.py", "sandbox", *sys.argv[1:]])
"""


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _RUN, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_json_line_leads_to_all_servers_until_the_process_is_ended(tmp_path: Path) -> None:
    with _start("--json", "--start", "2026-10-01T06:00:00Z", "--state-dir", str(tmp_path)) as run:
        assert run.stdout is not None
        info = json.loads(run.stdout.readline())
        now = httpx.get(info["clock"]["url"]).json()["now"]
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=20) == 0
    assert now.startswith("2026-10-01T06:00")
    assert (tmp_path / "world.sqlite3").exists()


def test_start_without_a_zone_is_refused() -> None:
    with _start("--json", "--start", "2026-10-01T06:00:00") as run:
        _, said = run.communicate(timeout=30)
    assert run.returncode != 0
    assert "--start" in said
    assert "time zone" in said
