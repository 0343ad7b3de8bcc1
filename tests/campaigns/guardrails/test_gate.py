"""The one gate for spend: what passes, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Campaign, PublishRequest
from core.common import clock
from core.common.errors import GuardrailExceeded, InvalidInput, InvalidMove, SpendStopped
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser, AuditEntry, Job
from platforms.models import AdAccount
from tests.campaigns.publishing.launched import launched

WORKER = Actor(ActorKind.WORKER, "optimiser")


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.fixture
def campaign(acting: Advertiser) -> Campaign:
    """An active campaign at 100.00 a day, as if launched."""
    return launched(acting, "Boots")[0]


def nothing_happened(campaign: Campaign) -> bool:
    fresh = Campaign.objects.get(pk=campaign.pk)
    same = (fresh.daily_budget_micros, fresh.wanted, fresh.name) == (
        campaign.daily_budget_micros,
        campaign.wanted,
        campaign.name,
    )
    return same and not PublishRequest.objects.exists() and not AuditEntry.objects.exists()


def set_budget(campaign: Campaign, amount: str, actor: Actor = WORKER) -> PublishRequest | None:
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=usd(amount))


def test_raise_within_the_step_is_written_with_request_and_entry(campaign: Campaign) -> None:
    request = set_budget(campaign, "150")
    assert request is not None
    assert request.payload == {"micros": 150_000_000, "before": 100_000_000}
    assert Campaign.objects.get().daily_budget_micros == 150_000_000
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["micros"], entry.after["micros"]) == (
        "set daily budget",
        100_000_000,
        150_000_000,
    )


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("150.01", "more than 50%"),
        ("4.99", "below the minimum of $5.00"),
        ("0", "below the minimum"),
        ("-10", "below the minimum"),
    ],
)
def test_budget_out_of_bounds_is_refused_at_its_field(
    campaign: Campaign, amount: str, words: str
) -> None:
    with pytest.raises(GuardrailExceeded, match=re.escape(words)) as refused:
        set_budget(campaign, amount)
    assert refused.value.field == "daily_budget"
    assert nothing_happened(campaign)


def test_fraction_of_a_cent_and_foreign_currency_are_refused(campaign: Campaign) -> None:
    for budget in (usd("100.005"), Money(Decimal(100), "EUR")):
        with pytest.raises(InvalidInput) as refused:
            services.set_daily_budget(actor=WORKER, campaign=campaign, budget=budget)
        assert refused.value.field == "daily_budget"
    assert nothing_happened(campaign)


def test_ceiling_and_caps_hold(campaign: Campaign, advertiser: Advertiser) -> None:
    advertiser.campaign_ceiling_micros = 120_000_000
    advertiser.save()
    with pytest.raises(GuardrailExceeded, match="ceiling of \\$120.00"):
        set_budget(campaign, "121")
    advertiser.campaign_ceiling_micros = None
    advertiser.max_daily_total_micros = 130_000_000
    advertiser.save()
    with pytest.raises(GuardrailExceeded, match="advertiser's cap of \\$130.00"):
        set_budget(campaign, "131")
    AdAccount.objects.update(daily_cap_micros=110_000_000)
    with pytest.raises(GuardrailExceeded, match="cap of Meta: Shop of \\$110.00"):
        set_budget(campaign, "111")
    assert nothing_happened(campaign)


def test_worker_waits_for_the_cool_down_but_may_lower(campaign: Campaign) -> None:
    Campaign.objects.update(budget_changed_at=clock.market_now() - timedelta(hours=19))
    with pytest.raises(GuardrailExceeded, match="less than 20 hours"):
        set_budget(campaign, "110")
    assert nothing_happened(campaign)
    assert set_budget(campaign, "90") is not None


def test_stop_switch_halts_raising_and_enabling_and_lets_lowering_and_pausing_pass(
    campaign: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    services.stop(actor=actor, advertiser=advertiser, reason="odd spend")
    with pytest.raises(GuardrailExceeded, match="stop switch") as refused:
        set_budget(campaign, "110")
    assert refused.value.code == "stopped"
    assert set_budget(campaign, "90") is not None
    assert services.set_status(actor=actor, campaign=campaign, to="paused") is not None
    with pytest.raises(GuardrailExceeded, match="stop switch"):
        services.set_status(actor=actor, campaign=campaign, to="active")
    assert Campaign.objects.get().wanted == "paused"


def test_stop_switch_pressed_after_asking_still_halts_the_sending(
    campaign: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    request = set_budget(campaign, "110")
    assert request is not None
    services.stop(actor=actor, advertiser=advertiser)
    with pytest.raises(GuardrailExceeded):
        gate.check_send(request)


def test_worker_cannot_lift_the_stop_switch(advertiser: Advertiser, actor: Actor) -> None:
    services.stop(actor=actor, advertiser=advertiser)
    with pytest.raises(InvalidInput):
        services.lift_stop(actor=WORKER, advertiser=advertiser)
    assert Advertiser.objects.get(pk=advertiser.pk).is_stopped


def test_campaign_made_elsewhere_is_read_only_until_adopted(
    campaign: Campaign, actor: Actor
) -> None:
    Campaign.objects.update(managed=False, origin="elsewhere")
    with pytest.raises(GuardrailExceeded, match="Adopt it first"):
        set_budget(campaign, "110")
    with pytest.raises(GuardrailExceeded, match="Adopt it first"):
        services.set_status(actor=actor, campaign=campaign, to="paused")
    services.adopt(actor=actor, campaign=campaign)
    assert set_budget(campaign, "110") is not None


def test_imported_campaign_can_never_be_changed(campaign: Campaign, actor: Actor) -> None:
    Campaign.objects.update(origin="import")
    with pytest.raises(GuardrailExceeded, match="no platform behind it"):
        services.set_status(actor=actor, campaign=campaign, to="paused")
    with pytest.raises(InvalidInput):
        services.adopt(actor=actor, campaign=campaign)


def test_archived_is_final(campaign: Campaign, actor: Actor) -> None:
    services.set_status(actor=actor, campaign=campaign, to="archived")
    with pytest.raises(InvalidMove, match="cannot go from archived to active"):
        services.set_status(actor=actor, campaign=campaign, to="active")


def test_same_value_again_is_no_change(campaign: Campaign, actor: Actor) -> None:
    assert set_budget(campaign, "100") is None
    assert services.set_status(actor=actor, campaign=campaign, to="active") is None
    assert nothing_happened(campaign)


def test_newer_wish_replaces_one_that_still_waits(campaign: Campaign, actor: Actor) -> None:
    first, second = set_budget(campaign, "90", actor), set_budget(campaign, "80", actor)
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "waiting")


def test_dates_in_the_past_or_reversed_are_refused(campaign: Campaign, actor: Actor) -> None:
    today = clock.market_now().date()
    for change, field in (
        ({"end": today - timedelta(days=5)}, "end"),
        ({"start": today + timedelta(days=9), "end": today + timedelta(days=3)}, "end"),
        ({"name": "x" * 201}, "name"),
    ):
        with pytest.raises(InvalidInput) as refused:
            services.update_campaign(actor=actor, campaign=campaign, **change)
        assert refused.value.field == field
    assert nothing_happened(campaign)


def test_publish_job_is_asked_for_once(
    campaign: Campaign, actor: Actor, django_capture_on_commit_callbacks: object
) -> None:
    set_budget(campaign, "90", actor)
    set_budget(campaign, "80", actor)
    assert list(Job.objects.values_list("kind", "key")) == [("publish_lower", str(campaign.pk))]
    services.update_campaign(actor=actor, campaign=campaign, name="Tents")
    services.update_campaign(actor=actor, campaign=campaign, name="Coats")
    kinds = Job.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["publish_lower", "publish"]


def test_lowering_a_wish_that_was_never_sent_is_held_when_it_is_sent(
    campaign: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    set_budget(campaign, "140", actor)
    services.stop(actor=actor, advertiser=advertiser)
    lower = set_budget(campaign, "130", actor)
    assert lower is not None
    with pytest.raises(SpendStopped):
        gate.check_send(fresh_request(lower))
    below = set_budget(campaign, "95", actor)
    assert below is not None
    gate.check_send(fresh_request(below))


def fresh_request(request: PublishRequest) -> PublishRequest:
    rows = PublishRequest.objects.select_related("campaign__account__advertiser")
    return rows.get(pk=request.pk)


def test_limit_that_was_lowered_meanwhile_halts_the_sending(
    campaign: Campaign, advertiser: Advertiser
) -> None:
    request = set_budget(campaign, "140")
    assert request is not None
    Advertiser.objects.update(campaign_ceiling_micros=120_000_000)
    fresh = PublishRequest.objects.select_related("campaign__account__advertiser").get(
        pk=request.pk
    )
    with pytest.raises(GuardrailExceeded, match="ceiling"):
        gate.check_send(fresh)


def test_limits_in_another_currency_are_not_read_as_the_same_number(
    campaign: Campaign, advertiser: Advertiser
) -> None:
    Advertiser.objects.update(campaign_ceiling_micros=500_000_000)
    AdAccount.objects.update(currency="JPY")
    budget = Money(Decimal(110), "JPY")
    with pytest.raises(GuardrailExceeded) as refused:
        services.set_daily_budget(actor=WORKER, campaign=campaign, budget=budget)
    assert refused.value.code == "limit_currency"


def test_later_end_is_held_by_the_stop_switch(
    campaign: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    end = clock.market_now().date() + timedelta(days=10)
    Campaign.objects.update(end=end)
    services.stop(actor=actor, advertiser=advertiser)
    with pytest.raises(GuardrailExceeded, match="stop switch"):
        services.update_campaign(actor=actor, campaign=campaign, end=end + timedelta(days=7))
    sooner = services.update_campaign(actor=actor, campaign=campaign, end=end - timedelta(days=1))
    assert sooner is not None
