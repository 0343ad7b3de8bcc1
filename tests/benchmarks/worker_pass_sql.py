"""The reads and writes of a run in bare SQL, as a reference for its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from optimization.models import ABTest, Analysis, Run, RunOutcome

_READS = (
    "SELECT id, account_id, name, daily_budget_micros FROM campaigns_campaign",
    "SELECT campaign_id, day, spend_micros, revenue_micros, conversions, impressions, clicks "
    "FROM campaigns_dailymetric WHERE level = 'campaign' ORDER BY campaign_id, day",
    "SELECT id, campaign_id, metric, planned_days, status FROM optimization_abtest "
    "WHERE state = 'running'",
    "SELECT id, test_id, ad_id FROM optimization_arm",
    "SELECT id, name, wanted FROM campaigns_ad",
    "SELECT ad_id, day, impressions, clicks, conversions, spend_micros, revenue_micros "
    "FROM campaigns_dailymetric WHERE level = 'ad' ORDER BY ad_id, day",
)


@dataclass(frozen=True)
class RunRows:
    """Rows of a run as values for the database."""

    analyses: list[tuple[Any, ...]]
    outcomes: list[tuple[Any, ...]]


def rows_of_run(slot: str) -> RunRows:
    """The rows that the run of that slot wrote, ready to be written again."""
    run = Run.objects.get(slot=slot)
    spare = Run.objects.create(advertiser=run.advertiser, kind=run.kind, slot=f"copy of {slot}")
    analyses = Analysis.objects.order_by("-pk")[: ABTest.objects.count()]
    return RunRows(
        [_db_values(analysis) for analysis in analyses],
        [_db_values(row, run_id=spare.pk) for row in run.outcomes.all()],
    )


def _db_values(row: Any, **other: Any) -> tuple[Any, ...]:
    for name, value in other.items():
        setattr(row, name, value)
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return tuple(
        field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields
    )


def bare_sql(rows: RunRows) -> None:
    """Read every row that the run needs, insert rows of the same size as it wrote, and update each
    test once."""
    with connection.cursor() as cursor:
        for read in _READS:
            cursor.execute(read)
            cursor.fetchall()
        _insert(cursor, Analysis, rows.analyses)
        _insert(cursor, RunOutcome, rows.outcomes)
        cursor.execute("UPDATE optimization_abtest SET status = status, verdict = verdict")


def _insert(cursor: Any, model: Any, rows: list[tuple[Any, ...]]) -> None:
    fields = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    marks = ", ".join(["%s"] * len(fields))
    columns = ", ".join(f'"{name}"' for name in fields)
    table = model._meta.db_table
    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
