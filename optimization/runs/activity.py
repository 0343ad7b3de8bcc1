"""The newest passes of the workers, for campaigns.activity."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from campaigns.overview.activity import ActivityItem
from core.models import Advertiser
from optimization.models import Run
from optimization.runs.reading import RunLine
from optimization.selectors import runs_of

SHOWN = 3


def run_items(advertiser: Advertiser, since: datetime) -> list[ActivityItem]:
    """Each with the numbers of its outcomes."""
    found = runs_of(advertiser).filter(market_at__gte=since)[:SHOWN]
    return [_deed(advertiser, RunLine(run)) for run in found]


def _deed(advertiser: Advertiser, line: RunLine) -> ActivityItem:
    run: Run = line.run
    counts = ", ".join(words for words, _ in line.counts) or "nothing to look at"
    name = run.get_kind_display().capitalize()
    return ActivityItem(run.market_at, name, counts, reverse("run", args=[advertiser.slug, run.pk]))
