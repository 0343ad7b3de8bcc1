"""The same stories against the emulators, on their own clock and with the spend of their market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Campaign, DailyMetric, Level
from campaigns.sync import metrics_sync
from campaigns.tasks import resume_publishing
from core import jobs
from core.common import clock, dates
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.spend.test_envelope_holds import Months, story_of
from tests.fixtures.people import People
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Launch, Sandbox

State = tuple[int, str, date | None]


class MarketMonths(Months):
    """Time, the platform's side and its spend are the emulators'."""

    def __init__(self, campaign: Campaign, sandbox: Sandbox, people: People) -> None:
        super().__init__(campaign, None, people)  # type: ignore[arg-type]
        self.sandbox = sandbox

    def do(self, what: str, who: Any, value: Any) -> None:
        getattr(self, f"do_{what}")(who, value)
        self.send()
        self.check()

    def today(self) -> date:
        return dates.today(self.campaign.account.time_zone)

    def there(self) -> State:
        found = self.sandbox.world.get_campaign(self.campaign.remote_id)
        return found.daily_budget_micros, found.status, self.fresh().remote_end

    def do_days(self, part: int, count: int) -> None:
        self.sandbox.advance(days=count)
        resume_publishing()

    def do_outside(self, _: str, micros: int) -> None:
        if micros > self.there()[0]:
            self.outside = True
            world = self.sandbox.world
            world.update_campaign(self.campaign.remote_id, daily_budget_micros=micros)

    def do_sync(self, _: str, __: int) -> None:
        metrics_sync.sync_account(AdAccount.objects.get(pk=self.campaign.account_id))

    def send(self) -> None:
        before = self.there()
        jobs.run_due()
        after = self.there()
        if after[0] > before[0] or (after[1], before[1]) == ("active", "paused"):
            assert not self.advertiser.is_stopped
            assert self.excess() == 0

    def do_refuse(self, _: str, __: int) -> None:
        """The next budget meets a fault: it is tried again."""
        platform = self.campaign.account.platform
        self.sandbox.fault(platform, "*", "server_error")

    def spent(self) -> int:
        """What the platform reports."""
        rows = DailyMetric.objects.filter(level=Level.CAMPAIGN, entity_id=self.campaign.pk)
        return sum(rows.values_list("spend_micros", flat=True))


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
@pytest.mark.parametrize("seed", [4, 7])
def test_what_our_writes_let_be_spent_stays_within_what_was_approved(
    platform: str, seed: int, launch: Launch, sandbox: Sandbox, people: People
) -> None:
    """The second of the stories has people who meddle outside."""
    campaign = campaign_of(Strategy.objects.get(brief=launch(platform)))
    assert campaign is not None
    Advertiser.objects.update(mode="act", cool_down_hours=0, max_step=Decimal(3))
    months = MarketMonths(campaign, sandbox, people)
    months.do("sync", "", 0)
    for what, who, value in story_of(seed):
        months.do(what, who, value)
    months.do("days", 0, 40)
    months.do("sync", "", 0)
    assert clock.market_now().date() > date(2026, 4, 11)
    assert DailyMetric.objects.filter(entity_id=campaign.pk, spend_micros__gt=0).exists()
