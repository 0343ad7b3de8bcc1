"""Budgets of live campaigns: propose, apply, kill and go on; by mode."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign, CampaignBudgetChange, PublishRequest
from campaigns.services import restore_change, set_daily_budget
from core import jobs
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry, Job
from optimization import services
from optimization.budgets.pool import allocation_inputs
from optimization.budgets.rebalance_answers import _scale
from optimization.models import BudgetProposal, Decision, Rebalance
from optimization.tasks import optimize_all_campaigns, rebalance_budgets
from optimization.worker_runs import slots
from platforms.models import AdAccount
from tests.optimization.live import DAYS, WORKER, rebalanced


def budgets() -> list[int]:
    return [campaign.daily_budget_micros or 0 for campaign in Campaign.objects.order_by("pk")]


def settle(rebalance: Rebalance, refuse: Campaign | None = None) -> None:
    """What the publisher does with what was asked so far, and then the rest of the application."""
    waiting = PublishRequest.objects.filter(state="waiting")
    if refuse is not None:
        waiting.filter(campaign=refuse).update(state="refused", error="Too low.")
    waiting.update(state="done")
    rebalance.refresh_from_db()
    assert services.resume(rebalance)


def propose(advertiser: Advertiser) -> Rebalance:
    return services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")


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


def test_a_decision_keeps_the_budget_that_was_asked_for(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    made = propose(advertiser)
    proposed = made.changes.get(campaign=pool[0]).new_micros
    Rebalance.objects.filter(pk=made.pk).update(total_micros=298_000_000)  # less room for raises
    made.refresh_from_db()
    settle(services.apply_rebalance(actor=actor, rebalance=made))
    decision = Decision.objects.get(campaign=pool[0], action="increase")
    assert decision.rebalance_id == made.pk
    assert (decision.old_micros, decision.new_micros) == (100_000_000, budgets()[0])
    assert 100_000_000 < budgets()[0] < proposed


def test_money_freed_for_a_raise_that_is_refused_is_spread_again(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    settle(rebalance)
    raised = rebalance.changes.get(campaign=pool[0])
    PublishRequest.objects.filter(pk=raised.request_id or 0).update(state="refused")
    Campaign.objects.filter(pk=pool[0].pk).update(daily_budget_micros=100_000_000)
    assert sum(budgets()) < 300_000_000
    assert propose(advertiser).total_micros == 300_000_000
    by_hand = Money(Decimal(80), "USD")
    set_daily_budget(actor=actor, campaign=pool[1], budget=by_hand)
    assert propose(advertiser).total_micros == 280_000_000  # a person decided since


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
    assert not services.resume(rebalance)
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
    assert rebalanced(acting).pk == rebalanced(acting).pk
    assert Rebalance.objects.get().state == "applying"
    settle(Rebalance.objects.get())
    assert (
        BudgetProposal.objects.filter(state="asked").count() == PublishRequest.objects.count() >= 2
    )


def test_in_mode_suggest_the_rebalance_waits(advertiser: Advertiser, pool: list[Campaign]) -> None:
    rebalanced(advertiser)
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

    assert slots.optimize_slot(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == "2026-03-02T12"
    early, late = datetime(2026, 3, 2, 7, 59, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert slots.rebalance_slot(advertiser, early) is None
    assert slots.rebalance_slot(advertiser, late) == "2026-03-02"


def test_history_knows_the_budget_of_each_day(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    from campaigns.services import set_daily_budget
    from core.common.money import Money

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
    with pytest.raises(services.NothingToMove, match="two running campaigns"):
        services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")
    assert not Rebalance.objects.exists()


@given(steps=st.lists(st.integers(1, 10**9), min_size=1, max_size=20), room=st.integers(0, 10**10))
def test_scaled_increases_never_exceed_the_room(steps: list[int], room: int) -> None:
    changes = [BudgetProposal(old_micros=0, new_micros=step) for step in steps]
    scale = _scale(changes, room)
    assert 0 <= scale <= 1
    assert sum(int(step * scale) for step in steps) <= room or (scale == 1 and sum(steps) <= room)


def test_a_move_is_undone_beside_its_line_and_only_that_budget_goes_back(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, approver: Client
) -> None:
    made = services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")
    services.apply_rebalance(actor=actor, rebalance=made)
    PublishRequest.objects.filter(state="waiting").update(state="done")
    services.resume(made)
    cut = made.changes.filter(state="asked", new_micros__lt=100_000_000).first()
    assert cut is not None
    entry = CampaignBudgetChange.objects.get(campaign=cut.campaign).entry
    assert entry is not None
    action = f"/a/acme/changes/{entry.pk}/undo/"
    assert action in approver.get("/a/acme/optimisation/").content.decode()
    others = list(Campaign.objects.exclude(pk=cut.campaign_id).values("pk", "daily_budget_micros"))
    approver.post(action, {"next": "/a/acme/optimisation/"})
    cut.campaign.refresh_from_db()
    assert cut.campaign.daily_budget_micros == 100_000_000
    assert others == list(
        Campaign.objects.exclude(pk=cut.campaign_id).values("pk", "daily_budget_micros")
    )
    assert action not in approver.get("/a/acme/optimisation/").content.decode()


def test_the_decision_of_a_move_that_is_undone_beside_its_line_is_undone(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    settle(rebalance)
    moved = AuditEntry.objects.filter(evidence__rebalance=rebalance.pk, target_id=pool[2].pk)
    restore_change(actor=actor, entry=moved.get())
    states = dict(Decision.objects.values_list("campaign_id", "state"))
    assert states.pop(pool[2].pk) == "undone"
    assert set(states.values()) == {"done"}


def test_a_split_is_as_fine_as_the_platform_counts(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    """Meta takes whole forints: a finer budget would be proposed and then refused."""
    AdAccount.objects.update(currency="HUF")
    Advertiser.objects.update(currency="HUF")
    for campaign, units in zip(pool, (93, 97, 98), strict=True):
        Campaign.objects.filter(pk=campaign.pk).update(daily_budget_micros=units * 1_000_000)
    advertiser.refresh_from_db()
    proposed = services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="HUF")
    moved = [c for c in proposed.changes.all() if c.new_micros != c.old_micros]
    assert len(moved) > 1
    assert {c.new_micros % 1_000_000 for c in moved} == {0}
