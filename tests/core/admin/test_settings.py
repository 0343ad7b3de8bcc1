"""Advertisers with their limits and stop switch, accounts and incidents in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from campaigns.services import stop
from core.models import Actor, Advertiser, AuditEntry, Incident, Job
from platforms.models import AdAccount, Credential
from tests.fixtures.admin import (
    act,
    change,
    errors,
    make_account,
    sent_form,
    signed_in,
    superuser,
    url,
)
from tests.fixtures.people import People


@pytest.fixture
def owner(people: People) -> Client:
    """Staff with the admin's role at the advertiser."""
    return signed_in(people.admin)


@pytest.fixture
def root(db: None) -> Client:
    return signed_in(superuser())


# ---- limits --------------------------------------------------------------------------------

LIMITS = [
    ("monthly_budget", "9,000", "monthly_budget_micros", 9_000_000_000, "$9,000.00"),
    ("target_cpa", "12.5", "target_cpa_micros", 12_500_000, "$12.50"),
    ("second_person_above", "500", "second_person_above_micros", 500_000_000, "$500.00"),
    ("max_daily_total", "300.25", "max_daily_total_micros", 300_250_000, "$300.25"),
    ("campaign_floor", "10", "campaign_floor_micros", 10_000_000, "$10.00"),
    ("campaign_ceiling", "200", "campaign_ceiling_micros", 200_000_000, "$200.00"),
]


@pytest.mark.parametrize(("field", "typed", "column", "micros", "shown"), LIMITS)
def test_limit_is_edited_in_major_units_with_an_entry(
    owner: Client,
    advertiser: Advertiser,
    field: str,
    typed: str,
    column: str,
    micros: int,
    shown: str,
) -> None:
    form = owner.get(url(advertiser)).context["adminform"].form
    assert form.fields[field].label.endswith("(USD)")
    assert change(owner, advertiser, **{field: typed}).status_code == 302
    advertiser.refresh_from_db()
    assert getattr(advertiser, column) == micros
    entry = AuditEntry.objects.get()
    before = "$0.00" if field == "campaign_floor" else None
    assert (entry.action, entry.actor_name) == ("change settings", "admin")
    assert (entry.before, entry.after) == ({field: before}, {field: shown})


def test_emptied_limit_is_no_limit(owner: Client, advertiser: Advertiser) -> None:
    Advertiser.objects.update(max_daily_total_micros=5_000_000, campaign_floor_micros=1_000_000)
    assert change(owner, advertiser, max_daily_total="", campaign_floor="").status_code == 302
    advertiser.refresh_from_db()
    assert (advertiser.max_daily_total_micros, advertiser.campaign_floor_micros) == (None, 0)


SETTINGS_REFUSED = [
    ({"currency": "EURO"}, "currency"),
    ({"currency": "XXX"}, "currency"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"max_step": "0"}, "max_step"),
    ({"target_roas": "-1"}, "target_roas"),
    ({"campaign_floor": "20", "campaign_ceiling": "10"}, "campaign_ceiling"),
    ({"max_daily_total": "1e30"}, "max_daily_total"),
    ({"max_daily_total": "-1"}, "max_daily_total"),
    ({"max_daily_total": "9999999999999999999"}, "max_daily_total"),
    ({"currency": "JPY", "max_daily_total": "10.50"}, "max_daily_total"),
    ({"name": "OTHER"}, "__all__"),
]


@pytest.mark.parametrize(("sent", "field"), SETTINGS_REFUSED)
def test_invalid_setting_shows_at_its_field_and_nothing_is_changed(
    owner: Client, advertiser: Advertiser, sent: dict[str, str], field: str
) -> None:
    before = Advertiser.objects.filter(pk=advertiser.pk).values().get()
    assert list(errors(change(owner, advertiser, mode="act", **sent))) == [field]
    assert Advertiser.objects.filter(pk=advertiser.pk).values().get() == before
    assert AuditEntry.objects.count() == 0


def test_settings_need_the_admin_role(people: People, advertiser: Advertiser) -> None:
    approver = signed_in(people.approver)
    assert approver.get(url(advertiser)).status_code == 200
    assert approver.post(url(advertiser), {"name": "Mine"}).status_code == 403
    assert approver.get(url(Advertiser, "add")).status_code == 403


def test_saving_settings_does_not_lift_a_stop_that_was_pressed_meanwhile(
    owner: Client, people: People, advertiser: Advertiser, actor: Actor, rf: Any
) -> None:
    page = admin.site._registry[Advertiser]
    request = rf.post("/")
    request.user = people.admin
    stale = Advertiser.objects.get(pk=advertiser.pk)
    form = page.get_form(request, stale, change=True)(
        {**sent_form(owner.get(url(advertiser))), "mode": "act"}, instance=stale
    )
    assert form.is_valid(), form.errors
    stop(actor=actor, advertiser=advertiser)
    page.save_model(request, form.save(commit=False), form, True)
    advertiser.refresh_from_db()
    assert (advertiser.mode, advertiser.is_stopped) == ("act", True)


def test_limit_that_somebody_else_lowered_meanwhile_stays_lowered(
    owner: Client, advertiser: Advertiser
) -> None:
    data = sent_form(owner.get(url(advertiser)))
    Advertiser.objects.update(max_daily_total_micros=50_000_000)
    assert owner.post(url(advertiser), {**data, "mode": "act"}).status_code == 302
    advertiser.refresh_from_db()
    assert (advertiser.mode, advertiser.max_daily_total_micros) == ("act", 50_000_000)


