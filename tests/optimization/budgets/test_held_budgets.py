"""The total holds: where a budget may not be raised today, in a roll-back, after a refusal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.models import Campaign
from campaigns.services import set_daily_budget
from core.common import clock, dates
from core.common.money import Money
from core.models import Actor, Advertiser
from optimization import services
from optimization.budgets import rebalance_proposal, roll_back
from optimization.models import BudgetProposal, Rebalance
from optimization.stats.budget.budget_holds import RollBack
from optimization.stats.budget.results import Interval
from tests.optimization.live import WORKER


def proposed_by(actor: Actor, advertiser: Advertiser) -> Rebalance:
    return services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")


def test_what_a_worker_changed_today_stays_and_frees_nothing_for_itself(
    acting: Advertiser, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    best = pool[0]
    set_daily_budget(actor=WORKER, campaign=best, budget=Money(Decimal(110), "USD"))
    made = proposed_by(WORKER, advertiser)
    kept = made.changes.get(campaign=best)
    assert (kept.state, kept.new_micros) == ("kept", 110_000_000)
    assert kept.reason == "Kept at 110.00 USD: a worker changed it today already."
    assert sum(made.changes.values_list("new_micros", flat=True)) == 300_000_000


def test_raise_inside_the_cool_down_is_not_proposed_to_a_worker_but_to_a_person(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    lately = clock.market_now() - timedelta(hours=2)
    Campaign.objects.filter(pk=pool[0].pk).update(budget_changed_at=lately)
    by_worker = proposed_by(WORKER, advertiser).changes.get(campaign=pool[0])
    assert by_worker.new_micros == 100_000_000
    by_person = proposed_by(actor, advertiser).changes.get(campaign=pool[0])
    assert by_person.new_micros > 100_000_000


def test_roll_back_steps_within_the_limit_and_holds_the_total(
    advertiser: Advertiser, pool: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    for campaign, micros in zip(pool, (240_000_000, 30_000_000, 30_000_000), strict=True):
        campaign.daily_budget_micros = micros
        campaign.save()
    old = {campaign.pk: 100_000_000 for campaign in pool}
    found = RollBack(True, "It earned less.", 1.0, Interval(2.0, 3.0, 4.0), 7)
    monkeypatch.setattr(roll_back, "_budgets_before", lambda *_: old)
    monkeypatch.setattr(roll_back, "roll_back_test", lambda *_, **__: found)
    slot = dates.today(advertiser.time_zone).isoformat()
    back = services.propose_roll_back(
        actor=WORKER, advertiser=advertiser, currency="USD", slot=slot
    )
    assert back is not None
    new = list(back.changes.order_by("campaign_id").values_list("new_micros", flat=True))
    assert new == [210_000_000, 45_000_000, 45_000_000]
    assert sum(new) == back.total_micros == 300_000_000


def test_raises_that_a_refused_cut_shrinks_use_the_room_to_the_last_cent(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    raises = [
        BudgetProposal(
            campaign=campaign,
            old_micros=100_000_000,
            new_micros=119_000_000,
            state="proposed",
        )
        for campaign in pool
    ]
    made = Rebalance(advertiser=advertiser, currency="USD", total_micros=310_000_000)
    rebalance_proposal.save_rebalance(actor, made, raises)
    services.apply_rebalance(actor=actor, rebalance=made)
    budgets = Campaign.objects.order_by("daily_budget_micros")
    assert list(budgets.values_list("daily_budget_micros", flat=True)) == [
        103_330_000,
        103_330_000,
        103_340_000,
    ]
