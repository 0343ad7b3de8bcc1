"""The suite's parts that lean on the database, on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import required
from tests.services.servers import named, postgres_url

ROOT = Path(__file__).resolve().parent.parent.parent
RACES = "tests/services/test_races.py"
pytestmark = pytest.mark.stack


@pytest.fixture
def postgres() -> str:
    """The address of a database that only this run uses; Django puts test_ before its name."""
    url = postgres_url()
    required("PostgreSQL", bool(url))
    return named(url, f"adsengine_{os.getpid()}")


# What leans on the database in ways in which PostgreSQL and SQLite differ: locks and races,
# constraints inside transactions, upserts, JSON, grouping by day, order and collation, numbers of
# queries. Pages that only read rows, and what talks to the emulators, hold on either alike.
FRAME = [
    "tests/core/test_jobs.py",
    "tests/core/test_retries.py",
    "tests/core/common/test_transitions.py",
    "tests/adsengine/test_api.py",
]
FIGURES = ["tests/campaigns/sync/test_metric_store.py", "tests/campaigns/importing/test_report.py"]
LISTS = [
    "tests/campaigns/lists/test_edit.py",
    "tests/campaigns/lists/test_bulk.py",
    "tests/core/admin/test_lists.py",
]
AGENTS = [
    "tests/agents/execution/test_execution.py",
    "tests/agents/forms/test_drafts.py",
    "tests/agents/forms/test_templates.py",
    "tests/agents/review/test_plan_review.py",
    "tests/agents/execution/test_launch_progress.py",
]
# Of the kills and faults of each platform, one platform's are enough here.
ONE_PLATFORM = ["-k", "tiktok or not (kill or faults)"]

OUTBOX = [
    "tests/campaigns/publishing/test_fencing.py",
    "tests/campaigns/publishing/test_newest_wish.py",
    "tests/campaigns/publishing/test_outbox_machine.py",
    "tests/campaigns/publishing/test_stuck_changes.py",
]
# Of the pairs, those whose first change has an unknown outcome; triples lean on nothing else.
UNKNOWN_FIRST = ["-k", "not third_wish and (not second_wish or late)"]

STORED_FORMS = [
    "tests/optimization/ab_tests/test_older_analyses.py",
    "tests/optimization/budgets/test_older_budgets.py",
]
SPEND = [
    "tests/core/admin/test_policy_changes.py",
    "tests/campaigns/spend/test_unsent_approvals.py",
    "tests/campaigns/spend/test_raises.py",
    "tests/campaigns/guardrails/test_limits.py",
]
BUDGET_ROWS = [
    "tests/campaigns/publishing/test_budget_changes.py",
    "tests/campaigns/publishing/test_budget_changes_filled_in.py",
    "tests/optimization/budgets/test_budget_rows.py",
    "tests/campaigns/overview/test_overview.py",
]


def suite(var: Path, database: str, *arguments: str) -> None:
    """Run a part of the suite in a process of its own, on that database."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q"),
            *("-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "ADSENGINE_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert " skipped" not in run.stdout


@pytest.mark.postgres
@pytest.mark.slow
def test_races_have_one_winner_and_the_suite_holds_on_postgresql(
    postgres: str, tmp_path: Path
) -> None:
    suite(tmp_path, postgres, RACES, *FRAME, *FIGURES, *LISTS)


@pytest.mark.postgres
@pytest.mark.slow
def test_budgets_and_stored_forms_hold_on_postgresql(postgres: str, tmp_path: Path) -> None:
    suite(
        tmp_path,
        postgres,
        *BUDGET_ROWS,
        *SPEND,
        *STORED_FORMS,
    )


@pytest.mark.postgres
@pytest.mark.slow
def test_launches_hold_on_postgresql(postgres: str, tmp_path: Path) -> None:
    suite(tmp_path, postgres, *AGENTS, *ONE_PLATFORM)


@pytest.mark.postgres
@pytest.mark.slow
def test_outbox_holds_on_postgresql(postgres: str, tmp_path: Path) -> None:
    suite(tmp_path, postgres, *OUTBOX, *UNKNOWN_FIRST)
