"""`make bench` ends with a line that a program can read. What it measures is no matter here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError

from adsengine.management.commands.bench import _line, benches
from tests.benchmarks.registry import BENCHES, Bench

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.stack


def bench(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "bench", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ADSENGINE_LOCAL_DIR": str(tmp_path / "local"), **env},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def last_line(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    assert run.returncode == (0 if found["ok"] else 1), run.stderr
    return found


@pytest.mark.slow
def test_all_benches_run_and_the_last_line_is_theirs(tmp_path: Path) -> None:
    run = bench(tmp_path, "--tiny")
    line = last_line(run)
    assert set(line) == {"bench", "metrics", "targets", "floors", "ok"}
    assert line["bench"] == "all"
    assert set(line["metrics"]) == set(line["targets"]) == set(BENCHES)
    for name, registered in BENCHES.items():
        assert line["targets"][name] == registered.targets
        assert line["floors"][name] == registered.floors
        assert set(line["targets"][name]) <= set(line["metrics"][name])
        assert f"{name}: " in run.stdout
    assert line["metrics"]["sync_day"]["ads"] == 30
    assert line["metrics"]["overview_page"]["campaigns"] == 20
    for name in ("api_fuzz", "api_fuzz_postgresql"):
        assert (line["metrics"][name]["failed"], line["metrics"][name]["unknown_taken"]) == (0, 0)
    for name in ("launch_faults", "launch_faults_servers"):
        found = line["metrics"][name]
        assert {limit: found[limit] for limit in line["targets"][name]} == line["targets"][name]
        assert found["launches"] == found["live"] + found["failed"] == 6
        assert found["disturbed_share"] > 0


def test_one_bench_keeps_off_the_database_it_is_started_with(tmp_path: Path) -> None:
    address = tmp_path / "address"
    address.write_text(f"sqlite:///{tmp_path / 'production.sqlite3'}")
    own = {
        "ADSENGINE_SECRET_KEY": "x" * 60,
        "ADSENGINE_FIELD_KEYS": Fernet.generate_key().decode(),
        "ADSENGINE_ALLOWED_HOSTS": "ads.example.com",
        "ADSENGINE_VAR": str(tmp_path / "var"),
        "DATABASE_URL_FILE": str(address),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "ADSENGINE_LIVE_CALLS": "true",
    }
    run = bench(tmp_path, "overview_page", "--tiny", "--json", **own)
    assert len(run.stdout.splitlines()) == 1, run.stdout
    line = last_line(run)
    assert line["bench"] == "overview_page"
    assert line["targets"] == dict(BENCHES["overview_page"].targets)
    assert not (tmp_path / "production.sqlite3").exists()


def test_unknown_bench_is_refused_with_the_names_that_there_are(tmp_path: Path) -> None:
    run = bench(tmp_path, "everything")
    assert run.returncode != 0
    assert "'sync_day', 'overview_page'" in run.stderr


def test_bench_is_met_up_to_its_target_and_no_further() -> None:
    made = Bench(measure=dict, targets={"ratio": 0.5})
    assert made.is_met({"ratio": 0.5, "seconds": 9.0})
    assert not made.is_met({"ratio": 0.51, "seconds": 0.1})


def test_line_of_one_bench_holds_its_metrics_directly() -> None:
    line = _line("sync_day", BENCHES, {"sync_day": {"first_ratio": 0.4}}, ok=True)
    assert line["bench"] == "sync_day"
    assert line["metrics"] == {"first_ratio": 0.4}
    assert line["targets"] == dict(BENCHES["sync_day"].targets)


def test_bench_says_so_where_the_tests_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tests.benchmarks.registry", None)
    with pytest.raises(CommandError, match="need the folder tests/ of a checkout"):
        benches()
