"""Incidents go by mail to those who want them: once per change of state, and once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from core import jobs
from core.common import clock
from core.mails import incident_mails, once
from core.models import Advertiser, Incident, IncidentMail, Job, Membership
from core.tasks import mail_incidents
from tests.fixtures.people import People

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 3, 15, 7, 0, tzinfo=UTC)  # 03:00 in New York


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A list whose one value is the real time."""
    times = [NIGHT]
    monkeypatch.setattr(clock, "real_now", lambda: times[0])
    return times


@pytest.fixture
def wants(people: People, advertiser: Advertiser) -> Callable[[str], None]:
    def want(which: str) -> None:
        incident_mails.choose(people.viewer, advertiser, which)

    want("changes")
    return want


def open_one(advertiser: Advertiser, key: str = "sync:1", title: str = "No figures") -> None:
    Incident.open(
        advertiser,
        key,
        title=title,
        detail="Meta says: try later.",
        at_stake="Yesterday's spend.",
        next_step="Connect again.",
    )


def work() -> None:
    mail_incidents()
    jobs.run_due()


def test_each_change_of_state_is_told_once(
    advertiser: Advertiser, wants: Callable[[str], None], now: list[datetime]
) -> None:
    open_one(advertiser)
    for _ in range(3):
        open_one(advertiser)  # seen again: no change of state
        work()
        now[0] += timedelta(minutes=6)
    [first] = mail.outbox
    assert (first.to, first.subject) == (["viewer@example.com"], "Acme: No figures")
    for part in ("Since 15 Mar 2026, 07:00 UTC", "Meta says: try later.", "Next: Connect again."):
        assert part in first.body
    Incident.resolve(advertiser, "sync:1")
    for _ in range(2):
        work()
        now[0] += timedelta(minutes=6)
    assert [m.subject for m in mail.outbox] == ["Acme: No figures", "Acme: Over: No figures"]
    open_one(advertiser)
    work()
    assert len(mail.outbox) == 3


def test_ten_thousand_at_once_are_one_mail_and_none_is_told_later(
    advertiser: Advertiser, wants: Callable[[str], None], now: list[datetime]
) -> None:
    Incident.objects.bulk_create(
        Incident(advertiser=advertiser, key=f"a:{n}", title=f"Trouble {n}", next_step="Look.")
        for n in range(10_000)
    )
    work()
    [one] = mail.outbox
    assert one.subject == "Acme: 10000 incidents opened"
    assert "… and 9980 more." in one.body
    assert len(one.body) < 10_000
    open_one(advertiser)
    work()
    assert len(mail.outbox) == 1  # not within five minutes
    now[0] += timedelta(minutes=6)
    work()
    assert mail.outbox[1].subject == "Acme: No figures"


def test_nobody_who_did_not_ask_gets_one_and_a_late_wish_brings_nothing_old(
    advertiser: Advertiser, people: People
) -> None:
    open_one(advertiser)
    work()
    assert mail.outbox == []
    incident_mails.choose(people.viewer, advertiser, "both")
    work()
    assert mail.outbox == []


def test_the_digest_comes_once_a_day_at_eight_and_only_where_something_is_open(
    advertiser: Advertiser, wants: Callable[[str], None], now: list[datetime]
) -> None:
    wants("daily")
    open_one(advertiser)
    work()
    assert mail.outbox == []
    for _ in range(3):
        now[0] += timedelta(hours=5, minutes=1)  # 08:01, 13:02, 18:03
        work()
    assert [m.subject for m in mail.outbox] == ["Acme: 1 incident open on 15 Mar 2026"]
    now[0] += timedelta(hours=14)
    work()
    assert len(mail.outbox) == 2
    Incident.resolve(advertiser, "sync:1")
    now[0] += timedelta(days=1)
    work()
    assert len(mail.outbox) == 2


def test_what_opens_during_the_day_is_in_the_next_digest(
    advertiser: Advertiser, wants: Callable[[str], None], now: list[datetime]
) -> None:
    wants("daily")
    now[0] += timedelta(hours=10)  # 13:00
    open_one(advertiser)
    work()
    assert mail.outbox == []
    now[0] += timedelta(hours=19, minutes=1)  # 08:01 of the next day
    work()
    assert [m.subject for m in mail.outbox] == ["Acme: 1 incident open on 16 Mar 2026"]


