"""A session that ends in the middle of a form loses nothing, and sends nothing by itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from adsengine import form_resubmission as keeping
from adsengine.form_owner_cookie import COOKIE
from campaigns.models import Brief, PublishRequest
from core.action_labels import form_action_of
from core.models import Advertiser, AuditEntry
from tests.campaigns.page_rows import make_account, make_campaign
from tests.fixtures.people import People

LOGIN = "/accounts/login/"
STOP = "/a/acme/stop/"
REASON = 'Wrong "prices" <script>alert(1)</script> & more\r\nsecond line'
HERE = {"Origin": "http://testserver", "Referer": "http://testserver/a/acme/?range=7d"}


def text(response: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", "", response.content.decode()).split()))


def hidden(response: Any) -> dict[str, list[str]]:
    """The hidden fields of the page's forms, but for the token."""
    found: dict[str, list[str]] = {}
    pattern = r'<input type="hidden" name="([^"]*)" value="([^"]*)">'
    for name, value in re.findall(pattern, response.content.decode()):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def token(response: Any) -> dict[str, str]:
    return {"csrfmiddlewaretoken": str(response.context["csrf_token"])}


def actions(response: Any) -> list[str]:
    return re.findall(r'<form method="post" action="([^"]*)"', response.content.decode())


def sign_in(client: Client, page: Any, name: str = "editor", **more: str) -> Any:
    data = {"username": name, "password": "a-long-password-9", **more}
    return client.post(LOGIN, {**data, "kept": hidden(page)["kept"][0]})


# ---- signed out ----


