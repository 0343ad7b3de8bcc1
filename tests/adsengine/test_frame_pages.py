"""The frame: the way in, roles, the stop switch, health, and what every page must hold."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.db.migrations.executor import MigrationExecutor
from django.template import Context, Template
from django.test import Client, RequestFactory

from core import jobs
from core.liveness import heartbeats
from core.models import Advertiser, AuditEntry
from tests.campaigns.page_rows import deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People, make_user

VIEWER_PAGES = ["", "campaigns/", "creatives/", "connections/", "incidents/"]
EDITOR_POSTS = [
    "stop/",
    "campaigns/1/status/",
    "campaigns/1/adopt/",
    "ads/1/status/",
    "connections/1/sync/",
]
ADMIN_POSTS = ["connections/add/meta/", "connections/1/verify/", "connections/1/disconnect/"]
NEEDS = {
    **dict.fromkeys(EDITOR_POSTS, "editor"),
    **dict.fromkeys(ADMIN_POSTS, "admin"),
    "lift-stop/": "approver",
    "import/": "editor",
}


# ---- the way in ----


def test_home_leads_to_the_first_advertiser(viewer: Client, advertiser: Advertiser) -> None:
    assert viewer.get("/")["Location"] == "/a/acme/"


def test_without_an_advertiser_one_is_told_what_to_do(client: Client, db: None) -> None:
    client.force_login(make_user("new"))
    assert "you belong to no advertiser yet" in text(client.get("/"))


def test_the_first_person_creates_the_first_advertiser(client: Client, db: None) -> None:
    root = make_user("root")
    root.is_superuser = True
    root.save()
    client.force_login(root)
    assert "Create the advertiser" in text(client.get("/"))
    sent = {"name": "Fernweg Läden", "currency": "EUR", "time_zone": "Europe/Berlin"}
    assert client.post("/", sent)["Location"] == "/a/fernweg-laden/"
    made = Advertiser.objects.get()
    assert (made.name, made.currency, made.time_zone) == tuple(sent.values())
    assert made.memberships.get(user=root).role == 40
    assert AuditEntry.objects.get().action == "add advertiser"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"currency": "XXX"}, {"time_zone": "Mars/One"}])
def test_a_wrong_first_advertiser_is_refused(
    client: Client, db: None, wrong: dict[str, str]
) -> None:
    root = make_user("root")
    root.is_superuser = True
    root.save()
    client.force_login(root)
    sent = {"name": "Shop", "currency": "EUR", "time_zone": "Europe/Berlin", **wrong}
    answer = client.post("/", sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)
    assert not Advertiser.objects.exists()


def test_nobody_else_creates_an_advertiser_there(client: Client, db: None) -> None:
    client.force_login(make_user("new"))
    client.post("/", {"name": "Shop", "currency": "EUR", "time_zone": "Europe/Berlin"})
    assert not Advertiser.objects.exists()


def test_signing_in_leads_where_one_wanted_to_go(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    sent_to = client.get("/a/acme/campaigns/")["Location"]
    assert sent_to == "/accounts/login/?next=/a/acme/campaigns/"
    sent = {"username": "viewer", "password": "a-long-password-9", "next": "/a/acme/campaigns/"}
    assert client.post("/accounts/login/", sent)["Location"] == "/a/acme/campaigns/"
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"


def test_a_wrong_password_is_said(client: Client, people: People) -> None:
    answer = client.post("/accounts/login/", {"username": "viewer", "password": "wrong"})
    assert "correct username and password" in text(answer)


def test_a_forgotten_password_is_set_by_mail(client: Client, people: People) -> None:
    client.post("/accounts/password-reset/", {"email": people.viewer.email})
    assert mail.outbox == []  # the page does the same for every address
    jobs.run_due()
    (sent,) = mail.outbox
    assert sent.subject == "Your new AdsEngine password"
    link = re.search(r"https?://testserver(/\S+)", str(sent.body))
    assert link is not None
    form = client.get(link[1], follow=True)
    new = {"new_password1": "another-long-1", "new_password2": "another-long-1"}
    assert form.redirect_chain
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Your password is changed" in text(done)
    people.viewer.refresh_from_db()
    assert people.viewer.check_password("another-long-1")


# ---- roles ----


@pytest.mark.parametrize("path", VIEWER_PAGES)
def test_pages_are_for_members(
    path: str, client: Client, people: People, advertiser: Advertiser
) -> None:
    url = f"/a/acme/{path}"
    assert client.get(url)["Location"].startswith("/accounts/login/")
    client.force_login(people.stranger)
    assert client.get(url).status_code == 404
    client.force_login(people.viewer)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(("path", "allowed"), NEEDS.items())
def test_changes_need_their_role(
    path: str, allowed: str, client: Client, people: People, advertiser: Advertiser
) -> None:
    url = f"/a/acme/{path}"
    order = ["viewer", "editor", "approver", "admin"]
    assert client.post(url).status_code == 401
    client.force_login(people.stranger)
    assert client.post(url).status_code == 404
    for role in order[: order.index(allowed)]:
        client.force_login(getattr(people, role))
        assert client.post(url).status_code == 403
    client.force_login(getattr(people, allowed))
    assert client.post(url).status_code != 403
    assert client.get(url).status_code in ({200} if path == "import/" else {405})


def test_a_refusal_names_the_role(viewer: Client, advertiser: Advertiser) -> None:
    assert "This needs the role editor at Acme." in text(viewer.post("/a/acme/stop/"))


# ---- the stop switch ----


def test_an_editor_stops_and_an_approver_lifts(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    client.force_login(people.editor)
    answer = client.post("/a/acme/stop/", {"reason": "Wrong prices", "next": "/a/acme/campaigns/"})
    assert answer["Location"] == "/a/acme/campaigns/"
    page = text(client.get("/a/acme/campaigns/"))
    assert "The stop switch is on." in page
    assert "Wrong prices" in page
    assert "lift-stop" not in page
    client.force_login(people.approver)
    assert "lift-stop" in text(client.get("/a/acme/"))
    client.post("/a/acme/lift-stop/")
    advertiser.refresh_from_db()
    assert not advertiser.is_stopped
    assert "The stop switch is on." not in text(client.get("/a/acme/"))
    actions = AuditEntry.objects.order_by("pk").values_list("action", "actor_name")
    assert list(actions) == [
        ("press the stop switch", "editor"),
        ("lift the stop switch", "approver"),
    ]


def test_a_viewer_has_no_stop_switch(viewer: Client, advertiser: Advertiser) -> None:
    assert "/stop/" not in text(viewer.get("/a/acme/"))


# ---- health ----


def test_healthz_touches_no_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_readyz_names_each_part(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "parts": {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"},
        "background": dict.fromkeys(heartbeats.EXPECTED, "never ran"),
    }


def test_readyz_fails_on_pending_migrations(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("a", False)])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["migrations"] == "1 pending"


def test_readyz_fails_on_a_cache_that_keeps_nothing(
    client: Client, db: None, settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["cache"] == "does not keep values"


def test_readyz_hides_the_cause_of_a_failure(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("redis://user:secret@host")

    monkeypatch.setattr(MigrationExecutor, "migration_plan", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


# ---- what every page holds ----


def _pages(admin: Client, advertiser: Advertiser) -> list[Any]:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    deliver(make_ad(campaign))
    paths = [*VIEWER_PAGES, "import/", f"campaigns/{campaign.pk}/"]
    return [admin.get(f"/a/acme/{path}") for path in paths]


def test_no_page_has_inline_scripts(admin: Client, advertiser: Advertiser) -> None:
    for page in _pages(admin, advertiser):
        html = page.content.decode()
        assert "script-src 'self'" in page["Content-Security-Policy"]
        for attributes in re.findall(r"<script\b([^>]*)>", html):
            assert "src=" in attributes or 'type="application/json"' in attributes
        assert not re.search(r"\s(on\w+|hx-on[\w:-]*|style)=", html)


def test_every_id_is_there_once_and_every_page_has_one_heading(
    admin: Client, advertiser: Advertiser
) -> None:
    for page in _pages(admin, advertiser):
        html = page.content.decode()
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert sorted(ids) == sorted(set(ids))
        assert html.count("<h1>") == 1
        assert 'href="#main"' in html


def test_the_navigation_says_where_one_is(viewer: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    page = text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/?range=7d"))
    assert '<a class="nav-item" href="/a/acme/campaigns/?range=7d" aria-current="true">' in page
    assert '<a class="nav-item" href="/a/acme/?range=7d">' in page


def test_a_page_that_does_not_exist_yet_has_no_link(advertiser: Advertiser) -> None:
    request = RequestFactory().get("/a/acme/")
    context = Context({"advertiser": advertiser, "request": request})
    missing = Template('{% nav_item "Ghosts" "ghosts" "clock" %}').render(context)
    assert missing.strip() == ""
    there = Template('{% nav_item "Campaigns" "campaigns" "clock" %}').render(context)
    assert "/a/acme/campaigns/" in there


def test_the_other_advertisers_can_be_picked(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    people.stranger.memberships.create(advertiser=advertiser, role=10)
    client.force_login(people.stranger)
    assert '<a href="/a/other/">' in text(client.get("/a/acme/"))


def test_a_lost_page_and_the_icon(client: Client, db: None) -> None:
    assert "There is nothing here" in text(client.get("/nowhere/"))
    assert client.get("/favicon.ico")["Location"].endswith("img/favicon.svg")


def test_browsers_store_no_page_of_a_signed_in_person(
    client: Client, viewer: Client, advertiser: Advertiser
) -> None:
    for path in ("/a/acme/", "/a/acme/campaigns/", "/accounts/password/", "/a/acme/nowhere/"):
        assert viewer.get(path)["Cache-Control"] == "no-store, private", path
    assert viewer.get("/api/v1/campaigns/")["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/accounts/password-reset/sent/").get("Cache-Control", "")
