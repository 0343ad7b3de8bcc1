"""A vendor with one campaign, whose next answers a test writes down: for orders of events that the
emulators cannot be brought to one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import outbox_worker
from core.common import clock
from core.common.money import Money
from core.models import Job
from platforms.errors import OutcomeUnknown, PlatformUnavailable, Rejected
from platforms.interface import AdPlatform, ClientConfig
from platforms.meta.client import MetaClient
from platforms.types import CampaignChange, RemoteCampaign, RemoteRef

DONE, LOST, VANISHED, LATE = "done", "done, answer lost", "not done, answer lost", "done late"
DOWN, REFUSED = "unavailable", "refused"


@dataclass
class Vendor:
    """What is on the platform, what was written there, and how the next writes end."""

    campaign: RemoteCampaign
    answers: deque[str] = field(default_factory=deque)
    writes: list[str] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    """Called once, in the middle of the next write."""

    def write(self, what: str, **changes: Any) -> None:
        self.writes.append(what)
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        answer = self.answers.popleft() if self.answers else DONE
        if answer in {DONE, LOST}:
            self.campaign = replace(self.campaign, **changes)
        if answer == LATE:
            self.late.append(changes)
        if answer in {LOST, VANISHED, LATE}:
            raise OutcomeUnknown("No answer came.", platform="meta")
        if answer == DOWN:
            raise PlatformUnavailable("Nobody answers.", platform="meta")
        if answer == REFUSED:
            raise Rejected("No.", platform="meta")

    def carry_out_late(self) -> None:
        """What was sent long ago and had no answer is done now."""
        for changes in self.late:
            self.campaign = replace(self.campaign, **changes)
        self.late.clear()


class Client(AdPlatform):
    capabilities = MetaClient.capabilities
    vendor: Vendor

    def _write(self, what: str, **changes: Any) -> None:
        self.config.before_write()
        self.vendor.write(what, **changes)

    def set_status(self, ref: RemoteRef, status: Any) -> None:
        self._write(f"status {status}", status="ended" if status == "archived" else status)

    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        self._write(f"budget {budget.amount:.0f}", daily_budget=budget)

    def update_campaign(self, campaign: RemoteRef, change: CampaignChange) -> None:
        changed = {"name": change.name, "start": change.start, "end": change.end}
        changed = {key: value for key, value in changed.items() if value is not None}
        self._write(f"change {' '.join(changed)}", **changed)

    def read_campaign(self, remote_id: str) -> RemoteCampaign | None:
        return self.vendor.campaign

    def verify(self) -> Any:
        raise NotImplementedError

    def create_campaign(self, spec: Any, *, resuming: bool = False) -> Any:
        raise NotImplementedError

    find_by_reference = read_metrics = read_structure = verify  # type: ignore[assignment]
    read_spec = carried_name = verify  # type: ignore[assignment]


def install(monkeypatch: pytest.MonkeyPatch, campaign: Campaign) -> Vendor:
    """A vendor that holds the campaign as our row has it."""
    vendor = Vendor(
        RemoteCampaign(
            remote_id=campaign.remote_id,
            name=campaign.name,
            status=campaign.remote,  # type: ignore[arg-type]
            objective="traffic",
            daily_budget=campaign.daily_budget,
            budget_on="campaign",
            start=campaign.start,
            end=campaign.end,
        )
    )
    client = type("VendorClient", (Client,), {"vendor": vendor})
    config = ClientConfig("1", "USD", "UTC", {})
    monkeypatch.setattr(outbox_worker, "config_for", lambda account, **_: config)
    monkeypatch.setattr(outbox_worker, "client_class", lambda platform: client)
    return vendor


def let_time_pass(minutes: int = 60) -> None:
    """Leases end, lost answers settle, waits are over. Not by moving the clock: by moving what is
    stored back."""
    back = timedelta(minutes=minutes)
    for row in PublishRequest.objects.filter(state__in=PublishRequest.OPEN):
        times = {"not_before": row.not_before - back, "lost_at": row.lost_at and row.lost_at - back}
        times["lease_until"] = row.lease_until and row.lease_until - back
        PublishRequest.objects.filter(pk=row.pk).update(**times)
    closed = PublishRequest.objects.exclude(lost_at=None)
    for row in closed.exclude(state__in=PublishRequest.OPEN):
        PublishRequest.objects.filter(pk=row.pk).update(lost_at=(row.lost_at or back) - back)
    Job.objects.filter(state="queued").update(not_before=clock.real_now())


def wish_of(campaign: Campaign) -> tuple[str, int | None, str, date | None]:
    campaign.refresh_from_db()
    status = "ended" if campaign.wanted == "archived" else campaign.wanted
    return status, campaign.daily_budget_micros, campaign.name, campaign.end


def there(vendor: Vendor) -> tuple[str, int | None, str, date | None]:
    now = vendor.campaign
    return now.status, now.daily_budget.micros if now.daily_budget else None, now.name, now.end
