"""Worker passes: an outcome for every campaign, whatever is killed, doubled, late or broken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Ad, Campaign, PublishRequest
from core import jobs
from core.common import clock, dates
from core.models import Actor, Advertiser, Job
from optimization import tasks
from optimization.ab_tests import analyses
from optimization.models import Analysis, Decision, Rebalance, Run, RunOutcome
from optimization.worker_runs import campaign_run, optimize_run, slots
from optimization.worker_runs.rebalance_run import rebalance_advertiser
from platforms.models import AdAccount
from tests.optimization.live import fill, make_campaign, passed, rebalanced


class Killed(BaseException):
    """As when the process is gone: no handler of ours may catch it."""


@pytest.fixture
def four(account: AdAccount) -> list[Campaign]:
    """Four campaigns, each with a clear loser."""
    campaigns = [make_campaign(account, number) for number in range(1, 5)]
    for campaign in campaigns:
        fill(campaign, [200, 100])
    return campaigns


def states(run: Run) -> dict[str, str]:
    return dict(run.outcomes.values_list("key", "state"))


def paused() -> int:
    return PublishRequest.objects.filter(operation="set_status").count()


def kill_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, calls: int) -> None:
    """The process dies instead of calling `name` once more."""
    real = getattr(module, name)
    seen: list[int] = []

    def dying(*args: Any, **kwargs: Any) -> Any:
        if len(seen) == calls:
            raise Killed
        seen.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, dying)


# ---- every campaign has an outcome -------------------------------------------------------


def test_each_campaign_is_done_skipped_or_failed_with_a_reason(
    acting: Advertiser, four: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ad.objects.filter(ad_group__campaign=four[0]).update(wanted="paused")
    fill(four[1], [-200, 100])  # clicks below zero
    real = analyses.analyse_tests

    def broken(tests: Any) -> Any:
        if any(test.campaign_id == four[2].pk for test in tests):
            raise RuntimeError("boom")
        return real(tests)

    monkeypatch.setattr(campaign_run, "analyse_tests", broken)
    run = passed(acting)
    assert run.finished_at is not None
    assert states(run) == {
        str(four[0].pk): "skipped",
        str(four[1].pk): "failed",
        str(four[2].pk): "failed",
        str(four[3].pk): "done",
    }
    assert run.said[str(four[0].pk)] == "skipped: fewer than two ads, nothing to test"
    assert "clicks" in run.said[str(four[1].pk)]
    assert run.said[str(four[2].pk)] == "failed: unforeseen: RuntimeError"
    assert paused() == 1


def test_a_campaign_outside_the_reach_of_workers_has_no_part_in_the_run(
    acting: Advertiser, four: list[Campaign]
) -> None:
    Campaign.objects.filter(pk=four[0].pk).update(wanted="paused")
    Campaign.objects.filter(pk=four[1].pk).update(managed=False)
    assert set(states(passed(acting))) == {str(four[2].pk), str(four[3].pk)}


def test_the_view_of_each_budget_is_noted(advertiser: Advertiser, pool: list[Campaign]) -> None:
    run = passed(advertiser)
    best, _, worst = (run.outcomes.get(campaign=campaign).view for campaign in pool)
    assert (best["verb"], worst["verb"]) == ("increase", "decrease")
    assert best["old"] == "100.00"
    assert float(best["new"]) > 100 > float(worst["new"])
    assert best["pace"] == 1.0
    assert best["reason"]


# ---- killed, doubled, late ---------------------------------------------------------------


@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_a_pass_that_is_killed_goes_on_and_pauses_each_loser_once(
    acting: Advertiser, four: list[Campaign], monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    kill_after(monkeypatch, campaign_run, "apply_decision", calls)
    with pytest.raises(Killed):
        passed(acting)
    assert paused() == calls
    monkeypatch.undo()
    run = passed(acting)
    assert set(states(run).values()) == {"done"}
    assert len(states(run)) == 4
    assert paused() == 4
    assert Decision.objects.filter(state="done").count() == 4
    assert Run.objects.count() == 1


def test_a_pass_killed_between_two_batches_does_not_repeat_the_first(
    acting: Advertiser, four: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimize_run, "CHUNK", 2)
    kill_after(monkeypatch, optimize_run, "optimize_campaigns", 1)
    with pytest.raises(Killed):
        passed(acting)
    assert sorted(states(Run.objects.get()).values()) == ["done", "done", "waiting", "waiting"]
    assert Analysis.objects.count() == 2
    monkeypatch.setattr(optimize_run, "optimize_campaigns", campaign_run.optimize_campaigns)
    run = passed(acting)
    assert set(states(run).values()) == {"done"}
    assert Analysis.objects.count() == 4


def test_a_batch_that_another_worker_has_now_stops(
    acting: Advertiser, four: list[Campaign]
) -> None:
    run = optimize_run.start_run(acting, "a")

    def lost() -> None:
        raise jobs.Postponed("This job was handed to another worker.")

    with pytest.raises(jobs.Postponed):
        optimize_run.work_batch(run, [campaign.pk for campaign in four], lost)
    assert set(states(run).values()) == {"waiting"}
    assert not Analysis.objects.exists()


def test_two_workers_with_the_same_batch_change_nothing_twice(
    acting: Advertiser, four: list[Campaign]
) -> None:
    run = optimize_run.start_run(acting, "a")
    ids = [campaign.pk for campaign in four]
    optimize_run.work_batch(run, ids, lambda: None)
    assert optimize_run.work_batch(run, ids, lambda: None) == 0
    assert paused() == 4
    assert Analysis.objects.count() == 4


def test_what_an_earlier_pass_did_not_reach_the_next_one_does(
    acting: Advertiser, four: list[Campaign]
) -> None:
    late = optimize_run.start_run(acting, "2026-03-01T00")
    run = passed(acting, "2026-03-02T00")
    assert set(states(run).values()) == {"done"}
    late.refresh_from_db()
    assert late.finished_at is not None
    assert late.said[str(four[0].pk)] == "skipped: the next run replaced it"
    optimize_run.work_batch(late, [campaign.pk for campaign in four], lambda: None)
    assert Analysis.objects.count() == 4


def test_jobs_of_a_pass_fan_out_by_account(acting: Advertiser, four: list[Campaign]) -> None:
    other = AdAccount.objects.create(
        advertiser=acting,
        platform="google",
        external_id="2",
        name="Shop",
        currency="USD",
        time_zone="America/New_York",
        synced_market_at=clock.market_now(),
    )
    Campaign.objects.filter(pk=four[0].pk).update(account=other)
    tasks.optimize_all_campaigns()
    jobs.run_due()
    run = Run.objects.get()
    batches = Job.objects.filter(kind="optimize_batch")
    assert sorted(len(job.payload["campaigns"]) for job in batches) == [1, 3]
    assert {job.state for job in batches} == {"done"}
    assert set(states(run).values()) == {"done"}
    assert run.finished_at is not None


# ---- the rebalance -----------------------------------------------------------------------


def test_a_rebalance_whose_day_is_over_is_not_made_up_for(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    run = rebalance_advertiser(acting, "2026-03-02")
    assert run.said == {"USD": "skipped: its day was over before a worker came to it"}
    assert not Rebalance.objects.exists()
    assert not PublishRequest.objects.exists()


def test_a_rebalance_killed_after_its_proposal_is_applied_once(
    acting: Advertiser, pool: list[Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimization.worker_runs import rebalance_run

    kill_after(monkeypatch, rebalance_run, "apply_rebalance", 0)
    with pytest.raises(Killed):
        rebalanced(acting)
    assert Rebalance.objects.get().state == "proposed"
    monkeypatch.undo()
    assert rebalanced(acting).said == {"USD": f"done: applies {Rebalance.objects.get().in_words}"}
    assert Rebalance.objects.count() == 1
    assert (
        len({r.campaign_id for r in PublishRequest.objects.all()}) == PublishRequest.objects.count()
    )


def test_in_its_first_days_a_worker_only_notes_what_it_would_move(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    acting.shadow_until = clock.market_now().date() + timedelta(days=3)
    acting.save()
    run = rebalanced(acting)
    made = Rebalance.objects.get()
    assert made.state == "shadow"
    assert run.said == {"USD": f"done: noted {made.in_words}, nothing is changed yet"}
    assert not PublishRequest.objects.exists()


def test_stale_figures_freeze_the_budgets_and_say_so(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    AdAccount.objects.update(synced_market_at=clock.market_now() - timedelta(hours=60))
    run = rebalanced(acting)
    assert states(run) == {"USD": "skipped"}
    assert "hours" in run.said["USD"]
    assert not Rebalance.objects.exists()


@pytest.mark.parametrize(
    ("modes", "pauses", "moves"),
    [
        ({"pause": "suggest"}, 0, True),
        ({"budget": "suggest"}, 1, False),
        ({"budget": "watch", "pause": "watch"}, 0, False),
    ],
)
def test_each_action_has_its_own_mode(
    acting: Advertiser,
    pool: list[Campaign],
    account: AdAccount,
    modes: dict[str, str],
    pauses: int,
    moves: bool,
) -> None:
    acting.modes = modes
    acting.save()
    fill(make_campaign(account, 9), [200, 100])
    passed(acting)
    assert paused() == pauses
    rebalanced(acting)
    assert PublishRequest.objects.filter(operation="set_budget").exists() is moves


# ---- slots and zones ---------------------------------------------------------------------


def _at(text: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "slot"),
    [
        ("America/New_York", "2026-03-08T06:59", None),  # clocks jump from 2:00 to 3:00
        ("America/New_York", "2026-03-08T07:00", "2026-03-08"),
        ("America/New_York", "2026-11-01T07:59", None),  # one o'clock comes twice
        ("America/New_York", "2026-11-01T08:00", "2026-11-01"),
        ("Asia/Tokyo", "2026-03-07T18:00", "2026-03-08"),
        ("Europe/Berlin", "2026-03-29T01:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T00:59", None),
    ],
)
def test_the_rebalance_is_due_at_three_by_the_advertisers_clock(
    advertiser: Advertiser, zone: str, at: str, slot: str | None
) -> None:
    advertiser.time_zone = zone
    assert slots.rebalance_slot(advertiser, _at(at)) == slot


def test_a_clock_that_jumps_back_starts_no_slot_twice(
    acting: Advertiser, four: list[Campaign]
) -> None:
    now = clock.market_now()
    for shift in (timedelta(0), timedelta(hours=5), timedelta(0)):
        AdAccount.objects.update(state="connected")  # without a token the sending ends that
        with clock.freeze(now + shift):
            tasks.optimize_all_campaigns()
            jobs.run_due()
    assert [(j.state, j.error) for j in Job.objects.filter(kind="optimize")] == [("done", "")] * 2
    assert Run.objects.count() == 2
    assert paused() == 4


# ---- a pause of a whole campaign ---------------------------------------------------------


def test_a_hopeless_campaign_is_proposed_for_pausing_and_never_paused_unasked(
    acting: Advertiser, account: AdAccount, actor: Actor
) -> None:
    from optimization import services

    good, bad = make_campaign(account, 1, ads=1), make_campaign(account, 2, ads=1)
    fill(good, [300], 400)
    fill(bad, [300], 10)
    for slot in ("a", "b"):
        passed(acting, slot)
    bad.refresh_from_db()
    assert bad.wanted == "active"
    decision = Decision.objects.get(action="pause_campaign")
    assert (decision.campaign_id, decision.state) == (bad.pk, "proposed")
    services.apply_decision(actor=actor, decision=decision)
    bad.refresh_from_db()
    assert bad.wanted == "paused"
    services.undo_decision(actor=actor, decision=decision)
    bad.refresh_from_db()
    assert bad.wanted == "active"


def test_outcome_rows_are_counted_once_per_campaign(
    acting: Advertiser, four: list[Campaign]
) -> None:
    passed(acting)
    assert RunOutcome.objects.count() == 4


def test_a_run_names_the_rebalance_that_it_applies_by_its_day_and_who_proposed_it(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    run = rebalanced(acting)
    day = dates.today(acting.time_zone, Rebalance.objects.get().market_at)
    assert run.said == {
        "USD": f"done: applies the rebalance of {day:%-d %b} (proposed by optimiser)"
    }
