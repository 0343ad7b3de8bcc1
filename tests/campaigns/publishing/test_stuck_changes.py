"""A change that does not get on: what its page says, and what staff may do with it."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns import services
from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import leases
from campaigns.publishing.stuck_changes import stuck_changes
from core import jobs
from core.common import clock
from core.common.errors import InvalidMove, NotAllowed
from core.models import Actor, Advertiser, AuditEntry, Job
from tests.campaigns.publishing import vendor_double as double
from tests.campaigns.publishing.steps import ask, recover, running_campaign
from tests.campaigns.publishing.vendor_double import Vendor
from tests.fixtures import admin as staff
from tests.fixtures.clients import said, text
from tests.fixtures.people import People

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


def unknown(wish: str, campaign: Campaign, vendor: Vendor, actor: Actor) -> PublishRequest:
    """A change whose answer was lost."""
    vendor.answers = deque([double.VANISHED])
    request = ask(wish, campaign, actor)
    assert request is not None
    jobs.run_due(limit=1)
    request.refresh_from_db()
    assert request.state == "unknown"
    return request


def test_unknown_change_is_told_with_its_reason_and_the_next_step(
    campaign: Campaign, vendor: Vendor, actor: Actor, viewer: Client
) -> None:
    request = unknown("raise", campaign, vendor, actor)
    [stuck] = stuck_changes(campaign)
    due = request.lost_at + timedelta(seconds=180) if request.lost_at else None
    assert stuck.what == "Daily budget of $120.00"
    assert stuck.since == request.created_at
    assert stuck.why == "It is not known whether Meta made it. No answer came."
    assert stuck.next_step == (
        f"AdsEngine looks on Meta at {due:%H:%M} UTC, and sends it again if it was not made."
    )
    page = text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/"))
    assert "<strong>Daily budget of $120.00: still open</strong>" in page
    assert stuck.why in page
    polled = text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/state/"))
    assert '<div id="stuck" hx-swap-oob="true">' in polled


def test_change_that_gets_on_is_not_called_stuck(
    campaign: Campaign, vendor: Vendor, actor: Actor, viewer: Client
) -> None:
    ask("raise", campaign, actor)
    assert stuck_changes(campaign) == []
    jobs.run_due()
    assert "still open" not in text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/"))


def test_cancelling_what_was_never_sent_takes_it_back(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    request = ask("raise", campaign, actor)
    assert request is not None
    row = services.cancel_change(actor=actor, request=request)
    assert (row.state, row.error) == ("cancelled", "Cancelled by admin before it was sent.")
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 100_000_000
    jobs.run_due()
    assert vendor.writes == []
    entry = AuditEntry.objects.get(action="cancel change")
    assert entry.before == {"change": "Daily budget of $120.00", "state": "waiting"}
    assert entry.after["may_have_been_made"] is False


def test_cancelling_an_unknown_change_does_not_say_that_it_was_not_made(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    request = unknown("pause", campaign, vendor, actor)
    row = services.cancel_change(actor=actor, request=request)
    assert row.error == "Cancelled by admin. It may have been made: Meta shows what is there."
    assert AuditEntry.objects.get(action="cancel change").after["may_have_been_made"] is True
    assert Job.objects.filter(kind="sync", key=str(campaign.account_id)).exists()
    ask("resume", campaign, actor)
    recover(campaign, vendor, actor)
    assert vendor.campaign.status == double.wish_of(campaign)[0] == "active"


def test_pause_is_sent_again_after_an_enabling_that_staff_gave_up_too_early(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    ask("pause", campaign, actor)
    jobs.run_due()
    vendor.answers = deque([double.LATE])
    request = ask("resume", campaign, actor)
    assert request is not None
    jobs.run_due(limit=1)
    ask("pause", campaign, actor)
    jobs.run_due(limit=1)
    services.cancel_change(actor=actor, request=request)
    jobs.run_due()
    assert vendor.writes == ["status paused", "status active", "status paused"]
    recover(campaign, vendor, actor)  # the vendor carries the enabling out now
    assert vendor.writes[3:] == ["status paused"]
    assert double.there(vendor)[0] == "paused"


def test_retry_does_not_shorten_the_settling_time(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    request = unknown("raise", campaign, vendor, actor)
    before = list(vendor.writes)
    due = services.retry_change(actor=actor, request=request)
    assert request.lost_at is not None
    assert due == request.lost_at + timedelta(seconds=180)
    Job.objects.update(not_before=clock.real_now())
    jobs.run_due()
    request.refresh_from_db()
    assert (request.state, vendor.writes) == ("unknown", before)
    recover(campaign, vendor, actor)
    assert double.there(vendor) == double.wish_of(campaign)


def test_change_that_a_worker_is_sending_is_neither_cancelled_nor_retried(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    request = ask("raise", campaign, actor)
    assert request is not None
    assert leases.claim(request)
    for act in (services.cancel_change, services.retry_change):
        with pytest.raises(InvalidMove, match="A worker is at it at this moment"):
            act(actor=actor, request=request)
    request.refresh_from_db()
    assert request.state == "in_flight"
    double.let_time_pass()
    assert services.cancel_change(actor=actor, request=request).state == "cancelled"


def test_change_that_ended_is_neither_cancelled_nor_retried(
    campaign: Campaign, vendor: Vendor, actor: Actor
) -> None:
    request = ask("raise", campaign, actor)
    jobs.run_due()
    assert request is not None
    for act in (services.cancel_change, services.retry_change):
        with pytest.raises(InvalidMove, match="It is done already"):
            act(actor=actor, request=request)


def test_editor_may_not_give_a_change_up(
    campaign: Campaign, vendor: Vendor, actor: Actor, people: People
) -> None:
    request = ask("pause", campaign, actor)
    assert request is not None
    with pytest.raises(NotAllowed):
        services.cancel_change(actor=Actor.person(people.editor), request=request)
    assert PublishRequest.objects.get().state == "waiting"


def test_staff_see_the_error_and_cancel_and_retry(
    campaign: Campaign, vendor: Vendor, actor: Actor, people: People
) -> None:
    request = unknown("pause", campaign, vendor, actor)
    client = staff.signed_in(people.approver)
    page = "/admin/campaigns/publishrequest/"
    assert "No answer came." in text(client.get(page))
    assert "No answer came." in text(client.get(f"{page}{request.pk}/change/"))
    picked = {"_selected_action": [request.pk]}
    answer = client.post(page, {"action": "retry", **picked}, follow=True)
    assert said(answer) == ["To be retried: 1 publish request."]
    answer = client.post(page, {"action": "cancel", **picked}, follow=True)
    assert said(answer) == ["Cancelled: 1 publish request."]
    request.refresh_from_db()
    assert request.state == "cancelled"
    answer = client.post(page, {"action": "cancel", **picked}, follow=True)
    assert "It is cancelled already." in said(answer)[0]
