"""The newest runs of the workers, for campaigns.overview.activity."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from campaigns.overview.activity import ActivityItem
from core.models import Advertiser
from optimization.selectors import runs_of
from optimization.worker_runs.reading import RunLine, run_lines

SHOWN = 3


def run_items(advertiser: Advertiser, since: datetime) -> list[ActivityItem]:
    """The newest runs, each with a summary of its outcomes."""
    found = runs_of(advertiser).filter(market_at__gte=since)[:SHOWN]
    return [_activity_item(advertiser, line) for line in run_lines(found)]


def _activity_item(advertiser: Advertiser, line: RunLine) -> ActivityItem:
    run = line.run
    name = run.get_kind_display().capitalize()
    summary = line.summary or "nothing to check"
    url = reverse("run", args=[advertiser.slug, run.pk])
    incomplete = bool(run.failed or run.waiting)  # type: ignore[attr-defined]
    return ActivityItem(run.market_at, name, summary, url, is_incomplete=incomplete)
