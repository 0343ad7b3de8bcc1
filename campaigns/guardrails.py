"""The one gate for spend. Every budget or status change passes here, whoever asks.

Asked twice: when a change is requested, and again just before it is sent. Pausing and lowering
always pass; the stop switch halts creating, enabling and raising at once.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from adsengine.common import clock
from adsengine.common.errors import GuardrailExceeded
from adsengine.common.money import MICROS, Money, minor_unit_micros
from adsengine.models import Actor, Advertiser
from campaigns.models import Campaign, PublishRequest, Wanted
from platforms.models import AdAccount, Platform
from platforms.registry import capabilities_of


def check_create(account: AdAccount, budget: Money) -> None:
    """May a campaign with this daily budget be created here? It is created paused."""
    _check_running(account.advertiser, "creating campaigns")
    _check_size(account, budget)


def check_enable(campaign: Campaign) -> None:
    """May this campaign start to spend?"""
    advertiser = campaign.account.advertiser
    _check_running(advertiser, "enabling campaigns")
    check_owned(campaign)
    budget = campaign.daily_budget_micros or 0
    if campaign.daily_budget_micros is not None:
        _check_size(campaign.account, campaign.account.money(budget))
    _check_caps(campaign, budget)


def check_budget(campaign: Campaign, budget: Money, actor: Actor) -> None:
    """May this campaign's daily budget become `budget`?"""
    advertiser = campaign.account.advertiser
    check_owned(campaign)
    _check_floor(campaign.account, budget)
    old = in_force(campaign)
    if budget.micros <= old:
        return
    _check_running(advertiser, "raising budgets")
    _check_size(campaign.account, budget)
    _check_step(advertiser, campaign.account.money(old), budget)
    if actor.is_automatic:
        _check_cool_down(campaign)
    if campaign.wanted == Wanted.ACTIVE:
        _check_caps(campaign, budget.micros)


def runs_longer(campaign: Campaign, new_end: date | None) -> bool:
    """A later end spends more."""
    return new_end is not None and campaign.end is not None and new_end > campaign.end


def check_longer(campaign: Campaign) -> None:
    """May this campaign run past its present end?"""
    _check_running(campaign.account.advertiser, "running longer")


def in_force(campaign: Campaign) -> int:
    """Micros a day that may be spent now: what the platform last confirmed, where it did. A wish
    that still waits is not in force, and must not make a raise look like a lowering."""
    remote = campaign.remote_daily_budget_micros
    return (campaign.daily_budget_micros or 0) if remote is None else remote


def check_send(request: PublishRequest) -> None:
    """The last look before a request is sent: stop switch and limits may have changed since."""
    if not raises_spend(request):
        return
    _check_running(request.account.advertiser, "creating, enabling and raising")
    campaign, operation = request.campaign, request.operation
    if operation == PublishRequest.Operation.SET_BUDGET:
        check_owned(campaign)
        _check_size(request.account, request.account.money(request.payload["micros"]))
        if campaign.wanted == Wanted.ACTIVE:
            _check_caps(campaign, request.payload["micros"])
    elif operation == PublishRequest.Operation.SET_STATUS:
        check_enable(campaign)
    elif operation == PublishRequest.Operation.CREATE_CAMPAIGN:
        _check_size(request.account, request.account.money(campaign.daily_budget_micros or 0))


def raises_spend(request: PublishRequest) -> bool:
    operation, payload = request.operation, request.payload
    if operation == PublishRequest.Operation.SET_STATUS:
        return bool(payload["to"] == Wanted.ACTIVE)
    if operation == PublishRequest.Operation.SET_BUDGET:
        remote = request.campaign.remote_daily_budget_micros
        present = (payload.get("before") or 0) if remote is None else remote
        return bool(payload["micros"] > present)
    if operation == PublishRequest.Operation.UPDATE_CAMPAIGN:
        end, before = payload["to"].get("end"), (payload.get("before") or {}).get("end")
        return bool(end and (not before or end > before))
    return True


def _check_running(advertiser: Advertiser, what: str) -> None:
    # Read afresh: the switch must hold at once, not for the copy that a caller still has.
    stopped = Advertiser.objects.filter(pk=advertiser.pk, stopped_at__isnull=False).first()
    if stopped is not None:
        raise GuardrailExceeded(
            f"The stop switch is on (by {stopped.stopped_by}): {what} is halted. "
            "An approver can lift it.",
            code="stopped",
        )


