"""Lets the real workers live in a served sandbox, a morning at a time, and looks on from the
emulators' side."""

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
from platforms.common.calls import forget_governors
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
class Watch:
    """What reaches the emulators: every budget write, and each morning the budgets themselves."""

    world: World
    writes: Counter[tuple[str, date]] = field(default_factory=Counter)
    """By campaign and day of its account."""
    budgets: dict[str, int] = field(default_factory=dict)
    """Micros by campaign, as they stood at the last look."""
    leak: int = 0
    """Largest distance of a morning's sum from the first one, in minor units."""
    broken: int = 0
    """Budgets below their floor, above their share, or raised by more than a step at once."""

    def __post_init__(self) -> None:
        self.budgets = self._now()
        self.total = sum(self.budgets.values())
        self.world.on_update = self._note

    @property
    def repeated(self) -> int:
        """Writes beyond the first of a campaign and day."""
        return sum(count - 1 for count in self.writes.values())

    def look(self) -> None:
        """After a morning's work."""
        found = self._now()
        self.leak = max(self.leak, abs(sum(found.values()) - self.total) // 10_000)
        self.broken += sum(self._breaks(key, micros) for key, micros in found.items())
        self.budgets = found

    def _now(self) -> dict[str, int]:
        return {key: c.daily_budget_micros or 0 for key, c in self.world.campaigns.items()}

    def _breaks(self, key: str, micros: int) -> bool:
        least = FLOOR[self.world.campaigns[key].platform] * MICROS
        step = max(self.budgets[key] * LARGEST_STEP, least)
        return not least <= micros <= min(step, self.total * LARGEST_SHARE)

    def _note(self, entity: Entity, changes: dict[str, Any]) -> None:
        if isinstance(entity, SandboxCampaign) and "daily_budget_micros" in changes:
            zone = self.world.account(entity.platform).time_zone
            self.writes[entity.id, local_day(zone, self.world.now())] += 1


def connect(advertiser: Advertiser) -> None:
    """Connect the three accounts, read four weeks of history, adopt what runs there."""
    for account in connect_accounts(OWNER, advertiser):
        # The emulator does not count calls, so nobody need wait for a turn.
        options = {**account.options, "queries_per_second": "1000"}
        AdAccount.objects.filter(pk=account.pk).update(options=options)
    forget_governors()
    sync_due_accounts()
    settle()
    for campaign in Campaign.objects.filter(account__advertiser=advertiser):
        adopt(actor=OWNER, campaign=campaign)


def new_advertiser(seed: int) -> Advertiser:
    """In mode act for budgets; ads are left as they are, so that what is gained comes of budgets
    alone."""
    return Advertiser.objects.create(
        name=f"Market {seed}",
        slug=f"market-{seed}",
        currency="USD",
        time_zone="America/New_York",
        mode=Mode.ACT,
        modes={"pause": Mode.WATCH, "scale": Mode.WATCH},
        campaign_floor_micros=min(FLOOR.values()) * MICROS,
    )


def morning() -> None:
    """One day's work, started by the tasks that beat calls: sync, pass, rebalance."""
    sync_due_accounts()
    settle()
    optimize_all_campaigns()
    settle()
    rebalance_budgets()
    settle()


def tomorrow(world: World) -> None:
    world.clock.advance(days=1)
    clock.discard_reading()


def settle() -> None:
    """Work until no job is open. A job that asked to come back later does so at once: the market
    stands still meanwhile."""
    for _ in range(ROUNDS):
        jobs.run_due()
        waiting = Job.objects.filter(state__in=OPEN_JOBS)
        if not waiting.exists():
            return
        waiting.filter(state=Job.State.QUEUED).update(not_before=clock.real_now())
    raise RuntimeError(f"These jobs do not end: {[str(job) for job in waiting]}")


def without_outcome(advertiser: Advertiser, mornings: int = 0) -> int:
    """Campaigns that a pass has no outcome for, and pools that a rebalance has none for, over all
    runs; a run that is missing of so many mornings lacks all of its outcomes."""
    campaigns = Campaign.objects.filter(account__advertiser=advertiser).count()
    missing = 0
    for kind, each in ((Run.Kind.OPTIMIZE, campaigns), (Run.Kind.REBALANCE, 1)):
        runs = Run.objects.filter(advertiser=advertiser, kind=kind)
        told = RunOutcome.objects.filter(run__in=runs).exclude(state=RunOutcome.State.WAITING)
        missing += each * max(runs.count(), mornings) - told.count()
    return missing
