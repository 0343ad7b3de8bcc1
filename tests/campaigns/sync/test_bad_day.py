"""A day on which much goes wrong at once: figures right, exactly the right incidents, and all of
them closed when their causes are gone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from agents.models import Strategy
from campaigns import services
from campaigns.models import Ad, DailyMetric, SpendApproval
from campaigns.sync import metrics_sync
from core import jobs
from core.models import Actor, Advertiser, Incident
from platforms.models import AdAccount
from platforms.registry import platform_for
from platforms.types import Level
from tests.campaigns.sync.test_outside_changes import set_budget
from tests.fixtures.odd_rows import OddRows
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

Row = tuple[str, str, date]
Figures = dict[Row, tuple[Any, ...]]
LEVELS: tuple[Level, ...] = ("campaign", "ad")


def stored(account: AdAccount) -> Figures:
    """(level, remote id, day) to what the tables say; days of zeros left out."""
    rows = DailyMetric.objects.filter(account=account).select_related("campaign", "ad")
    found = {
        (row.level, (row.ad or row.campaign).remote_id, row.day): (
            row.impressions,
            row.clicks,
            row.spend_micros,
            row.conversions,
            row.revenue_micros,
        )
        for row in rows
    }
    return {key: values for key, values in found.items() if any(values)}


def reported(account: AdAccount, days: list[date]) -> Figures:
    """The same as the vendor says it now."""
    with platform_for(account) as client:
        rows = [row for lv in LEVELS for row in client.read_metrics(lv, min(days), max(days))]
    known = set(account.campaigns.values_list("remote_id", flat=True)) | set(
        Ad.objects.filter(ad_group__campaign__account=account).values_list("remote_id", flat=True)
    )
    return {
        (row.level, row.remote_id, row.day): (
            row.impressions,
            row.clicks,
            row.spend.micros,
            row.conversions,
            row.revenue.micros,
        )
        for row in rows
        if row.remote_id in known
    }


def opened(advertiser: Advertiser) -> set[str]:
    found = Incident.objects.filter(advertiser=advertiser, resolved_at=None)
    return set(found.values_list("key", flat=True))


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_bad_day_is_told_exactly_and_costs_no_figure(
    platform: str,
    launch: Launch,
    sandbox: Sandbox,
    advertiser: Advertiser,
    actor: Actor,
    odd_rows: OddRows,
) -> None:
    changed, refused, deleted = (
        campaign_of(Strategy.objects.get(brief=launch(platform, name=name)))
        for name in ("Changed", "Refused", "Deleted")
    )
    assert changed is not None
    assert refused is not None
    assert deleted is not None
    account = changed.account
    bad = [Ad.objects.filter(ad_group__campaign=c).order_by("pk")[0] for c in (changed, refused)]
    sandbox.advance(days=10)
    metrics_sync.sync_account(account)
    assert opened(advertiser) == set()
    before, approvals = stored(account), SpendApproval.objects.count()
    days = sorted({day for _, _, day in before})

    # The day: what the vendors restate, and all that goes wrong.
    sandbox.advance(days=1)
    read_again = [key for key in sorted(before) if key[2] >= days[-1] - timedelta(days=25)]
    odd = set(read_again[::20])  # 5 %
    odd_rows.which = lambda remote, day: (remote, day) in {(r, str(d)) for _, r, d in odd}
    for ad in bad:
        sandbox.world.update_ad(ad.remote_id, texts=["A miracle cure for feet."])
    gone = Ad.objects.filter(ad_group__campaign=refused).order_by("-pk")[0]
    sandbox.world.update_ad(gone.remote_id, status="removed")
    sandbox.world.update_campaign(deleted.remote_id, status="removed")
    set_budget(sandbox, changed, 450)
    for _ in range(2):
        metrics_sync.sync_account(account)
    expected = {
        f"unreadable:{account.pk}",
        f"outside:{account.pk}:{changed.pk}",
        f"outside:{account.pk}:{deleted.pk}",
        f"review:{account.pk}:{changed.pk}",
        f"review:{account.pk}:{refused.pk}",
    }
    assert opened(advertiser) == expected
    assert SpendApproval.objects.count() == approvals
    now = stored(account)
    odd_rows.which = lambda _, __: False
    right = reported(account, [*days, max(now)[2]])
    assert {key: now.get(key) for key in odd} == {key: before[key] for key in odd}
    assert {k: v for k, v in now.items() if k not in odd} == {
        k: v for k, v in right.items() if k not in odd
    }
    told = Incident.objects.get(key=f"unreadable:{account.pk}", resolved_at=None)
    assert f": {len(odd)} row" in told.title

    # The causes go.
    for ad in bad:
        sandbox.world.update_ad(ad.remote_id, texts=["Light boots."])
    set_budget(sandbox, changed, 300)
    services.set_status(actor=actor, campaign=deleted, to="archived")
    jobs.run_due()
    metrics_sync.sync_account(account)
    assert opened(advertiser) == set()
    assert stored(account) == reported(account, [*days, max(now)[2]])