def check_owned(campaign: Campaign) -> None:
    """Is it ours to change?"""
    if campaign.origin == Campaign.Origin.IMPORT:
        raise GuardrailExceeded("An imported campaign has no platform behind it.", code="imported")
    if not campaign.managed:
        raise GuardrailExceeded(
            "This campaign was made on the platform. Adopt it first to change it here.",
            code="not_adopted",
        )


def minimum(account: AdAccount) -> Money:
    """The smallest daily budget that both the advertiser's floor and the platform allow.

    Where the account does not state the platform's minimum and is in dollars, the platform's
    published one holds; in other currencies the platform has the last word.
    """
    stated = account.min_daily_budget_micros
    if stated is None and account.currency == "USD" and account.platform != Platform.IMPORT:
        stated = capabilities_of(account.platform).min_daily_budget_usd * MICROS
    unit = minor_unit_micros(account.currency)
    floor = _limit(account, account.advertiser.campaign_floor_micros or None)
    return account.money(max(floor or 0, stated or 0, unit))


def _limit(account: AdAccount, micros: int | None) -> int | None:
    """A limit of the advertiser's, which is in the report currency. The same number in another
    currency would be another limit, and there is no rate to convert it by: refused, not guessed."""
    advertiser = account.advertiser
    if micros is not None and account.currency != advertiser.currency:
        raise GuardrailExceeded(
            f"{advertiser}'s limits are in {advertiser.currency}, this account's budgets in "
            f"{account.currency}. Empty floor, ceiling and cap of {advertiser} and use the "
            "account's own cap.",
            field="daily_budget",
            code="limit_currency",
        )
    return micros


def _check_floor(account: AdAccount, budget: Money) -> None:
    lowest = minimum(account)
    if budget < lowest or budget.amount <= 0:
        raise GuardrailExceeded(
            f"{budget} a day is below the minimum of {lowest}.", field="daily_budget"
        )


def _check_size(account: AdAccount, budget: Money) -> None:
    _check_floor(account, budget)
    ceiling = _limit(account, account.advertiser.campaign_ceiling_micros)
    if ceiling is not None and budget.micros > ceiling:
        raise GuardrailExceeded(
            f"{budget} a day is above the ceiling of {account.money(ceiling)} for one campaign.",
            field="daily_budget",
        )


def _check_step(advertiser: Advertiser, old: Money, new: Money) -> None:
    highest = Money(old.amount * (1 + advertiser.max_step), old.currency).rounded_down()
    if old.amount > 0 and new > highest:
        raise GuardrailExceeded(
            f"{new} is more than {advertiser.max_step:.0%} above {old}: at most {highest} now.",
            field="daily_budget",
        )


def _check_cool_down(campaign: Campaign) -> None:
    hours = campaign.account.advertiser.cool_down_hours
    last = campaign.budget_changed_at
    if last is not None and clock.now() < last + timedelta(hours=hours):
        raise GuardrailExceeded(
            f"The budget was changed less than {hours} hours ago.", field="daily_budget"
        )


def _check_caps(campaign: Campaign, new_micros: int) -> None:
    account = campaign.account
    caps: list[tuple[int | None, dict[str, Any], str]] = [
        (account.daily_cap_micros, {"account": account}, f"the cap of {account}"),
        (
            _limit(account, account.advertiser.max_daily_total_micros),
            {"account__advertiser": account.advertiser, "account__currency": account.currency},
            "the advertiser's cap",
        ),
    ]
    if any(cap is not None for cap, _, _ in caps):
        # Two raises that fit one by one could break the cap together: one looks at a time.
        rows = Advertiser.objects.select_for_update(no_key=True).filter(pk=account.advertiser_id)
        list(rows.values_list("pk"))
    for cap, scope, name in caps:
        if cap is None:
            continue
        others = Campaign.objects.filter(wanted=Wanted.ACTIVE, **scope).exclude(pk=campaign.pk)
        total = (others.aggregate(n=Sum("daily_budget_micros"))["n"] or 0) + new_micros
        if total > cap:
            raise GuardrailExceeded(
                f"All active budgets would come to {account.money(total)} a day, over {name} "
                f"of {account.money(cap)}.",
                field="daily_budget",
            )
