"""Roll-backs and the proof, over stored figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, DailyMetric, PublishRequest
from core.common import dates
from core.models import Actor, Advertiser, Incident
from optimization import services
from optimization.automation.incrementality import uplift_of
from optimization.models import Rebalance
from platforms.models import AdAccount
from tests.optimization.live import WORKER, fill, make_campaign, moved, rebalanced

# ---- roll-back ---------------------------------------------------------------------------


def test_moves_that_earned_less_than_keeping_are_rolled_back_and_told(
    acting: Advertiser, account: AdAccount
) -> None:
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2, 3)]
    for campaign in campaigns:
        fill(campaign, [300], 400)
    moved(acting, campaigns, days_ago=9)
    since = dates.today(account.time_zone) - timedelta(days=9)
    DailyMetric.objects.filter(day__gte=since, level="campaign").update(
        revenue_micros=240_000_000, conversions=9
    )
    run = rebalanced(acting)
    back = Rebalance.objects.get(kind="roll_back")
    assert run.said["USD"] == f"done: applies {back.in_words}"
    steps = {c.campaign_id: (c.old_micros, c.new_micros) for c in back.changes.all()}
    old, new = steps[campaigns[0].pk]
    assert old == 60_000_000 < new <= 90_000_000
    old, new = steps[campaigns[1].pk]
    assert old == 140_000_000 > new >= 100_000_000
    assert sum(new for _, new in steps.values()) <= sum(old for old, _ in steps.values())
    assert Incident.objects.get(key="roll_back:USD").resolved_at is None
    assert PublishRequest.objects.filter(operation="set_budget").exists()


def test_moves_that_paid_stay(acting: Advertiser, account: AdAccount) -> None:
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2, 3)]
    for campaign in campaigns:
        fill(campaign, [300], 400)
    moved(acting, campaigns, days_ago=9)
    made = services.propose_roll_back(
        actor=WORKER, advertiser=acting, currency="USD", slot="2026-03-02"
    )
    assert made is None
    assert not Incident.objects.filter(key="roll_back:USD").exists()


# ---- proof -------------------------------------------------------------------------------


def test_without_a_comparison_nothing_is_claimed(advertiser: Advertiser) -> None:
    assert uplift_of(advertiser, "USD") is None


@pytest.mark.parametrize("proof", ["campaigns", "weeks"])
def test_a_young_comparison_cannot_tell(
    advertiser: Advertiser, pool: list[Campaign], proof: str
) -> None:
    advertiser.proof = proof
    advertiser.proof_since = dates.today(advertiser.time_zone) - timedelta(days=5)
    advertiser.save()
    Campaign.objects.filter(pk=pool[0].pk).update(held_out=True)
    found = uplift_of(advertiser, "USD")
    assert found is not None
    assert found.status == "cannot_tell"


def test_setting_modes_and_proof_leaves_entries(
    advertiser: Advertiser, actor: Actor, pool: list[Campaign]
) -> None:
    from core.models import AuditEntry

    services.set_incrementality(actor=actor, advertiser=advertiser, proof="weeks")
    services.set_modes(actor=actor, advertiser=advertiser, mode="watch")
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["set proof", "set modes"]
