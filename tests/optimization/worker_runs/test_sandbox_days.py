"""Workers, clients and emulators over days: the total holds, no limit breaks, nothing is lost or
repeated, also when workers are killed, doubled or a day late.

Killed means that nothing after that moment happened: the job stays claimed until its lease is over.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import settlement
from campaigns.tasks import sync_due_accounts
from core import jobs
from core.common import clock
from core.models import Advertiser, Job
from optimization.budgets import rebalance as applying
from optimization.models import Analysis, BudgetProposal, Rebalance, Run
from optimization.tasks import optimize_all_campaigns, rebalance_budgets
from optimization.worker_runs import optimize_run
from sandbox.world.world import World
from tests.benchmarks import sandbox_days as days
from tests.benchmarks.sandbox_lift import serve_sandbox
from tests.fixtures.sandbox import STATE_DIR

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SEED, CAMPAIGNS = 41, 9


class Killed(BaseException):
    """No handler catches it, as none runs after a kill."""


@dataclass
class Shop:
    advertiser: Advertiser
    world: World
    watch: days.BudgetMonitor

    def live(self, count: int) -> None:
        for _ in range(count):
            days.run_morning()
            self.check()
            days.advance_one_day(self.world)

    def check(self) -> None:
        """What must hold after each morning."""
        self.watch.check_morning()
        assert (self.watch.leak, self.watch.violations, self.watch.repeated_writes) == (0, 0, 0)
        assert days.count_missing_outcomes(self.advertiser) == 0
        ours = Campaign.objects.values_list("remote_id", "daily_budget_micros")
        assert dict(ours) == self.watch.budgets
        assert not PublishRequest.objects.exclude(state="done").exists()
        assert not BudgetProposal.objects.filter(state="refused").exists()

    def morning_up_to_the_rebalance(self) -> None:
        sync_due_accounts()
        days.run_all_jobs()
        optimize_all_campaigns()
        days.run_all_jobs()
        rebalance_budgets()

    def budgets_now(self) -> int:
        return sum(c.daily_budget_micros or 0 for c in self.world.campaigns.values())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(STATE_DIR / "google_tls", tmp_path / "google_tls")
    with serve_sandbox(tmp_path, SEED, CAMPAIGNS) as sandbox:
        advertiser, watch = days.new_advertiser(SEED), days.BudgetMonitor(sandbox.world)
        days.connect_and_adopt(advertiser)
        yield Shop(advertiser, sandbox.world, watch)


def killed_at(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, after: int = 0
) -> Callable[[], None]:
    """Kill the worker at the call of this function, the first `after` calls being let through;
    returns what brings a new worker, once the dead one's leases are over."""
    real, calls = getattr(module, name), 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, dying)

    def revive() -> None:
        monkeypatch.setattr(module, name, real)
        over = clock.real_now() - timedelta(seconds=1)
        Job.objects.filter(state="running").update(lease_until=over)
        PublishRequest.objects.filter(state="in_flight").update(lease_until=over)
        jobs.sweep()
        days.run_all_jobs()

    return revive


def test_fortnight_holds_the_total_and_every_limit_and_tells_of_every_campaign(shop: Shop) -> None:
    shop.live(14)
    assert Run.objects.filter(kind="optimize", finished_at__isnull=False).count() == 14
    assert Run.objects.filter(kind="rebalance", finished_at__isnull=False).count() == 14
    moved = BudgetProposal.objects.filter(state="asked").count()
    assert shop.watch.writes.total() == moved > CAMPAIGNS
    assert set(shop.watch.writes.values()) == {1}


def test_pass_killed_between_chunks_goes_on_with_the_rest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_due_accounts()
    days.run_all_jobs()
    monkeypatch.setattr(optimize_run, "CHUNK", 2)
    revive = killed_at(monkeypatch, optimize_run, "_optimize_safely", after=1)
    optimize_all_campaigns()
    with pytest.raises(Killed):
        days.run_all_jobs()
    [run] = Run.objects.filter(kind="optimize", finished_at=None)
    before = set(run.outcomes.exclude(state="waiting").values_list("pk", "said"))
    assert len(before) == 2
    revive()
    run.refresh_from_db()
    assert run.finished_at is not None
    assert before < set(run.outcomes.exclude(state="waiting").values_list("pk", "said"))
    assert Analysis.objects.count() == run.outcomes.filter(state="done").count() == CAMPAIGNS
    shop.live(1)


def test_rebalance_killed_after_the_decreases_makes_each_increase_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.morning_up_to_the_rebalance()
    revive = killed_at(monkeypatch, applying, "room_for_raises")
    with pytest.raises(Killed):
        days.run_all_jobs()
    assert shop.budgets_now() < shop.watch.total
    assert Rebalance.objects.get().state == "applying"
    revive()
    assert Rebalance.objects.get().state == "applied"
    shop.check()
    days.advance_one_day(shop.world)
    shop.live(1)


def test_publisher_killed_after_the_platform_took_a_change_sends_it_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.morning_up_to_the_rebalance()
    revive = killed_at(monkeypatch, settlement, "mark_done")
    with pytest.raises(Killed):
        days.run_all_jobs()
    assert shop.watch.writes.total() == 1
    revive()
    shop.check()
    assert shop.watch.writes.total() == BudgetProposal.objects.filter(state="asked").count()


def test_doubled_workers_change_each_budget_once(shop: Shop) -> None:
    for start in (sync_due_accounts, optimize_all_campaigns, rebalance_budgets):
        start()
        start()
        days.run_all_jobs()
        start()
        days.run_all_jobs()
    done = shop.watch.writes.total()
    assert done > 0
    # Workers that died between their work and its settlement: all of it is started again.
    Job.objects.filter(state="done").update(state="queued", finished_at=None)
    days.run_all_jobs()
    assert shop.watch.writes.total() == done
    assert Rebalance.objects.count() == 1
    assert Run.objects.count() == 2
    shop.check()


def test_workers_that_come_a_day_late_skip_the_past_rebalance_and_make_the_new_one(
    shop: Shop,
) -> None:
    shop.live(1)
    sync_due_accounts()
    optimize_all_campaigns()
    rebalance_budgets()
    days.advance_one_day(shop.world)
    before = shop.watch.writes.total()
    jobs.run_due()
    assert shop.watch.writes.total() == before
    late = Run.objects.filter(kind="rebalance").order_by("pk").last()
    assert late is not None
    assert late.said == {"USD": "skipped: its day was over before a worker came to it"}
    days.run_morning()
    shop.check()
    assert shop.watch.writes.total() > before
    days.advance_one_day(shop.world)
    shop.live(1)


def test_increases_that_wait_for_a_day_are_made_once_and_the_total_is_whole_again(
    shop: Shop,
) -> None:
    shop.morning_up_to_the_rebalance()
    jobs.run_due()  # all but the increases, which asked to come back later
    assert shop.budgets_now() < shop.watch.total
    days.advance_one_day(shop.world)
    days.run_all_jobs()
    shop.check()
    first = Rebalance.objects.get()
    assert first.state == "applied"
    assert shop.watch.writes.total() == first.changes.filter(state="asked").count()
    days.run_morning()
    shop.check()
