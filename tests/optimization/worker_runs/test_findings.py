"""Each finding of a worker ends in an action, a proposal, an incident or a reason with a date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Ad, Campaign, DailyMetric, PublishRequest
from campaigns.sync.metric_store import store_metrics
from core.common import clock
from core.common.errors import InvalidMove
from core.models import Actor, Advertiser, Incident, Mode
from optimization import tasks
from optimization.decisions import dismiss
from optimization.models import ABTest, Decision, Run, WorkerFinding
from optimization.services import apply_pause, create_test
from optimization.worker_runs import campaign_run
from optimization.worker_runs.campaign_findings import _open_ending
from optimization.worker_runs.unproposed import ALL_LOSE, SPLIT_OFF
from platforms.models import AdAccount
from tests.optimization.live import fill, make_campaign, passed, today, values


def set_mode(advertiser: Advertiser, mode: Mode) -> Advertiser:
    advertiser.mode = mode
    advertiser.save()
    return advertiser


@contextmanager
def later(slots: int, start: datetime | None = None) -> Iterator[None]:
    """Market time so many four-hour slots from noon on."""
    noon = (start or clock.market_now()).replace(hour=12, minute=0, second=0, microsecond=0)
    with clock.freeze(noon + timedelta(hours=4 * slots)):
        yield


def run_in_slot(advertiser: Advertiser, slot: int) -> Run:
    start = clock.market_now()
    AdAccount.objects.update(synced_market_at=start + timedelta(hours=4 * slot))
    with later(slot, start):
        return passed(advertiser, f"slot {slot}")


def refuse_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> Decision:
        raise InvalidMove("This is the last running one of its campaign.", field="state")

    monkeypatch.setattr(campaign_run, "apply_decision", refused)


def without_conversions(campaign: Campaign) -> None:
    """Twenty days at 50.00 an ad and day that brought nothing."""
    days = [today(campaign.account) - timedelta(days=back) for back in range(1, 21)]
    ads = list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))
    rows = [values(campaign, ad, day, 100, 50, 0) for day in days for ad in [*ads, None]]
    rows = [replace(row, conversions=Decimal(0)) for row in rows]
    store_metrics(campaign.account, rows, seen_at=clock.market_now())


def finding_incidents() -> list[Incident]:
    return list(Incident.objects.filter(key__startswith="finding:").order_by("pk"))


# ---- how a finding ends ------------------------------------------------------------------


def test_a_loser_that_the_run_paused_ended_in_an_action(
    acting: Advertiser, campaign: Campaign
) -> None:
    run_in_slot(acting, 0)
    found = WorkerFinding.objects.get()
    assert (found.worker, found.kind, found.outcome) == ("optimize", "loser", "action")
    assert found.outcome_text == "Pause ad, by optimiser."
    assert found.closed_at == found.first_at == found.outcome_at
    assert found.ad == Decision.objects.get(action="pause_ad").ad
    assert found.times == 0
    assert finding_incidents() == []


def test_a_proposal_that_waits_is_no_return(advertiser: Advertiser, campaign: Campaign) -> None:
    set_mode(advertiser, Mode.SUGGEST)
    for slot in range(5):
        run_in_slot(advertiser, slot)
    found = WorkerFinding.objects.get()
    assert (found.outcome, found.times, found.closed_at) == ("proposal", 0, None)
    assert found.outcome_at == found.first_at < found.last_at
    assert finding_incidents() == []


@pytest.mark.parametrize(
    ("decide", "outcome", "text"),
    [
        (apply_pause, "action", "Pause ad, by admin."),
        (dismiss, "reason", "The proposal was dismissed, by admin."),
    ],
)
def test_what_a_person_decided_ends_the_finding(
    advertiser: Advertiser, campaign: Campaign, actor: Actor, decide: Any, outcome: str, text: str
) -> None:
    set_mode(advertiser, Mode.SUGGEST)
    run_in_slot(advertiser, 0)
    decide(actor=actor, decision=Decision.objects.get())
    run_in_slot(advertiser, 1)
    found = WorkerFinding.objects.get()
    assert (found.outcome, found.outcome_text) == (outcome, text.replace("admin", actor.name))
    assert found.closed_at == found.outcome_at > found.first_at


# ---- what returns ------------------------------------------------------------------------


def spent_days(found: WorkerFinding) -> list[date]:
    """The days on which its ad spent 50.00."""
    assert found.ad_id is not None
    rows = DailyMetric.objects.filter(level="ad", entity_id=found.ad_id)
    return list(rows.values_list("day", flat=True))


def test_a_pause_that_is_refused_three_times_goes_to_a_person_once(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_all(monkeypatch)
    run = run_in_slot(acting, 0)
    assert "0 losing ads paused, 1 refused" in run.said[str(campaign.pk)]
    run_in_slot(acting, 1)
    found = WorkerFinding.objects.get()
    assert (found.kind, found.outcome, found.times) == ("refusal", "reason", 2)
    assert found.outcome_text == "Refused: This is the last running one of its campaign."
    assert finding_incidents() == []
    run_in_slot(acting, 2)
    (incident,) = finding_incidents()
    assert incident.key == f"finding:{found.pk}"
    assert incident.title == "Returns, nothing done: Pause ad: Ad 1, in Campaign 1"
    assert incident.detail.startswith("Loses the test “Campaign 1: which ad is better?”: on CTR")
    assert "Refused: This is the last running one of its campaign. Found 3 times in a row" in (
        incident.detail
    )
    days = [day for day in spent_days(found) if f"{day:%-d %b}" in incident.at_stake]
    assert len(days) == 1
    spent = 50 * sum(day >= days[0] for day in spent_days(found))
    assert incident.at_stake == f"It spent ${spent}.00 since {days[0]:%-d %b}."
    assert 250 <= spent <= 350  # the newest days, by the hour at which the test runs
    assert incident.next_step.startswith("Read why it was refused")
    test = Decision.objects.filter(action="pause_ad").get().test_id
    assert incident.url == f"/a/{acting.slug}/ab-tests/{test}/"
    run_in_slot(acting, 3)
    assert [one.times_seen for one in finding_incidents()] == [2]
    found.refresh_from_db()
    assert (found.outcome, found.times, found.closed_at) == ("alert", 4, None)
    assert not PublishRequest.objects.exists()


def test_the_incident_closes_when_the_finding_is_gone(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refuse_all(patch)
        for slot in range(3):
            run_in_slot(acting, slot)
    assert finding_incidents()[0].resolved_at is None
    run_in_slot(acting, 3)
    (incident,) = finding_incidents()
    assert incident.resolved_at is not None
    found = WorkerFinding.objects.get()
    assert (found.outcome, found.outcome_text) == ("action", "Pause ad, by optimiser.")


def test_runs_in_one_slot_count_a_finding_once(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_all(monkeypatch)
    with later(0):
        for number in range(4):
            passed(acting, f"asked {number}")
    assert WorkerFinding.objects.get().times == 1
    assert finding_incidents() == []


def test_a_run_that_fails_at_a_campaign_three_times_goes_to_a_person(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_campaign(campaign.account, 2)
    fill(broken, [-200, 100])  # clicks below zero
    for slot in range(3):
        run_in_slot(acting, slot)
    found = WorkerFinding.objects.get(kind="failure")
    assert (found.key, found.times, found.outcome) == (f"failed:{broken.pk}", 3, "alert")
    assert "clicks" in found.outcome_text
    assert [one.key for one in finding_incidents()] == [f"finding:{found.pk}"]
    fill(broken, [200, 100])
    run_in_slot(acting, 3)
    assert finding_incidents()[0].resolved_at is not None
    found.refresh_from_db()
    assert found.outcome_text == "The newest run no longer found it."


def test_a_campaign_that_is_paused_ends_its_findings(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_all(monkeypatch)
    for slot in range(3):
        run_in_slot(acting, slot)
    Campaign.objects.filter(pk=campaign.pk).update(wanted="paused")
    run_in_slot(acting, 3)
    found = WorkerFinding.objects.get()
    assert found.outcome_text == (
        "Its campaign is no longer checked: it is paused, archived or managed elsewhere."
    )
    assert found.closed_at is not None
    assert finding_incidents()[0].resolved_at is not None


def test_a_disconnected_account_ends_its_findings(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_all(monkeypatch)
    for slot in range(3):
        run_in_slot(acting, slot)
    AdAccount.objects.update(state=AdAccount.State.DISCONNECTED)
    tasks.optimize_all_campaigns()
    assert WorkerFinding.objects.get().outcome_text == "Its account is no longer connected."
    assert finding_incidents()[0].resolved_at is not None


def test_one_disconnected_account_of_two_opens_nothing_again(
    acting: Advertiser, campaign: Campaign, account: AdAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = AdAccount.objects.create(
        advertiser=acting,
        platform="google",
        external_id="2",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
        synced_market_at=clock.market_now(),
    )
    fill(make_campaign(other, 2), [200, 100])
    refuse_all(monkeypatch)
    run_in_slot(acting, 0)
    AdAccount.objects.filter(pk=account.pk).update(state=AdAccount.State.DISCONNECTED)
    tasks.optimize_all_campaigns()
    run_in_slot(acting, 1)
    rows = WorkerFinding.objects.order_by("campaign_id")
    assert [(row.times, row.is_open) for row in rows] == [(1, False), (2, True)]


def test_a_workers_own_finding_ends_with_its_last_account(
    acting: Advertiser, campaign: Campaign
) -> None:
    fill(campaign, [-200, 100])  # clicks below zero
    for slot in range(3):
        run_in_slot(acting, slot)
    assert finding_incidents()[0].resolved_at is None
    AdAccount.objects.update(state=AdAccount.State.DISCONNECTED)
    tasks.optimize_all_campaigns()
    assert not WorkerFinding.objects.filter(closed_at=None).exists()
    assert finding_incidents()[0].resolved_at is not None


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("pause_ad", "reason"), ("scale", "reason"), ("pause_campaign", "proposal")],
)
def test_only_what_the_worker_tries_itself_can_be_refused_to_it(
    acting: Advertiser, action: str, outcome: str
) -> None:
    """A refusal to a person leaves the proposal to persons."""
    ending = _open_ending(acting, Decision(action=action, state="proposed", error="No."))
    assert ending is not None
    assert ending.outcome == outcome


def test_a_campaign_that_cannot_be_checked_now_counts_no_return(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_all(monkeypatch)
    run_in_slot(acting, 0)
    start = clock.market_now()
    AdAccount.objects.update(synced_market_at=start - timedelta(hours=40))
    for slot in (1, 2):
        with later(slot, start):
            passed(acting, f"slot {slot}")
    found = WorkerFinding.objects.get()
    assert (found.times, found.closed_at, found.outcome) == (1, None, "reason")
    assert finding_incidents() == []


def test_what_workers_only_watch_shares_one_incident(
    advertiser: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    set_mode(advertiser, Mode.WATCH)
    fill(make_campaign(campaign.account, 2), [200, 100])
    for slot in range(3):
        run_in_slot(advertiser, slot)
    assert list(WorkerFinding.objects.values_list("times", "outcome")) == [(3, "alert")] * 2
    (incident,) = finding_incidents()
    assert (incident.key, incident.title) == (
        "finding:watched",
        "2 findings of the workers return, nothing done",
    )
    first, second = Decision.objects.filter(action="pause_ad").order_by("pk")
    dismiss(actor=actor, decision=first)
    run_in_slot(advertiser, 3)
    assert finding_incidents()[0].resolved_at is None
    Ad.objects.filter(decisions=second).update(wanted="paused")
    run_in_slot(advertiser, 4)
    assert finding_incidents()[0].resolved_at is not None
    assert list(WorkerFinding.objects.order_by("pk").values_list("outcome_text", flat=True)) == [
        f"The proposal was dismissed, by {actor.name}.",
        "It no longer runs.",
    ]


def test_beyond_twenty_findings_share_an_incident(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimization.findings.incidents.ONE_BY_ONE", 1)
    fill(make_campaign(campaign.account, 2), [200, 100])
    fill(make_campaign(campaign.account, 3), [200, 100])
    refuse_all(monkeypatch)
    for slot in range(3):
        run_in_slot(acting, slot)
    first = WorkerFinding.objects.order_by("pk")[0]
    assert [one.key for one in finding_incidents()] == [f"finding:{first.pk}", "finding:rest"]
    assert finding_incidents()[1].title == "2 findings of the workers return, nothing done"


def test_losers_that_nothing_may_pause_say_why(acting: Advertiser, account: AdAccount) -> None:
    """Both ads spend without return: one always stays, so no pause is proposed."""
    acting.target_cpa_micros = 5_000_000
    acting.save()
    campaign = make_campaign(account, 1)
    without_conversions(campaign)
    for slot in range(3):
        run_in_slot(acting, slot)
    assert not Decision.objects.filter(action="pause_ad").exists()
    rows = WorkerFinding.objects.filter(ad__isnull=False)
    assert set(rows.values_list("kind", "outcome", "times", "outcome_text")) == {
        ("waste", "alert", 3, ALL_LOSE)
    }
    assert [one.title for one in finding_incidents()] == [
        "Returns, nothing done: Pause ad: Ad 0, in Campaign 1",
        "Returns, nothing done: Pause ad: Ad 1, in Campaign 1",
    ]
    assert not PublishRequest.objects.exists()


def test_losers_of_a_split_that_is_off_say_why(
    acting: Advertiser, campaign: Campaign, viewer: Client
) -> None:
    test = create_test(actor=campaign_run.OPTIMIZER, campaign=campaign)
    ABTest.objects.filter(pk=test.pk).update(design="randomised_split")
    first = Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[0]
    DailyMetric.objects.filter(ad=first).update(impressions=13_000)
    run_in_slot(acting, 0)
    found = WorkerFinding.objects.get()
    assert (found.kind, found.outcome, found.outcome_text) == ("loser", "reason", SPLIT_OFF)
    assert found.text == "It loses the test “Campaign 1: which ad is better?”."
    assert not PublishRequest.objects.exists()
    page = viewer.get(f"/a/acme/ab-tests/{test.pk}/").content.decode()
    assert "no ad is paused for it, and those that seem to lose run on." in page


# ---- queries -----------------------------------------------------------------------------


def test_queries_do_not_grow_with_the_findings(advertiser: Advertiser, account: AdAccount) -> None:
    set_mode(advertiser, Mode.SUGGEST)

    def measured(numbers: range, slot: int) -> int:
        for number in numbers:
            fill(make_campaign(account, number), [200, 100])
        run_in_slot(advertiser, slot)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            run_in_slot(advertiser, slot + 1)
        return sum("workerfinding" in query["sql"] for query in seen)

    few = measured(range(1, 3), 0)
    assert measured(range(3, 9), 2) == few <= 8
    assert WorkerFinding.objects.count() == 8
