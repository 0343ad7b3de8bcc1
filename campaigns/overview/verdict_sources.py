"""Verdicts of tests that reports tell. Tests live above this app and register here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign
from core.common.dates import DayRange
from platforms.models import AdAccount


@dataclass(frozen=True)
class DecidedTest:
    """A test that was decided; `day` is one of its account, `sentence` the one of its page."""

    name: str
    campaign_id: int
    day: date
    sentence: str


VerdictSource = Callable[[Sequence[AdAccount], DayRange], list[DecidedTest]]
_sources: list[VerdictSource] = []


def register_verdict_source(source: VerdictSource) -> VerdictSource:
    """Add a source of decided tests; called once, when its app is ready."""
    if source not in _sources:
        _sources.append(source)
    return source


def decided_tests(
    accounts: Sequence[AdAccount], days: DayRange, campaign: Campaign | None = None
) -> list[DecidedTest]:
    """Those of the accounts, or of the one campaign, that were decided in the days and are still
    decided, the oldest first."""
    found = [one for source in _sources for one in source(accounts, days)]
    mine = [one for one in found if campaign is None or one.campaign_id == campaign.pk]
    return sorted(mine, key=lambda one: (one.day, one.name))
