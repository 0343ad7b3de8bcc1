"""Random days of an outbox against the emulators: wishes of persons and workers, faults, late
answers, kills, frozen workers, stops and recoveries."""

from __future__ import annotations

import time
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from unittest import mock

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from campaigns import services
from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.publishing import leases, outbox_worker, publish_operations, settlement
from campaigns.tasks import resume_publishing
from core import jobs
from core.common import clock
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser, Job
from platforms import registry
from platforms.common import calls
from platforms.common.calls import RetryPolicy, reset_governors
from platforms.common.references import strip_reference
from tests.campaigns.publishing.vendor_double import let_time_pass
from tests.fixtures.world import Sandbox

PLATFORMS = ("google", "meta", "tiktok")
ROUNDS = 10
_LATE_SECONDS, _TIMEOUT_SECONDS, _SETTLED_SECONDS = 0.45, 0.3, 0.9
_WRITES = {
    "google": "GoogleAdsService.Mutate",
    "meta": "*.update",
    "tiktok": "*/update",
}
_KILLED_AT: dict[str, Any] = {
    "after its claim": (outbox_worker, "_claim", True),
    "before it settles": (settlement, "settle", False),
    "while it writes our rows": (publish_operations, "apply", False),
}
_WORKER = Actor(ActorKind.WORKER, "optimiser")


class Killed(BaseException):
    """The worker is gone: no handler runs, nothing is settled."""


@dataclass
class Stage:
    """What all runs share: three live campaigns, and how they stand before each run."""

    sandbox: Sandbox
    person: Actor
    campaigns: dict[str, Campaign]

    @property
    def advertiser(self) -> Advertiser:
        return self.campaigns["meta"].account.advertiser


