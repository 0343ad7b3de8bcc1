"""The suite's parts that lean on the database, on a real PostgreSQL; and races, on both kinds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import required
from tests.services.servers import named, postgres_url

ROOT = Path(__file__).resolve().parent.parent.parent
RACES = "tests/services/races.py"


@pytest.fixture
def postgres() -> str:
    """The address of a database that only this run uses; Django puts test_ before its name."""
    url = postgres_url()
    required("PostgreSQL", bool(url))
    return named(url, f"adsengine_{os.getpid()}")


# Of the kills and faults of each platform, one platform's are enough here.
ONE_PLATFORM = "tiktok or not (kill or faults)"

STORED_FORMS = [
    "tests/optimization/ab_tests/test_older_analyses.py",
    "tests/optimization/budgets/test_older_budgets.py",
]
BUDGET_ROWS = [
    "tests/campaigns/publishing/test_budget_changes.py",
    "tests/campaigns/publishing/test_budget_changes_filled_in.py",
    "tests/optimization/budgets/test_budget_rows.py",
]


def suite(var: Path, database: str, *arguments: str) -> None:
    """Run a part of the suite in a process of its own, on that database."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "ADSENGINE_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert " skipped" not in run.stdout


def test_races_have_one_winner_on_sqlite(tmp_path: Path) -> None:
    suite(
        tmp_path,
        f"sqlite:///{tmp_path / 'x.sqlite3'}",
        RACES,
        "--ds=tests.services.settings_on_disk",
    )


@pytest.mark.postgres
@pytest.mark.slow
def test_races_have_one_winner_on_postgresql(postgres: str, tmp_path: Path) -> None:
    suite(tmp_path, postgres, RACES)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "part",
    [
        ["tests/core/test_jobs.py", "tests/core/common/test_transitions.py"],
        ["tests/campaigns/sync/test_metric_store.py", "tests/campaigns/importing/test_report.py"],
        ["tests/campaigns/lists/test_edit.py", "tests/campaigns/lists/test_bulk.py"],
        ["tests/core/admin/test_lists.py", "tests/adsengine/test_api.py"],
        [*BUDGET_ROWS, "tests/campaigns/overview/test_overview.py"],
        STORED_FORMS,
        pytest.param(["tests/agents", "-k", ONE_PLATFORM], marks=pytest.mark.slow),
    ],
    ids=["frame", "figures", "list", "admin", "budgets", "stored", "agents"],
)
def test_suite_holds_on_postgresql(postgres: str, tmp_path: Path, part: list[str]) -> None:
    suite(tmp_path, postgres, *part)
