"""A background process that runs no longer is told, since when, and taken back when it runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.common import clock
from core.liveness import heartbeats
from core.liveness.beat import Timetable
from core.models import Advertiser, Heartbeat, Incident
from tests.campaigns.page_rows import make_account
from tests.fixtures.clients import text
from tests.fixtures.people import People

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A list whose one value is the real time."""
    times = [NOON]
    monkeypatch.setattr(clock, "real_now", lambda: times[0])
    return times


def all_alive() -> None:
    for name in heartbeats.EXPECTED:
        heartbeats.note(name)


def test_a_process_that_writes_nothing_for_three_minutes_is_silent_since_its_last_sign(
    now: list[datetime],
) -> None:
    all_alive()
    now[0] = NOON + timedelta(minutes=3)
    assert heartbeats.silent() == []
    for name in heartbeats.EXPECTED:
        if name != "lower_google":
            heartbeats.note(name)
    now[0] += timedelta(seconds=1)
    assert heartbeats.silent() == [heartbeats.Silent("lower_google", NOON)]
    assert heartbeats.states()["lower_google"] == "silent since 2026-03-15T12:00:00Z"
    assert Heartbeat.objects.get(name="beat").first_at == NOON


def test_one_that_never_ran_is_silent_since_the_others_began(now: list[datetime]) -> None:
    assert heartbeats.silent() == []
    heartbeats.note("beat")
    now[0] = NOON + timedelta(minutes=4)
    heartbeats.note("beat")
    late = heartbeats.silent()
    assert {one.name for one in late} == {*heartbeats.EXPECTED} - {"beat"}
    assert {one.since for one in late} == {NOON}


def test_incidents_are_opened_once_and_close_by_themselves(
    advertiser: Advertiser, now: list[datetime]
) -> None:
    all_alive()
    now[0] = NOON + timedelta(minutes=4)
    for name in heartbeats.EXPECTED:
        if name not in {"beat", "lower_meta"}:
            heartbeats.note(name)
    heartbeats.tell()
    heartbeats.tell()
    rows = Incident.objects.filter(advertiser=advertiser, resolved_at=None).order_by("key")
    assert list(rows.values_list("key", "times_seen")) == [
        ("worker:beat", 1),
        ("worker:lower_meta", 1),
    ]
    pausing = rows[1]
    assert pausing.title == "Pausing and lowering on Meta stands still"
    assert "since 15 Mar 2026, 12:00 UTC" in pausing.detail
    assert pausing.at_stake == "What is paused here goes on spending on the platform."
    all_alive()
    heartbeats.tell()
    assert not rows.exists()


def test_the_overview_tells_where_no_process_is_left_to_do_so(
    client: Client, people: People, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    past = timezone.now() - timedelta(minutes=10)
    Heartbeat.objects.create(name="beat", at=past, first_at=past)
    client.force_login(people.viewer)
    page = text(client.get(f"/a/{advertiser.slug}/"))
    assert "The timetable, which starts all that is due, has stood still since" in page


def test_readyz_says_since_when_and_stays_ready(client: Client, now: list[datetime]) -> None:
    all_alive()
    Heartbeat.objects.filter(name="work_tiktok").update(at=NOON - timedelta(minutes=9))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    late = {k: v for k, v in answer.json()["background"].items() if v != "ok"}
    assert late == {"work_tiktok": "silent since 2026-03-15T11:51:00Z"}


def test_a_round_of_the_beat_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery.beat import Scheduler

    monkeypatch.setattr(Scheduler, "tick", lambda self: 300.0)
    timetable: Any = Timetable.__new__(Timetable)
    assert timetable.tick() == heartbeats.EVERY_SECONDS
    assert Heartbeat.objects.get().name == "beat"
    Heartbeat.objects.all().delete()
    timetable.tick()
    assert not Heartbeat.objects.exists()  # not in each round


def test_a_database_that_does_not_answer_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def fail() -> None:
        tried.append(1)
        raise OSError("away")

    heartbeats.tried(fail)
    assert tried == [1]
