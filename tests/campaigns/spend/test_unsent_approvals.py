"""An approval that was not used: when it counts, and when it does not any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import AdGroup, Campaign, PublishRequest, SpendApproval
from campaigns.publishing import publish_operations, settlement, stuck_changes
from campaigns.publishing.outbox import request_change
from campaigns.spend import envelope_watch
from campaigns.spend.per_day import approved_per_day, per_day_sums, reserved_sums
from core.common import clock
from core.common.errors import GuardrailExceeded, NotAllowed, SpendStopped
from core.models import Actor, Advertiser, Membership, Role
from platforms.errors import Rejected
from tests.campaigns.spend.flights import AGENT, DAY, NOW, WORKER, ask, newest, usd
from tests.fixtures.people import People, make_user

pytestmark = pytest.mark.usefixtures("saturday")


def refuse(request: PublishRequest | None, campaign: Campaign) -> None:
    assert request is not None
    settlement.refuse(request, Rejected("No.", platform="google"))
    campaign.refresh_from_db()


def carry_out(request: PublishRequest | None) -> None:
    assert request is not None
    gate.check_send(request)
    settlement.mark_done(request, publish_operations.RemoteResult())


def test_what_ran_out_is_nobodys_word_for_the_next_person(
    flight: Campaign, people: People, advertiser: Advertiser
) -> None:
    bea = make_user("Bea")
    Membership.objects.create(user=bea, advertiser=advertiser, role=Role.APPROVER)
    Advertiser.objects.update(second_person_above_micros=5_000_000_000)
    refuse(ask(Actor.person(bea), flight, 75), flight)
    Advertiser.objects.update(second_person_above_micros=100_000_000)
    with clock.freeze(NOW + 20 * DAY), pytest.raises(NotAllowed, match="second person"):
        ask(Actor.person(people.approver), flight, 75)


def test_what_the_policy_approved_counts_only_while_workers_act(
    flight: Campaign, people: People, acting: Advertiser
) -> None:
    request = ask(WORKER, flight, 75)
    assert request is not None
    Advertiser.objects.update(mode="suggest")
    with pytest.raises(GuardrailExceeded):
        gate.check_send(request)
    refuse(request, flight)
    with pytest.raises(NotAllowed):
        ask(Actor.person(people.editor), flight, 75)
    assert flight.daily_budget_micros == 50_000_000


def test_what_was_only_wished_for_is_no_base_of_the_step(flight: Campaign, people: People) -> None:
    approver = Actor.person(people.approver)
    with clock.freeze(NOW - timedelta(hours=25)):
        refused = ask(approver, flight, 75)
    with clock.freeze(NOW - timedelta(hours=23)):
        refuse(refused, flight)
        assert ask(approver, flight, 74) is not None
    with pytest.raises(GuardrailExceeded, match=r"above \$50\.00: at most \$75\.00"):
        ask(approver, flight, 76)


def test_creating_a_part_paused_uses_no_approval(flight: Campaign, people: People) -> None:
    """Somebody resumes during the launch; the enabling is halted, and tried when it is too late."""
    editor = Actor.person(people.editor)
    SpendApproval.objects.update(sent_at=None)
    Campaign.objects.update(wanted="paused", remote="paused")
    flight.refresh_from_db()
    group = AdGroup.objects.create(campaign=flight, name="g", reference="ae-g", wanted="active")
    made = request_change(
        actor=AGENT,
        campaign=flight,
        operation="create_ad_group",
        target=group,
        payload={"spec": {}},
    )
    enabling = services.set_status(actor=editor, campaign=flight, to="active")
    assert enabling is not None
    settlement.mark_done(made, publish_operations.RemoteResult())
    assert newest(flight).sent_at is None
    services.stop(actor=editor, advertiser=flight.account.advertiser)
    with pytest.raises(SpendStopped):
        gate.check_send(enabling)
    refuse(enabling, flight)
    services.lift_stop(actor=Actor.person(people.approver), advertiser=flight.account.advertiser)
    with clock.freeze(NOW + 20 * DAY), pytest.raises(NotAllowed):
        services.set_status(actor=editor, campaign=flight, to="active")


def test_what_was_sent_in_time_stays_approved_however_late_it_is_confirmed(
    flight: Campaign, people: People
) -> None:
    request = ask(Actor.person(people.approver), flight, 60)
    assert request is not None
    given = newest(flight)
    with clock.freeze(given.until - timedelta(seconds=1)):
        gate.check_send(request)
    with clock.freeze(given.until + timedelta(seconds=20)):
        settlement.mark_done(request, publish_operations.RemoteResult())
        assert newest(flight).pk == given.pk
        assert envelope_watch.watch(flight.account) == 0


def test_a_raise_whose_answer_was_lost_is_approved_once_it_is_read(
    flight: Campaign, people: People
) -> None:
    approver = Actor.person(people.approver)
    request = ask(approver, flight, 60)
    assert request is not None
    PublishRequest.objects.update(state="unknown", maybe_sent=True)
    request.refresh_from_db()
    stuck_changes.cancel_change(actor=approver, request=request)
    Campaign.objects.update(daily_budget_micros=60_000_000, remote_daily_budget_micros=60_000_000)
    assert envelope_watch.watch(flight.account) == 0
    with clock.freeze(NOW + 15 * DAY):
        assert newest(flight).envelope == usd("1944")
        assert envelope_watch.watch(flight.account) == 0


def test_a_refused_cut_leaves_the_total_of_the_pool(flight: Campaign, people: People) -> None:
    refuse(ask(Actor.person(people.approver), flight, 20), flight)
    assert approved_per_day([flight]) == {flight.pk: 50_000_000}


def test_a_launched_plan_reserves_nothing_beside_its_campaign(
    flight: Campaign, people: People
) -> None:
    SpendApproval.objects.update(reserves=True, sent_at=None, reference="ae-1")
    Campaign.objects.update(wanted="paused", remote="paused", reference="ae-1")
    flight.refresh_from_db()
    approver = Actor.person(people.approver)
    carry_out(ask(approver, flight, 60))
    carry_out(services.set_status(actor=approver, campaign=flight, to="active"))
    scope = {"account__advertiser": flight.account.advertiser}
    assert (per_day_sums(scope), reserved_sums(scope)) == ({"USD": 60_000_000}, {})
    carry_out(services.set_status(actor=approver, campaign=flight, to="paused"))
    flight.refresh_from_db()
    assert (per_day_sums(scope), reserved_sums(scope)) == ({}, {})
