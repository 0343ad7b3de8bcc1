"""A row of figures that cannot be read costs no other, changes nothing, and is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Ad, Campaign, DailyMetric, MetricRevision
from campaigns.sync import metrics_sync
from core.common import dates
from core.models import Incident
from tests.fixtures.odd_rows import FIELDS, OddRows
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def campaign(request: pytest.FixtureRequest, launch: Launch, sandbox: Sandbox) -> Campaign:
    """With five days of figures."""
    found = campaign_of(Strategy.objects.get(brief=launch(request.param)))
    assert found is not None
    sandbox.advance(days=5)
    metrics_sync.sync_account(found.account)
    return found


def figures(campaign: Campaign) -> dict[Any, Any]:
    rows = DailyMetric.objects.filter(campaign=campaign).values_list(
        "level", "entity_id", "day", "impressions", "clicks", "spend_micros", "conversions"
    )
    return {row[:3]: row[3:] for row in rows}


def opened(campaign: Campaign) -> list[Incident]:
    key = f"unreadable:{campaign.account_id}"
    return list(Incident.objects.filter(key=key, resolved_at=None))


def test_other_rows_are_kept_and_the_odd_one_is_named(
    campaign: Campaign, sandbox: Sandbox, odd_rows: OddRows
) -> None:
    ad = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[0]
    yesterday = dates.today(campaign.account.time_zone) - timedelta(days=1)
    DailyMetric.objects.filter(campaign=campaign).update(spend_micros=5)
    odd_rows.which = lambda remote, day: (remote, day) == (ad.remote_id, str(yesterday))
    metrics_sync.sync_account(campaign.account)
    kept = DailyMetric.objects.get(ad=ad, level="ad", day=yesterday)
    assert kept.spend_micros == 5
    # All others are read again.
    assert list(
        DailyMetric.objects.filter(campaign=campaign, spend_micros=5).values_list("pk", flat=True)
    ) == [kept.pk]
    [incident] = opened(campaign)
    field = FIELDS[campaign.account.platform]
    assert f"{ad.name}: ad {ad.remote_id}, {yesterday}: {field} " in incident.detail
    assert "1 row of figures" in incident.title
    assert str(campaign.daily_budget) in incident.at_stake
    campaign.account.refresh_from_db()
    assert campaign.account.sync_error == ""
    odd_rows.which = lambda _, __: False
    metrics_sync.sync_account(campaign.account)
    assert opened(campaign) == []
    kept.refresh_from_db()
    assert kept.spend_micros > 5


def test_account_of_odd_rows_only_changes_nothing_and_is_told_once(
    campaign: Campaign, sandbox: Sandbox, odd_rows: OddRows
) -> None:
    before, revisions = figures(campaign), MetricRevision.objects.count()
    sandbox.advance(days=3)
    odd_rows.which = lambda _, __: True
    for _ in range(2):
        metrics_sync.sync_account(campaign.account)
    assert figures(campaign) == before
    assert MetricRevision.objects.count() == revisions
    [incident] = opened(campaign)
    assert incident.times_seen == 2
    assert incident.detail.count("\n") == 10  # ten rows, and how many more there are
    assert len(incident.detail) < 3000
    odd_rows.which = lambda _, __: False
    metrics_sync.sync_account(campaign.account)
    assert opened(campaign) == []
    assert len(figures(campaign)) > len(before)
