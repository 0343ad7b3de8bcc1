"""Tests and budgets on live campaigns: start, look, pause, undo, propose, apply; by mode."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsengine import jobs
from adsengine.common import clock, dates
from adsengine.common.errors import InvalidInput, InvalidMove
from adsengine.models import Actor, Advertiser, AuditEntry, Job, Mode
from campaigns.metric_store import MetricValues, store_metrics
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest
from optimization import passes, services
from optimization.models import ABTest, BudgetChange, Decision, Look, Rebalance, Run
from optimization.pool import allocation_inputs
from optimization.services.rebalance import _scale
from optimization.tasks import optimize_all_campaigns, rebalance_budgets
from platforms.models import AdAccount

DAYS = 20


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
        min_daily_budget_micros=5_000_000,
        synced_market_at=clock.now(),
    )


def today(account: AdAccount) -> date:
    return dates.today(account.time_zone)


def make_campaign(account: AdAccount, number: int, ads: int = 2) -> Campaign:
    campaign = Campaign.objects.create(
        account=account,
        name=f"Campaign {number}",
        remote_id=str(900 + number),
        wanted="active",
        remote="active",
        daily_budget_micros=100_000_000,
        start=today(account) - timedelta(days=DAYS),
    )
    group = AdGroup.objects.create(
        campaign=campaign, name="All", remote_id=f"g{number}", wanted="active"
    )
    for i in range(ads):
        Ad.objects.create(
            ad_group=group,
            name=f"Ad {i}",
            remote_id=f"{number}-{i}",
            wanted="active",
            remote="active",
        )
    return campaign


def fill(campaign: Campaign, clicks: list[int], revenue: int = 200, days: int = DAYS) -> None:
    """The same figures every day: 10,000 impressions and 50.00 spent per ad, `clicks` by ad."""
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    rows = []
    for back in range(1, days + 1):
        day = today(campaign.account) - timedelta(days=back)
        swing = 1 + (back % 3)
        for ad, count in zip(ads, clicks):
            rows.append(values(campaign, ad, day, count + swing, 50, revenue // len(ads)))
        rows.append(values(campaign, None, day, sum(clicks) + 2 * swing, 100, revenue))
    store_metrics(campaign.account, rows, seen_at=clock.now())


def values(
    campaign: Campaign, ad: Ad | None, day: date, clicks: int, spend: int, revenue: int
) -> MetricValues:
    return MetricValues(
        level="ad" if ad else "campaign",
        campaign_id=campaign.pk,
        ad_id=ad.pk if ad else None,
        day=day,
        impressions=10_000 if ad else 20_000,
        clicks=clicks,
        conversions=Decimal(clicks) / 20,
        spend_micros=spend * 1_000_000,
        revenue_micros=revenue * 1_000_000,
    )


@pytest.fixture
def campaign(account: AdAccount) -> Campaign:
    made = make_campaign(account, 1)
    fill(made, [200, 100])
    return made


WORKER = Actor("worker", "optimiser")


def test_clear_difference_names_winner_and_loser(campaign: Campaign) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    look = services.look(test)
    better, worse = Ad.objects.order_by("pk")
    assert look.status == "winner"
    assert look.result["winner_ids"] == [better.pk]
    assert look.result["losing_ids"] == [worse.pk]
    test.refresh_from_db()
    assert (test.status, test.winner_id) == ("winner", better.pk)


def test_looks_keep_the_hash_of_their_input(campaign: Campaign) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    first, again = services.look(test), services.look(test)
    assert first.input_hash == again.input_hash
    fill(campaign, [201, 100])
    assert services.look(test).input_hash != first.input_hash


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "likes"}, "metric"),
        ({"planned_days": 2}, "planned_days"),
        ({"ads": []}, "campaign"),
    ],
)
def test_bad_test_is_refused_at_its_field(
    campaign: Campaign, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_test(actor=WORKER, campaign=campaign, **change)
    assert refused.value.field == field
    assert not ABTest.objects.exists()


def test_second_running_test_on_one_metric_is_refused(campaign: Campaign) -> None:
    services.create_test(actor=WORKER, campaign=campaign)
    with pytest.raises(InvalidInput, match="CTR is running"):
        services.create_test(actor=WORKER, campaign=campaign)
    services.create_test(actor=WORKER, campaign=campaign, metric="cvr")


def test_ad_without_delivery_is_an_answer_not_an_exception(account: AdAccount) -> None:
    empty = make_campaign(account, 2)
    test = services.create_test(actor=WORKER, campaign=empty)
    assert services.look(test).status == "insufficient_data"


def test_unusable_figures_stop_only_their_own_test(account: AdAccount, campaign: Campaign) -> None:
    broken = make_campaign(account, 2)
    fill(broken, [20_000, 100])  # more clicks than impressions
    tests = [services.create_test(actor=WORKER, campaign=c) for c in (broken, campaign)]
    looks = services.look_many(tests)
    assert [look.is_usable for look in looks] == [False, True]
    assert "clicks" in looks[0].result["summary"]
    assert looks[1].status == "winner"


def passed(advertiser: Advertiser, slot: str = "a") -> Run:
    return passes.optimize_advertiser(advertiser, slot)


def test_in_mode_act_losers_are_paused_once(acting: Advertiser, campaign: Campaign) -> None:
    run = passed(acting)
    worse = Ad.objects.order_by("pk")[1]
    assert worse.wanted == "paused"
    assert run.outcomes == {str(campaign.pk): "done: winner, 1 losing ads paused"}
    assert PublishRequest.objects.filter(operation="set_status").count() == 1
    passed(acting, "b")
    assert PublishRequest.objects.filter(operation="set_status").count() == 1
    entry = AuditEntry.objects.get(action="set ad status")
    assert entry.evidence["decision"] == Decision.objects.get().pk


def test_same_slot_runs_once(acting: Advertiser, campaign: Campaign) -> None:
    assert passed(acting).pk == passed(acting).pk
    assert Look.objects.count() == 1


def test_in_mode_suggest_a_pause_waits_for_a_person(
    advertiser: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(advertiser)
    decision = Decision.objects.get()
    assert decision.state == "proposed"
    assert not PublishRequest.objects.exists()
    services.apply_pause(actor=actor, decision=decision)
    worse = Ad.objects.order_by("pk")[1]
    assert worse.wanted == "paused"
    with pytest.raises(InvalidMove):
        services.apply_pause(actor=actor, decision=decision)
    services.undo_pause(actor=actor, decision=decision)
    worse.refresh_from_db()
    assert worse.wanted == "active"


def test_in_mode_watch_nothing_is_proposed_or_changed(
    advertiser: Advertiser, campaign: Campaign
) -> None:
    advertiser.mode = Mode.WATCH
    advertiser.save()
    passed(advertiser)
    assert Decision.objects.get().state == "noted"
    assert not PublishRequest.objects.exists()


def test_last_running_ad_is_never_paused(acting: Advertiser, campaign: Campaign) -> None:
    better = Ad.objects.order_by("pk")[0]
    Ad.objects.filter(pk=better.pk).update(wanted="paused")
    test = services.create_test(actor=WORKER, campaign=campaign)
    assert services.propose_pauses(test, services.look(test)) == []


def test_stale_figures_skip_the_campaign(acting: Advertiser, campaign: Campaign) -> None:
    AdAccount.objects.update(synced_market_at=clock.now() - timedelta(hours=27))
    assert passed(acting).outcomes == {
        str(campaign.pk): "skipped: the figures are older than 26 hours"
    }
    assert not ABTest.objects.exists()


def test_undone_pause_does_not_come_back(
    acting: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(acting)
    services.undo_pause(actor=actor, decision=Decision.objects.get())
    passed(acting, "b")
    assert Ad.objects.order_by("pk")[1].wanted == "active"
    assert Decision.objects.count() == 1


def test_watching_notes_a_loser_once(advertiser: Advertiser, campaign: Campaign) -> None:
    Advertiser.objects.filter(pk=advertiser.pk).update(mode=Mode.WATCH)
    advertiser.refresh_from_db()
    for slot in "abc":
        passed(advertiser, slot)
    assert Decision.objects.count() == 1


def test_proposals_of_several_looks_do_not_pause_the_last_ad(
    advertiser: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(advertiser)
    decision = Decision.objects.get()
    assert decision.ad is not None
    Ad.objects.exclude(pk=decision.ad.pk).update(wanted="paused")
    with pytest.raises(InvalidMove, match="last running one"):
        services.apply_pause(actor=actor, decision=decision)
    assert Ad.objects.get(pk=decision.ad.pk).wanted == "active"


# ---- budgets -----------------------------------------------------------------------------


@pytest.fixture
def pool(account: AdAccount) -> list[Campaign]:
    """Three campaigns of 100.00 a day that earn 4, 2 and 1 times their spend."""
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2, 3)]
    for campaign, revenue in zip(campaigns, (400, 200, 100)):
        fill(campaign, [300], revenue)
    return campaigns


def budgets() -> list[int]:
    return [campaign.daily_budget_micros or 0 for campaign in Campaign.objects.order_by("pk")]


def settle(rebalance: Rebalance, refuse: Campaign | None = None) -> None:
    """What the publisher does with what was asked so far, and then the rest of the application."""
    waiting = PublishRequest.objects.filter(state="waiting")
    if refuse is not None:
        waiting.filter(campaign=refuse).update(state="refused", error="Too low.")
    waiting.update(state="done")
    rebalance.refresh_from_db()
    assert services.go_on(rebalance)


def propose(advertiser: Advertiser) -> Rebalance:
    made = services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")
    assert made is not None
    return made


def test_proposal_moves_money_to_where_it_earns_and_keeps_the_total(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    changes = list(propose(advertiser).changes.order_by("campaign_id"))
    assert sum(c.new_micros for c in changes) == 300_000_000
    assert changes[0].new_micros > 100_000_000 > changes[2].new_micros
    assert budgets() == [100_000_000] * 3
    assert all(change.reason for change in changes)


def test_applied_rebalance_lowers_first_and_keeps_the_total(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    assert (rebalance.state, budgets()[0]) == ("applying", 100_000_000)
    settle(rebalance)
    assert rebalance.state == "applied"
    assert sum(budgets()) == 300_000_000
    payloads = list(PublishRequest.objects.order_by("id").values_list("payload", flat=True))
    raised = [p["micros"] > p["before"] for p in payloads]
    assert raised == sorted(raised)
    assert set(rebalance.changes.values_list("state", flat=True)) <= {"asked", "kept"}


def test_refused_decrease_shrinks_the_increases(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = propose(advertiser)
    Campaign.objects.filter(pk=pool[2].pk).update(budget_on="shared")
    services.apply_rebalance(actor=actor, rebalance=rebalance)
    settle(rebalance)
    assert sum(budgets()) <= 300_000_000
    refused = rebalance.changes.get(campaign=pool[2])
    assert (refused.state, budgets()[2]) == ("refused", 100_000_000)


def test_decrease_that_the_platform_refuses_shrinks_the_increases_too(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    Campaign.objects.filter(pk=pool[2].pk).update(daily_budget_micros=100_000_000)
    settle(rebalance, refuse=pool[2])
    assert sum(budgets()) <= 300_000_000
    assert rebalance.changes.get(campaign=pool[2]).error == "Too low."


def test_budget_changed_since_the_proposal_is_left_alone(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = propose(advertiser)
    Campaign.objects.filter(pk=pool[0].pk).update(daily_budget_micros=80_000_000)
    services.apply_rebalance(actor=actor, rebalance=rebalance)
    settle(rebalance)
    assert rebalance.changes.get(campaign=pool[0]).state == "refused"
    assert budgets()[0] == 80_000_000


def test_application_goes_on_after_a_kill(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = propose(advertiser)
    Rebalance.objects.filter(pk=rebalance.pk).update(
        state="applying", decided_kind="person", decided_by="admin"
    )
    rebalance.refresh_from_db()
    assert not services.go_on(rebalance)
    settle(rebalance)
    before = budgets()
    assert before != [100_000_000] * 3
    with pytest.raises(InvalidInput):
        services.apply_rebalance(actor=actor, rebalance=rebalance)
    assert budgets() == before


def test_newer_proposal_expires_the_older(advertiser: Advertiser, pool: list[Campaign]) -> None:
    older, newer = propose(advertiser), propose(advertiser)
    older.refresh_from_db()
    assert (older.state, newer.state) == ("expired", "proposed")


def test_dismissed_rebalance_cannot_be_applied(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.dismiss_rebalance(actor=actor, rebalance=propose(advertiser))
    with pytest.raises(InvalidInput):
        services.apply_rebalance(actor=actor, rebalance=rebalance)
    assert budgets() == [100_000_000] * 3


def test_workers_rebalance_once_a_day_after_three_and_only_in_mode_act_write(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    passes.rebalance_advertiser(acting, "2026-03-02")
    passes.rebalance_advertiser(acting, "2026-03-02")
    assert Rebalance.objects.get().state == "applying"
    settle(Rebalance.objects.get())
    assert BudgetChange.objects.filter(state="asked").count() == PublishRequest.objects.count() >= 2


def test_in_mode_suggest_the_rebalance_waits(advertiser: Advertiser, pool: list[Campaign]) -> None:
    passes.rebalance_advertiser(advertiser, "2026-03-02")
    assert Rebalance.objects.get().state == "proposed"
    assert not PublishRequest.objects.exists()


def test_beat_starts_what_is_due_once(acting: Advertiser, pool: list[Campaign]) -> None:
    optimize_all_campaigns()
    optimize_all_campaigns()
    assert Job.objects.filter(kind="optimize").count() == 1
    jobs.run_due()
    optimize_all_campaigns()
    assert Job.objects.filter(kind="optimize").count() == 1
    rebalance_budgets()


def test_slots_follow_market_time_and_the_advertisers_zone(advertiser: Advertiser) -> None:
    from datetime import UTC, datetime

    assert passes.optimize_slot(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == "2026-03-02T12"
    early, late = datetime(2026, 3, 2, 7, 59, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert passes.rebalance_slot(advertiser, early) is None
    assert passes.rebalance_slot(advertiser, late) == "2026-03-02"


def test_history_knows_the_budget_of_each_day(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    from adsengine.common.money import Money
    from campaigns.services import set_daily_budget

    set_daily_budget(actor=actor, campaign=pool[0], budget=Money(Decimal(120), "USD"))
    pool[0].refresh_from_db()
    [row] = allocation_inputs([pool[0]])
    assert set(row["history"]["budget"]) == {100.0}
    assert row["current_budget"] == Decimal(120)
    assert len(row["history"]["date"]) == DAYS


def test_not_adopted_and_imported_campaigns_are_never_moved(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    Campaign.objects.filter(pk__in=[pool[0].pk, pool[1].pk]).update(managed=False)
    made = services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")
    assert made is None
    assert not Rebalance.objects.exists()


@given(steps=st.lists(st.integers(1, 10**9), min_size=1, max_size=20), room=st.integers(0, 10**10))
def test_scaled_increases_never_exceed_the_room(steps: list[int], room: int) -> None:
    changes = [BudgetChange(old_micros=0, new_micros=step) for step in steps]
    scale = _scale(changes, room)
    assert 0 <= scale <= 1
    assert sum(int(step * scale) for step in steps) <= room or (scale == 1 and sum(steps) <= room)
