"""The checks of spend. Every budget or status change passes here, whoever requests it.

Asked twice: when a change is requested, and again just before it is sent. Pausing and lowering
always pass; the stop switch halts creating, enabling and raising at once.
"""

from __future__ import annotations

from datetime import date, timedelta

from campaigns.guardrails import limits
from campaigns.models import Campaign, CampaignBudgetChange, PublishRequest, Wanted
from core.common import clock, dates
from core.common.errors import GuardrailExceeded, SpendStopped
from core.common.money import Money
from core.models import AUTOMATIC_KINDS, Actor, Advertiser
from platforms.models import AdAccount, PlatformLimits


def check_create(account: AdAccount, budget: Money) -> None:
    """May a campaign with this daily budget be created here? It is created paused."""
    _check_running(account, "creating campaigns")
    _check_size(account, budget)


def check_enable(campaign: Campaign) -> None:
    """May this campaign start to spend?"""
    _check_running(campaign.account, "enabling campaigns")
    check_owned(campaign)
    budget = campaign.daily_budget_micros or 0
    if campaign.daily_budget_micros is not None:
        _check_size(campaign.account, campaign.account.money(budget), campaign)
    limits.check_caps(campaign, budget)


def check_budget(
    campaign: Campaign, budget: Money, actor: Actor, *, restores: bool = False
) -> None:
    """May this campaign's daily budget become `budget`? What takes a move back may raise by more
    than the step: it was in force before, and every other limit holds."""
    check_owned(campaign)
    old = budget_in_force(campaign)
    if actor.is_automatic:
        _check_once_a_day(campaign)
    if not is_raise(campaign, budget):
        _check_least(budget, limits.known_minimum(campaign.account, campaign))
        return
    _check_running(campaign.account, "raising budgets")
    _check_size(campaign.account, budget, campaign)
    if not restores:
        _check_step(campaign.account.advertiser, campaign.account.money(old), budget)
    if actor.is_automatic:
        _check_cool_down(campaign)
    if limits.spends(campaign):
        limits.check_caps(campaign, budget.micros)


def is_raise(campaign: Campaign, budget: Money) -> bool:
    """Above the budget in force, or above a waiting decrease that this change would cancel."""
    requested = campaign.daily_budget_micros
    least = (
        budget_in_force(campaign)
        if requested is None
        else min(budget_in_force(campaign), requested)
    )
    return budget.micros > least


def runs_longer(campaign: Campaign, new_end: date | None) -> bool:
    """A later end spends more."""
    return new_end is not None and campaign.end is not None and new_end > campaign.end


def check_longer(campaign: Campaign) -> None:
    """May this campaign run past its present end?"""
    _check_running(campaign.account, "running longer")


def budget_in_force(campaign: Campaign) -> int:
    """Micros a day that may be spent now: what the platform last confirmed, where it did. A
    waiting change is not in force, and must not make an increase look like a decrease."""
    remote = campaign.remote_daily_budget_micros
    return (campaign.daily_budget_micros or 0) if remote is None else remote


def check_send(request: PublishRequest) -> None:
    """The last look before a request is sent: stop switch and limits may have changed since."""
    if not raises_spend(request):
        return
    _check_running(request.account, "creating, enabling and raising")
    campaign, operation = request.campaign, request.operation
    if operation == PublishRequest.Operation.SET_BUDGET:
        check_owned(campaign)
        _check_size(request.account, request.account.money(request.payload["micros"]), campaign)
        if limits.spends(campaign):
            limits.check_caps(campaign, request.payload["micros"])
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


def _check_running(account: AdAccount, what: str) -> None:
    """Raises SpendStopped."""
    # Read afresh: the switch must hold at once, not for the copy that a caller still has.
    stopped = Advertiser.objects.filter(pk=account.advertiser_id, stopped_at__isnull=False).first()
    if stopped is not None:
        raise SpendStopped(
            f"The stop switch is on (by {stopped.stopped_by}): {what} is halted. "
            "An approver can lift it."
        )
    platform = PlatformLimits.objects.filter(
        advertiser=account.advertiser_id, platform=account.platform, stopped_at__isnull=False
    ).first()
    if platform is not None:
        raise SpendStopped(
            f"The stop switch of {platform.get_platform_display()} is on (by "
            f"{platform.stopped_by}): {what} is halted there. An approver can lift it.",
            platform=platform.platform,
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


def _check_floor(account: AdAccount, budget: Money, campaign: Campaign | None = None) -> None:
    _check_least(budget, limits.minimum(account, campaign))


def _check_least(budget: Money, lowest: Money) -> None:
    if budget < lowest or budget.amount <= 0:
        raise GuardrailExceeded(
            f"{budget} a day is below the minimum of {lowest}.", field="daily_budget"
        )


def _check_size(account: AdAccount, budget: Money, campaign: Campaign | None = None) -> None:
    _check_floor(account, budget, campaign)
    ceiling = limits.maximum(account, campaign)
    if ceiling is not None and budget > ceiling:
        raise GuardrailExceeded(
            f"{budget} a day is above the ceiling of {ceiling} for "
            f"{'this' if limits.is_own(campaign, ceiling) else 'one'} campaign.",
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
    if last is not None and clock.market_now() < last + timedelta(hours=hours):
        raise GuardrailExceeded(
            f"The budget was changed less than {hours} hours ago.", field="daily_budget"
        )


def _check_once_a_day(campaign: Campaign) -> None:
    """Workers write a budget once a day: platforms start learning anew after a change, and what
    today brings is known days later."""
    zone = campaign.account.time_zone
    last = CampaignBudgetChange.objects.filter(
        campaign=campaign, actor_kind__in=AUTOMATIC_KINDS
    ).order_by("-market_at")
    newest = last.values_list("market_at", flat=True).first()
    if newest is not None and dates.today(zone, newest) == dates.today(zone):
        raise GuardrailExceeded(
            "A worker changed this budget today already; it may again tomorrow.",
            field="daily_budget",
            code="once_a_day",
        )
