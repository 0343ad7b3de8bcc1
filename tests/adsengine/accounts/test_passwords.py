"""A new password ends the person's other sessions, and their API tokens where they want that."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from adsengine.accounts.reset_mail import request_reset_mail
from core import jobs
from core.models import Advertiser, ApiToken, AuditAction, AuditEntry
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People, client_of

CHANGE, HOME = "/accounts/password/", "/a/acme/"
NEW = {"new_password1": "another-long-1", "new_password2": "another-long-1"}
CHANGED = {"old_password": "a-long-password-9", **NEW}


@pytest.fixture(autouse=True)
def _no_earlier_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def program(people: People) -> APIClient:
    return client_of(people.viewer)


def works(program: APIClient) -> bool:
    return program.get("/api/v1/campaigns/").status_code == 200


def test_other_sessions_end_and_this_one_goes_on(people: People, advertiser: Advertiser) -> None:
    here, elsewhere = signed_in(people.viewer), signed_in(people.viewer)
    done = here.post(CHANGE, CHANGED, follow=True)
    assert "Everywhere else you were signed in, you are signed out now." in text(done)
    assert here.get(HOME).status_code == 200
    assert elsewhere.get(HOME)["Location"].startswith("/accounts/login/")


def test_tokens_go_on_unless_they_are_ended_too(people: People, program: APIClient) -> None:
    here = signed_in(people.viewer)
    assert "End my API tokens too (1)" in text(here.get(CHANGE))
    assert here.post(CHANGE, CHANGED).status_code == 302
    assert works(program)


def test_tokens_end_with_the_password_where_that_is_chosen(
    people: People, program: APIClient
) -> None:
    other = client_of(people.editor)
    assert signed_in(people.viewer).post(CHANGE, {**CHANGED, "end_tokens": "on"}).status_code == 302
    assert not works(program)
    assert works(other)
    assert list(ApiToken.objects.values_list("user", flat=True)) == [people.editor.pk]
    [entry] = AuditEntry.objects.filter(action=AuditAction.REVOKE_API_TOKEN)
    assert entry.actor_name == str(people.viewer)


def test_a_change_that_is_refused_ends_nothing(people: People, program: APIClient) -> None:
    here, elsewhere = signed_in(people.viewer), signed_in(people.viewer)
    wrong = {**CHANGED, "old_password": "wrong", "end_tokens": "on"}
    assert here.post(CHANGE, wrong).status_code == 200
    assert works(program)
    assert elsewhere.get(HOME).status_code == 200


def test_without_tokens_nothing_is_offered(people: People) -> None:
    assert "API tokens" not in text(signed_in(people.viewer).get(CHANGE))


def test_a_reset_by_mail_ends_sessions_and_offers_the_tokens(
    client: Client, people: People, program: APIClient
) -> None:
    elsewhere = signed_in(people.viewer)
    request_reset_mail(people.viewer.email, domain="testserver", https=False)
    jobs.run_due()
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link is not None
    form = client.get(link[1], follow=True)
    assert "End my API tokens too (1)" in text(form)
    client.post(form.redirect_chain[-1][0], {**NEW, "end_tokens": "on"})
    assert elsewhere.get(HOME)["Location"].startswith("/accounts/login/")
    assert not works(program)


def test_guessing_the_old_password_is_slowed_for_every_session_of_the_person(
    people: People,
) -> None:
    here, elsewhere = signed_in(people.viewer), signed_in(people.viewer)
    for _ in range(5):
        assert here.post(CHANGE, {**CHANGED, "old_password": "wrong"}).status_code == 200
    assert here.post(CHANGE, CHANGED).status_code == 429
    assert elsewhere.post(CHANGE, CHANGED).status_code == 429
    people.viewer.refresh_from_db()
    assert people.viewer.check_password(CHANGED["old_password"])
    assert signed_in(people.editor).post(CHANGE, CHANGED).status_code == 302
