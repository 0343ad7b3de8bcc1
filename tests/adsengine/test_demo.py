"""`make demo` as a person or a script uses it, in processes and a folder of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography.fernet import Fernet
from django.core.management.base import CommandError

from adsengine.management.commands.demo import lock_folder
from adsengine.management.commands.play import _until_morning
from core.common import clock
from core.models import Advertiser
from tests.fixtures.databases import migrated_sqlite
from tests.workers import first_port

ROOT = Path(__file__).resolve().parent.parent.parent
DAYS = "--days=2"
# A folder in the environment marks every process of a demo.
MARK = "ADSENGINE_LOCAL_DIR"
pytestmark = pytest.mark.stack


def free_ports() -> tuple[int, int]:
    """A port for the pages and the first of five for the sandbox."""
    for first in range(first_port(), 65_000, 6):
        if all(_is_free(port) for port in range(first, first + 6)):
            return first, first + 1
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def environment(folder: Path) -> dict[str, str]:
    """Nothing set, as on a fresh machine, but the folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, MARK: str(folder)}


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, as a shell starts it in the background: with Ctrl-C ignored."""
    port, sandbox_port = free_ports()
    command = [sys.executable, "manage.py", "demo", DAYS, *arguments]
    with (folder.parent / "said").open("w") as said:
        process = subprocess.Popen(
            [*command, f"--port={port}", f"--sandbox-port={sandbox_port}"],
            cwd=ROOT,
            env=environment(folder),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
    assert process.stdout is not None
    with process.stdout:
        try:
            yield process
        finally:
            for left in processes(folder):
                os.kill(left, signal.SIGKILL)
            process.wait()


def processes(folder: Path) -> list[int]:
    """Every process that was started with this folder, the zombies left out."""
    mark, found = f"{MARK}={folder}".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def use_migrated_database(folder: Path) -> None:
    """Spares a demo the making of its own, where that is not what is looked at."""
    folder.mkdir()
    migrated_sqlite(folder / "adsengine.sqlite3")


def lines_until(stream: IO[str], last: str, folder: Path) -> list[str]:
    """What a demo prints before that line; fails where it ends without it, with what it said."""
    told: list[str] = []
    for line in stream:
        if line == last:
            return told
        told.append(line)
    said = (folder.parent / "said").read_text()
    raise AssertionError(f"the demo ended early: {''.join(told)}{said}")


def gone(folder: Path, within: float) -> bool:
    deadline = time.monotonic() + within
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes(folder)


def sign_in(url: str, username: str, password: str) -> str:
    """The page behind the sign-in form."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(url) as answer:
        form, page = answer.read().decode(), answer.url
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token, form
    fields = {
        "csrfmiddlewaretoken": token[1],
        "username": username,
        "password": password,
    }
    with browser.open(page, urllib.parse.urlencode(fields).encode()) as answer:
        return str(answer.read().decode())


def summary_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


@pytest.mark.slow
def test_demo_plays_reuses_what_is_there_and_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    with demo(folder, "--once", "--json") as first:
        played = summary_of(first)
        assert gone(folder, within=1)
    assert set(played) == {
        "campaigns",
        "ads",
        "days",
        "metric_rows",
        "restated_days",
        "ab_tests",
        "budget_moves",
        "spend",
        "revenue",
        "seconds",
    }
    assert played["campaigns"] == {"google": 2, "meta": 2, "tiktok": 2}
    assert played["ads"] >= 12
    assert float(played["spend"]) > 0
    assert sum(played["ab_tests"].values()) == 6

    with demo(folder) as again:
        assert again.stdout is not None
        told = lines_until(again.stdout, "Ctrl-C stops everything.\n", folder)
        access = re.fullmatch(r"Open (\S+) and sign in as (\S+) / (\S+)\n", told[-1])
        assert access is not None
        page = sign_in(*access.groups())
        assert "Fernway Outdoor" in page
        assert "csrfmiddlewaretoken" in page
        assert page.count("Spring hiking boots") >= 3
        assert len(processes(folder)) >= 5
        again.send_signal(signal.SIGINT)
        assert again.wait(60) == 0
        assert again.stdout.read() == "Stopping ...\n"
        assert gone(folder, within=1)
    assert f"6 campaigns with {played['ads']} ads on three platforms" in "".join(told)
    assert "Connecting" not in "".join(told)
    assert "day 1 of" not in "".join(told)


@pytest.mark.slow
def test_an_empty_demo_leaves_the_first_steps_to_its_user(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    use_migrated_database(folder)
    with demo(folder, "--empty", "--json") as process:
        assert process.stdout is not None
        access = json.loads(process.stdout.readline())
        assert set(access) == {"url", "username", "password"}
        page = sign_in(**access)
        assert "Create the advertiser" in page
        assert "Fernway" not in page
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout.read() == ""
        assert gone(folder, within=1)
    assert "Connecting" not in (tmp_path / "said").read_text()


@pytest.mark.slow
def test_killed_demo_takes_all_its_processes_along(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    use_migrated_database(folder)
    with demo(folder, "--json") as process:
        deadline = time.monotonic() + 60
        while "Launching" not in (tmp_path / "said").read_text():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
        assert len(processes(folder)) >= 6
        process.kill()
        process.wait()
        assert gone(folder, within=60)


def run_demo(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo", "--json", "--once", *arguments],
        cwd=ROOT,
        env={**environment(folder), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("taken", ["--port", "--sandbox-port"])
def test_taken_port_is_one_clear_line(tmp_path: Path, taken: str) -> None:
    port, sandbox_port = free_ports()
    chosen = {"--port": port, "--sandbox-port": sandbox_port}
    with socket.create_server(("127.0.0.1", chosen[taken])):
        run = run_demo(tmp_path, *(f"{name}={number}" for name, number in chosen.items()))
    assert run.returncode != 0
    assert run.stdout == ""
    [line] = run.stderr.splitlines()
    assert f"Port {chosen[taken]} is taken" in line
    assert f'ARGS="{taken} ' in line


def test_ports_that_overlap_are_refused(tmp_path: Path) -> None:
    _, sandbox_port = free_ports()
    run = run_demo(tmp_path, f"--port={sandbox_port + 2}", f"--sandbox-port={sandbox_port}")
    assert run.returncode != 0
    [line] = run.stderr.splitlines()
    assert f"--port {sandbox_port + 2} is one of the sandbox's five ports" in line


def test_demo_does_not_run_on_the_settings_of_production(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    keys = {"ADSENGINE_SECRET_KEY": "x" * 60, "ADSENGINE_FIELD_KEYS": key}
    own = {**keys, "DATABASE_URL": f"sqlite:///{tmp_path}/x", "ADSENGINE_ALLOWED_HOSTS": "x"}
    run = run_demo(tmp_path, ADSENGINE_VAR=str(tmp_path / "var"), **own)
    assert run.returncode != 0
    assert "unset ADSENGINE_SECRET_KEY and DATABASE_URL" in run.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 10, 31, 7, 30, tzinfo=UTC), 25),
        (datetime(2026, 3, 7, 8, 30, tzinfo=UTC), 23),
        (datetime(2026, 6, 1, 7, 0, tzinfo=UTC), 0.5),
    ],
)
def test_player_meets_every_morning_at_half_past_three(now: datetime, hours: float) -> None:
    advertiser = Advertiser(time_zone="America/New_York")
    with clock.freeze(now):
        assert _until_morning(advertiser) == timedelta(hours=hours)


def test_second_demo_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with lock_folder(tmp_path), pytest.raises(CommandError, match="runs on these data already"):
        lock_folder(tmp_path)
    lock_folder(tmp_path).close()
