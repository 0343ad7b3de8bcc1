"""What always passes, and what an ad group with a budget of its own lifts."""

from __future__ import annotations

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, SpendApproval
from core.common.errors import NotAllowed
from core.models import (
    Actor,
    Advertiser,
)
from tests.campaigns.page_rows import make_ad
from tests.campaigns.publishing.launched import approved
from tests.campaigns.spend.flights import (
    DAY,
    DEC_29,
    NOV_30,
    ask,
    newest,
    usd,
)
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("saturday")


def test_above_the_envelope_everything_harmless_passes(
    flight: Campaign, people: People, advertiser: Advertiser, actor: Actor
) -> None:
    """Somebody raised it on the platform; the stop switch is on too."""
    outside = {"daily_budget_micros": 500_000_000, "remote_daily_budget_micros": 500_000_000}
    Campaign.objects.update(**outside)
    services.stop(actor=actor, advertiser=advertiser)
    editor = Actor.person(people.editor)
    assert services.update_campaign(actor=editor, campaign=flight, name="Boots 2") is not None
    assert ask(editor, flight, 490) is not None
    assert services.update_campaign(actor=editor, campaign=flight, end=DEC_29 - DAY) is not None
    paused = services.set_status(actor=editor, campaign=flight, to="paused")
    assert paused is not None
    for request in PublishRequest.objects.filter(campaign=flight, state="waiting"):
        gate.check_send(request)


def test_the_status_of_an_ad_or_of_a_group_without_a_budget_is_no_raise(
    flight: Campaign, people: People, advertiser: Advertiser, actor: Actor
) -> None:
    ad = make_ad(flight)
    AdGroup.objects.update(wanted="active", remote_id="g1")
    services.stop(actor=actor, advertiser=advertiser)
    editor, group = Actor.person(people.editor), AdGroup.objects.get()
    for to in ("paused", "active"):
        assert services.set_ad_status(actor=editor, ad=ad, to=to) is not None
        assert services.set_ad_group_status(actor=editor, ad_group=group, to=to) is not None
    for request in PublishRequest.objects.filter(state="waiting"):
        gate.check_send(request)
    assert Ad.objects.get().wanted == "active"


def test_switching_on_a_group_with_its_own_budget_is_a_raise(
    flight: Campaign, people: People
) -> None:
    Campaign.objects.update(budget_on="ad_group")
    own = {"daily_budget_micros": 25_000_000, "start": NOV_30, "end": DEC_29}
    AdGroup.objects.create(campaign=flight, wanted="active", remote="active", remote_id="g1", **own)
    off = AdGroup.objects.create(
        campaign=flight, wanted="paused", remote="paused", remote_id="g2", **own
    )
    flight.refresh_from_db()
    SpendApproval.objects.all().delete()
    approved(flight)
    assert newest(flight).per_day == usd(25)
    with pytest.raises(NotAllowed):
        services.set_ad_group_status(actor=Actor.person(people.editor), ad_group=off, to="active")
    off.refresh_from_db()
    assert off.wanted == "paused"
    approver = Actor.person(people.approver)
    assert services.set_ad_group_status(actor=approver, ad_group=off, to="active") is not None
    assert newest(flight).per_day == usd(50)


def test_a_group_that_is_on_already_counts_once(flight: Campaign, people: People) -> None:
    Campaign.objects.update(budget_on="ad_group")
    group = AdGroup.objects.create(
        campaign=flight,
        wanted="active",
        remote="active",
        remote_id="g1",
        daily_budget_micros=50_000_000,
        start=NOV_30,
        end=DEC_29,
    )
    flight.refresh_from_db()
    SpendApproval.objects.all().delete()
    approved(flight)
    editor = Actor.person(people.editor)
    for to in ("paused", "active"):
        assert services.set_ad_group_status(actor=editor, ad_group=group, to=to) is not None
    gate.check_send(PublishRequest.objects.get(state="waiting"))
    assert SpendApproval.objects.get().per_day == usd(50)


def test_a_campaign_whose_groups_are_all_off_spends_nothing_until_one_is_on(
    flight: Campaign, people: People
) -> None:
    Campaign.objects.update(budget_on="ad_group")
    off = AdGroup.objects.create(
        campaign=flight,
        wanted="paused",
        remote="paused",
        remote_id="g1",
        daily_budget_micros=10_000_000,
        start=NOV_30,
        end=DEC_29,
    )
    flight.refresh_from_db()
    SpendApproval.objects.all().delete()
    approved(flight)
    assert newest(flight).per_day == usd(0)
    with pytest.raises(NotAllowed):
        services.set_ad_group_status(actor=Actor.person(people.editor), ad_group=off, to="active")
