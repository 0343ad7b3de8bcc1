"""Floors, ceilings and caps in the currency of the account they bind.

Limits of an advertiser and of a platform are in its report currency; for another currency they
are converted at the day's rate, and refused where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django.db.models import F, Q

from campaigns.models import Campaign, RemoteState, Wanted
from campaigns.spend.group_budgets import groups_with_daily_budgets, least_micros
from campaigns.spend.per_day import SPENDS, per_day_sums, reserved_sums
from core.common import dates
from core.common.errors import GuardrailExceeded, LimitUnknown, RateMissing
from core.common.money import MICROS, Money, minor_unit_micros
from core.models import rate_on
from platforms.models import AdAccount, Platform, PlatformLimits
from platforms.registry import capabilities_of


def minimum(account: AdAccount, campaign: Campaign | None = None) -> Money:
    """The smallest daily budget that the campaign's and the advertiser's floor and the platform
    allow.

    Where the account does not state the platform's minimum and is in dollars, the platform's
    published one holds; in other currencies the platform has the last word.
    """
    floor = _in_account(account, account.advertiser.campaign_floor_micros or None)
    return _least(account, campaign, floor)


def known_minimum(account: AdAccount, campaign: Campaign | None = None) -> Money:
    """`minimum`, but without the advertiser's floor where no rate converts it: lowering spend must
    not wait for a rate."""
    try:
        return minimum(account, campaign)
    except LimitUnknown:
        return _least(account, campaign, None)


def minimum_text(account: AdAccount, campaign: Campaign | None = None) -> str:
    """For a page, which shows the rest also where the figure is missing."""
    try:
        return f"at least {minimum(account, campaign)} a day"
    except LimitUnknown:
        report = account.advertiser.currency
        return f"the least is not known: no exchange rate from {report} to {account.currency}"


def _least(account: AdAccount, campaign: Campaign | None, floor: Money | None) -> Money:
    if campaign is not None and campaign.budget_on == Campaign.BudgetOn.AD_GROUP:
        groups = groups_with_daily_budgets(campaign)
        stated: int | None = least_micros(account) * max(len(groups), 1)
    else:
        stated = account.min_daily_budget_micros
    if stated is None and account.currency == "USD" and account.platform != Platform.IMPORT:
        stated = capabilities_of(account.platform).min_daily_budget_usd * MICROS
    unit = minor_unit_micros(account.currency)
    own = campaign.floor_micros if campaign is not None else None
    least = max(floor.micros if floor else 0, stated or 0, own or 0, unit)
    return account.money(-(-least // unit) * unit)


def maximum(account: AdAccount, campaign: Campaign | None = None) -> Money | None:
    """The largest daily budget of one campaign: its own ceiling, or the advertiser's."""
    ceiling = _in_account(account, account.advertiser.campaign_ceiling_micros)
    own = campaign.ceiling_micros if campaign is not None else None
    known = [ceiling] if ceiling is not None else []
    known += [account.money(own)] if own is not None else []
    return min(known, default=None)


def is_own(campaign: Campaign | None, ceiling: Money) -> bool:
    return campaign is not None and campaign.ceiling_micros == ceiling.micros


def _in_account(account: AdAccount, micros: int | None) -> Money | None:
    """A limit in the report currency as it binds the account."""
    if micros is None:
        return None
    report = account.advertiser.currency
    limit = Money.from_micros(micros, report)
    if report == account.currency:
        return limit
    rate = _rate(report, account.currency, _today(account))
    return Money(limit.amount * rate, account.currency).rounded_down()


def _today(account: AdAccount) -> date:
    return dates.today(account.advertiser.time_zone)


def _rate(base: str, quote: str, day: date) -> Any:
    try:
        return rate_on(base, quote, day)
    except RateMissing as err:
        raise LimitUnknown(
            f"A limit in another currency cannot be held: {err.user_message} "
            "Or empty the limit and use the account's own cap.",
            field="daily_budget",
        ) from err


# ---- caps on sums ------------------------------------------------------------------------


