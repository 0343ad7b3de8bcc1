"""The first steps of a new advertiser: what is done, what is next, and putting them away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from campaigns.overview.onboarding import Step, checklist
from campaigns.selectors import accounts_of
from campaigns.services import set_daily_total
from core.common import clock, dates
from core.common.errors import InvalidInput, NotAllowed
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser, AuditEntry, ExchangeRate, Role, User
from platforms.models import AdAccount, PlatformLimits
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People


def done(advertiser: Advertiser) -> dict[str, bool]:
    advertiser.refresh_from_db()
    found = checklist(advertiser, accounts_of(advertiser))
    return {step.key: step.done for step in found.steps} if found else {}


def next_step(advertiser: Advertiser) -> Step:
    advertiser.refresh_from_db()
    found = checklist(advertiser, accounts_of(advertiser))
    assert found is not None
    assert found.next is not None
    return found.next


def test_a_new_advertiser_has_five_steps_in_order(advertiser: Advertiser) -> None:
    assert done(advertiser) == dict.fromkeys(
        ("connect", "figures", "limits", "approve", "live"), False
    )
    assert next_step(advertiser).url == "/a/acme/connections/"


def test_each_step_is_done_by_what_is_there(advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    assert next_step(advertiser).key == "figures"
    AdAccount.objects.filter(pk=account.pk).update(synced_at=clock.real_now())
    assert next_step(advertiser).key == "limits"
    Advertiser.objects.update(max_daily_total_micros=10**9)
    step = next_step(advertiser)
    assert (step.key, step.url, step.link) == ("approve", "/a/acme/briefs/new/", "Write a brief")


def test_an_imported_report_has_figures_and_is_no_connection(advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser, "import"), origin="import", managed=False))
    found = done(advertiser)
    assert (found["connect"], found["figures"]) == (False, True)


def test_a_disconnected_account_is_no_connection(advertiser: Advertiser) -> None:
    make_account(advertiser, state="disconnected")
    assert done(advertiser)["connect"] is False


@pytest.mark.parametrize("where", ["advertiser", "account", "platform"])
def test_any_cap_on_daily_budgets_is_a_limit(where: str, advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    assert done(advertiser)["limits"] is False
    if where == "advertiser":
        Advertiser.objects.update(max_daily_total_micros=1)
    elif where == "account":
        AdAccount.objects.filter(pk=account.pk).update(daily_cap_micros=1)
    else:
        PlatformLimits.objects.create(advertiser=advertiser, platform="meta", daily_cap_micros=1)
    assert done(advertiser)["limits"] is True


# ---- the card ----


def test_the_card_shows_the_next_step_to_those_who_can_do_it(
    editor: Client, admin: Client, advertiser: Advertiser
) -> None:
    page = text(admin.get("/a/acme/"))
    assert "0 of 5 done" in page
    assert '<a class="btn btn-primary" href="/a/acme/connections/">Connect an account</a>' in page
    assert "sandbox" not in page
    assert "An admin of Acme does this." in text(editor.get("/a/acme/"))


def test_the_limit_is_set_on_the_card_and_leaves_an_entry(
    admin: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser, synced_at=clock.real_now())
    assert 'name="max_daily_total"' in text(admin.get("/a/acme/"))
    answer = admin.post("/a/acme/setup/limit/", {"max_daily_total": "1,500"}, follow=True)
    assert "All active daily budgets together stay within $1,500.00." in text(answer)
    advertiser.refresh_from_db()
    assert advertiser.max_daily_total_micros == 1_500_000_000
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        "change settings",
        {"max_daily_total": None},
        {"max_daily_total": "$1,500.00"},
    )


def test_a_limit_below_what_runs_already_says_so_at_once(
    admin: Client, advertiser: Advertiser
) -> None:
    make_campaign(make_account(advertiser), daily_budget_micros=250_000_000, end=None)
    answer = admin.post("/a/acme/setup/limit/", {"max_daily_total": "200"}, follow=True)
    assert "What runs already comes to $250.00 a day, more than that" in text(answer)
    advertiser.refresh_from_db()
    assert advertiser.max_daily_total_micros == 200_000_000
    again = admin.post("/a/acme/setup/limit/", {"max_daily_total": "250"}, follow=True)
    assert "What runs already" not in text(again)


def test_a_limit_in_another_currency_asks_for_the_rate_at_once(
    admin: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser, currency="EUR")
    make_campaign(account, daily_budget_micros=100_000_000, end=None)
    answer = admin.post("/a/acme/setup/limit/", {"max_daily_total": "200"}, follow=True)
    page = text(answer)
    assert "Accounts run in EUR, and this limit is in USD." in page
    assert "There is no exchange rate from EUR to USD" in page
    advertiser.refresh_from_db()
    assert advertiser.max_daily_total_micros is None
    day = dates.today(advertiser.time_zone)
    ExchangeRate.objects.create(day=day, base="EUR", quote="USD", rate=Decimal("1.5"))
    person = Actor.person(User.objects.get(username="admin"))
    cap = Money.parse("200", "USD")
    assert set_daily_total(actor=person, advertiser=advertiser, cap=cap) == Money.parse(150, "USD")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "is not an amount"),
        ("lots", "is not an amount"),
        ("1_000", "is not an amount. Write it like 1250.50."),
        ("1e3", "is not an amount. Write it like 1250.50."),
        ("١٢٣", "is not an amount. Write it like 1250.50."),
        ("0", "Give an amount above zero in USD."),
        ("-5", "Give an amount above zero in USD."),
        ("10.005", "more decimals than USD allows"),
    ],
)
def test_a_wrong_limit_is_refused_and_none_is_set(
    given: str, why: str, admin: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    answer = admin.post("/a/acme/setup/limit/", {"max_daily_total": given}, follow=True)
    assert why in text(answer)
    advertiser.refresh_from_db()
    assert advertiser.max_daily_total_micros is None
    assert not AuditEntry.objects.exists()


def test_only_an_admin_in_person_sets_the_limit(
    editor: Client, people: People, advertiser: Advertiser
) -> None:
    answer = editor.post("/a/acme/setup/limit/", {"max_daily_total": "1500"})
    assert answer.status_code == 403
    cap = Money.parse("1500", "USD")
    low = Actor.person(people.admin, ActorKind.API, Role.APPROVER)
    for actor in (Actor(ActorKind.WORKER, "optimiser"), Actor.person(people.approver), low):
        with pytest.raises(NotAllowed):
            set_daily_total(actor=actor, advertiser=advertiser, cap=cap)
    with pytest.raises(InvalidInput):
        set_daily_total(
            actor=Actor.person(people.admin), advertiser=advertiser, cap=Money.parse("5", "EUR")
        )
    advertiser.refresh_from_db()
    assert advertiser.max_daily_total_micros is None


def test_the_list_is_put_away_for_everybody_at_this_advertiser(
    editor: Client, admin: Client, advertiser: Advertiser
) -> None:
    assert "First steps" in text(editor.get("/a/acme/"))
    for _ in range(2):
        editor.post("/a/acme/setup/dismiss/")
    assert [entry.action for entry in AuditEntry.objects.all()] == ["dismiss first steps"]
    assert "First steps" not in text(admin.get("/a/acme/"))
    other = Advertiser.objects.get(slug="other")
    assert checklist(other, []) is not None


def test_without_a_sandbox_nothing_is_connected_by_itself(
    admin: Client, advertiser: Advertiser, settings: Any
) -> None:
    settings.SANDBOX = {}
    answer = admin.post("/a/acme/setup/sandbox/", follow=True)
    assert "This installation does not use the sandbox." in text(answer)
    assert not AdAccount.objects.exists()
    assert admin.post("/a/acme/briefs/example/").status_code == 404