class OutboxMachine(RuleBasedStateMachine):
    """Each run is rolled back: our rows by the transaction, the emulators' by what stood before."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        world = self.world = self.stage.sandbox.world
        campaigns = self.stage.campaigns
        self.before = {p: copy(world.get_campaign(c.remote_id)) for p, c in campaigns.items()}
        self.ads = {p: self._first_ad(c) for p, c in campaigns.items()}
        self.wished: dict[tuple[str, str], Any] = {}
        self.late = ""  # the platform whose next client gives up early
        self.settled_at = 0.0
        self.story: list[str] = []
        self._patches: list[Any] = [
            mock.patch.object(outbox_worker, "config_for", self._config),
            mock.patch.object(calls, "RetryPolicy", _hasty_policy),
        ]
        for patch in self._patches:
            patch.start()
        self._rows = transaction.atomic()
        self._rows.__enter__()

    def _first_ad(self, campaign: Campaign) -> Ad:
        return Ad.objects.filter(ad_group__campaign=campaign).order_by("pk")[0]

    def _config(self, account: Any, **more: Any) -> Any:
        if account.platform != self.late:
            return registry.config_for(account, **more)
        self.late, self.settled_at = "", time.monotonic() + _SETTLED_SECONDS
        return replace(registry.config_for(account, **more), timeout_seconds=_TIMEOUT_SECONDS)

    # ---- what may happen ----

    @rule(platform=st.sampled_from(PLATFORMS), to=st.sampled_from(["active", "paused"]))
    def wish_status(self, platform: str, to: str) -> None:
        campaign = self._campaign(platform)
        self._ask(platform, "status", to, services.set_status, campaign=campaign, to=to)

    @rule(platform=st.sampled_from(PLATFORMS), to=st.sampled_from(["active", "paused"]))
    def wish_ad_status(self, platform: str, to: str) -> None:
        ad = Ad.objects.get(pk=self.ads[platform].pk)
        self._ask(platform, "ad", to, services.set_ad_status, ad=ad, to=to)

    @rule(
        platform=st.sampled_from(PLATFORMS),
        amount=st.sampled_from([80, 95, 110, 130]),
        by_worker=st.booleans(),
    )
    def wish_budget(self, platform: str, amount: int, by_worker: bool) -> None:
        budget = Money(Decimal(amount), "USD")
        campaign = self._campaign(platform)
        more = {"actor": _WORKER} if by_worker else {}
        wish = {"campaign": campaign, "budget": budget, **more}
        self._ask(platform, "budget", budget.micros, services.set_daily_budget, **wish)

    @rule(platform=st.sampled_from(PLATFORMS), name=st.sampled_from(["Boots", "Tents", "Coats"]))
    def wish_name(self, platform: str, name: str) -> None:
        campaign = self._campaign(platform)
        self._ask(platform, "name", name, services.update_campaign, campaign=campaign, name=name)

    @rule(
        platform=st.sampled_from(PLATFORMS),
        kind=st.sampled_from(["throttle", "server_error", "timeout_before", "lose_answer"]),
        times=st.integers(1, 4),
        writes_only=st.booleans(),
    )
    def fault(self, platform: str, kind: str, times: int, writes_only: bool) -> None:
        self.story.append(f"{times} {kind} on {platform}")
        pattern = _WRITES[platform] if writes_only else "*"
        self.world.faults.add(platform, pattern, kind, times)

    @rule(platform=st.sampled_from(PLATFORMS))
    def answer_late(self, platform: str) -> None:
        """The next write is carried out after our time-out."""
        self.story.append(f"{platform} answers late")
        self.late = platform
        self.world.faults.add(platform, _WRITES[platform], "delay", 1, seconds=_LATE_SECONDS)

    @rule(limit=st.integers(1, 6))
    def work(self, limit: int) -> None:
        self.story.append("work")
        self._run(limit)

    @rule(where=st.sampled_from(sorted(_KILLED_AT)))
    def kill_a_worker(self, where: str) -> None:
        self.story.append(f"a worker is killed {where}")
        module, name, after = _KILLED_AT[where]
        real = getattr(module, name)

        def die(*args: Any, **more: Any) -> Any:
            if after:
                real(*args, **more)
            raise Killed

        with mock.patch.object(module, name, die), suppress(Killed):
            self._run(2)

    @rule()
    def freeze_a_worker(self) -> None:
        """Before its check; it wakes when another worker has done its part."""
        self.story.append("a worker freezes")
        real, frozen = leases.Fence.__call__, list[bool]()

        def freeze(fence: leases.Fence) -> None:
            if not frozen:
                frozen.append(True)
                self._let_time_pass()
                self._run(4)
            real(fence)

        with mock.patch.object(leases.Fence, "__call__", freeze):
            self._run(2)

    @rule()
    def stop(self) -> None:
        self.story.append("stop")
        services.stop(actor=self.stage.person, advertiser=self._advertiser())

    @rule()
    def lift(self) -> None:
        advertiser = self._advertiser()
        if advertiser.is_stopped:
            self.story.append("lift")
            services.lift_stop(actor=self.stage.person, advertiser=advertiser)

    @rule()
    def recover_a_while(self) -> None:
        self.story.append("time passes")
        self._let_time_pass()
        self._run(6)

    # ---- how it ends ----

    def teardown(self) -> None:
        try:
            self._end_faults()
            self._check()
        finally:
            self._rows.__exit__(Killed, Killed(), None)
            for patch in self._patches:
                patch.stop()
            for platform in ("google", "tiktok"):
                self._restore_budget(platform)
            for campaign in self.before.values():
                self.world.update_campaign(
                    campaign.id,
                    status=campaign.status,
                    name=campaign.name,
                    daily_budget_micros=campaign.daily_budget_micros,
                )
            for ad in self.ads.values():
                self.world.update_ad(ad.remote_id, status="active")

    def _restore_budget(self, platform: str) -> None:
        """Google and TikTok keep it apart from the world's campaign: set it as anybody does."""
        ours, before = self.stage.campaigns[platform], self.before[platform]
        if self.world.get_campaign(before.id).daily_budget_micros != before.daily_budget_micros:
            with registry.platform_for(ours.account) as client:
                budget = Money.from_micros(before.daily_budget_micros, "USD")
                client.set_daily_budget(publish_operations.campaign_ref(ours), budget)

    def _end_faults(self) -> None:
        """Faults end; then a bounded number of rounds must be enough."""
        self.world.faults.clear()
        self.late = ""
        self.stage.sandbox.advance(hours=1)  # Meta takes four budget changes an hour
        self.lift()
        for _ in range(ROUNDS):
            self._let_time_pass()
            resume_publishing()
            self._run(40)
            if not PublishRequest.objects.filter(state__in=PublishRequest.OPEN).exists():
                return

    def _check(self) -> None:
        requests = PublishRequest.objects.order_by("pk")
        rows = [(r.operation, r.payload.get("to"), r.state, r.error) for r in requests]
        assert not requests.filter(state__in=PublishRequest.OPEN).exists(), (self.story, rows)
        assert not Job.objects.filter(state="failed").exists(), self.story
        for platform in PLATFORMS:
            ours, there = self._ours(platform), self._there(platform)
            assert ours == there, (platform, ours, there, self.story, rows)
            for kind, value in ours.items():
                if (platform, kind) in self.wished and not self._refused(platform, kind):
                    assert value == self.wished[platform, kind], (kind, self.story, rows)

    def _ours(self, platform: str) -> dict[str, Any]:
        campaign, ad = self._campaign(platform), Ad.objects.get(pk=self.ads[platform].pk)
        return {
            "status": campaign.wanted,
            "budget": campaign.daily_budget_micros,
            "name": campaign.name,
            "ad": ad.wanted,
        }

    def _there(self, platform: str) -> dict[str, Any]:
        campaign = self.world.get_campaign(self.stage.campaigns[platform].remote_id)
        return {
            "status": campaign.status,
            "budget": campaign.daily_budget_micros,
            "name": strip_reference(campaign.name)[0],
            "ad": self.world.get_ad(self.ads[platform].remote_id).status,
        }

    def _refused(self, platform: str, kind: str) -> bool:
        """Whether a stop switch or limit refused a wish of that kind on the way."""
        operation = {"budget": "set_budget", "name": "update_campaign"}.get(kind, "set_status")
        rows = PublishRequest.objects.filter(operation=operation, state="refused")
        return rows.filter(campaign=self.stage.campaigns[platform]).exists()

    # ---- steps ----

    def _campaign(self, platform: str) -> Campaign:
        return Campaign.objects.get(pk=self.stage.campaigns[platform].pk)

    def _advertiser(self) -> Advertiser:
        return Advertiser.objects.get(pk=self.stage.advertiser.pk)

    def _ask(self, platform: str, kind: str, value: Any, service: Any, **wish: Any) -> None:
        try:
            service(**{"actor": self.stage.person, **wish})
        except AdsEngineError as err:
            self.story.append(f"{platform} {kind} {value}: {err.code}")
            return
        self.story.append(f"{platform} {kind} {value}")
        self.wished[platform, kind] = value

    def _run(self, limit: int) -> None:
        jobs.run_due(limit=limit)

    def _let_time_pass(self) -> None:
        """An hour; what a vendor still carries out is carried out."""
        time.sleep(max(0.0, self.settled_at - time.monotonic()))
        reset_governors()
        let_time_pass()
        Job.objects.filter(state="running").update(lease_until=clock.real_now())
        jobs.sweep()
        Job.objects.filter(state="queued").update(not_before=clock.real_now())


def _hasty_policy(**_: Any) -> RetryPolicy:
    """Two attempts and no waits: a run has many faults."""
    return RetryPolicy(attempts=2, first_wait=0.0, longest_wait=0.0, longest_total_wait=0.01)
