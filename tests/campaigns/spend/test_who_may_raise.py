"""Who may ask for more, and who may approve it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Brief, Campaign, SpendApproval
from campaigns.spend.approvals import NotApproved
from core.common import clock
from core.common.errors import GuardrailExceeded, NotAllowed
from core.models import (
    Actor,
    Advertiser,
    Membership,
    Role,
)
from tests.campaigns.page_rows import make_campaign
from tests.campaigns.spend.flights import (
    AGENT,
    DAY,
    DEC_29,
    NOV_30,
    NOW,
    WORKER,
    ask,
    asked,
    confirm,
    newest,
    usd,
)
from tests.fixtures.people import People, make_user

pytestmark = pytest.mark.usefixtures("saturday")


def test_one_approver_cannot_climb_in_small_steps(flight: Campaign, people: People) -> None:
    """80.00, 120.00, 180.00, 270.00, 404.90: the step counts over 24 hours."""
    with clock.freeze(NOW):
        Campaign.objects.update(
            daily_budget_micros=80_000_000, remote_daily_budget_micros=80_000_000
        )
        approver = Actor.person(people.approver)
        assert ask(approver, flight, 120) is not None
        confirm(flight)
        with pytest.raises(
            GuardrailExceeded, match=r"more than 50% above \$80\.00 of 24 hours ago"
        ):
            ask(approver, flight, 121)
    flight.refresh_from_db()
    assert flight.daily_budget_micros == 120_000_000
    with clock.freeze(NOW + timedelta(hours=24)):
        assert ask(approver, flight, 180) is not None


def test_raises_add_up_to_the_second_person(
    flight: Campaign, people: People, advertiser: Advertiser
) -> None:
    """Ada approved 1,620.00; alone, the approver may add 500.00 to it."""
    Advertiser.objects.update(second_person_above_micros=500_000_000)
    approver = Actor.person(people.approver)
    assert ask(approver, flight, 60) is not None  # 1,944.00: 324.00 more
    confirm(flight)
    with pytest.raises(NotAllowed, match=r"adds up to \$648\.00 .* Above \$500\.00"):
        ask(approver, flight, 70)  # 2,268.00
    assert newest(flight).envelope == usd(1944)
    other = make_user("Bea")
    Membership.objects.create(user=other, advertiser=advertiser, role=Role.APPROVER)
    assert ask(Actor.person(other), flight, 70) is not None


def test_without_a_rate_a_second_person_is_needed(flight: Campaign, people: People) -> None:
    Advertiser.objects.update(second_person_above_micros=10**12, currency="EUR")
    with pytest.raises(NotAllowed, match="second person"):
        ask(Actor.person(people.approver), flight, 60)
    assert asked(flight) == (0, 0)


def test_who_launches_never_approves(flight: Campaign) -> None:
    with pytest.raises(NotApproved, match=r"\$1,944\.00 .* more than the approved \$1,620\.00"):
        ask(AGENT, flight, 60)
    assert asked(flight) == (0, 0)


def test_a_worker_acts_on_the_policy_and_its_mode_is_asked_again(
    flight: Campaign, acting: Advertiser
) -> None:
    request = ask(WORKER, flight, 60)
    assert request is not None
    row = newest(flight)
    assert (row.basis, row.approver, row.envelope) == ("policy", None, usd(1944))
    assert row.approver_name == f"policy {row.policy}"
    gate.check_send(request)
    Advertiser.objects.update(mode="suggest")
    with pytest.raises(GuardrailExceeded, match="mode suggest"):
        gate.check_send(request)


def test_a_worker_raises_nothing_in_another_mode(flight: Campaign) -> None:
    with pytest.raises(GuardrailExceeded, match="mode suggest"):
        ask(WORKER, flight, 60)
    assert asked(flight) == (0, 0)
    assert ask(WORKER, flight, 40) is not None


@pytest.fixture
def brief(flight: Campaign, advertiser: Advertiser) -> Brief:
    """Of 1,500.00: 30 days at 50.00, all of them on one platform."""
    made = Brief.objects.create(
        advertiser=advertiser,
        name="Winter",
        total_budget_micros=1_500_000_000,
        currency="USD",
        start=NOV_30,
        end=DEC_29,
        landing_url="https://shop.example.com",
    )
    Campaign.objects.filter(pk=flight.pk).update(brief=made)
    flight.refresh_from_db()
    return made


@pytest.mark.usefixtures("brief")
def test_the_total_of_the_brief_bounds_what_approvers_approve(
    flight: Campaign, people: People
) -> None:
    approver = Actor.person(people.approver)
    with pytest.raises(NotAllowed, match=r"“Winter” would come to \$1,800\.00, and its total is"):
        ask(approver, flight, 60)
    assert SpendApproval.objects.count() == 1
    assert services.update_campaign(actor=approver, campaign=flight, end=DEC_29 - 6 * DAY)
    confirm(flight)
    assert ask(approver, flight, "62.50") is not None  # 24 days
    confirm(flight)
    with pytest.raises(NotAllowed, match="an admin decides"):
        ask(approver, flight, "62.51")


def test_every_campaign_of_the_brief_counts_and_what_was_spent(
    flight: Campaign, people: People, brief: Brief
) -> None:
    Brief.objects.update(total_budget_micros=2_000_000_000)
    other = make_campaign(
        flight.account, "Hats", start=NOV_30, end=DEC_29, daily_budget_micros=10_000_000
    )
    Campaign.objects.filter(pk=other.pk).update(brief=brief)
    approver = Actor.person(people.approver)
    flight.refresh_from_db()
    with pytest.raises(NotAllowed, match=r"to \$2,100\.00"):
        ask(approver, flight, 60)
    Campaign.objects.filter(pk=other.pk).update(wanted="archived")
    assert ask(approver, flight, 60) is not None


@pytest.mark.usefixtures("brief")
def test_an_admin_goes_beyond_the_total_of_a_brief(flight: Campaign, actor: Actor) -> None:
    assert ask(actor, flight, 60) is not None
    assert newest(flight).envelope == usd(1944)
