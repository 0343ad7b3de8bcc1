"""What is a raise, and which approval covers it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Campaign, PublishRequest, SpendApproval
from campaigns.publishing.settlement import refuse
from campaigns.spend import envelope_watch
from campaigns.spend.approvals import NotApproved
from core.common import clock
from core.common.errors import InvalidInput, NotAllowed, SpendStopped
from core.models import (
    Actor,
    Advertiser,
)
from platforms.errors import Rejected
from tests.campaigns.publishing.launched import approved
from tests.campaigns.spend.flights import (
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
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("saturday")


def test_an_approval_says_what_can_be_spent_from_then_to_the_end(flight: Campaign) -> None:
    row = newest(flight)
    assert (row.envelope, row.per_day, row.counts_from) == (
        usd("1620"),
        usd("50"),
        NOV_30 - 2 * DAY,
    )


def test_an_earlier_start_is_a_raise_that_an_editor_cannot_make(
    flight: Campaign, people: People
) -> None:
    """69 paid days instead of 30."""
    Campaign.objects.update(start=date(2027, 1, 22), end=date(2027, 2, 20))
    SpendApproval.objects.all().delete()
    flight.refresh_from_db()
    approved(flight)
    with pytest.raises(NotAllowed, match="raise spend"):
        services.update_campaign(
            actor=Actor.person(people.editor), campaign=flight, start=date(2026, 12, 14)
        )
    flight.refresh_from_db()
    assert flight.start == date(2027, 1, 22)
    assert asked(flight) == (0, 0)


def test_an_earlier_start_halts_at_the_stop_switch(
    flight: Campaign, actor: Actor, advertiser: Advertiser
) -> None:
    Campaign.objects.update(start=date(2027, 1, 22), end=date(2027, 2, 20))
    services.stop(actor=actor, advertiser=advertiser)
    with pytest.raises(SpendStopped):
        services.update_campaign(actor=actor, campaign=flight, start=date(2026, 12, 14))
    assert PublishRequest.objects.count() == 0


def move(people: People, campaign: Campaign, start: date, end: date) -> PublishRequest | None:
    editor = Actor.person(people.editor)
    return services.update_campaign(actor=editor, campaign=campaign, start=start, end=end)


def test_dates_that_move_before_the_start_keep_their_approval(
    flight: Campaign, people: People
) -> None:
    """As many days, but from 29 November to 28 December: the calendar alone makes 1,720.00 of
    1,620.00."""
    moved = move(people, flight, NOV_30 - DAY, DEC_29 - DAY)
    assert moved is not None
    gate.check_send(moved)
    assert SpendApproval.objects.get().envelope == usd("1620")
    confirm(flight)
    Campaign.objects.update(
        remote_dates_known=True, remote_start=flight.start, remote_end=flight.end
    )
    editor = Actor.person(people.editor)
    for to in ("paused", "active"):
        assert services.set_status(actor=editor, campaign=flight, to=to) is not None
        confirm(flight)
    assert SpendApproval.objects.count() == 1
    assert envelope_watch.watch(flight.account) == 0


def test_the_stop_switch_halts_a_move_that_lets_more_be_spent(
    flight: Campaign, people: People, advertiser: Advertiser, actor: Actor
) -> None:
    waiting = move(people, flight, NOV_30 - DAY, DEC_29 - DAY)
    assert waiting is not None
    services.stop(actor=actor, advertiser=advertiser)
    with pytest.raises(SpendStopped):
        gate.check_send(waiting)
    flight.refresh_from_db()
    with pytest.raises(SpendStopped):
        move(people, flight, date(2026, 12, 16), date(2027, 1, 14))
    assert move(people, flight, NOV_30, DEC_29) is not None


def test_nobody_climbs_by_moving_first(flight: Campaign, people: People) -> None:
    """30 days that move over a month's end may cost 2,920.00; more of them, or a higher budget, is
    still a raise beyond 1,620.00."""
    assert move(people, flight, date(2026, 12, 16), date(2027, 1, 14)) is not None
    confirm(flight)
    editor = Actor.person(people.editor)
    flight.refresh_from_db()
    with pytest.raises(NotAllowed):
        services.update_campaign(actor=editor, campaign=flight, end=date(2027, 1, 15))
    with pytest.raises(NotAllowed):
        ask(editor, flight, "50.01")
    # 15 more days of December lift no figure, as a month has 30.4 daily budgets; but what was
    # approved was 30 days, and now it is told.
    services.update_campaign(actor=editor, campaign=flight, start=date(2026, 12, 1))
    confirm(flight)
    assert envelope_watch.watch(flight.account) == 1
    with pytest.raises(NotAllowed):
        ask(editor, flight, "50.01")
    assert SpendApproval.objects.count() == 1


def test_a_cut_and_a_move_leave_the_way_back_to_what_was_approved(
    flight: Campaign, people: People
) -> None:
    editor = Actor.person(people.editor)
    assert ask(editor, flight, 20) is not None
    confirm(flight)
    assert move(people, flight, date(2026, 12, 16), date(2027, 1, 14)) is not None
    confirm(flight)
    assert ask(editor, flight, 30) is not None
    assert SpendApproval.objects.count() == 1


def test_a_refused_move_changes_no_approval(flight: Campaign, people: People) -> None:
    moved = move(people, flight, date(2026, 12, 1), date(2026, 12, 30))
    assert moved is not None
    refuse(moved, Rejected("Not now.", platform="google"))
    flight.refresh_from_db()
    assert flight.start == NOV_30
    editor = Actor.person(people.editor)
    for to in ("paused", "active"):
        assert services.set_status(actor=editor, campaign=flight, to=to) is not None
        confirm(flight)


def test_what_runs_there_already_is_not_moved(flight: Campaign, people: People) -> None:
    """Its move was never confirmed: it runs since 30 November."""
    assert move(people, flight, date(2026, 12, 5), date(2027, 1, 3)) is not None
    Campaign.objects.update(remote_dates_known=True, remote_start=NOV_30, remote_end=DEC_29)
    flight.refresh_from_db()
    with clock.freeze(NOW + 5 * DAY), pytest.raises(InvalidInput, match="has started"):
        move(people, flight, date(2026, 12, 16), date(2027, 1, 14))


def test_moving_dates_approves_nothing_that_was_not_approved(
    flight: Campaign, people: People
) -> None:
    """Somebody raised it on the platform; an editor shifts it by a day, there and back."""
    outside = {"daily_budget_micros": 300_000_000, "remote_daily_budget_micros": 300_000_000}
    Campaign.objects.update(**outside)
    editor = Actor.person(people.editor)
    moved = services.update_campaign(
        actor=editor, campaign=flight, start=NOV_30 + DAY, end=DEC_29 + DAY
    )
    assert moved is not None
    assert SpendApproval.objects.count() == 1
    assert envelope_watch.watch(flight.account) == 1


def test_moving_the_dates_of_one_adopted_with_nothing_lets_nobody_switch_it_on(
    flight: Campaign, people: People
) -> None:
    Campaign.objects.update(managed=False, origin="elsewhere", wanted="paused", remote="paused")
    SpendApproval.objects.all().delete()
    services.adopt(actor=Actor.person(people.approver), campaign=flight)
    editor = Actor.person(people.editor)
    services.update_campaign(actor=editor, campaign=flight, start=NOV_30 + DAY, end=DEC_29 + DAY)
    with pytest.raises(NotAllowed):
        services.set_status(actor=editor, campaign=flight, to="active")
    assert SpendApproval.objects.get().envelope == usd(0)


def test_a_workers_raise_does_not_let_one_person_add_again(
    flight: Campaign, people: People, acting: Advertiser
) -> None:
    Advertiser.objects.update(second_person_above_micros=500_000_000, cool_down_hours=0)
    approver = Actor.person(people.approver)
    assert ask(approver, flight, 60) is not None  # 324.00 more than Ada approved
    confirm(flight)
    assert ask(WORKER, flight, "60.01") is not None
    confirm(flight)
    with pytest.raises(NotAllowed, match="second person"):
        ask(approver, flight, 66)


def test_a_raise_that_ran_out_hides_no_older_approval(flight: Campaign, people: People) -> None:
    request = ask(Actor.person(people.approver), flight, 60)
    assert request is not None
    refuse(request, Rejected("Too much for this account.", platform="google"))
    flight.refresh_from_db()
    assert flight.daily_budget_micros == 50_000_000
    with clock.freeze(NOW + 15 * DAY):
        editor = Actor.person(people.editor)
        services.set_status(actor=editor, campaign=flight, to="paused")
        confirm(flight)
        assert services.set_status(actor=editor, campaign=flight, to="active") is not None
        confirm(flight)
        with pytest.raises(NotAllowed):
            ask(editor, flight, 60)


def test_moving_and_lengthening_is_a_raise(flight: Campaign, people: People) -> None:
    with pytest.raises(NotAllowed):
        services.update_campaign(
            actor=Actor.person(people.editor),
            campaign=flight,
            start=NOV_30 + DAY,
            end=DEC_29 + 9 * DAY,
        )
    assert SpendApproval.objects.count() == 1


def test_a_raise_within_the_envelope_needs_nobody(flight: Campaign, people: People) -> None:
    """Half the days at nearly twice the budget: less than was approved."""
    editor = Actor.person(people.editor)
    assert (
        services.update_campaign(actor=editor, campaign=flight, end=date(2026, 12, 11)) is not None
    )
    confirm(flight)
    # 12 days at twice 67.50 are 1,620.00.
    assert ask(editor, flight, "67.50") is not None
    assert SpendApproval.objects.count() == 1
    confirm(flight)
    with pytest.raises(NotAllowed):
        ask(editor, flight, "67.51")


def test_a_raise_beyond_the_envelope_by_an_approver_is_a_new_approval(
    flight: Campaign, people: People
) -> None:
    request = ask(Actor.person(people.approver), flight, 60)
    assert request is not None
    row = newest(flight)
    assert (row.basis, row.envelope, row.per_day) == ("change", usd("1944"), usd("60"))
    assert row.approver == people.approver
    gate.check_send(request)


def test_without_an_end_the_figure_per_day_is_what_was_approved(
    flight: Campaign, people: People
) -> None:
    Campaign.objects.update(end=None)
    flight.refresh_from_db()
    approved(flight)
    editor = Actor.person(people.editor)
    assert newest(flight).envelope is None
    assert ask(editor, flight, 40) is not None
    confirm(flight)
    assert ask(editor, flight, 50) is not None
    confirm(flight)
    with pytest.raises(NotAllowed):
        ask(editor, flight, "50.01")
    # Setting an end is no raise, however late it is.
    late = services.update_campaign(actor=editor, campaign=flight, end=date(2030, 1, 1))
    assert late is not None


def test_pausing_and_resuming_needs_nobody_and_no_new_row(flight: Campaign, people: People) -> None:
    editor = Actor.person(people.editor)
    with clock.freeze(NOW + 20 * DAY):  # what is live stays approved to its end
        services.set_status(actor=editor, campaign=flight, to="paused")
        confirm(flight)
        resumed = services.set_status(actor=editor, campaign=flight, to="active")
        assert resumed is not None
        gate.check_send(resumed)
    assert SpendApproval.objects.count() == 1


def test_what_was_not_sent_in_fourteen_days_is_not_sent(flight: Campaign, actor: Actor) -> None:
    request = ask(actor, flight, 60)
    assert request is not None
    assert newest(flight).sent_at is None
    with clock.freeze(NOW + 14 * DAY):
        gate.check_send(request)
    with (
        clock.freeze(NOW + 14 * DAY + timedelta(seconds=1)),
        pytest.raises(NotApproved, match="ran out on 12 Dec 2026"),
    ):
        gate.check_send(request)
