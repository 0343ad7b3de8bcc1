"""Runs the real workers against a served sandbox, one morning at a time, and checks their budget
writes on the emulators' side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from adsengine.management.story import connect_accounts
from campaigns.models import Campaign
from campaigns.services import adopt
from campaigns.tasks import sync_due_accounts
from core import jobs
from core.common import clock
from core.common.money import MICROS
from core.models import Actor, ActorKind, Advertiser, Job, Mode
from optimization.models import Run, RunOutcome
from optimization.tasks import optimize_all_campaigns, rebalance_budgets
from platforms.common.calls import reset_governors
from platforms.models import AdAccount
from sandbox.market.delivery import local_day
from sandbox.world.model import Campaign as SandboxCampaign
from sandbox.world.model import Entity
from sandbox.world.world import World
from tests.benchmarks.sandbox_world import FLOOR

OWNER = Actor(ActorKind.SYSTEM, "bench")
LARGEST_STEP, LARGEST_SHARE = 1.5, 0.5
ROUNDS = 50
OPEN_JOBS = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass
class BudgetMonitor:
    """Checks the budgets in the emulators: every write, and the budgets after each morning."""

    world: World
    writes: Counter[tuple[str, date]] = field(default_factory=Counter)
    """Number by campaign and day of its account."""
    budgets: dict[str, int] = field(default_factory=dict)
    """Micros by campaign at the last check."""
    leak: int = 0
    """Largest difference of a morning's sum from the first one, in minor units."""
    violations: int = 0
    """Budgets below their floor, above their share, or raised by more than a step at once."""

    def __post_init__(self) -> None:
        self.budgets = self._now()
        self.total = sum(self.budgets.values())
        self.world.on_update = self._note

    @property
    def repeated_writes(self) -> int:
        """Number of writes after the first one of a campaign and day."""
        return sum(count - 1 for count in self.writes.values())

    def check_morning(self) -> None:
        """Check the budgets after a morning's work."""
        found = self._now()
        self.leak = max(self.leak, abs(sum(found.values()) - self.total) // 10_000)
        self.violations += sum(self._violates_limits(key, micros) for key, micros in found.items())
        self.budgets = found

    def _now(self) -> dict[str, int]:
        return {key: c.daily_budget_micros or 0 for key, c in self.world.campaigns.items()}

    def _violates_limits(self, key: str, micros: int) -> bool:
        least = FLOOR[self.world.campaigns[key].platform] * MICROS
        step = max(self.budgets[key] * LARGEST_STEP, least)
        return not least <= micros <= min(step, self.total * LARGEST_SHARE)

    def _note(self, entity: Entity, changes: dict[str, Any]) -> None:
        if isinstance(entity, SandboxCampaign) and "daily_budget_micros" in changes:
            zone = self.world.account(entity.platform).time_zone
            self.writes[entity.id, local_day(zone, self.world.now())] += 1


def connect_and_adopt(advertiser: Advertiser) -> None:
    """Connect the three accounts, read four weeks of history, adopt their campaigns."""
    for account in connect_accounts(OWNER, advertiser):
        # This emulator does not count calls, so the rate limit is not needed.
        options = {**account.options, "queries_per_second": "1000"}
        AdAccount.objects.filter(pk=account.pk).update(options=options)
    reset_governors()
    sync_due_accounts()
    run_all_jobs()
    for campaign in Campaign.objects.filter(account__advertiser=advertiser):
        adopt(actor=OWNER, campaign=campaign)


def new_advertiser(seed: int) -> Advertiser:
    """An advertiser in mode act for budgets only: ads are not changed, so that the gain comes from
    budgets alone."""
    return Advertiser.objects.create(
        name=f"Market {seed}",
        slug=f"market-{seed}",
        currency="USD",
        time_zone="America/New_York",
        mode=Mode.ACT,
        modes={"pause": Mode.WATCH, "scale": Mode.WATCH},
        campaign_floor_micros=min(FLOOR.values()) * MICROS,
    )


def run_morning() -> None:
    """One day's work, started by the tasks of the beat schedule: sync, run, rebalance."""
    sync_due_accounts()
    run_all_jobs()
    optimize_all_campaigns()
    run_all_jobs()
    rebalance_budgets()
    run_all_jobs()


def advance_one_day(world: World) -> None:
    world.clock.advance(days=1)
    clock.discard_reading()


def run_all_jobs() -> None:
    """Run jobs until none is open. Postponed jobs run at once, as market time does not advance."""
    for _ in range(ROUNDS):
        jobs.run_due()
        waiting = Job.objects.filter(state__in=OPEN_JOBS)
        if not waiting.exists():
            return
        waiting.filter(state=Job.State.QUEUED).update(not_before=clock.real_now())
    raise RuntimeError(f"These jobs do not end: {[str(job) for job in waiting]}")


def count_missing_outcomes(advertiser: Advertiser, mornings: int = 0) -> int:
    """Missing outcomes over all runs: campaigns of optimize runs and pools of rebalances without an
    outcome; a missing run, of `mornings` expected ones, counts with all of its outcomes."""
    campaigns = Campaign.objects.filter(account__advertiser=advertiser).count()
    missing = 0
    for kind, each in ((Run.Kind.OPTIMIZE, campaigns), (Run.Kind.REBALANCE, 1)):
        runs = Run.objects.filter(advertiser=advertiser, kind=kind)
        outcomes = RunOutcome.objects.filter(run__in=runs).exclude(state=RunOutcome.State.WAITING)
        missing += each * max(runs.count(), mornings) - outcomes.count()
    return missing
