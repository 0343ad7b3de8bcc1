"""The link for a new password: by a job, the same for every address, and not too often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adsengine.accounts.reset_mail import RESET_MAIL_JOB
from core import jobs
from core.models import Job
from tests.fixtures.clients import text
from tests.fixtures.people import People

PATH = "/accounts/password-reset/"


@pytest.fixture(autouse=True)
def _nothing_counted(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(email: str, address: str = "192.0.2.1") -> Any:
    return Client().post(PATH, {"email": email}, REMOTE_ADDR=address)


def test_the_page_does_the_same_for_every_address(people: People) -> None:
    with CaptureQueriesContext(connection) as known:
        first = ask(people.viewer.email)
    with CaptureQueriesContext(connection) as unknown:
        second = ask("nobody@example.com")
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert [query["sql"][:9] for query in known] == [query["sql"][:9] for query in unknown]
    assert "adsengine_user" not in str(known.captured_queries)
    assert mail.outbox == []
    assert Job.objects.filter(kind=RESET_MAIL_JOB).count() == 2
    jobs.run_due()
    assert [sent.to for sent in mail.outbox] == [[people.viewer.email]]
    assert {job.state for job in Job.objects.all()} == {"done"}


def test_two_clicks_send_one_mail(people: People) -> None:
    ask(people.viewer.email)
    ask(people.viewer.email.upper())
    jobs.run_due()
    assert len(mail.outbox) == 1


def test_the_link_leads_to_the_host_that_was_asked(people: People, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["ads.example.com"]
    Client().post(PATH, {"email": people.viewer.email}, headers={"host": "ads.example.com"})
    jobs.run_due()
    [sent] = mail.outbox
    assert "http://ads.example.com/accounts/password-reset/" in str(sent.body)


class Refusing:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("no mail today")


def test_a_mail_server_that_refuses_delays_the_mail_and_not_the_page(
    people: People, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.adsengine.accounts.test_reset_mail.Refusing"
    assert ask(people.viewer.email).status_code == 302
    jobs.run_due()
    job = Job.objects.get(kind=RESET_MAIL_JOB)
    assert (job.state, job.error) == ("queued", "no mail today")
    settings.EMAIL_BACKEND = working
    Job.objects.update(not_before=job.created_at)
    jobs.run_due()
    assert len(mail.outbox) == 1


def test_one_mailbox_is_not_filled_by_others(people: People) -> None:
    answers = [ask(people.viewer.email, f"192.0.2.{n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600
    assert "A link for a new password was asked for too often." in text(answers[-1])
    assert ask("nobody@example.com").status_code == 302
    unknown = [ask("nobody@example.com", f"192.0.3.{n}").status_code for n in range(3)]
    assert unknown == [302, 302, 429]


def test_one_address_asks_for_ten_mailboxes_an_hour(people: People) -> None:
    statuses = [ask(f"person-{n}@example.com").status_code for n in range(11)]
    assert statuses == [302] * 10 + [429]
    assert Job.objects.filter(kind=RESET_MAIL_JOB).count() == 10
    assert ask(people.viewer.email, "198.51.100.1").status_code == 302
