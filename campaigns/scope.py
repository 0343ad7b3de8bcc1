"""What a page of figures looks at: days, platform, currency. All of it stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from campaigns import selectors
from campaigns.ranges import COMPARES, PRESETS, compared_days, days_of
from campaigns.sync.freshness import Freshness, freshness, is_live
from core.common import dates
from core.common.dates import DEFAULT_RANGE, DayRange
from core.common.errors import InvalidInput
from core.models import Advertiser
from platforms.models import AdAccount, Platform

ONE_ACCOUNT = "Only one account can be chosen at a time, so the account filter is left out."


@dataclass(frozen=True)
class Scope:
    """`text` and `compare` are as they stand in the URL; `problem` says what could not be used;
    `account` is the only one that the page is about, if there is one, and `chosen` the id of the
    one that the reader filters by."""

    advertiser: Advertiser
    accounts: list[AdAccount]
    text: str
    days: DayRange
    platform: str
    currency: str
    problem: str = ""
    account: AdAccount | None = None
    chosen: str = ""
    compare: str = "previous"
    presets = PRESETS
    compares = COMPARES

    @cached_property
    def compared(self) -> DayRange | None:
        """None where the reader compares with nothing."""
        return compared_days(self.compare, self.text, self.days)

    @property
    def comparison(self) -> str:
        return f"compared with {self.compared}" if self.compared else "not compared"

    @property
    def label(self) -> str:
        return dict(PRESETS).get(self.text) or f"{self.days.days} days"

    @property
    def with_today(self) -> str:
        """The same range up to today, or without it again; "" for a range that is neither."""
        if self.text.endswith("d_today"):
            return self.text.removesuffix("_today")
        return f"{self.text}_today" if self.text[:-1].isdigit() else ""

    @property
    def looked_at(self) -> list[AdAccount]:
        """The accounts whose figures the page shows."""
        return [self.account] if self.account else self.accounts

    @property
    def choices(self) -> list[AdAccount]:
        """The accounts to filter by."""
        return [a for a in self.accounts if self.platform in {"", a.platform}]

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
        return [account for account in self.accounts if is_live(account)]

    @cached_property
    def fresh(self) -> Freshness:
        """Of the accounts that the page looks at."""
        return freshness(a for a in self.looked_at if self.platform in {"", a.platform})

    @property
    def synced_at(self) -> datetime | None:
        return selectors.synced_at(self.accounts)

    @property
    def includes_today(self) -> bool:
        return self.days.last >= dates.today(self.advertiser.time_zone)

    @property
    def query(self) -> str:
        """The part of the URL that goes along from page to page."""
        parameters = {"range": self.text} if self.text != DEFAULT_RANGE else {}
        if self.platform:
            parameters["platform"] = self.platform
        if self.currencies and self.currency != self.currencies[0]:
            parameters["currency"] = self.currency
        if self.chosen:
            parameters["account"] = self.chosen
        if self.compare != "previous":
            parameters["compare"] = self.compare
        return f"?{urlencode(parameters, safe='.')}" if parameters else ""


def read_scope(request: HttpRequest, advertiser: Advertiser) -> Scope:
    """Of the request's query. What cannot be used is named in `problem`, and a default serves."""
    return scope_of(request.GET, advertiser)


def scope_of(query: QueryDict, advertiser: Advertiser) -> Scope:
    accounts = selectors.accounts_of(advertiser)
    problems: list[str] = []
    text, days = _days(query, advertiser, problems)
    platform = _choice(query, "platform", list(Platform.values), "", problems)
    account = _account(query, accounts, platform, problems)
    currency = _currency(query, accounts, advertiser, account, problems)
    if account is not None and account.currency != currency:
        problems.append(f"{account} is in {account.currency}, so it is left out.")
        account = None
    return Scope(
        advertiser,
        accounts,
        text,
        days,
        platform=platform,
        currency=currency,
        compare=_compare(query, text, days, problems),
        account=account,
        chosen=str(account.pk) if account else "",
        problem=" ".join(problems),
    )


def _compare(query: QueryDict, text: str, days: DayRange, problems: list[str]) -> str:
    compare = query.get("compare") or "previous"
    try:
        compared_days(compare, text, days)
    except InvalidInput as err:
        problems.append(f"{err.user_message} The period before is compared with.")
        return "previous"
    return compare


def _account(
    query: QueryDict, accounts: list[AdAccount], platform: str, problems: list[str]
) -> AdAccount | None:
    if names_several(query, "account"):
        problems.append(ONE_ACCOUNT)
        return None
    given = query.get("account", "")
    found = next((account for account in accounts if str(account.pk) == given), None)
    if given and found is None:
        problems.append("That account is not here, so the filter is left out.")
    elif found is not None and platform not in {"", found.platform}:
        problems.append(f"{found} is not on the chosen platform, so it is left out.")
        return None
    return found


def names_several(query: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is given more than once, or as a list, with values that differ."""
    given = query.getlist(name) if isinstance(query, QueryDict) else [query.get(name, "")]
    return len({part.strip() for text in given for part in text.split(",")} - {""}) > 1


def _days(query: QueryDict, advertiser: Advertiser, problems: list[str]) -> tuple[str, DayRange]:
    text = query.get("range") or DEFAULT_RANGE
    try:
        return text, days_of(text, advertiser)
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
    query: QueryDict,
    accounts: list[AdAccount],
    advertiser: Advertiser,
    account: AdAccount | None,
    problems: list[str],
) -> str:
    used = currencies_among(accounts, advertiser)
    default = account.currency if account else used[0]
    return _choice(query, "currency", used, default, problems)


def to_canonical(request: HttpRequest) -> HttpResponse | None:
    """The custom form sends dates; the URL to share holds one range and one comparison."""
    query = request.GET.copy()
    pairs = (("range", "from", "to"), ("compare", "before_from", "before_to"))
    found = [(name, query.pop(a, [""])[-1], query.pop(b, [""])[-1]) for name, a, b in pairs]
    if not any(first and last for _, first, last in found):
        return None
    for name, first, last in found:
        if first and last:
            query[name] = f"{first}..{last}"
    return redirect(f"{request.path}?{query.urlencode(safe='.')}")