def test_what_was_typed_is_sent_only_after_a_sign_in_and_a_press(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post(STOP, {"reason": REASON, "many": ["1", "2"]}, headers=HERE)
    assert page.status_code == 401
    assert "no-store" in page["Cache-Control"]
    assert "You were signed out. Sign in; what you typed is kept." in text(page)
    offer = sign_in(client, page)
    assert offer.status_code == 200
    assert "You are signed in as editor." in text(offer)
    assert "Sending it will press the stop switch at Acme." in text(offer)
    assert "<script>alert" not in offer.content.decode()
    assert actions(offer)[0] == STOP
    assert 'href="/a/acme/?range=7d">Do not send' in offer.content.decode()
    sent = hidden(offer)
    assert sent == {"reason": [REASON], "many": ["1", "2"]}
    assert not AuditEntry.objects.exists()
    client.post(actions(offer)[0], sent)
    assert AuditEntry.objects.get().action == "press the stop switch"


def test_a_wrong_password_keeps_it(client: Client, people: People, advertiser: Advertiser) -> None:
    page = client.post(STOP, {"reason": REASON}, headers=HERE)
    again = sign_in(client, page, password="wrong")
    assert "correct username and password" in text(again)
    assert hidden(again)["kept"] == hidden(page)["kept"]
    assert hidden(sign_in(client, again))["reason"] == [REASON]


def test_passwords_and_tokens_never_go_along(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    typed = {"meta-access_token": "tok-123", "meta-external_id": "42", "password": "pw-123"}
    page = client.post("/a/acme/connections/add/meta/", typed, headers=HERE)
    carried = signing.loads(hidden(page)["kept"][0], salt="adsengine.kept")
    assert "tok-123" not in str(carried)
    assert "pw-123" not in str(carried)
    offer = sign_in(client, page, "admin")
    assert hidden(offer) == {"meta-external_id": ["42"]}
    assert 'name="meta-access_token" type="password"' in offer.content.decode()
    assert "Passwords and tokens are not saved." in text(offer)


def test_files_are_named_and_chosen_again(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    files = [SimpleUploadedFile(name, b"x") for name in ("blue.png", "<b>.png")]
    page = client.post("/a/acme/briefs/new/", {"name": "Boots", "images": files}, headers=HERE)
    offer = sign_in(client, page)
    body = offer.content.decode()
    assert "Files are not saved. Choose again: blue.png, &lt;b&gt;.png" in body
    assert 'name="images" type="file" multiple' in body
    assert 'enctype="multipart/form-data"' in body
    assert not Brief.objects.exists()


def test_what_is_too_long_is_said_and_one_lands_where_the_form_was(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post(STOP, {"reason": "x" * (keeping.MAX_BYTES + 1)}, headers=HERE)
    assert page.status_code == 401
    assert "too long to be kept here" in text(page)
    assert hidden(page)["next"] == ["/a/acme/?range=7d"]
    assert "kept" not in hidden(page)


def test_another_person_is_named_and_held_to_their_own_role(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post(STOP, {"reason": REASON}, headers=HERE)
    viewer = sign_in(client, page, "viewer")
    assert "It cannot be sent as viewer. This needs the role editor at Acme." in text(viewer)
    stranger = sign_in(Client(), page, "stranger")
    assert "You are no member of the advertiser" in text(stranger)
    assert "Acme" not in text(stranger)
    for offer in (viewer, stranger):
        assert STOP not in actions(offer)
        assert 'Wrong "prices"' in text(offer)


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "/no/such/page/"])
def test_it_is_only_ever_sent_to_a_page_of_ours(
    client: Client, people: People, advertiser: Advertiser, path: str
) -> None:
    made = keeping.PendingForm(path, "/", [("reason", "x")], [], [])
    assert keeping.load_form(keeping.dump_form(made)) is None
    data = {"username": "editor", "password": "a-long-password-9", "kept": keeping.dump_form(made)}
    answer = client.post(LOGIN, data, follow=True)
    assert "What you typed is more than a day old and was discarded." in text(answer)
    assert path not in actions(answer)


def test_a_forged_or_old_packet_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keeping.PendingForm(STOP, "/", [], [], [])
    packed = keeping.dump_form(made)
    assert keeping.load_form(packed) == made
    assert keeping.load_form(packed[:-1] + ("A" if packed[-1] != "A" else "B")) is None
    monkeypatch.setattr(keeping, "_SECONDS", -1)
    assert keeping.load_form(packed) is None


def test_reading_still_leads_to_the_sign_in_and_signing_out_too(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    assert client.get("/a/acme/")["Location"] == "/accounts/login/?next=/a/acme/"
    client.force_login(people.viewer)
    assert client.post("/accounts/logout/")["Location"] == LOGIN


def test_a_form_of_the_admin_is_kept_too(client: Client, people: People) -> None:
    page = client.post("/admin/adsengine/advertiser/add/", {"name": "Shop"}, headers=HERE)
    assert page.status_code == 401
    offer = sign_in(client, page)
    assert "This would send a form of the admin, and it was not sent." in text(offer)


def test_a_referer_that_is_no_address_is_none(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post(STOP, {"reason": REASON}, headers={**HERE, "Referer": "http://[/"})
    assert page.status_code == 401
    assert hidden(page)["next"] == ["/"]
    assert hidden(sign_in(client, page))["reason"] == [REASON]


# ---- what has to be read first ----


def test_an_approval_is_never_sent_blindly(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    brief = "/a/acme/briefs/1/"
    headers = {**HERE, "Referer": f"http://testserver{brief}"}
    page = client.post("/a/acme/strategies/1/approve/", {"plan_hash": "abc"}, headers=headers)
    for name in ("approver", "admin"):
        offer = sign_in(Client(), page, name)
        assert offer.status_code == 200
        assert "This would approve a plan and launch at Acme, and it was not sent." in text(offer)
        assert actions(offer) == ["/accounts/logout/"]
        assert "abc" not in offer.content.decode()
        assert f'href="{brief}">Open the page it was on' in offer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/a/acme/briefs/1/approve/",
        "/a/acme/optimisation/1/apply/",
        "/a/acme/campaigns/1/edit/daily_budget/",
        "/a/acme/campaigns/1/status/",
        "/a/acme/campaigns/bulk/",
        "/a/acme/lift-stop/",
        "/admin/adsengine/advertiser/add/",
    ],
)
def test_what_can_spend_is_shown_and_not_offered(
    client: Client, people: People, advertiser: Advertiser, path: str
) -> None:
    offer = sign_in(client, client.post(path, {"reason": REASON}, headers=HERE), "admin")
    assert "Open the page it was on" in text(offer)
    assert 'Wrong "prices"' in text(offer)
    assert path not in actions(offer)
    assert hidden(offer) == {}


def test_what_somebody_else_typed_is_shown_and_not_offered(
    people: People, advertiser: Advertiser
) -> None:
    browser = Client()
    browser.force_login(people.editor)
    browser.get("/a/acme/")
    del browser.cookies["sessionid"]
    page = browser.post(STOP, {"reason": REASON}, headers=HERE)
    other = sign_in(browser, page, "approver")
    assert "Somebody else typed this in this browser, so it is not sent as approver." in text(other)
    assert 'Wrong "prices"' in text(other)
    assert STOP not in actions(other)
    author = sign_in(Client(), page)
    assert actions(author)[0] == STOP
    assert not AuditEntry.objects.exists()


def test_a_cookie_that_was_not_made_here_names_nobody(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    client.cookies[COOKIE] = str(people.approver.pk)
    page = client.post(STOP, {"reason": REASON}, headers=HERE)
    assert signing.loads(hidden(page)["kept"][0], salt="adsengine.kept")["author"] == ""


def test_after_a_sign_in_of_another_nobody_knows_whose_an_old_form_is(
    people: People, advertiser: Advertiser
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.editor)
    strict.get("/a/acme/")
    del strict.cookies["sessionid"]
    page = strict.post(STOP, {"csrfmiddlewaretoken": "old"}, headers=HERE)
    assert signing.loads(hidden(page)["kept"][0], salt="adsengine.kept")["author"] == ""


# ---- parts of a page ----


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_part_of_a_page_gets_no_sign_in_page(
    client: Client, people: People, advertiser: Advertiser, method: str
) -> None:
    campaign = make_campaign(make_account(advertiser))
    path = f"/a/acme/campaigns/{campaign.pk}/" + ("state/" if method == "get" else "status/")
    answer = getattr(client, method)(path, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"You were signed out.")
    assert not PublishRequest.objects.exists()


# ---- the token of a form is too old ----


@pytest.fixture
def strict() -> Client:
    return Client(enforce_csrf_checks=True)


def test_a_form_with_an_old_token_is_kept_and_offered(
    strict: Client, people: People, advertiser: Advertiser
) -> None:
    strict.force_login(people.editor)
    offer = strict.post(STOP, {"reason": REASON, "csrfmiddlewaretoken": "old"}, headers=HERE)
    assert offer.status_code == 403
    assert "opened before you last signed in, so nothing was sent yet" in text(offer)
    sent = hidden(offer)
    assert sent["reason"] == [REASON]
    assert not AuditEntry.objects.exists()
    answer = strict.post(STOP, {**sent, **token(offer)}, headers=HERE)
    assert answer.status_code == 302
    assert AuditEntry.objects.get().action == "press the stop switch"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "x"},
        {"Referer": "http://[/"},
        {},
    ],
)
def test_what_another_site_sent_is_not_offered(
    strict: Client, people: People, advertiser: Advertiser, headers: dict[str, str]
) -> None:
    strict.force_login(people.editor)
    answer = strict.post(STOP, {"reason": "from elsewhere"}, headers=headers)
    assert answer.status_code == 403
    assert "This form is too old" in text(answer)
    assert "from elsewhere" not in text(answer)
    assert actions(answer) == []


def test_a_part_with_an_old_token_gets_a_new_one_and_the_person(
    strict: Client, people: People, advertiser: Advertiser
) -> None:
    strict.force_login(people.editor)
    answer = strict.post(STOP, {"reason": "x"}, headers={**HERE, "HX-Request": "true"})
    assert answer.status_code == 403
    assert answer["X-Person"] == str(people.editor.pk)
    fresh = {"csrfmiddlewaretoken": answer["X-Fresh-Token"]}
    assert strict.post(STOP, fresh, headers=HERE).status_code == 302
    away = strict.post(STOP, headers={"Origin": "https://evil.example", "HX-Request": "true"})
    assert "X-Fresh-Token" not in away


def test_signed_out_with_an_old_token_is_kept(
    strict: Client, people: People, advertiser: Advertiser
) -> None:
    page = strict.post(STOP, {"reason": REASON}, headers=HERE)
    assert page.status_code == 401
    data = {"username": "editor", "password": "a-long-password-9", **token(page)}
    data["kept"] = hidden(page)["kept"][0]
    offer = strict.post(LOGIN, data, headers=HERE)
    assert hidden(offer)["reason"] == [REASON]
    again = strict.post(LOGIN, data, headers=HERE)
    assert hidden(again)["reason"] == [REASON]  # the page is loaded again, or another tab


def test_an_old_sign_in_page_is_shown_anew(strict: Client, people: People) -> None:
    page = strict.post(LOGIN, {"username": "editor", "next": "/a/acme/"}, headers=HERE)
    assert page.status_code == 401
    assert "This sign-in page was too old" in text(page)
    assert 'value="editor"' in page.content.decode()
    assert hidden(page)["next"] == ["/a/acme/"]


def test_the_sign_in_of_a_second_tab_ends_with_a_word(client: Client, people: People) -> None:
    assert client.get("/accounts/signed-in/")["Location"] == LOGIN
    client.force_login(people.editor)
    assert "Go back to the tab you came from" in text(client.get("/accounts/signed-in/"))


# ---- what each view says ----


def _matches(patterns: list[Any], apps: tuple[str, ...] = ()) -> Iterator[ResolverMatch]:
    """Every route there is, as if it had been resolved."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = (*apps, entry.app_name) if entry.app_name else apps
            yield from _matches(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern):
            yield ResolverMatch(entry.callback, (), {}, entry.name, list(apps))


def test_a_view_that_says_nothing_counts_as_one_that_can_spend() -> None:
    found = list(_matches(get_resolver().url_patterns))
    described = [m for m in found if hasattr(m.func, "form_action")]
    mute = [m for m in found if not hasattr(m.func, "form_action")]
    assert len(described) > 40
    assert len(mute) > 40
    assert [m.url_name for m in mute if not form_action_of(m).can_spend] == []
    for match in described:
        assert form_action_of(match) == match.func.form_action  # type: ignore[attr-defined]


def test_form_of_a_view_that_says_nothing_is_shown_and_not_offered(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    page = client.post("/a/acme/automation/", {"reason": REASON}, headers=HERE)
    offer = sign_in(client, page, "admin")
    assert "This would send the form again at Acme, and it was not sent." in text(offer)
    assert actions(offer) == ["/accounts/logout/"]
    assert hidden(offer) == {}
