"""Caps hold over what may be spent now, not over what is only wished for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Campaign, PublishRequest
from core.common.errors import GuardrailExceeded, NotAllowed, SpendStopped
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry
from tests.campaigns.publishing.launched import launched
from tests.fixtures.people import People


@pytest.fixture
def three(advertiser: Advertiser) -> list[Campaign]:
    """Three campaigns of 100.00 a day, under a cap of 300.00."""
    advertiser.max_daily_total_micros = 300_000_000
    advertiser.save()
    return launched(advertiser, "One", "Two", "Three")


def ask(actor: Actor, campaign: Campaign, amount: int) -> PublishRequest | None:
    budget = Money(Decimal(amount), "USD")
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=budget)


def confirm(campaign: Campaign) -> None:
    """The platform took every change of the campaign."""
    campaign.refresh_from_db()
    campaign.remote_daily_budget_micros = campaign.daily_budget_micros
    campaign.remote = campaign.wanted
    campaign.save()
    PublishRequest.objects.filter(campaign=campaign).update(state="done")


def confirm_as(campaign: Campaign, micros: int) -> None:
    """The platform has this budget, and nothing else is asked for."""
    Campaign.objects.filter(pk=campaign.pk).update(
        daily_budget_micros=micros, remote_daily_budget_micros=micros
    )
    PublishRequest.objects.filter(campaign=campaign).update(state="done")


def asked_for(campaign: Campaign) -> int:
    """In whole units."""
    campaign.refresh_from_db()
    return (campaign.daily_budget_micros or 0) // 1_000_000


def test_a_cut_that_waits_leaves_no_room_for_a_raise(three: list[Campaign], actor: Actor) -> None:
    assert ask(actor, three[0], 50) is not None
    with pytest.raises(GuardrailExceeded, match=r"come to \$350\.00 a day.*confirmed them"):
        ask(actor, three[1], 150)
    assert asked_for(three[1]) == 100
    assert PublishRequest.objects.count() == AuditEntry.objects.count() == 1
    confirm(three[0])
    assert ask(actor, three[1], 150) is not None


def test_a_raise_is_looked_at_again_before_it_is_sent(three: list[Campaign], actor: Actor) -> None:
    Campaign.objects.filter(pk=three[0].pk).update(remote_daily_budget_micros=50_000_000)
    Campaign.objects.filter(pk=three[0].pk).update(daily_budget_micros=50_000_000)
    request = ask(actor, three[1], 150)
    assert request is not None
    gate.check_send(request)
    Campaign.objects.filter(pk=three[0].pk).update(remote_daily_budget_micros=51_000_000)
    with pytest.raises(GuardrailExceeded, match=r"come to \$301\.00 a day"):
        gate.check_send(request)


def test_a_raise_that_waits_takes_its_room(three: list[Campaign], actor: Actor) -> None:
    assert ask(actor, three[0], 50) is not None
    confirm(three[0])
    assert ask(actor, three[1], 150) is not None
    with pytest.raises(GuardrailExceeded, match="advertiser's cap"):
        ask(actor, three[2], 101)
    assert asked_for(three[2]) == 100


def test_taking_a_waiting_cut_back_lifts_nothing_and_passes_over_a_lowered_cap(
    three: list[Campaign], actor: Actor
) -> None:
    assert ask(actor, three[0], 50) is not None
    Advertiser.objects.update(max_daily_total_micros=270_000_000)
    back = ask(actor, three[0], 100)
    assert back is not None
    gate.check_send(back)
    with pytest.raises(GuardrailExceeded, match=r"come to \$301\.00 a day"):
        ask(actor, three[0], 101)
    assert asked_for(three[0]) == 100


def test_a_cut_that_was_confirmed_is_not_taken_back_under_the_stop_switch(
    three: list[Campaign], actor: Actor, advertiser: Advertiser
) -> None:
    assert ask(actor, three[0], 50) is not None
    services.stop(actor=actor, advertiser=advertiser)
    back = ask(actor, three[0], 100)
    assert back is not None
    Campaign.objects.filter(pk=three[0].pk).update(remote_daily_budget_micros=50_000_000)
    sent = PublishRequest.objects.select_related("campaign__account__advertiser").get(pk=back.pk)
    with pytest.raises(SpendStopped):
        gate.check_send(sent)
    three[0].refresh_from_db()
    confirm_as(three[0], 50_000_000)
    with pytest.raises(SpendStopped):
        ask(actor, three[0], 100)
    assert asked_for(three[0]) == 50
    assert ask(actor, three[0], 40) is not None


def test_an_editor_may_take_a_cut_back_to_what_was_approved_and_no_further(
    three: list[Campaign], people: People
) -> None:
    editor = Actor.person(people.editor)
    assert ask(editor, three[0], 50) is not None
    confirm(three[0])
    assert ask(editor, three[0], 75) is not None
    confirm(three[0])
    with pytest.raises(NotAllowed):
        ask(editor, three[0], 101)
    assert asked_for(three[0]) == 75
    assert ask(editor, three[0], 100) is not None


def test_a_step_is_measured_from_what_is_in_force(three: list[Campaign], actor: Actor) -> None:
    """One may go back from a cut at once, however deep it was."""
    assert ask(actor, three[0], 10) is not None
    assert ask(actor, three[0], 100) is not None


def test_a_pause_that_waits_still_counts(three: list[Campaign], actor: Actor) -> None:
    assert services.set_status(actor=actor, campaign=three[0], to="paused") is not None
    with pytest.raises(GuardrailExceeded, match=r"come to \$301\.00 a day.*confirmed them"):
        ask(actor, three[1], 101)
    assert asked_for(three[1]) == 100
    confirm(three[0])
    assert ask(actor, three[1], 150) is not None


def test_a_campaign_whose_pause_waits_is_not_raised_over_the_cap(
    three: list[Campaign], actor: Actor
) -> None:
    assert services.set_status(actor=actor, campaign=three[0], to="paused") is not None
    with pytest.raises(GuardrailExceeded, match=r"come to \$301\.00 a day"):
        ask(actor, three[0], 101)
    confirm(three[0])
    assert ask(actor, three[0], 150) is not None


def test_over_a_lowered_cap_one_may_still_lower(three: list[Campaign], actor: Actor) -> None:
    Advertiser.objects.update(max_daily_total_micros=10_000_000)
    assert ask(actor, three[0], 90) is not None
    assert ask(actor, three[0], 80) is not None
    assert asked_for(three[0]) == 80