class CapKind(Enum):
    """Whose campaigns a cap binds together."""

    ACCOUNT = "account"
    PLATFORM = "platform"
    ADVERTISER = "advertiser"


@dataclass(frozen=True)
class Cap:
    """A bound of the sum of active daily budgets over `scope`. `key` says which one it is: names
    may be alike."""

    limit: Money
    scope: dict[str, Any]
    key: tuple[CapKind, int | str]
    name: str
    time_zone: str


def caps_of(account: AdAccount) -> list[Cap]:
    """The caps that bind campaigns of this account."""
    advertiser = account.advertiser
    mine = {"account__advertiser": advertiser}
    zone = advertiser.time_zone
    found = []
    if account.daily_cap_micros is not None:
        own = account.money(account.daily_cap_micros)
        found.append(
            Cap(
                own,
                {"account": account},
                (CapKind.ACCOUNT, account.pk),
                f"the cap of {account}",
                zone,
            )
        )
    limits = PlatformLimits.objects.filter(
        advertiser=advertiser, platform=account.platform, daily_cap_micros__isnull=False
    ).first()
    if limits is not None:
        cap = Money.from_micros(limits.daily_cap_micros or 0, advertiser.currency)
        scope = {**mine, "account__platform": account.platform}
        name = f"the cap of all {limits.get_platform_display()} accounts"
        found.append(Cap(cap, scope, (CapKind.PLATFORM, account.platform), name, zone))
    if advertiser.max_daily_total_micros is not None:
        cap = Money.from_micros(advertiser.max_daily_total_micros, advertiser.currency)
        key = (CapKind.ADVERTISER, advertiser.pk)
        found.append(Cap(cap, mine, key, "the advertiser's cap", zone))
    return found


def check_caps(
    account: AdAccount, per_day: Money, *, campaign: Campaign | None = None, reference: str = ""
) -> None:
    """May a campaign spend this a day beside all others, and beside plans that are approved and
    not live yet? Raises GuardrailExceeded. The caller holds the advertiser's lock: two raises
    that fit one by one could break a cap together."""
    for cap in caps_of(account):
        total = used(cap, campaign=campaign, reference=reference) + _convert(
            per_day, cap.limit.currency, _today(account)
        )
        if total > cap.limit:
            raise GuardrailExceeded(
                f"All active budgets would come to {total.rounded()} a day, over {cap.name} "
                f"of {cap.limit}.{_waiting(cap)}",
                field="daily_budget",
            )


def used(cap: Cap, *, campaign: Campaign | None = None, reference: str = "") -> Money:
    """What counts under the cap a day, in its currency, without the campaign or the plan that
    asks."""
    own = "" if campaign is None else campaign.reference
    sums = per_day_sums(cap.scope, without=campaign)
    for currency, micros in reserved_sums(cap.scope, without=reference or own).items():
        sums[currency] = sums.get(currency, 0) + micros
    day = dates.today(cap.time_zone)
    total = Money.from_micros(0, cap.limit.currency)
    for currency, micros in sorted(sums.items()):
        total = total + _convert(Money.from_micros(micros, currency), cap.limit.currency, day)
    return total


def _waiting(cap: Cap) -> str:
    """Why the sum is more than the budgets that are asked for."""
    running = Campaign.objects.filter(SPENDS, **cap.scope)
    cut = Q(remote_daily_budget_micros__gt=F("daily_budget_micros"))
    paused = ~Q(wanted=Wanted.ACTIVE) & Q(remote=RemoteState.ACTIVE)
    parts = []
    if reserved_sums(cap.scope, without=""):
        parts.append(" Plans that are approved and not live yet count as well.")
    if running.filter(cut | paused).exists():
        parts.append(" Cuts and pauses count once the platform has confirmed them.")
    return "".join(parts)


def _convert(money: Money, currency: str, day: date) -> Money:
    if money.currency == currency or not money.amount:
        return Money(money.amount, currency)
    return Money(money.amount * _rate(money.currency, currency, day), currency)
