"""Every page of the admin: it opens, keeps tenants apart, shows no secret, ledgers stand."""

from __future__ import annotations

import re

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from core.models import Advertiser, ApiToken, ExchangeRate, Heartbeat, Membership, User
from platforms.models import Credential
from tests.core.admin.rows import EDITED, LEDGERS, SECRET, pages, registered, row_of
from tests.fixtures.admin import list_url, signed_in, url
from tests.fixtures.people import People


def test_every_page_opens_for_a_superuser_and_shows_no_secret(root: Client) -> None:
    ours = {m for m in registered() if m._meta.app_label != "django_celery_beat"}
    ours_alone = {User, ApiToken, ExchangeRate, Heartbeat, AccessAttempt}
    assert ours == {*LEDGERS, *EDITED, *ours_alone}
    found = pages(root)
    assert len(found) > 2 * len(ours)
    token = ApiToken.objects.get()
    hashes = User.objects.values_list("password", flat=True)
    for secret in (SECRET, token.digest, *(h for h in hashes if h)):
        assert [address for address, text in found.items() if secret in text] == []


def test_no_page_carries_an_inline_script(root: Client) -> None:

    runs = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+=\"", re.I)
    found = pages(root)
    found["beat"] = root.get(reverse("admin:django_celery_beat_periodictask_add")).content.decode()
    assert [address for address, text in found.items() if runs.search(text)] == []


def test_credentials_are_not_registered() -> None:
    assert Credential not in admin.site._registry


@pytest.mark.parametrize("model", LEDGERS, ids=lambda m: m.__name__)
def test_ledger_is_neither_added_to_nor_changed_nor_deleted(
    model: type[Model], root: Client
) -> None:
    row, count = row_of(model), model._default_manager.count()
    assert root.get(url(model, "add")).status_code == 403
    assert root.post(url(row), {}).status_code == 403
    assert root.post(url(row, "delete"), {"post": "yes"}).status_code == 403
    choices = root.get(list_url(model)).context["action_form"]
    assert choices is None or "delete_selected" not in dict(choices.fields["action"].choices)
    assert model._default_manager.count() == count


@pytest.mark.parametrize("model", [*LEDGERS, *EDITED], ids=lambda m: m.__name__)
def test_staff_see_their_own_advertisers_rows_only(
    model: type[Model], world: Advertiser, people: People
) -> None:
    row = row_of(model)
    viewer, stranger = signed_in(people.viewer), signed_in(people.stranger)
    assert viewer.get(url(row)).status_code == 200
    assert list(viewer.get(list_url(model)).context["cl"].result_list) != []
    assert stranger.get(url(row)).status_code == 404
    assert stranger.get(url(row, "history")).status_code == 404
    shown = list(stranger.get(list_url(model)).context["cl"].result_list)
    assert [r for r in shown if getattr(r, "slug", "") != "other"] == []


@pytest.mark.parametrize("model", EDITED, ids=lambda m: m.__name__)
def test_viewer_changes_nothing(model: type[Model], world: Advertiser, people: People) -> None:
    assert signed_in(people.viewer).post(url(row_of(model)), {}).status_code == 403


def test_member_who_is_not_staff_and_staff_without_membership_get_nowhere(
    world: Advertiser, people: People
) -> None:
    client = Client()
    client.force_login(people.admin)
    assert client.get(list_url(Campaign)).status_code == 302
    Membership.objects.filter(user=people.viewer).delete()
    outsider = signed_in(people.viewer)
    assert outsider.get(list_url(Campaign)).status_code == 403
    assert outsider.get(url(row_of(Campaign))).status_code == 404


def test_users_and_the_timetable_are_for_superusers(world: Advertiser, people: People) -> None:
    staff = signed_in(people.admin)
    assert staff.get(list_url(User)).status_code == 403
    assert staff.get(reverse("admin:django_celery_beat_periodictask_changelist")).status_code == 403


def test_timetable_says_what_happens_to_intervals_of_the_code(root: Client) -> None:
    for page in ("changelist", "add"):
        text = root.get(reverse(f"admin:django_celery_beat_periodictask_{page}")).content.decode()
        assert "own entries are reset at the next start of beat" in text


def test_foreign_names_are_in_no_filter_and_no_choice(world: Advertiser, people: People) -> None:
    stranger = signed_in(people.stranger)
    for model in [*LEDGERS, *EDITED]:
        text = stranger.get(list_url(model)).content.decode()
        assert ("Acme" in text, "Boots" in text) == (False, False), model
    asked = {"app_label": "optimization", "model_name": "abtest", "field_name": "campaign"}
    answer = stranger.get(reverse("admin:autocomplete"), asked)
    assert answer.json()["results"] == []
    mine = signed_in(people.editor).get(reverse("admin:autocomplete"), asked)
    assert [r["text"] for r in mine.json()["results"]] == ["Boots"]
