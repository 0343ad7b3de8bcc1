"""What needs an approval, who may give it, and what always passes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns import services
from campaigns.guardrails import gate
from campaigns.models import Ad, AdGroup, Campaign, PublishRequest, SpendApproval
from campaigns.publishing.settlement import refuse
from campaigns.spend import approvals, envelope_watch
from campaigns.spend.approvals import NotApproved
from core.common import clock
from core.common.errors import GuardrailExceeded, InvalidInput, NotAllowed, SpendStopped
from core.common.money import Money
from core.models import (
    Actor,
    ActorKind,
    Advertiser,
    AuditEntry,
    Incident,
    Membership,
    Role,
)
from platforms.errors import Rejected
from tests.campaigns.page_rows import make_account, make_ad, make_campaign
from tests.campaigns.publishing.launched import approved
from tests.fixtures.people import People, make_user

NOW = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)  # noon in New York, a Saturday
WORKER = Actor(ActorKind.WORKER, "optimiser")
AGENT = Actor(ActorKind.AGENT, "launch agent for Ada")
DAY = timedelta(days=1)
NOV_30, DEC_29 = date(2026, 11, 30), date(2026, 12, 29)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.freeze(NOW):
        yield


@pytest.fixture
def flight(advertiser: Advertiser) -> Campaign:
    """50.00 a day from 30 November to 29 December on Google, approved and not started yet."""
    account = make_account(advertiser, "google", name="Shop")
    campaign = make_campaign(
        account,
        start=NOV_30,
        end=DEC_29,
        daily_budget_micros=50_000_000,
        remote_daily_budget_micros=50_000_000,
    )
    approved(campaign)
    return campaign


def usd(amount: float | str) -> Money:
    return Money(Decimal(str(amount)), "USD")


def ask(actor: Actor, campaign: Campaign, amount: float | str) -> PublishRequest | None:
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=usd(amount))


def confirm(campaign: Campaign) -> None:
    """The platform carried out everything that was asked for."""
    campaign.refresh_from_db()
    Campaign.objects.filter(pk=campaign.pk).update(
        remote_daily_budget_micros=campaign.daily_budget_micros, remote=campaign.wanted
    )
    PublishRequest.objects.filter(campaign=campaign).update(state="done")


def newest(campaign: Campaign) -> SpendApproval:
    found = approvals.newest(campaign)
    assert found is not None
    return found


def asked(campaign: Campaign) -> tuple[int, int]:
    """How many requests and audit entries there are."""
    return PublishRequest.objects.filter(campaign=campaign).count(), AuditEntry.objects.count()


# ---- the computed raise ----


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


def test_dates_that_move_before_the_start_take_their_approval_along(
    flight: Campaign, people: People, advertiser: Advertiser, actor: Actor
) -> None:
    """As many days, but from 1 to 30 December: 30.4 daily budgets and no day of November."""
    services.stop(actor=actor, advertiser=advertiser)
    moved = services.update_campaign(
        actor=Actor.person(people.editor),
        campaign=flight,
        start=NOV_30 - DAY,
        end=DEC_29 - DAY,
    )
    assert moved is not None
    gate.check_send(moved)
    row = newest(flight)
    assert (row.basis, row.approver_name, row.envelope) == ("moved_dates", "Ada", usd("1720"))
    assert SpendApproval.objects.count() == 2


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


# ---- what always passes ----


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


# ---- who may ask ----


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


# ---- what others did ----


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