def test_superuser_adds_an_advertiser_with_limits(root: Client) -> None:
    data = sent_form(root.get(url(Advertiser, "add")))
    sent = {"name": "New", "slug": "new", "currency": "EUR", "time_zone": "Europe/Berlin"}
    sent |= {"max_daily_total": "250"}
    assert root.post(url(Advertiser, "add"), {**data, **sent}).status_code == 302
    made = Advertiser.objects.get(slug="new")
    assert (made.max_daily_total_micros, made.campaign_floor_micros) == (250_000_000, 0)
    assert AuditEntry.objects.get().action == "add advertiser"


# ---- stop switch ---------------------------------------------------------------------------


def stopped_by(advertiser: Advertiser) -> str:
    return Advertiser.objects.get(pk=advertiser.pk).stopped_by


def test_editor_presses_and_only_an_approver_lifts_the_stop_switch(
    people: People, advertiser: Advertiser
) -> None:
    editor, approver = signed_in(people.editor), signed_in(people.approver)
    assert act(editor, [advertiser], "press_stop") == ["Stopped: 1 advertiser."]
    assert stopped_by(advertiser) == "editor"
    assert "ON since" in editor.get(url(advertiser)).content.decode()
    assert act(editor, [advertiser], "press_stop") == ["Acme: The stop switch is on already."]
    assert act(editor, [advertiser], "lift_stop") == ["Acme: This needs the role approver at Acme."]
    assert stopped_by(advertiser) == "editor"
    assert act(approver, [advertiser], "lift_stop") == ["Lifted the stop switch of: 1 advertiser."]
    assert stopped_by(advertiser) == ""
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["press the stop switch", "lift the stop switch"]


def test_viewer_presses_nothing(people: People, advertiser: Advertiser) -> None:
    viewer = signed_in(people.viewer)
    assert act(viewer, [advertiser], "press_stop") == ["Acme: This needs the role editor at Acme."]
    assert stopped_by(advertiser) == ""


# ---- accounts and incidents ----------------------------------------------------------------


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    account = make_account(advertiser, currency="JPY", min_daily_budget_micros=500_000_000)
    secrets: Any = {"access_token": "t"}
    Credential.objects.create(account=account, secrets=secrets)
    return account


def test_account_cap_is_the_only_field_and_leaves_an_entry(
    owner: Client, account: AdAccount
) -> None:
    form = owner.get(url(account)).context["adminform"].form
    assert (list(form.fields), form.fields["daily_cap"].label) == (["daily_cap"], "Daily cap (JPY)")
    assert list(errors(change(owner, account, daily_cap="100.5"))) == ["daily_cap"]
    assert change(owner, account, daily_cap="90,000", name="Mine").status_code == 302
    account.refresh_from_db()
    assert (account.daily_cap_micros, account.name) == (90_000_000_000, "Acme shop")
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"daily_cap": None}, {"daily_cap": "¥90,000"})


def test_disconnect_needs_the_admin_role_and_forgets_the_token(
    people: People, owner: Client, account: AdAccount
) -> None:
    refused = act(signed_in(people.approver), [account], "disconnect")
    assert refused == ["Meta: Acme shop: This needs the role admin at Acme."]
    assert Credential.objects.count() == 1
    assert act(owner, [account], "disconnect") == ["Disconnected: 1 ad account."]
    account.refresh_from_db()
    assert (account.state, Credential.objects.count()) == ("disconnected", 0)
    assert act(owner, [account], "sync_now") == [
        "Meta: Acme shop: The account is not connected. Paste a new token first."
    ]


def test_sync_of_an_account_is_asked_for_by_an_editor(people: People, account: AdAccount) -> None:
    assert act(signed_in(people.editor), [account], "sync_now") == ["Asked to sync: 1 ad account."]
    assert [(j.kind, j.key) for j in Job.objects.all()] == [("sync", str(account.pk))]


def test_verify_says_that_calls_are_switched_off(
    owner: Client, account: AdAccount, settings: Any
) -> None:
    settings.SANDBOX, settings.LIVE_CALLS = {}, False
    [message] = act(owner, [account], "verify")
    assert message.startswith("Meta: Acme shop: Platform calls are switched off.")


def test_verify_asks_the_platform(
    owner: Client, accounts: dict[str, AdAccount], sandbox: Any
) -> None:
    AdAccount.objects.update(verified_at=None)
    assert act(owner, [accounts["meta"]], "verify") == ["Verified: 1 ad account."]
    accounts["meta"].refresh_from_db()
    assert accounts["meta"].verified_at is not None


def test_incident_is_resolved_once(people: People, advertiser: Advertiser) -> None:
    incident = Incident.open(advertiser, "sync:1", title="No figures", next_step="Sync.")
    viewer, editor = signed_in(people.viewer), signed_in(people.editor)
    assert act(viewer, [incident], "resolve") == ["No figures: This needs the role editor at Acme."]
    assert act(editor, [incident], "resolve") == ["Resolved: 1 incident."]
    incident.refresh_from_db()
    assert incident.resolved_at is not None
    assert act(editor, [incident], "resolve") == ["No figures: It is already resolved."]
    assert AuditEntry.objects.get().action == "resolve incident"


def test_admin_index_names_the_house(root: Client) -> None:
    assert "AdsEngine administration" in root.get(reverse("admin:index")).content.decode()
