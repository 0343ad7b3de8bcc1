"""More budget behind a winner: when, how much, once a day, through the gate, undone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.services import set_daily_budget, stop
from core.common import clock
from core.common.errors import AdsEngineError, GuardrailExceeded, InvalidMove, NotAllowed
from core.models import Actor, ActorKind, Advertiser, Mode
from optimization import services
from optimization.ab_tests.scaling import next_budget
from optimization.models import ABTest, Decision
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People
from tests.optimization.live import passed

pytestmark = pytest.mark.usefixtures("noon")

WORKER = Actor(ActorKind.WORKER, "optimiser")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    advertiser.target_roas = Decimal("1.500")
    advertiser.save()
    return make_account(advertiser, "google", synced_market_at=NOW)


def won(account: AdAccount, *, share: float = 0.9, days: int = 14) -> tuple[ABTest, Ad, Ad]:
    """A campaign whose first ad has won by far on ROAS, with `share` of the spend lately."""
    campaign = make_campaign(account, daily_budget_micros=100_000_000)
    good, bad = make_ad(campaign, "Good"), make_ad(campaign, "Bad")
    spend = round(1000 * share)
    for back in range(days + 2):
        day, swing = YESTERDAY - timedelta(days=back), back % 3
        paid: dict[str, Any] = {"spend": spend, "revenue": spend * 6 + swing, "conversions": "90"}
        deliver(good, day, clicks=200 + swing, **paid)
        rest = 1000 - spend
        paid = {"spend": rest, "revenue": rest + swing, "conversions": "20"}
        deliver(bad, day, clicks=200 + swing, **paid)
        deliver(campaign, day, spend=1000)
    test = services.create_test(
        actor=WORKER, campaign=campaign, metric="roas", started_on=YESTERDAY - timedelta(days=days)
    )
    latest = services.analyse_test(test)
    assert latest.result["scale_ids"] == [good.pk], latest.result["summary"]
    return test, good, bad


def proposed(test: ABTest) -> list[Decision]:
    return services.propose_scaling(test, test.analyses.latest())


def budget(test: ABTest) -> int | None:
    return Campaign.objects.get(pk=test.campaign_id).daily_budget_micros


def test_a_winner_with_most_of_the_delivery_is_proposed_a_fifth_more(account: AdAccount) -> None:
    test, good, _ = won(account)
    (decision,) = proposed(test)
    assert (decision.action, decision.ad, decision.state) == ("scale", good, "proposed")
    assert (decision.evidence["old_micros"], decision.evidence["new_micros"]) == (
        100_000_000,
        120_000_000,
    )
    assert decision.evidence["delivery_share"] == 0.9
    assert not PublishRequest.objects.exists()


def test_with_less_delivery_pausing_the_losers_comes_first(account: AdAccount) -> None:
    test, _, bad = won(account, share=0.7)
    (decision,) = proposed(test)
    assert (decision.action, decision.ad) == ("pause_ad", bad)


def test_the_step_limit_and_the_ceiling_bound_the_raise(
    account: AdAccount, advertiser: Advertiser
) -> None:
    advertiser.max_step, advertiser.campaign_ceiling_micros = Decimal("0.1"), None
    advertiser.save()
    test, _, _ = won(account)
    test = ABTest.objects.get(pk=test.pk)
    (decision,) = proposed(test)
    assert decision.evidence["new_micros"] == 110_000_000
    services.dismiss(actor=WORKER, decision=decision)
    advertiser.campaign_ceiling_micros = 100_000_000
    advertiser.save()
    with clock.freeze(NOW + timedelta(days=1)):
        assert proposed(ABTest.objects.get(pk=test.pk)) == []


def test_the_raise_goes_through_the_gate_once_and_is_undone(
    account: AdAccount, actor: Actor
) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    services.apply_decision(actor=actor, decision=decision)
    assert budget(test) == 120_000_000
    with pytest.raises(InvalidMove):
        services.apply_decision(actor=actor, decision=decision)
    assert PublishRequest.objects.filter(operation="set_budget").count() == 1
    services.undo_decision(actor=actor, decision=decision)
    assert budget(test) == 100_000_000
    decision.refresh_from_db()
    assert decision.state == "undone"


def test_after_a_raise_none_is_proposed_before_the_next_day(
    account: AdAccount, actor: Actor
) -> None:
    test, _, _ = won(account)
    services.apply_decision(actor=actor, decision=proposed(test)[0])
    assert proposed(ABTest.objects.get(pk=test.pk)) == []
    with clock.freeze(NOW + timedelta(days=1)):
        (second,) = proposed(ABTest.objects.get(pk=test.pk))
    assert second.evidence["new_micros"] == 144_000_000


def test_a_budget_written_today_is_not_raised_again_today(account: AdAccount, actor: Actor) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    Campaign.objects.update(budget_changed_at=NOW)
    with pytest.raises(InvalidMove, match="changed today already"):
        services.apply_decision(actor=actor, decision=decision)
    assert budget(test) == 100_000_000
    assert Decision.objects.get(pk=decision.pk).state == "proposed"


def test_a_changed_budget_is_not_raised_from_its_old_value(
    account: AdAccount, actor: Actor
) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    set_daily_budget(actor=actor, campaign=test.campaign, budget=account.money(90_000_000))
    with pytest.raises(InvalidMove, match="changed since"):
        services.apply_decision(actor=actor, decision=decision)
    assert budget(test) == 90_000_000


def test_an_undo_leaves_a_later_budget_alone(account: AdAccount, actor: Actor) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    services.apply_decision(actor=actor, decision=decision)
    set_daily_budget(actor=actor, campaign=test.campaign, budget=account.money(130_000_000))
    with pytest.raises(InvalidMove, match="change it by hand"):
        services.undo_decision(actor=actor, decision=decision)
    assert budget(test) == 130_000_000


def refused(actor: Actor, decision: Decision, error: type[AdsEngineError]) -> None:
    with pytest.raises(error):
        services.apply_decision(actor=actor, decision=decision)
    assert Decision.objects.get(pk=decision.pk).state == "proposed"
    assert Campaign.objects.get().daily_budget_micros == 100_000_000
    assert not PublishRequest.objects.exists()


def test_the_stop_switch_halts_a_raise(
    account: AdAccount, actor: Actor, advertiser: Advertiser
) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    stop(actor=actor, advertiser=advertiser, reason="Wait.")
    refused(WORKER, decision, GuardrailExceeded)


def test_an_editor_may_not_raise(account: AdAccount, people: People) -> None:
    test, _, _ = won(account)
    (decision,) = proposed(test)
    refused(Actor.person(people.editor), decision, NotAllowed)


@pytest.mark.parametrize(
    ("mode", "state", "micros"),
    [
        (Mode.WATCH, "noted", 100_000_000),
        (Mode.SUGGEST, "proposed", 100_000_000),
        (Mode.ACT, "done", 120_000_000),
    ],
)
def test_the_worker_scales_by_mode_and_once_a_day(
    account: AdAccount, advertiser: Advertiser, mode: str, state: str, micros: int
) -> None:
    test, _, bad = won(account)
    Ad.objects.filter(pk=bad.pk).update(wanted="paused")
    Advertiser.objects.update(mode=mode)
    advertiser.refresh_from_db()
    for slot in ("a", "b"):
        passed(advertiser, slot)
    scale = Decision.objects.get(action="scale")
    assert (scale.state, budget(test)) == (state, micros)


def test_a_worker_takes_up_what_a_person_has_looked_at(
    account: AdAccount, advertiser: Advertiser
) -> None:
    test, _, bad = won(account, share=0.7)
    Advertiser.objects.update(mode=Mode.ACT)
    advertiser.refresh_from_db()
    services.propose_actions(test, test.analyses.latest())
    run = passed(advertiser, "a")
    bad.refresh_from_db()
    assert bad.wanted == "paused"
    assert run.said[str(test.campaign_id)].endswith("1 losing ads paused")


def test_a_dismissed_pause_is_not_proposed_again(account: AdAccount, actor: Actor) -> None:
    test, _, _ = won(account, share=0.7)
    (decision,) = proposed(test)
    services.dismiss(actor=actor, decision=decision, reason="Keep it for the launch.")
    assert services.propose_actions(test, services.analyse_test(test)) == []
    decision.refresh_from_db()
    assert (decision.state, decision.decided_by) == ("dismissed", "admin")


def test_in_mode_watch_a_person_may_still_act_on_what_was_noted(
    account: AdAccount, advertiser: Advertiser, actor: Actor
) -> None:
    test, _, bad = won(account, share=0.7)
    advertiser.mode = Mode.WATCH
    advertiser.save()
    test = ABTest.objects.get(pk=test.pk)
    (noted, *_rest) = services.propose_actions(test, test.analyses.latest())
    services.apply_decision(actor=actor, decision=noted)
    bad.refresh_from_db()
    assert bad.wanted == "paused"


def test_a_raise_is_as_fine_as_the_platform_counts(account: AdAccount) -> None:
    """Meta takes whole forints."""
    test, _, _ = won(account)
    AdAccount.objects.filter(pk=account.pk).update(platform="meta", currency="HUF")
    Campaign.objects.filter(pk=test.campaign_id).update(daily_budget_micros=10_003_000_000)
    campaign = Campaign.objects.select_related("account__advertiser").get(pk=test.campaign_id)
    found = next_budget(campaign)
    assert found is not None
    assert found.micros == 12_003_000_000
