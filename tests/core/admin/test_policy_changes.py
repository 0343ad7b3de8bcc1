"""Loosening what workers may do: an admin alone up to an amount, two admins above it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core import policy
from core.common.errors import InvalidMove, NotAllowed
from core.common.money import Money
from core.models import (
    Actor,
    Advertiser,
    AuditEntry,
    ExchangeRate,
    Incident,
    Membership,
    PolicyChange,
    Role,
    User,
)
from optimization.automation.settings import set_modes
from optimization.models import PacingPlan
from optimization.pacing.plans import create_pacing_plan, end_pacing_plan
from platforms.models import PlatformLimits
from tests.fixtures.admin import act, change, make_account, signed_in
from tests.fixtures.people import People, make_user


@pytest.fixture
def owner(people: People, advertiser: Advertiser) -> Client:
    """An admin of an advertiser with a cap of 100.00 a day, who alone may add 1,000.00."""
    Advertiser.objects.update(
        max_daily_total_micros=100_000_000, second_person_above_micros=1_000_000_000
    )
    return signed_in(people.admin)


@pytest.fixture
def second(advertiser: Advertiser) -> User:
    user = make_user("Bea")
    Membership.objects.create(user=user, advertiser=advertiser, role=Role.ADMIN)
    return user


def cap(advertiser: Advertiser) -> int | None:
    advertiser.refresh_from_db()
    return advertiser.max_daily_total_micros


def test_a_little_looser_is_saved_at_once(owner: Client, advertiser: Advertiser) -> None:
    """32.00 a day more are 972.80 a month."""
    change(owner, advertiser, max_daily_total="132")
    assert cap(advertiser) == 132_000_000
    assert PolicyChange.objects.get().state == "alone"


def test_small_steps_of_one_admin_add_up_until_another_admin_has_a_say(
    owner: Client, advertiser: Advertiser, second: User
) -> None:
    change(owner, advertiser, max_daily_total="120")
    change(owner, advertiser, max_daily_total="110")
    change(owner, advertiser, max_daily_total="133")
    assert cap(advertiser) == 110_000_000
    waits = PolicyChange.objects.get(state="waiting")
    assert (waits.old, waits.new) == (110_000_000, 133_000_000)
    change(signed_in(second), advertiser, max_daily_total="132")
    assert cap(advertiser) == 132_000_000
    change(owner, advertiser, max_daily_total="164")
    assert cap(advertiser) == 164_000_000
    assert not PolicyChange.objects.filter(state="waiting").exists()
    assert not Incident.objects.filter(resolved_at=None).exists()


def test_much_looser_waits_for_a_second_admin_and_the_rest_of_the_page_is_saved(
    owner: Client, advertiser: Advertiser, second: User
) -> None:
    page = change(owner, advertiser, max_daily_total="133", name="Acme Boots")
    assert page.status_code == 302
    assert (cap(advertiser), advertiser.name) == (100_000_000, "Acme Boots")
    waits = PolicyChange.objects.get()
    assert (waits.setting, waits.old, waits.new, waits.state) == (
        "max_daily_total_micros",
        100_000_000,
        133_000_000,
        "waiting",
    )
    incident = Incident.objects.get(resolved_at=None)
    assert incident.detail == "admin asks for $133.00 instead of $100.00."
    act(signed_in(second), [waits], "confirm")
    assert cap(advertiser) == 133_000_000
    assert not Incident.objects.filter(resolved_at=None).exists()
    entry = AuditEntry.objects.get(action="confirm a looser limit")
    assert (entry.actor_name, entry.reason) == ("Bea", "Asked for by admin")


def test_who_asked_cannot_confirm(owner: Client, advertiser: Advertiser, people: People) -> None:
    change(owner, advertiser, max_daily_total="")
    waits = PolicyChange.objects.get()
    assert waits.new is None
    shown = " ".join(act(owner, [waits], "confirm"))
    assert "another admin decides" in shown
    assert cap(advertiser) == 100_000_000
    with pytest.raises(NotAllowed, match="role admin"):
        policy.decide(actor=Actor.person(people.approver), change=waits, confirm=True)


def test_a_setting_that_changed_since_is_not_overwritten(
    owner: Client, advertiser: Advertiser, second: User
) -> None:
    change(owner, advertiser, max_daily_total="500")
    Advertiser.objects.update(max_daily_total_micros=90_000_000)
    with pytest.raises(InvalidMove, match="changed since"):
        policy.decide(actor=Actor.person(second), change=PolicyChange.objects.get(), confirm=True)
    assert cap(advertiser) == 90_000_000


def test_tightening_and_other_settings_ask_nobody(owner: Client, advertiser: Advertiser) -> None:
    change(owner, advertiser, max_daily_total="1", max_step="2", monthly_budget="999999")
    assert cap(advertiser) == 1_000_000
    assert advertiser.max_step == Decimal(2)
    assert not PolicyChange.objects.exclude(state="alone").exists()


def test_a_step_is_raised_again_and_again(owner: Client, advertiser: Advertiser) -> None:
    for step in ("0.6", "0.7", "0.8"):
        change(owner, advertiser, max_step=step)
    advertiser.refresh_from_db()
    assert advertiser.max_step == Decimal("0.8")


def test_loosening_the_amount_itself_needs_the_second_admin(
    owner: Client, advertiser: Advertiser
) -> None:
    change(owner, advertiser, second_person_above="")
    advertiser.refresh_from_db()
    assert advertiser.second_person_above_micros == 1_000_000_000
    assert PolicyChange.objects.get().setting == "second_person_above_micros"


def test_without_a_rate_it_counts_as_too_much(advertiser: Advertiser) -> None:
    Advertiser.objects.update(second_person_above_micros=10**12)
    one = Money(Decimal(1), "EUR")
    assert policy.needs_second(advertiser, one)


@pytest.mark.usefixtures("noon")
def test_with_a_rate_amounts_in_other_currencies_are_compared(advertiser: Advertiser) -> None:
    Advertiser.objects.update(second_person_above_micros=11_000_000)
    ExchangeRate.objects.create(day="2026-03-15", base="EUR", quote="USD", rate=Decimal("1.1"))
    assert not policy.needs_second(advertiser, Money(Decimal(10), "EUR"))
    assert policy.needs_second(advertiser, Money(Decimal("10.01"), "EUR"))


def test_letting_workers_act_needs_an_admin_and_restricting_them_an_editor(
    advertiser: Advertiser, people: People
) -> None:
    with pytest.raises(NotAllowed, match="role admin"):
        set_modes(actor=Actor.person(people.approver), advertiser=advertiser, mode="act")
    set_modes(actor=Actor.person(people.admin), advertiser=advertiser, mode="act")
    set_modes(actor=Actor.person(people.editor), advertiser=advertiser, mode="watch")
    advertiser.refresh_from_db()
    assert advertiser.mode == "watch"


def test_a_plan_that_steers_watches_until_a_second_admin_says_so(
    owner: Client, advertiser: Advertiser, people: People, second: User
) -> None:
    make_account(advertiser)
    wish: dict[str, Any] = {
        "advertiser": advertiser,
        "name": "May",
        "total": Money(Decimal(5000), "USD"),
    }
    with pytest.raises(NotAllowed):
        create_pacing_plan(actor=Actor.person(people.approver), steers=True, **wish)
    advertiser.refresh_from_db()
    plan = create_pacing_plan(
        actor=Actor.person(people.admin), steers=True, **{**wish, "advertiser": advertiser}
    )
    assert not PacingPlan.objects.get(pk=plan.pk).steers
    policy.decide(actor=Actor.person(second), change=PolicyChange.objects.get(), confirm=True)
    assert PacingPlan.objects.get(pk=plan.pk).steers


def test_the_currency_stays_while_limits_are_set_in_it(
    owner: Client, advertiser: Advertiser
) -> None:
    page = change(owner, advertiser, currency="EUR", max_daily_total="100")
    assert "Limits are set in this currency" in page.content.decode()
    advertiser.refresh_from_db()
    assert advertiser.currency == "USD"
    Advertiser.objects.update(
        max_daily_total_micros=None, second_person_above_micros=None, campaign_ceiling_micros=None
    )
    capped = PlatformLimits.objects.create(
        advertiser=advertiser, platform="meta", daily_cap_micros=10_000_000_000
    )
    change(owner, advertiser, currency="EUR")
    advertiser.refresh_from_db()
    assert advertiser.currency == "USD"
    capped.delete()
    change(owner, advertiser, currency="EUR", max_daily_total="100")
    advertiser.refresh_from_db()
    assert (advertiser.currency, advertiser.max_daily_total_micros) == ("EUR", 100_000_000)


def test_plans_that_steer_one_after_the_other_add_up(
    owner: Client, advertiser: Advertiser, people: People
) -> None:
    make_account(advertiser)
    advertiser.refresh_from_db()
    admin = Actor.person(people.admin)
    steered = []
    for name in ("May", "June"):
        plan = create_pacing_plan(
            actor=admin,
            advertiser=advertiser,
            name=name,
            total=Money(Decimal(600), "USD"),
            steers=True,
        )
        steered.append(plan.steers)
        if plan.steers:
            with pytest.raises(NotAllowed):
                end_pacing_plan(actor=Actor.person(people.editor), plan=plan)
        end_pacing_plan(actor=admin, plan=plan)
    assert steered == [True, False]


@pytest.mark.django_db(transaction=True)
def test_confirming_and_asking_anew_at_once_end_both(
    owner: Client, advertiser: Advertiser, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would wait for what the other holds."""
    change(owner, advertiser, max_daily_total="500")
    waits = PolicyChange.objects.get(state="waiting")
    asking, added_by_one = threading.Event(), policy.added_by_one

    def slowly(*args: Any) -> Any:
        asking.set()
        time.sleep(0.5)
        return added_by_one(*args)

    monkeypatch.setattr(policy, "added_by_one", slowly)

    def ask_anew() -> int:
        with closing(connection):
            return int(change(owner, advertiser, max_daily_total="600").status_code)

    def confirm() -> str:
        with closing(connection):
            asking.wait(5)
            try:
                return str(policy.decide(actor=Actor.person(second), change=waits, confirm=True))
            except InvalidMove as err:
                return err.user_message

    with ThreadPoolExecutor(2) as pool:
        asked, confirmed = pool.submit(ask_anew), pool.submit(confirm)
        assert asked.result() == 302
        assert "the setting was changed since already" in confirmed.result()
    assert PolicyChange.objects.get(state="waiting").new == 600_000_000
