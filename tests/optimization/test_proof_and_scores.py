"""Roll-backs, scored predictions and the proof, over stored figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adsengine.common import clock, dates
from adsengine.models import Actor, Advertiser, Incident
from campaigns.models import Campaign, DailyMetric, PublishRequest
from optimization import services
from optimization.models import BudgetChange, Rebalance
from optimization.proof import record_of, uplift_of
from optimization.scoring import score_advertiser
from platforms.models import AdAccount
from tests.optimization.live import WORKER, fill, make_campaign, rebalanced

PREDICTED = {"predicted": {"low": 180.0, "mean": 200.0, "high": 220.0}, "predicted_days": 1}


def moved(advertiser: Advertiser, campaigns: list[Campaign], days_ago: int) -> Rebalance:
    """A rebalance that took 40.00 from the first and gave it to the second, that long ago."""
    at = clock.now() - timedelta(days=days_ago)
    rebalance = Rebalance.objects.create(
        advertiser=advertiser,
        currency="USD",
        state="applied",
        total_micros=300_000_000,
        market_at=at,
        applied_at=at,
        asked_by="optimiser",
    )
    for campaign, new in zip(campaigns, (60_000_000, 140_000_000)):
        BudgetChange.objects.create(
            rebalance=rebalance,
            campaign=campaign,
            old_micros=100_000_000,
            new_micros=new,
            state="asked",
            details={
                "predicted": {"low": 180.0, "mean": 200.0, "high": 220.0},
                "predicted_days": 1,
            },
        )
        Campaign.objects.filter(pk=campaign.pk).update(daily_budget_micros=new)
        campaign.refresh_from_db()
    return rebalance


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
    back = Rebalance.objects.get(settings__roll_back=True)
    assert run.said["USD"] == f"done: applies rebalance {back.pk}"
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


# ---- scores ------------------------------------------------------------------------------


def test_predictions_are_scored_once_their_conversions_have_arrived(
    advertiser: Advertiser, account: AdAccount
) -> None:
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2)]
    fill(campaigns[0], [300], 200)
    fill(campaigns[1], [300], 300)
    moved(advertiser, campaigns, days_ago=14)
    assert score_advertiser(advertiser) == 0
    Rebalance.objects.update(market_at=clock.now() - timedelta(days=15, minutes=1))
    assert score_advertiser(advertiser) == 2
    scores = list(BudgetChange.objects.order_by("pk").values_list("score", flat=True))
    assert [score["actual"] for score in scores] == [200.0, 300.0]
    assert [score["inside"] for score in scores] == [True, False]
    assert score_advertiser(advertiser) == 0
    record = record_of(advertiser, "USD")
    assert (record.scored, record.inside, record.part_inside) == (2, 1, 0.5)


def test_a_refused_change_predicts_nothing(advertiser: Advertiser, account: AdAccount) -> None:
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2)]
    for campaign in campaigns:
        fill(campaign, [300], 200)
    moved(advertiser, campaigns, days_ago=16)
    BudgetChange.objects.update(state="refused")
    assert score_advertiser(advertiser) == 0


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
    from adsengine.models import AuditEntry

    services.set_proof(actor=actor, advertiser=advertiser, proof="weeks")
    services.set_modes(actor=actor, advertiser=advertiser, mode="watch")
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["set proof", "set modes"]
