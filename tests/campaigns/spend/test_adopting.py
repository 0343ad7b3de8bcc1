"""What others did on the platform, and what adopting it approves."""

from __future__ import annotations

import pytest

from campaigns import services
from campaigns.models import Campaign, PublishRequest, SpendApproval
from campaigns.spend import envelope_watch
from campaigns.spend.approvals import NotApproved
from core.common.errors import GuardrailExceeded, InvalidInput, NotAllowed
from core.models import (
    Actor,
    Advertiser,
    Incident,
)
from tests.campaigns.page_rows import make_campaign
from tests.campaigns.spend.flights import (
    AGENT,
    ask,
    confirm,
    newest,
    usd,
)
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("saturday")


def test_an_outside_raise_is_an_incident_with_its_amount_and_no_approval(
    flight: Campaign, actor: Actor
) -> None:
    Campaign.objects.update(daily_budget_micros=60_000_000, remote_daily_budget_micros=60_000_000)
    assert envelope_watch.watch(flight.account) == 1
    incident = Incident.objects.get(resolved_at=None)
    assert incident.title == "Boots: could spend more than was approved"
    assert incident.at_stake == "$324.00 beyond what was approved."
    assert "could spend $1,944.00 from 28 Nov 2026 on" in incident.detail
    assert SpendApproval.objects.count() == 1
    services.set_status(actor=actor, campaign=flight, to="paused")
    confirm(flight)
    with pytest.raises(NotApproved):
        services.set_status(actor=AGENT, campaign=flight, to="active")
    assert envelope_watch.watch(flight.account) == 0
    assert not Incident.objects.filter(resolved_at=None).exists()


def test_an_end_that_is_gone_is_above_every_envelope(flight: Campaign) -> None:
    Campaign.objects.update(end=None)
    assert envelope_watch.watch(flight.account) == 1


# ---- adopting ----


@pytest.fixture
def foreign(flight: Campaign) -> Campaign:
    Campaign.objects.update(managed=False, origin="elsewhere")
    SpendApproval.objects.all().delete()
    return flight


def test_adopting_approves_what_it_can_still_spend(foreign: Campaign, people: People) -> None:
    services.adopt(actor=Actor.person(people.approver), campaign=foreign)
    row = newest(foreign)
    assert (row.basis, row.envelope, row.approver) == ("adoption", usd(1620), people.approver)


def test_adopting_asks_for_the_second_person(foreign: Campaign, people: People) -> None:
    Advertiser.objects.update(second_person_above_micros=1_619_000_000)
    with pytest.raises(NotAllowed, match="second person"):
        services.adopt(actor=Actor.person(people.approver), campaign=foreign)
    foreign.refresh_from_db()
    assert not foreign.managed
    assert not SpendApproval.objects.exists()


def test_over_a_cap_a_running_one_is_not_adopted_and_a_paused_one_with_nothing(
    foreign: Campaign, people: People
) -> None:
    Advertiser.objects.update(max_daily_total_micros=49_000_000)
    approver = Actor.person(people.approver)
    with pytest.raises(GuardrailExceeded, match="Pause it on the platform first"):
        services.adopt(actor=approver, campaign=foreign)
    assert not SpendApproval.objects.exists()
    Campaign.objects.update(wanted="paused", remote="paused")
    services.adopt(actor=approver, campaign=foreign)
    assert (newest(foreign).envelope, newest(foreign).per_day) == (usd(0), usd(0))
    with pytest.raises(NotAllowed):
        services.set_status(actor=Actor.person(people.editor), campaign=foreign, to="active")


def test_a_budget_that_campaigns_share_counts_once(foreign: Campaign, actor: Actor) -> None:
    Campaign.objects.update(budget_on="shared", shared_budget="77")
    make_campaign(
        foreign.account,
        "Hats",
        end=None,
        budget_on="shared",
        shared_budget="77",
        daily_budget_micros=50_000_000,
    )
    Advertiser.objects.update(max_daily_total_micros=55_000_000)
    services.adopt(actor=actor, campaign=foreign)
    assert newest(foreign).per_day == usd(50)
    with pytest.raises(InvalidInput, match="shares its budget with Hats"):
        ask(actor, foreign, 40)
    assert not PublishRequest.objects.exists()
