"""What a page of figures looks at: days, platform, currency. All of it stands in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from adsengine.common import dates
from adsengine.common.dates import DEFAULT_RANGE, DayRange
from adsengine.common.errors import InvalidInput
from adsengine.models import Advertiser
from campaigns import selectors
from platforms.models import AdAccount, Platform

PRESETS = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("7d", "Last 7 days"),
    ("14d", "Last 14 days"),
    ("28d", "Last 28 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
    ("this_week", "This week"),
    ("last_week", "Last week"),
    ("this_month", "This month"),
    ("last_month", "Last month"),
)


@dataclass(frozen=True)
class Scope:
    """`text` is the range as it stands in the URL; `problem` says what could not be used."""

    advertiser: Advertiser
    accounts: list[AdAccount]
    text: str
    days: DayRange
    platform: str
    currency: str
    problem: str = ""
    presets = PRESETS

    @property
    def previous(self) -> DayRange:
        return dates.before(self.text, self.days)

    @property
    def label(self) -> str:
        return dict(PRESETS).get(self.text) or f"{self.days.days} days"

    @property
    def is_custom(self) -> bool:
        return ".." in self.text

    @property
    def currencies(self) -> list[str]:
        return currencies_among(self.accounts, self.advertiser)

    @property
    def platforms(self) -> list[tuple[str, str]]:
        used = {account.platform for account in self.accounts}
        return [(value, str(label)) for value, label in Platform.choices if value in used]

    @property
    def is_imported(self) -> bool:
        """Whether all that fits comes from report files."""
        fitting = {a.platform for a in self.accounts if self.platform in {"", a.platform}}
        return fitting == {Platform.IMPORT}

    @property
    def live_accounts(self) -> list[AdAccount]:
        """Accounts that are read regularly: what freshness is about."""
        return [
            account
            for account in self.accounts
            if account.platform != Platform.IMPORT and account.state != AdAccount.State.DISCONNECTED
        ]

    @property
    def synced_at(self) -> datetime | None:
        return selectors.synced_at(self.accounts)

    @property
    def includes_today(self) -> bool:
        return self.days.last >= dates.today(self.advertiser.time_zone)

    @property
    def query(self) -> str:
        """The part of the URL that goes along from page to page."""
        kept = {"range": self.text} if self.text != DEFAULT_RANGE else {}
        if self.platform:
            kept["platform"] = self.platform
        if self.currencies and self.currency != self.currencies[0]:
            kept["currency"] = self.currency
        return f"?{urlencode(kept)}" if kept else ""


def read_scope(request: HttpRequest, advertiser: Advertiser) -> Scope:
    """Of the request's query. What cannot be used is named in `problem`, and a default serves."""
    return scope_of(request.GET, advertiser)


def scope_of(query: QueryDict, advertiser: Advertiser) -> Scope:
    accounts = selectors.accounts_of(advertiser)
    problems: list[str] = []
    text, days = _days(query, advertiser, problems)
    return Scope(
        advertiser,
        accounts,
        text,
        days,
        platform=_choice(query, "platform", list(Platform.values), "", problems),
        currency=_currency(query, accounts, advertiser, problems),
        problem=" ".join(problems),
    )


def _days(query: QueryDict, advertiser: Advertiser, problems: list[str]) -> tuple[str, DayRange]:
    text = query.get("range") or DEFAULT_RANGE
    try:
        return text, dates.parse_range(text, advertiser.time_zone)
    except InvalidInput as err:
        problems.append(f"{err.user_message} The last 28 days are shown.")
    return DEFAULT_RANGE, dates.parse_range(DEFAULT_RANGE, advertiser.time_zone)


def _choice(
    query: QueryDict, name: str, allowed: list[str], default: str, problems: list[str]
) -> str:
    value = query.get(name, "")
    if value and value not in allowed:
        problems.append(f"{value!r} is not a {name} here, so it is left out.")
        return default
    return value or default


def currencies_among(accounts: list[AdAccount], advertiser: Advertiser) -> list[str]:
    """Of the accounts, the report currency first; that one alone where there is no account."""
    used = {account.currency for account in accounts} or {advertiser.currency}
    return sorted(used, key=lambda code: (code != advertiser.currency, code))


def _currency(
    query: QueryDict, accounts: list[AdAccount], advertiser: Advertiser, problems: list[str]
) -> str:
    used = currencies_among(accounts, advertiser)
    return _choice(query, "currency", used, used[0], problems)


def to_canonical(request: HttpRequest) -> HttpResponse | None:
    """The custom form sends two dates; the URL to share holds one range."""
    first, last = request.GET.get("from"), request.GET.get("to")
    if not first or not last:
        return None
    query = request.GET.copy()
    del query["from"], query["to"]
    query["range"] = f"{first}..{last}"
    return redirect(f"{request.path}?{query.urlencode(safe='.')}")
