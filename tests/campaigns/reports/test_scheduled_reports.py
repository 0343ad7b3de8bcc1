"""Reports by e-mail: when they are due, what they hold, once per slot, and who may set them up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPDataError
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from campaigns import services
from campaigns.models import ReportSchedule, SentReport
from campaigns.reports import sending
from campaigns.reports.slots import newest_slot, next_slot
from campaigns.tasks import send_due_reports
from core import jobs
from core.common import clock
from core.common.errors import AdsEngineError
from core.mails import once
from core.models import Actor, Advertiser, AuditEntry, Incident, Membership
from tests.campaigns.page_rows import deliver, make_account, make_campaign
from tests.fixtures.people import People

MONDAY = datetime(2026, 3, 16, 11, 59, tzinfo=UTC)  # 7:59 in New York


@pytest.fixture(autouse=True)
def _early() -> Iterator[None]:
    with clock.freeze(MONDAY - timedelta(days=3)):
        yield


@contextmanager
def at(minutes: int = 0, days: int = 0) -> Iterator[None]:
    with clock.freeze(MONDAY + timedelta(minutes=minutes, days=days)):
        yield


@pytest.fixture
def schedule(advertiser: Advertiser, actor: Actor, people: People) -> ReportSchedule:
    """Mondays at 8, of the last week, to the viewer and the editor."""
    campaign = make_campaign(make_account(advertiser), "Boots, =red")
    for back in range(14):
        deliver(campaign, date(2026, 3, 15) - timedelta(days=back), spend=1000 - 500 * (back > 6))
    return plan(actor, advertiser, people)


def plan(actor: Actor, advertiser: Advertiser, people: People, **more: Any) -> ReportSchedule:
    values: dict[str, Any] = {
        "name": "Week",
        "cadence": "weekly",
        "hour": 8,
        "style": "en",
        "recipients": [people.viewer, people.editor],
        "query": "range=last_week&breakdown=campaign",
        **more,
    }
    return services.schedule_report(actor=actor, advertiser=advertiser, **values)


def run() -> int:
    """What beat and a worker do; how many mails went out."""
    before = len(mail.outbox)
    send_due_reports()
    jobs.run_due()
    return len(mail.outbox) - before


# ---- when ----


def test_a_report_is_sent_at_its_hour_of_the_advertisers_day_and_once(
    schedule: ReportSchedule,
) -> None:
    with at():
        assert run() == 0
    with at(minutes=1):
        assert run() == 1
        assert run() == 0
    with at(days=2):
        assert run() == 0
    with at(days=7, minutes=1):
        assert run() == 1
    found = list(SentReport.objects.order_by("slot").values_list("slot", "state"))
    assert found == [(date(2026, 3, 16), "sent"), (date(2026, 3, 23), "sent")]


@pytest.mark.parametrize(
    ("cadence", "newest", "following"),
    [
        ("daily", datetime(2026, 3, 15, 12, tzinfo=UTC), datetime(2026, 3, 16, 12, tzinfo=UTC)),
        ("weekly", datetime(2026, 3, 9, 12, tzinfo=UTC), datetime(2026, 3, 16, 12, tzinfo=UTC)),
        ("monthly", datetime(2026, 3, 1, 13, tzinfo=UTC), datetime(2026, 4, 1, 12, tzinfo=UTC)),
    ],
)
def test_slots_are_of_the_zone_across_summer_time(
    schedule: ReportSchedule, cadence: str, newest: datetime, following: datetime
) -> None:
    schedule.cadence = cadence
    assert newest_slot(schedule, MONDAY).at == newest
    assert next_slot(schedule, MONDAY).at == following


def test_a_slot_before_the_schedule_was_made_is_not_sent(
    advertiser: Advertiser, actor: Actor, people: People
) -> None:
    with at(minutes=30):
        plan(actor, advertiser, people)
        assert run() == 0
        plan(actor, advertiser, people, name="Day", cadence="daily", hour=9)
    with at(minutes=62):
        assert run() == 1


def test_a_report_that_rested_does_not_make_up_for_what_passed(
    schedule: ReportSchedule, actor: Actor
) -> None:
    services.switch_report(actor=actor, schedule=schedule, active=False)
    with at(minutes=1):
        assert run() == 0
    with at(minutes=5):
        services.switch_report(actor=actor, schedule=schedule, active=True)
        assert run() == 0
    with at(days=7, minutes=1):
        assert run() == 1


def test_a_late_report_is_of_its_own_day(schedule: ReportSchedule) -> None:
    schedule.query = "range=7d"
    schedule.save()
    with at(days=3):
        assert run() == 1
    assert mail.outbox[0].subject == "Week: Acme, 9 Mar 2026 – 15 Mar 2026"


# ---- what ----


def test_the_mail_holds_totals_table_and_file(schedule: ReportSchedule, client: Client) -> None:
    with at(minutes=1):
        run()
        client.force_login(schedule.recipients.get(username="viewer"))
        page = client.get(f"/a/acme/analytics/?{schedule.query}")
        file = client.get(f"/a/acme/analytics.csv?{schedule.query}")
    sent: Any = mail.outbox[0]
    assert sorted(sent.to) == ["editor@example.com", "viewer@example.com"]
    assert sent.subject == "Week: Acme, 9 Mar 2026 – 15 Mar 2026"
    assert "compared with 2 Mar 2026 – 8 Mar 2026" in sent.body
    assert "Spend: $7,000.00 (+100.0%)" in sent.body
    assert "conversions of the last two days" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name, kind) == ("acme-campaign-2026-03-09_2026-03-15-USD.csv", "text/csv")
    data = content.encode() if isinstance(content, str) else content
    assert data == file.content
    html = sent.alternatives[0][0]
    for cell in page.context["report"].total.cells:
        assert cell.shown in html
        assert cell.shown in sent.body


@pytest.mark.parametrize(
    ("style", "spend", "ctr", "days"),
    [
        ("de", "7.000,00\u00a0$", "2,50\u00a0%", "09.03.2026 – 15.03.2026"),
        ("fr", "7\u202f000,00\u00a0$", "2,50\u00a0%", "09/03/2026 – 15/03/2026"),
        ("ch", "7’000.00\u00a0$", "2.50\u00a0%", "09.03.2026 – 15.03.2026"),
    ],
)
def test_numbers_follow_the_language(
    schedule: ReportSchedule, style: str, spend: str, ctr: str, days: str
) -> None:
    schedule.style = style
    schedule.save()
    with at(minutes=1):
        run()
    sent: Any = mail.outbox[0]
    assert f"Spend: {spend} (" in sent.body
    assert f"CTR: {ctr} (" in sent.body
    assert sent.subject.endswith(days)
    content = sent.attachments[0][1]
    lines = (content if isinstance(content, str) else content.decode()).splitlines()
    decimal = "." if style == "ch" else ","
    assert lines[1].startswith(f"Boots, =red;Shop 1;Meta;7000{decimal}00;100{decimal}0;14000;")


def test_names_are_escaped_in_the_html(schedule: ReportSchedule) -> None:
    from campaigns.models import Campaign

    Campaign.objects.update(name="<b>Boots</b>")
    with at(minutes=1):
        run()
    sent: Any = mail.outbox[0]
    assert "<b>Boots" not in sent.alternatives[0][0]
    assert "&lt;b&gt;Boots" in sent.alternatives[0][0]


# ---- to whom, and when it goes wrong ----


def test_who_left_gets_no_more_reports(schedule: ReportSchedule, people: People) -> None:
    Membership.objects.filter(user=people.viewer).delete()
    with at(minutes=1):
        assert run() == 1
    assert mail.outbox[0].to == ["editor@example.com"]
    Membership.objects.filter(user=people.editor).delete()
    with at(days=7, minutes=1):
        assert run() == 0
        assert run() == 0
    assert SentReport.objects.get(slot="2026-03-23").state == "failed"
    assert Incident.objects.get(resolved_at=None).title == "The report “Week” was not sent"


class Refusing(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise SMTPDataError(451, b"Try again later")


class Silent(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise TimeoutError("no answer")


def test_what_the_server_refuses_is_tried_again(schedule: ReportSchedule, settings: Any) -> None:
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    report = backend(Refusing, once)
    with at(minutes=1), report, pytest.raises(SMTPDataError):
        sending.send(schedule, date(2026, 3, 16))
    assert SentReport.objects.get().state == "waiting"
    settings.EMAIL_BACKEND = good
    with at(minutes=9):
        assert run() == 1
    assert SentReport.objects.get().state == "sent"


def test_what_may_have_been_sent_is_not_sent_again(schedule: ReportSchedule) -> None:
    with at(minutes=1), backend(Silent, once):
        assert run() == 1
    with at(minutes=9):
        assert run() == 0
    assert SentReport.objects.get().state == "unknown"
    assert Incident.objects.get().title == "The report “Week” was perhaps sent"


def test_a_sender_that_died_half_way_leaves_nothing_sent_twice(schedule: ReportSchedule) -> None:
    SentReport.objects.create(
        advertiser=schedule.advertiser,
        schedule=schedule,
        name="Week",
        slot="2026-03-16",
        state="sending",
    )
    with at(minutes=1):
        assert run() == 0
    assert SentReport.objects.get().state == "unknown"


@contextmanager
def backend(kind: type[EmailBackend], module: Any) -> Iterator[None]:
    before, module.get_connection = module.get_connection, kind
    try:
        yield
    finally:
        module.get_connection = before


def test_a_view_that_is_gone_is_told(schedule: ReportSchedule) -> None:
    schedule.query = "account=999&range=7d"
    schedule.save()
    with at(minutes=1):
        assert run() == 0
    assert SentReport.objects.get().error == "'999' is no account of Acme."
    assert Incident.objects.filter(resolved_at=None).count() == 1


# ---- setting up ----


def sent_form(people: People, **more: Any) -> dict[str, Any]:
    return {
        "name": "Week",
        "cadence": "weekly",
        "hour": "8",
        "style": "de",
        "recipients": [people.viewer.pk],
        "query": "range=7d&breakdown=platform",
        **more,
    }


def test_an_editor_sets_up_rests_and_removes_a_report(
    editor: Client, people: People, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    answer = editor.post("/a/acme/analytics/reports/", sent_form(people))
    assert answer["Location"] == "/a/acme/analytics/?range=7d&breakdown=platform#reports"
    made = ReportSchedule.objects.get()
    assert (made.hour, made.style, made.created_by) == (8, "de", "editor")
    text = " ".join(editor.get("/a/acme/analytics/").content.decode().split())
    assert "Every Monday at 08:00, America/New_York, to viewer@example.com." in text
    assert "Next on 16 Mar 2026." in text
    editor.post(f"/a/acme/analytics/reports/{made.pk}/switch/", {"active": "0"})
    made.refresh_from_db()
    assert made.active is False
    editor.post(f"/a/acme/analytics/reports/{made.pk}/remove/")
    assert not ReportSchedule.objects.exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "schedule a report",
        "switch a report",
        "remove a report",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"query": "range=2026-03-01..2026-03-07"}, "days that move along"),
        ({"query": "as_of=2026-03-10"}, "figures of its own day"),
        ({"query": "breakdown=age"}, "is not a breakdown here"),
        ({"cadence": "hourly"}, "not one of the available choices"),
        ({"hour": "24"}, "not one of the available choices"),
        ({"recipients": []}, "This field is required"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_at_its_field(
    editor: Client, people: People, advertiser: Advertiser, more: dict[str, Any], said: str
) -> None:
    make_account(advertiser)
    answer = editor.post("/a/acme/analytics/reports/", sent_form(people, **more))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ReportSchedule.objects.exists()


def test_links_of_a_refused_form_lead_back_to_the_page(
    editor: Client, people: People, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    form = sent_form(people, recipients=[])
    page = editor.post("/a/acme/analytics/reports/", form).content.decode()
    assert 'href="?range=7d&amp;breakdown=platform&amp;grain=week"' in page
    answer = editor.get("/a/acme/analytics/reports/?range=7d&grain=week")
    assert answer["Location"] == "/a/acme/analytics/?range=7d&grain=week"


def test_strangers_are_no_recipients(
    editor: Client, people: People, advertiser: Advertiser, actor: Actor
) -> None:
    make_account(advertiser)
    form = sent_form(people, recipients=[people.stranger.pk])
    assert editor.post("/a/acme/analytics/reports/", form).status_code == 422
    with pytest.raises(AdsEngineError, match="Only members"):
        plan(actor, advertiser, people, recipients=[people.viewer, people.stranger])
    assert not ReportSchedule.objects.exists()


def test_another_tenants_report_is_not_there(
    client: Client, people: People, schedule: ReportSchedule
) -> None:
    client.force_login(people.stranger)
    for action in ("switch", "remove"):
        path = f"/a/other/analytics/reports/{schedule.pk}/{action}/"
        assert client.post(path, {"active": "0"}).status_code == 404
    schedule.refresh_from_db()
    assert schedule.active
