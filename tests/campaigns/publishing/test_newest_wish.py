"""For every pair and triple of changes of one campaign, however the first ones end: the newest wish
wins, a pause waits for nothing, and nothing jams."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import OperationalError

from campaigns import services
from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import outbox_worker
from campaigns.tasks import resume_publishing
from core import jobs
from core.common.errors import SpendStopped
from core.common.money import Money
from core.models import Actor, Advertiser, Incident, Job
from core.retries import Contended
from platforms.errors import PlatformUnavailable
from tests.campaigns.publishing import vendor_double as double
from tests.campaigns.publishing.steps import (
    DIED_BEFORE,
    HALTED,
    WAITING,
    WAYS,
    WISHES,
    ask,
    check,
    meet,
    recover,
    running_campaign,
)
from tests.campaigns.publishing.vendor_double import Vendor

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture(autouse=True)
def _times(settings: Any) -> None:
    settings.PUBLISH_SETTLE_SECONDS, settings.PUBLISH_SETTLE_SHORT_SECONDS = 180, 10


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return running_campaign(advertiser)


@pytest.fixture
def vendor(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> Vendor:
    return double.install(monkeypatch, campaign)


FIRSTS = ("pause", "lower", "raise", "rename", "sooner", "later")
OF_ONE_KIND = [{"pause", "resume", "archive"}, {"lower", "raise", "back"}, set(FIRSTS[3:])]
OPEN_WAYS = [WAITING, double.VANISHED, double.LATE, double.REFUSED, DIED_BEFORE, HALTED]


def cases() -> Iterator[tuple[str, str, str]]:
    """Two changes of one kind meet in every way; of two kinds, where the first one is open."""
    for first, second in product(FIRSTS, WISHES):
        one_kind = any({first, second} <= kind for kind in OF_ONE_KIND)
        if first != second and (one_kind or second not in {"resume", "back", "rename again"}):
            yield from ((first, second, way) for way in (WAYS if one_kind else OPEN_WAYS))


TRIPLES = [
    ("pause", "resume", "pause"),
    ("raise", "lower", "back"),
    ("lower", "raise", "lower"),
    ("rename", "sooner", "rename again"),
    ("raise", "pause", "resume"),
    ("pause", "lower", "resume"),
]


@pytest.mark.parametrize(("first", "second", "way"), cases())
def test_second_wish_wins_however_the_first_one_ended(
    first: str, second: str, way: str, campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    meet(way, first, campaign, vendor, actor)
    try:
        ask(second, campaign, actor)
    except SpendStopped:
        assert way == HALTED
    wished = double.wish_of(campaign)
    recover(campaign, vendor, actor)
    check(campaign, vendor)
    if way != HALTED:
        assert double.wish_of(campaign) == wished


@pytest.mark.parametrize("ways", product(OPEN_WAYS, [WAITING, double.LOST, double.LATE]))
@pytest.mark.parametrize("three", TRIPLES, ids=" ".join)
def test_third_wish_wins_however_the_first_two_ended(
    three: tuple[str, str, str],
    ways: tuple[str, str],
    campaign: Campaign,
    vendor: Vendor,
    actor: Actor,
) -> None:
    try:
        for wish, way in zip(three, (*ways, WAITING), strict=True):
            meet(way, wish, campaign, vendor, actor)
    except SpendStopped:
        assert HALTED in ways
    recover(campaign, vendor, actor)
    check(campaign, vendor)


def test_seen_sequence_pause_in_a_fault_and_resume_three_seconds_later(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    """A pause whose answer was lost, a resume that waits behind it, and the vendor well again: this
    is where every publish job died, and no pause ever left again."""
    vendor.answers.extend([double.VANISHED] * 2)
    ask("pause", campaign, actor)
    jobs.run_due(limit=3)
    ask("resume", campaign, actor)
    jobs.run_due(limit=3)
    assert states() == [("paused", "unknown"), ("active", "waiting")]
    vendor.answers.clear()
    recover(campaign, vendor, actor)
    assert states() == [("paused", "cancelled"), ("active", "done")]
    assert not Job.objects.filter(state="failed").exists()
    ask("pause", campaign, actor)
    jobs.run_due()
    assert vendor.campaign.status == "paused"
    assert states()[-1] == ("paused", "done")


def states() -> list[tuple[str, str]]:
    rows = PublishRequest.objects.filter(operation="set_status").order_by("pk")
    return [(r.payload["to"], r.state) for r in rows]


def test_pause_leaves_at_once_over_an_enabling_that_may_be_under_way(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    meet(double.DONE, "pause", campaign, vendor, actor)
    meet(double.LATE, "resume", campaign, vendor, actor)
    ask("pause", campaign, actor)
    jobs.run_due(limit=1)
    assert vendor.writes == ["status paused", "status active", "status paused"]
    assert states()[1:] == [("active", "unknown"), ("paused", "done")]
    vendor.carry_out_late()  # the vendor enables it after our pause
    assert double.there(vendor)[0] == "active"
    recover(campaign, vendor, actor)
    assert double.there(vendor)[0] == "paused"
    assert vendor.writes[3:] == ["status paused"]
    assert states()[1:] == [("active", "done"), ("paused", "done"), ("paused", "done")]


def test_pause_leaves_while_a_launch_of_the_campaign_hangs_in_its_call(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    """The worker of the enabling is in the middle of its call when somebody pauses."""
    meet(double.DONE, "pause", campaign, vendor, actor)

    def somebody_pauses() -> None:
        ask("pause", campaign, actor)
        job = Job.objects.get(kind="publish_lower", state="queued")
        assert jobs.run(job.pk) is not None
        assert vendor.writes[-1] == "status paused"

    vendor.meanwhile = somebody_pauses
    ask("resume", campaign, actor)
    jobs.run_due()
    assert vendor.campaign.status == "paused"
    assert vendor.writes == ["status paused", "status active", "status paused", "status paused"]
    check(campaign, vendor)


def test_lower_budget_leaves_over_a_raise_that_may_be_under_way(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    meet(double.LATE, "raise", campaign, vendor, actor)
    services.set_daily_budget(
        actor=actor,
        campaign=Campaign.objects.get(pk=campaign.pk),
        budget=Money(Decimal(110), "USD"),
    )
    assert Job.objects.filter(kind="publish_lower", state="queued").exists()
    jobs.run_due(limit=1)
    assert vendor.writes == ["budget 120", "budget 110"]
    recover(campaign, vendor, actor)
    check(campaign, vendor)


def test_raise_waits_until_an_older_change_cannot_arrive_any_more(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    """A lowering is tried again after ten seconds; what raises waits for the whole 180."""
    meet(double.LATE, "lower", campaign, vendor, actor)
    double.let_time_pass(minutes=1)
    jobs.run_due(limit=2)
    ask("raise", campaign, actor)
    jobs.run_due(limit=2)
    assert vendor.writes == ["budget 80", "budget 80"]
    recover(campaign, vendor, actor)
    assert vendor.writes == ["budget 80", "budget 80", "budget 120"]
    check(campaign, vendor)


def test_refused_change_does_not_take_back_a_newer_wish(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    def somebody_pauses_again() -> None:
        ask("resume", campaign, actor)
        ask("pause", campaign, actor)

    vendor.meanwhile, vendor.answers = somebody_pauses_again, deque([double.REFUSED])
    ask("pause", campaign, actor)
    jobs.run_due()
    assert vendor.writes == ["status paused", "status paused"]
    assert double.wish_of(campaign)[0] == vendor.campaign.status == "paused"


def test_new_name_and_new_end_of_two_changes_both_arrive(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    ask("rename", campaign, actor)
    ask("sooner", campaign, actor)
    jobs.run_due()
    assert (vendor.campaign.name, vendor.campaign.end) == ("Tents", date(2026, 5, 1))
    assert vendor.writes == ["change name end"]


def test_change_that_fails_for_ever_starves_no_other(
    campaign: Campaign, vendor: Vendor, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lowering goes first, and is refused an answer again and again."""

    def closed(self: Any, *_: Any) -> None:
        raise PlatformUnavailable("Nobody answers.", platform="meta")

    monkeypatch.setattr(double.Client, "set_daily_budget", closed)
    ask("lower", campaign, actor)
    ask("rename", campaign, actor)
    ask("pause", campaign, actor)
    jobs.run_due(limit=2)
    assert vendor.writes == ["status paused", "change name"]


