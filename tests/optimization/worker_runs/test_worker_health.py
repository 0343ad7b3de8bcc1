"""A worker that always fails, or that may act and never does, is a finding itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from core.common import clock
from core.models import Advertiser, Incident, Mode
from optimization.models import Run, RunOutcome, WorkerFinding
from optimization.worker_runs.worker_summary import summarise_workers
from platforms.models import AdAccount
from tests.optimization.live import fill
from tests.optimization.worker_runs.test_findings import (
    finding_incidents,
    refuse_all,
    run_in_slot,
    set_mode,
)


def about_workers() -> list[tuple[str, str, str]]:
    rows = WorkerFinding.objects.filter(key__in=("failing", "idle"), closed_at=None)
    return list(rows.values_list("worker", "key", "outcome"))


def earlier_run(advertiser: Advertiser, campaign: Campaign, days: int, **outcome: object) -> Run:
    at = clock.market_now() - timedelta(days=days)
    run = Run.objects.create(
        advertiser=advertiser,
        kind="optimize",
        slot=f"{days} days ago",
        market_at=at,
        finished_at=at,
    )
    RunOutcome.objects.create(
        run=run, campaign=campaign, key=str(campaign.pk), **{"state": "done", **outcome}
    )
    return run


def test_a_worker_that_fails_in_three_runs_is_one_incident(
    acting: Advertiser, campaign: Campaign
) -> None:
    fill(campaign, [-200, 100])  # clicks below zero
    run_in_slot(acting, 0)
    run_in_slot(acting, 1)
    assert about_workers() == []
    run_in_slot(acting, 2)
    assert about_workers() == [("optimize", "failing", "alert")]
    (incident,) = finding_incidents()
    assert incident.title == "The optimiser failed in each of its newest 3 runs."
    assert [one.trouble for one in summarise_workers(acting)] == [incident.title, ""]
    fill(campaign, [200, 100])
    run_in_slot(acting, 3)
    assert about_workers() == []
    assert not Incident.objects.filter(key__startswith="finding:", resolved_at=None).exists()


def test_one_run_that_worked_is_not_always_failing(acting: Advertiser, campaign: Campaign) -> None:
    earlier_run(acting, campaign, 2)
    fill(campaign, [-200, 100])
    run_in_slot(acting, 0)
    run_in_slot(acting, 1)
    assert about_workers() == []


@pytest.mark.parametrize(
    ("days", "changed", "mode", "expected"),
    [
        (15, False, Mode.ACT, [("optimize", "idle", "alert")]),
        (15, False, Mode.SUGGEST, []),
        (13, False, Mode.ACT, []),  # it has not been here for fourteen days
    ],
)
def test_a_worker_that_may_act_and_never_does_is_a_finding(
    advertiser: Advertiser,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    changed: bool,
    mode: Mode,
    expected: list[tuple[str, str, str]],
) -> None:
    set_mode(advertiser, mode)
    earlier_run(advertiser, campaign, days)
    refuse_all(monkeypatch)
    run_in_slot(advertiser, 0)
    assert about_workers() == expected


def test_a_worker_that_changed_something_in_fourteen_days_is_not_idle(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier_run(acting, campaign, 15)
    acted = earlier_run(acting, campaign, 5, changed=True)
    refuse_all(monkeypatch)
    run_in_slot(acting, 0)
    assert about_workers() == []
    assert summarise_workers(acting)[0].last_act == acted


def test_an_idle_worker_that_acts_again_closes_its_incident(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier_run(acting, campaign, 15)
    with monkeypatch.context() as patch:
        refuse_all(patch)
        run_in_slot(acting, 0)
    (incident,) = finding_incidents()
    assert incident.title == (
        "The optimiser may act, found 1 thing in 14 days and changed nothing."
    )
    run_in_slot(acting, 1)
    assert about_workers() == []
    assert finding_incidents()[0].resolved_at is not None


def test_the_summary_counts_runs_actions_and_errors(
    acting: Advertiser, campaign: Campaign, account: AdAccount
) -> None:
    earlier_run(acting, campaign, 20, changed=True)  # before the window
    earlier_run(acting, campaign, 3, state="failed")
    run = run_in_slot(acting, 0)
    optimiser, budgets = summarise_workers(acting)
    assert (optimiser.runs, optimiser.actions, optimiser.errors) == (2, 1, 1)
    assert optimiser.last_act == run
    assert (budgets.name, budgets.runs, budgets.last_act) == ("Budgets", 0, None)
