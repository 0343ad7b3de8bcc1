"""The query of the analytics page, its CSV, its API and its e-mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from campaigns.models import Campaign, Level
from campaigns.scope import Scope
from core.common import dates
from core.common.dates import DEFAULT_RANGE, DayRange
from core.models import Advertiser
from platforms.models import AdAccount

BREAKDOWNS = {
    "period": "Period",
    "platform": "Platform",
    "account": "Account",
    "campaign": "Campaign",
    "ad_group": "Ad group",
    "ad": "Ad",
    "creative": "Creative",
}
DEFAULTS = {
    "range": DEFAULT_RANGE,
    "compare": "previous",
    "metric": "spend",
    "second": "roas",
    "grain": "day",
    "breakdown": "campaign",
}
NAMES = (*DEFAULTS, "platform", "account", "campaign", "currency", "as_of", "sort", "page")


@dataclass(frozen=True)
class Query:
    """`given` holds the parameters as they were written, without those left out."""

    scope: Scope
    compare: str
    compared: DayRange | None
    metric: str
    second: str
    grain: str
    breakdown: str
    account: AdAccount | None
    campaign: Campaign | None
    as_of: date | None
    sort: str
    page: int
    given: dict[str, str] = field(default_factory=dict)

    @property
    def days(self) -> DayRange:
        return self.scope.days

    @property
    def currency(self) -> str:
        return self.scope.currency

    @property
    def advertiser(self) -> Advertiser:
        return self.scope.advertiser

    @property
    def accounts(self) -> list[AdAccount]:
        """The accounts of the query's currency, platform and account."""
        return [
            a
            for a in self.scope.accounts
            if a.currency == self.currency
            and self.scope.platform in {"", a.platform}
            and self.account in {None, a}
        ]

    @property
    def level(self) -> str:
        """Ad groups, ads and creatives stand on rows of ads, all else on rows of campaigns."""
        by_ad = self.breakdown in {"ad_group", "ad", "creative"}
        return Level.AD if by_ad else Level.CAMPAIGN

    @property
    def today(self) -> date:
        """The day it is, or was when the figures were reported."""
        return self.as_of or dates.today(self.advertiser.time_zone)

    @property
    def is_filtered(self) -> bool:
        return bool(self.scope.platform or self.account or self.campaign)

    @property
    def text(self) -> str:
        """As a query string, without the page of the table."""
        return urlencode({k: v for k, v in self.given.items() if k != "page"}, safe=".")
