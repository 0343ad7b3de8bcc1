"""Rebalances beside people, stops, caps, plans and platforms that do not answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Campaign, PublishRequest
from campaigns.services import set_daily_budget, stop
from core.common import clock, dates
from core.common.errors import GuardrailExceeded, InvalidInput
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser, Mode
from optimization import services
from optimization.budgets import rebalance as applying
from optimization.budgets import rebalance_answers
from optimization.budgets.rebalance_answers import settle_answers
from optimization.models import Decision, PacingPlan, Rebalance
from platforms.models import AdAccount, PlatformLimits
from tests.optimization.live import WORKER, fill, make_campaign, rebalanced


def propose(advertiser: Advertiser, actor: Actor = WORKER) -> Rebalance:
    return services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")


def budgets() -> list[int]:
    return [(c.daily_budget_micros or 0) // 1_000_000 for c in Campaign.objects.order_by("pk")]


def answered(rebalance: Rebalance) -> None:
    PublishRequest.objects.filter(state="waiting").update(state="done")
    services.resume(rebalance)


def plan(advertiser: Advertiser, total: int, first: int, last: int) -> PacingPlan:
    """A steering flight from `first` to `last` days from today."""
    today = dates.today(advertiser.time_zone)
    return PacingPlan.objects.create(
        advertiser=advertiser,
        name="Flight",
        kind="flight",
        currency="USD",
        total_micros=total * 1_000_000,
        first=today + timedelta(days=first),
        last=today + timedelta(days=last),
        steers=True,
        created_by="x",
    )


@pytest.fixture
def google(acting: Advertiser) -> AdAccount:
    """A second account, on another platform."""
    return AdAccount.objects.create(
        advertiser=acting,
        platform="google",
        external_id="2",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
        synced_market_at=clock.market_now(),
    )


# ---- stops and caps: nothing is cut for a raise that would be refused --------------------


def test_nothing_is_moved_while_the_stop_switch_is_on(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    stop(actor=actor, advertiser=acting)
    assert rebalanced(acting).said == {
        "USD": "skipped: The stop switch is on: no budget can be raised."
    }
    assert budgets() == [100, 100, 100]
    assert not PublishRequest.objects.exists()


def test_a_stopped_platform_keeps_its_budgets_and_the_others_move(
    acting: Advertiser, pool: list[Campaign], google: AdAccount, actor: Actor
) -> None:
    for number, revenue in ((8, 400), (9, 50)):
        fill(make_campaign(google, number, ads=1), [300], revenue)
    stop(actor=actor, advertiser=acting, platform="meta")
    rebalanced(acting)
    changed = Rebalance.objects.get().changes.exclude(state="kept")
    platforms = set(changed.values_list("campaign__account__platform", flat=True))
    assert platforms == {"google"}
    assert budgets()[:3] == [100, 100, 100]


@pytest.mark.parametrize("cap", ["account", "platform"])
def test_a_capped_group_grows_no_further_and_nothing_is_cut_in_vain(
    acting: Advertiser, pool: list[Campaign], google: AdAccount, cap: str
) -> None:
    for number in (8, 9):
        fill(make_campaign(google, number, ads=1), [300], 30)
    if cap == "account":
        AdAccount.objects.filter(platform="meta").update(daily_cap_micros=322_000_000)
    else:
        PlatformLimits.objects.create(
            advertiser=acting, platform="meta", daily_cap_micros=322_000_000
        )
    made = propose(acting)
    meta = [c for c in made.changes.all() if c.campaign.account.platform == "meta"]
    assert sum(c.new_micros for c in meta) <= 322_000_000
    assert sum(c.new_micros for c in made.changes.all()) + made.unallocated_micros == 500_000_000
    services.apply_rebalance(actor=WORKER, rebalance=made)
    answered(made)
    assert set(made.changes.values_list("state", flat=True)) <= {"asked", "kept"}


# ---- plans -------------------------------------------------------------------------------


def test_a_plan_that_is_used_up_brings_the_budgets_down(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    plan(acting, 10, -5, 10)
    made = propose(acting, Actor(ActorKind.PERSON, "anna"))
    assert made.total_micros == 15_000_000  # three times the platform's least budget
    assert all(c.new_micros < c.old_micros for c in made.changes.all())


def test_a_plan_steers_only_on_its_own_days(advertiser: Advertiser, pool: list[Campaign]) -> None:
    plan(advertiser, 30_000, 60, 90)
    assert propose(advertiser).total_micros == 300_000_000


# ---- one at a time -----------------------------------------------------------------------


def test_no_second_rebalance_while_one_is_being_applied(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    first = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    assert first.state == "applying"
    with pytest.raises(
        services.NothingToMove, match="the rebalance of .* .proposed by .*. is being applied"
    ):
        propose(advertiser, actor)
    assert Rebalance.objects.count() == 1


def test_raises_are_not_sent_days_later_on_old_figures(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    with clock.freeze(clock.market_now() + timedelta(days=2)):
        assert services.resume(rebalance)
    assert rebalance.state == "applied"
    raised = rebalance.changes.get(campaign=pool[0])
    assert (raised.state, budgets()[0]) == ("refused", 100)
    assert "old figures" in raised.error


def test_an_application_can_be_stopped_half_way(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    services.dismiss_rebalance(actor=actor, rebalance=rebalance)
    PublishRequest.objects.update(state="done")
    assert services.resume(rebalance)
    assert rebalance.changes.get(campaign=pool[0]).state == "left_out"
    assert budgets()[0] == 100


def test_a_budget_set_by_hand_at_the_last_moment_is_not_overwritten(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    real = rebalance_answers.fit_raises

    def by_hand(*args: Any) -> Any:
        Campaign.objects.filter(pk=pool[0].pk).update(daily_budget_micros=85_000_000)
        return real(*args)

    monkeypatch.setattr(applying, "fit_raises", by_hand)
    answered(rebalance)
    assert budgets()[0] == 85
    assert rebalance.changes.get(campaign=pool[0]).state == "refused"


def test_a_campaign_drawn_as_proof_since_is_not_moved(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = propose(advertiser)
    Campaign.objects.filter(pk=pool[2].pk).update(held_out=True)
    services.apply_rebalance(actor=actor, rebalance=rebalance)
    answered(rebalance)
    assert budgets()[2] == 100
    assert "kept out as a control group now" in rebalance.changes.get(campaign=pool[2]).error


# ---- answers of the platforms ------------------------------------------------------------


def test_a_raise_that_the_platform_refuses_is_noted(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    answered(rebalance)
    raised = rebalance.changes.get(campaign=pool[0])
    PublishRequest.objects.filter(pk=raised.request_id or 0).update(
        state="refused", error="Over the account's limit."
    )
    settle_answers()
    raised.refresh_from_db()
    assert (raised.state, raised.error) == ("refused", "Over the account's limit.")
    decision = Decision.objects.get(campaign=pool[0])
    assert (decision.state, decision.error) == ("refused", "Over the account's limit.")


def test_a_platform_that_refuses_one_of_twenty_changes(
    advertiser: Advertiser, account: AdAccount, actor: Actor
) -> None:
    campaigns = [make_campaign(account, number, ads=1) for number in range(1, 21)]
    for number, campaign in enumerate(campaigns):
        fill(campaign, [300], 400 if number < 10 else 40)
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    cut = rebalance.changes.filter(state="asked").first()
    assert cut is not None
    assert cut.new_micros < cut.old_micros
    refused = PublishRequest.objects.filter(pk=cut.request_id or 0)
    refused.update(state="refused", error="Not now.")
    Campaign.objects.filter(pk=cut.campaign_id).update(daily_budget_micros=cut.old_micros)
    answered(rebalance)
    states = list(rebalance.changes.values_list("state", flat=True))
    assert states.count("refused") == 1
    assert states.count("asked") >= 15
    assert sum(budgets()) <= 2000
    assert sum(c.daily_budget_micros or 0 for c in Campaign.objects.all()) <= 2_000_000_000


# ---- undo --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["0.100", "0.200"])
def test_undo_brings_all_back_however_small_the_step(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, step: str
) -> None:
    advertiser.max_step = Decimal(step)
    advertiser.save()
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    answered(rebalance)
    assert budgets() != [100, 100, 100]
    back = services.undo_rebalance(actor=actor, rebalance=rebalance)
    answered(back)
    assert budgets() == [100, 100, 100]


def test_undo_of_what_is_left_does_not_raise_the_total(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    answered(rebalance)
    Campaign.objects.filter(pk=pool[0].pk).update(daily_budget_micros=130_000_000)
    back = services.undo_rebalance(actor=actor, rebalance=rebalance)
    answered(back)
    cut = rebalance.changes.get(campaign=pool[2]).new_micros // 1_000_000
    assert budgets() == [130, 100, cut]  # the way back would take the total over 300


def test_an_undo_that_died_half_way_is_taken_up(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimization.budgets import roll_back

    rebalance = services.apply_rebalance(actor=actor, rebalance=propose(advertiser))
    answered(rebalance)

    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(roll_back, "apply_rebalance", killed)
    with pytest.raises(KeyboardInterrupt):
        services.undo_rebalance(actor=actor, rebalance=rebalance)
    monkeypatch.undo()
    back = services.undo_rebalance(actor=actor, rebalance=rebalance)
    answered(back)
    assert budgets() == [100, 100, 100]
    assert Rebalance.objects.filter(undoes=rebalance).count() == 1


def test_the_gate_holds_the_step_for_all_but_undo(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    with pytest.raises(GuardrailExceeded, match="more than 50%"):
        set_daily_budget(actor=actor, campaign=pool[0], budget=Money(Decimal(151), "USD"))
    assert budgets() == [100, 100, 100]


# ---- limits that cannot be held ----------------------------------------------------------


def test_limits_that_contradict_each_other_are_named_and_fail_one_pool(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    Campaign.objects.filter(pk=pool[0].pk).update(ceiling_micros=2_000_000)
    with pytest.raises(InvalidInput) as refused:
        propose(acting, actor)
    assert refused.value.field == "total_budget"
    assert str(pool[0].pk) in refused.value.user_message
    run = rebalanced(acting)
    assert run.said["USD"].startswith("failed: ")
    assert run.finished_at is not None
    assert not Rebalance.objects.exists()


def test_in_mode_watch_the_rebalance_is_only_noted(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    advertiser.mode = Mode.WATCH
    advertiser.save()
    rebalanced(advertiser)
    assert Rebalance.objects.get().state == "shadow"


def test_a_roll_back_that_was_not_applied_freezes_nothing(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    Rebalance.objects.create(
        advertiser=advertiser,
        currency="USD",
        total_micros=1,
        state="dismissed",
        kind="roll_back",
        asked_by="x",
    )
    assert propose(advertiser).state == "proposed"


def test_what_somebody_raised_since_the_proposal_takes_of_the_room_for_raises(
    acting: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    proposal = services.propose_rebalance(actor=WORKER, advertiser=acting, currency="USD")
    raise_ = proposal.changes.get(campaign=pool[0])
    assert raise_.new_micros > raise_.old_micros == 100_000_000
    rebalance = services.apply_rebalance(actor=actor, rebalance=proposal)
    Campaign.objects.filter(pk=pool[1].pk).update(daily_budget_micros=150_000_000)
    PublishRequest.objects.filter(state="waiting").update(state="done")
    rebalance.refresh_from_db()
    assert services.resume(rebalance)
    pool[0].refresh_from_db()
    assert pool[0].daily_budget_micros == 100_000_000  # 150 is more than what the cuts freed