def test_a_server_that_refuses_is_told_on_the_pages_and_gets_the_mail_later(
    advertiser: Advertiser,
    wants: Callable[[str], None],
    now: list[datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: Any) -> bool:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", refuse)
        open_one(advertiser)
        for _ in range(12):
            work()
            now[0] += timedelta(minutes=11)
        assert mail.outbox == []
        server = Incident.objects.get(key="mail", resolved_at=None)
        assert "no server" in server.detail
        assert IncidentMail.objects.count() == 1
    work()
    now[0] += timedelta(minutes=11)
    work()
    assert [m.subject for m in mail.outbox] == ["Acme: No figures"]
    assert not Incident.objects.filter(key="mail", resolved_at=None).exists()


def test_one_address_that_is_refused_stops_no_other_and_is_told_once(
    advertiser: Advertiser,
    people: People,
    wants: Callable[[str], None],
    now: list[datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    incident_mails.choose(people.editor, advertiser, "changes")
    refused = "viewer@example.com"

    class Server(EmailBackend):
        def send_messages(self, messages: Any) -> int:
            if messages[0].to == [refused]:
                raise SMTPRecipientsRefused({refused: (550, b"No such mailbox")})
            return super().send_messages(messages)

    with monkeypatch.context() as patch:
        patch.setattr(once, "get_connection", Server)
        for number in range(5):
            open_one(advertiser, f"sync:{number}")
            work()
            now[0] += timedelta(minutes=6)
    assert [m.to for m in mail.outbox] == [["editor@example.com"]] * 5
    keys = Incident.objects.filter(key__startswith="mail").values_list("key", "resolved_at")
    assert list(keys) == [(f"mail:{people.viewer.pk}", None)]
    open_one(advertiser, "sync:9")
    work()
    assert ["viewer@example.com"] in [m.to for m in mail.outbox]
    assert not Incident.objects.filter(key__startswith="mail", resolved_at=None).exists()


def test_after_a_day_it_is_given_up(
    advertiser: Advertiser, wants: Callable[[str], None], now: list[datetime]
) -> None:
    open_one(advertiser)
    mail_incidents()
    now[0] += timedelta(hours=25)
    jobs.run_due()
    assert mail.outbox == []
    assert IncidentMail.objects.get(day=None).state == "failed"


def test_a_lost_answer_is_not_sent_twice(
    advertiser: Advertiser, wants: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(EmailBackend):
        def send_messages(self, messages: Any) -> int:
            super().send_messages(messages)
            raise TimeoutError("no answer")

    monkeypatch.setattr(once, "get_connection", Silent)
    open_one(advertiser)
    for _ in range(3):
        work()
    assert len(mail.outbox) == 1
    assert IncidentMail.objects.get().state == "unknown"


def test_who_left_meanwhile_gets_nothing(
    advertiser: Advertiser, people: People, wants: Callable[[str], None]
) -> None:
    open_one(advertiser)
    mail_incidents()
    Membership.objects.filter(user=people.viewer).delete()
    jobs.run_due()
    assert mail.outbox == []
    assert Job.objects.get(kind="incident_mail").state == "done"


def test_a_member_chooses_on_the_page_of_incidents(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    client.force_login(people.viewer)
    page = client.post(f"/a/{advertiser.slug}/incidents/mails/", {"incident_mails": "both"})
    assert page["Location"] == f"/a/{advertiser.slug}/incidents/"
    member = Membership.objects.get(user=people.viewer, advertiser=advertiser)
    assert member.incident_mails == "both"
    shown = client.get(page["Location"]).content.decode()
    assert 'value="both" selected' in shown
    client.post(f"/a/{advertiser.slug}/incidents/mails/", {"incident_mails": "hourly"})
    member.refresh_from_db()
    assert member.incident_mails == "both"


def test_without_an_address_mails_cannot_be_wanted(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    people.viewer.email = ""
    people.viewer.save()
    client.force_login(people.viewer)
    page = client.post(
        f"/a/{advertiser.slug}/incidents/mails/", {"incident_mails": "both"}, follow=True
    )
    assert "You have no e-mail address here" in page.content.decode()
    assert Membership.objects.get(user=people.viewer).incident_mails == "none"


def test_links_are_given_where_the_installation_knows_its_address(
    advertiser: Advertiser, wants: Callable[[str], None], settings: Any
) -> None:
    settings.PUBLIC_URL = "https://ads.example.com"
    open_one(advertiser)
    work()
    assert "https://ads.example.com/a/acme/incidents/" in mail.outbox[0].body
