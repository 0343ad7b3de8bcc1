"""Modes, what is left alone as proof, and flights: who may set what, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from core.common import clock, dates
from core.common.errors import InvalidInput, NotAllowed
from core.common.money import Money
from core.models import Actor, Advertiser, AuditEntry
from optimization import services
from optimization.models import PacingPlan
from platforms.models import AdAccount
from tests.fixtures.people import People
from tests.optimization.live import make_campaign


@pytest.fixture
def editor(people: People) -> Actor:
    return Actor.person(people.editor)


def soon(advertiser: Advertiser, days: int) -> date:
    return dates.today(advertiser.time_zone) + timedelta(days=days)


# ---- modes -------------------------------------------------------------------------------


def test_an_editor_reins_one_action_in_while_others_act(acting: Advertiser, editor: Actor) -> None:
    row = services.set_modes(actor=editor, advertiser=acting, modes={"budget": "watch"})
    assert row.mode_for("budget") == "watch"
    assert row.mode_for("pause") == "act"
    assert AuditEntry.objects.get(action="set modes").after["modes"] == {"budget": "watch"}


@pytest.mark.parametrize(
    ("mode", "modes", "wish"),
    [
        ("suggest", {}, {"mode": "act"}),
        ("suggest", {}, {"modes": {"budget": "act"}}),
        ("act", {"budget": "watch"}, {"modes": {"budget": ""}}),
        ("act", {"budget": "watch"}, {"modes": {"budget": "act", "pause": "watch"}}),
    ],
)
def test_what_did_not_act_before_needs_an_admin(
    advertiser: Advertiser, people: People, mode: str, modes: dict[str, str], wish: dict[str, Any]
) -> None:
    advertiser.mode, advertiser.modes = mode, modes
    advertiser.save()
    with pytest.raises(NotAllowed):
        services.set_modes(actor=Actor.person(people.approver), advertiser=advertiser, **wish)
    advertiser.refresh_from_db()
    assert (advertiser.mode, advertiser.modes) == (mode, modes)
    assert not AuditEntry.objects.exists()
    services.set_modes(actor=Actor.person(people.admin), advertiser=advertiser, **wish)


@pytest.mark.parametrize("days", [None, 9])
def test_days_of_noting_are_cut_short_by_an_admin(
    acting: Advertiser, people: People, days: int | None
) -> None:
    until = soon(acting, 10)
    acting.shadow_until = until
    acting.save()
    wish = None if days is None else soon(acting, days)
    with pytest.raises(NotAllowed):
        services.set_modes(
            actor=Actor.person(people.approver), advertiser=acting, shadow_until=wish
        )
    acting.refresh_from_db()
    assert acting.shadow_until == until
    admin = Actor.person(people.admin)
    assert services.set_modes(actor=admin, advertiser=acting, shadow_until=wish).mode == "act"


def test_an_editor_sets_days_of_noting_or_more_of_them(acting: Advertiser, editor: Actor) -> None:
    for days in (5, 10):
        until = soon(acting, days)
        row = services.set_modes(actor=editor, advertiser=acting, shadow_until=until)
        assert row.shadow_until == until


def test_days_of_noting_that_are_over_or_of_no_effect_need_no_approver(
    acting: Advertiser, editor: Actor
) -> None:
    Advertiser.objects.update(shadow_until=soon(acting, -1))
    assert services.set_modes(actor=editor, advertiser=acting).shadow_until is None
    Advertiser.objects.update(shadow_until=soon(acting, 9), mode="suggest")
    assert services.set_modes(actor=editor, advertiser=acting).shadow_until is None


# ---- proof -------------------------------------------------------------------------------


def held_out() -> list[int]:
    return sorted(Campaign.objects.filter(held_out=True).values_list("pk", flat=True))


def test_saving_the_same_proof_again_changes_nothing(
    advertiser: Advertiser, account: AdAccount, actor: Actor
) -> None:
    for number in range(1, 31):
        make_campaign(account, number, ads=1)
    first = dates.today(advertiser.time_zone)

    def save(percent: int) -> int:
        return services.set_incrementality(
            actor=actor, advertiser=advertiser, proof="campaigns", percent=percent
        )

    assert save(10) == 3
    drawn = held_out()
    Campaign.objects.exclude(pk__in=drawn).update(wanted="paused")
    with clock.freeze(clock.market_now() + timedelta(days=20)):
        assert save(10) == 3
        advertiser.refresh_from_db()
        assert advertiser.proof_since == first
        assert held_out() == drawn
        assert AuditEntry.objects.filter(action="set proof").count() == 1
        Campaign.objects.update(wanted="active")
        assert save(20) == 6
        advertiser.refresh_from_db()
        assert advertiser.proof_since == first + timedelta(days=20)


def test_of_weeks_the_part_says_nothing(
    advertiser: Advertiser, account: AdAccount, actor: Actor
) -> None:
    first = dates.today(advertiser.time_zone)
    services.set_incrementality(actor=actor, advertiser=advertiser, proof="weeks", percent=10)
    with clock.freeze(clock.market_now() + timedelta(days=20)):
        services.set_incrementality(actor=actor, advertiser=advertiser, proof="weeks", percent=30)
    advertiser.refresh_from_db()
    assert (advertiser.proof, advertiser.proof_since) == ("weeks", first)


def test_the_page_says_since_when_it_is_compared(
    approver: Client, advertiser: Advertiser, account: AdAccount
) -> None:
    Advertiser.objects.update(proof="weeks", proof_since=date(2026, 3, 2))
    url = reverse("proof_set", args=["acme"])
    answer = approver.post(url, {"proof": "weeks", "percent": "10"}, follow=True)
    assert "counts from 2 March 2026 on" in answer.content.decode()


# ---- flights -----------------------------------------------------------------------------


def flight(actor: Actor, advertiser: Advertiser, first: date, last: date) -> PacingPlan:
    return services.create_pacing_plan(
        actor=actor,
        advertiser=advertiser,
        name="Winter",
        total=Money(Decimal(30_000), "USD"),
        kind="flight",
        first=first,
        last=last,
    )


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 366, "at most 366 days"),
        (-400, 0, "at most 366 days"),
        (500, 732, "within the next two years"),
    ],
)
def test_a_flight_too_long_or_too_far_ahead_is_refused(
    advertiser: Advertiser, account: AdAccount, actor: Actor, first: int, last: int, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        flight(actor, advertiser, soon(advertiser, first), soon(advertiser, last))
    assert refused.value.field == "last"
    assert not PacingPlan.objects.exists()


def test_the_last_day_of_the_calendar_is_refused(
    advertiser: Advertiser, account: AdAccount, actor: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        flight(actor, advertiser, soon(advertiser, 1), date.max)
    assert refused.value.field == "last"
    assert not PacingPlan.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(0, 365), (400, 731), (0, 0)])
def test_a_flight_of_a_year_within_two_is_taken(
    advertiser: Advertiser, account: AdAccount, actor: Actor, first: int, last: int
) -> None:
    plan = flight(actor, advertiser, soon(advertiser, first), soon(advertiser, last))
    assert plan.last == soon(advertiser, last)