def test_change_that_nobody_foresaw_holds_up_no_pause_and_is_told_with_its_money(
    campaign: Campaign, vendor: Vendor, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, *_: Any) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(double.Client, "update_campaign", fail)
    ask("rename", campaign, actor)
    jobs.run_due()
    assert not Incident.objects.exists()
    double.let_time_pass()
    jobs.run_due()
    incident = Incident.objects.get()
    assert incident.title == "Tents: changes cannot be sent"
    assert "ZeroDivisionError: nobody thought of this" in incident.detail
    assert incident.at_stake == "It runs, or may run, at $100.00 a day; a pause may not arrive."
    ask("pause", campaign, actor)
    jobs.run_due()
    assert vendor.campaign.status == "paused"
    incident.refresh_from_db()
    assert incident.resolved_at is None


def _locked() -> Exception:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    error = OperationalError("database is locked")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("error", [_locked(), Contended("Somebody else is at it.")])
def test_busy_database_is_no_fault_of_the_change(
    campaign: Campaign,
    vendor: Vendor,
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def block(self: Any, *_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(double.Client, "update_campaign", block)
        ask("rename", campaign, actor)
        for _ in range(3):
            jobs.run_due()
            double.let_time_pass()
    request = PublishRequest.objects.get()
    assert (request.state in PublishRequest.OPEN, request.faults, request.error) == (True, 0, "")
    assert not Incident.objects.exists()
    jobs.run_due()
    assert vendor.campaign.name == "Tents"


def test_publish_job_that_fails_twice_is_told_with_the_campaign_and_its_money(
    campaign: Campaign, vendor: Vendor, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is no single change: the job itself cannot begin."""

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("nobody thought of this")

    key = f"publish:{campaign.pk}"
    with monkeypatch.context() as patch:
        patch.setattr(outbox_worker, "work", fail)
        ask("pause", campaign, actor)
        jobs.run_due()
        assert not Incident.objects.filter(key=key).exists()
        resume_publishing()
        jobs.run_due()
    incident = Incident.objects.get(key=key, resolved_at=None)
    assert incident.title == "Boots: changes cannot be sent"
    assert incident.at_stake == "It runs, or may run, at $100.00 a day; a pause may not arrive."
    resume_publishing()
    jobs.run_due()
    assert vendor.campaign.status == "paused"
    assert not Incident.objects.filter(key=key, resolved_at=None).exists()
