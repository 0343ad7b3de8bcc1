"""What the daily rebalance could not do: refused changes, failed pools, plans off their pace."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from core.common import clock, dates
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser, Incident
from optimization import services
from optimization.models import BudgetProposal, Rebalance, Run, WorkerFinding
from optimization.worker_runs import rebalance_run
from optimization.worker_runs.rebalance_findings import save_rebalance_findings
from optimization.worker_runs.worker_summary import close_run
from tests.optimization.live import rebalanced
from tests.optimization.worker_runs.test_findings import finding_incidents


def day_of(
    advertiser: Advertiser, campaign: Campaign, day: int, state: str, kind: str = "worker"
) -> Run:
    """The rebalance of a day with one change, and the end of its run."""
    run = Run.objects.create(advertiser=advertiser, kind="rebalance", slot=f"2026-03-{day:02d}")
    made = Rebalance.objects.create(
        advertiser=advertiser,
        currency="USD",
        slot=run.slot,
        total_micros=10**8,
        state="applied",
        asked_by="optimiser",
        decided_kind=kind,
    )
    BudgetProposal.objects.create(
        rebalance=made,
        campaign=campaign,
        old_micros=100_000_000,
        new_micros=90_000_000,
        state=state,
        error="The budget is too low." if state == "refused" else "",
    )
    close(run)
    return run


def close(run: Run) -> None:
    rebalance_run._close(run)


def only() -> WorkerFinding:
    return WorkerFinding.objects.get(worker="rebalance")


def test_a_change_that_is_refused_on_three_days_goes_to_a_person(
    acting: Advertiser, campaign: Campaign
) -> None:
    day_of(acting, campaign, 1, "refused")
    day_of(acting, campaign, 2, "refused")
    assert (only().kind, only().times, only().outcome) == ("refusal", 2, "reason")
    assert finding_incidents() == []
    day_of(acting, campaign, 3, "refused")
    (incident,) = finding_incidents()
    assert incident.title == "Returns, nothing done: Change the budget of Campaign 1"
    assert incident.detail.startswith(
        "It was to change from $100.00 to $90.00 a day. Refused: The budget is too low."
    )
    assert incident.url == f"/a/{acting.slug}/campaigns/{campaign.pk}/"
    day_of(acting, campaign, 4, "asked")  # not answered yet: it stays open, uncounted
    assert (only().times, only().closed_at) == (3, None)
    day_of(acting, campaign, 5, "asked")
    assert only().closed_at is not None
    assert finding_incidents()[0].resolved_at is not None


def test_a_refusal_that_came_after_the_run_counts_for_its_day(
    acting: Advertiser, campaign: Campaign
) -> None:
    """Platforms answer later; each day's refusal is counted once, on the next day."""
    for day in (1, 2, 3):
        day_of(acting, campaign, day, "asked")
        BudgetProposal.objects.update(state="refused", error="Too low.")
    assert only().times == 2
    run = Run.objects.create(advertiser=acting, kind="rebalance", slot="2026-03-04")
    close(run)
    assert (only().times, only().outcome) == (3, "alert")
    save_rebalance_findings(run)
    assert only().times == 3


def test_what_a_person_applied_is_no_finding_of_the_worker(
    acting: Advertiser, campaign: Campaign
) -> None:
    day_of(acting, campaign, 1, "refused", kind="person")
    assert not WorkerFinding.objects.exists()


def test_a_pool_that_fails_three_times_is_told_as_the_worker_that_fails(
    acting: Advertiser, pool: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise InvalidInput("No rate from EUR to USD.")

    monkeypatch.setattr(rebalance_run, "_rebalance_of_slot", broken)
    start = clock.market_now()
    for day in range(3):
        with clock.freeze(start + timedelta(days=day)):
            rebalanced(acting)
    rows = WorkerFinding.objects.order_by("key").values_list("key", "times", "outcome_text")
    assert list(rows) == [("failed:USD", 3, "No rate from EUR to USD."), ("failing", 1, "")]
    (incident,) = finding_incidents()
    assert incident.title == "The budget worker failed in each of its newest 3 runs."


def test_a_run_stores_its_totals_once(acting: Advertiser, pool: list[Campaign]) -> None:
    run = rebalanced(acting)
    run.refresh_from_db()
    assert (run.total_done, run.total_changed, run.total_failed) == (1, 1, 0)
    assert close_run(run) is False


def test_a_plan_off_its_pace_is_a_finding_with_its_incident(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    today = dates.today(advertiser.time_zone)
    plan = services.create_pacing_plan(
        actor=actor,
        advertiser=advertiser,
        name="Flight",
        kind="flight",
        total=Money.from_micros(1_000_000_000, "USD"),
        first=today - timedelta(days=10),
        last=today + timedelta(days=10),
    )
    for _ in range(4):
        services.check_pacing(advertiser)
    assert (only().key, only().kind, only().outcome) == (f"pacing:{plan.pk}", "pace", "alert")
    assert (only().times, only().closed_at) == (1, None)
    assert list(Incident.objects.values_list("key", flat=True)) == [f"pacing:{plan.pk}"]
    services.end_pacing_plan(actor=actor, plan=plan)
    assert (only().outcome, only().outcome_text) == ("reason", "The plan was ended.")
    assert only().closed_at is not None
