"""An installation from before the present folders goes on: figures, messages and schedules."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adsengine.management.supervisor import service_commands
from tests.services.stage import end, wait_until

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STORED_AT = "2026-11-29T08:30:00+00:00"
REPORT_IS_DUE = "2026-11-30T09:00:00+00:00"
QUEUED_JOB = 64

pytestmark = [pytest.mark.slow, pytest.mark.stack]


def environment(folder: Path) -> dict[str, str]:
    keys = json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "adsengine.settings",
        "ADSENGINE_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'adsengine.sqlite3'}",
        "ADSENGINE_ALLOWED_HOSTS": "localhost",
        "ADSENGINE_HTTPS": "false",
        "ADSENGINE_LOG_LEVEL": "WARNING",
        "ADSENGINE_EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
        "ADSENGINE_SECRET_KEY": keys["ADSENGINE_SECRET_KEY"],
        "ADSENGINE_FIELD_KEYS": keys["ADSENGINE_FIELD_KEYS"],
    }


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored installation after what `make up` does before it starts anything."""
    folder = tmp_path_factory.mktemp("upgraded")
    with zipfile.ZipFile(HERE / "demo.zip") as stored:
        stored.extractall(folder)
    run(folder, "manage.py", "migrate", "-v0")
    run(folder, "manage.py", "collectstatic", "--no-input", "-v0")
    return folder


@pytest.fixture
def installation(upgraded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(upgraded, tmp_path / "installation"))


def rows(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "adsengine.sqlite3", timeout=20)) as database:
        return database.execute(query, values).fetchall()


def same_part(found: Any, expected: Any) -> Any:
    """`found` without what was not said before: fields that were added since."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return {key: same_part(found[key], expected[key]) for key in expected if key in found}
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return [same_part(*pair) for pair in zip(found, expected, strict=True)]
    return found


def test_pages_and_api_say_the_same_as_before(installation: Path) -> None:
    found = json.loads(run(installation, "-m", "tests.upgrade.snapshot", STORED_AT))
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    assert found["pages"] == expected["pages"]
    assert found["history"] == expected["history"]
    for name, answer in expected["api"].items():
        assert same_part(found["api"][name], answer) == answer, name
    assert len(expected["api"]["campaigns"]["results"]) == 11
    assert expected["pages"]["overview"][:3] == ["$12,702.39", "$26,517.23", "2.09x"]


@pytest.fixture
def old_style_worker(installation: Path) -> Iterator[Callable[[], None]]:
    """A worker as units started it before: by `celery -A adsengine`."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = service_commands(host="127.0.0.1", port=0)["worker"]
        assert command[command.index("-A") + 1] == "adsengine"
        log = (installation / "worker.log").open("ab")
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(installation),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )
        log.close()

    yield start
    for process in started:
        end(process, signal.SIGTERM)


def test_a_message_queued_before_is_carried_out(
    installation: Path, old_style_worker: Callable[[], None]
) -> None:
    state = "SELECT kind, state FROM adsengine_job WHERE id = ?"
    assert rows(installation, state, QUEUED_JOB) == [("optimize_campaign", "queued")]
    old_style_worker()
    wait_until(
        lambda: rows(installation, state, QUEUED_JOB) == [("optimize_campaign", "done")],
        "the job of the stored message is done",
        seconds=90,
    )
    assert not list((installation / "broker" / "messages").glob("*.msg"))


def test_schedules_stored_before_name_tasks_that_exist(installation: Path) -> None:
    """Every entry of the stored timetable, as beat would send it."""
    stored = [
        name for (name,) in rows(installation, "SELECT task FROM django_celery_beat_periodictask")
    ]
    known = run(
        installation,
        "-c",
        "import django; django.setup()\nfrom adsengine.celery import app\n"
        "app.loader.import_default_modules()\nprint('\\n'.join(app.tasks))",
    )
    assert len(stored) == 10
    assert set(stored) <= set(known.splitlines())


def test_a_report_scheduled_before_is_sent_when_it_is_due(installation: Path) -> None:
    sent = run(
        installation,
        "-c",
        "import django; django.setup()\nfrom datetime import datetime\n"
        "from adsengine.celery import app\nfrom core import jobs\nfrom core.common import clock\n"
        "app.loader.import_default_modules()\n"
        f"with clock.freeze(datetime.fromisoformat({REPORT_IS_DUE!r})):\n"
        "    app.tasks['campaigns.tasks.send_due_reports'].apply(throw=True)\n"
        "    jobs.run_due()\n",
    )
    assert "Subject: " in sent
    assert "Weekly figures" in sent
    assert rows(installation, "SELECT state FROM campaigns_sentreport") == [("sent",)]


@pytest.mark.parametrize("module", ["adsengine.settings", "adsengine.wsgi", "adsengine.celery"])
def test_paths_that_units_and_cron_lines_name_still_load(installation: Path, module: str) -> None:
    code = f"import importlib; print(importlib.import_module({module!r}).__name__)"
    assert run(installation, "-c", code).strip() == module
