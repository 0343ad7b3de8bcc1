"""The checks of spend. Every change that can raise it passes here, whoever asks.

Asked twice: when a change is requested, and again just before it is sent. What lifts neither of
the two figures of `max_spend` always passes; the stop switch halts everything else at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from campaigns.guardrails import limits
from campaigns.guardrails.locks import lock_advertiser
from campaigns.models import Campaign, CampaignBudgetChange, PublishRequest
from campaigns.spend import approvals, policy
from campaigns.spend.effects import (
    SENDING,
    Effect,
    effect_of,
    lifts_a_figure,
    lowers_spend,
    raises_spend,
)
from campaigns.spend.max_spend import SpendFigures
from campaigns.spend.per_day import spends
from campaigns.spend.terms import budget_a_day_ago, spend_so_far, wanted_terms
from core.common import clock, dates
from core.common.errors import GuardrailExceeded, SpendStopped
from core.common.money import Money
from core.models import AUTOMATIC_KINDS, Actor, ActorKind, Advertiser
from core.retries import retried_on_deadlock
from platforms.models import AdAccount, PlatformLimits

__all__ = ["lowers_spend", "raises_spend"]
Operation, Target = PublishRequest.Operation, PublishRequest.Target


# ---- may it be asked for? ------------------------------------------------------------------


def check_create(account: AdAccount, budget: Money) -> None:
    """May a campaign with this daily budget be created here? It is created paused."""
    check_running(account, "creating campaigns")
    check_size(account, budget)


def check_launch(account: AdAccount, budgets: Sequence[Money], reference: str = "") -> None:
    """May campaigns with these daily budgets be created here and switched on, beside what runs and
    what is approved? Everything that both will ask."""
    for budget in budgets:
        check_create(account, budget)
    together = sum(budget.micros for budget in budgets)
    limits.check_caps(account, account.money(together), reference=reference)


def check_enable(campaign: Campaign, after: SpendFigures) -> None:
    """May this campaign start to spend?"""
    check_running(campaign.account, "enabling campaigns")
    check_owned(campaign)
    if campaign.daily_budget_micros is not None:
        check_size(campaign.account, campaign.account.money(after.per_day), campaign)
    _check_caps(campaign, after)


def check_budget(
    campaign: Campaign, budget: Money, actor: Actor, effect: Effect, *, restores: bool = False
) -> None:
    """May this campaign's daily budget become `budget`? What takes a move back may raise by more
    than the step: it was in force before, and every other limit holds."""
    check_owned(campaign)
    if actor.is_automatic and effect.is_raise:
        _check_once_a_day(campaign)
    if not effect.is_raise:
        _check_least(budget, limits.known_minimum(campaign.account, campaign))
        return
    check_running(campaign.account, effect.what)
    check_size(campaign.account, budget, campaign)
    if not restores:
        _check_step(campaign, budget)
    if actor.is_automatic:
        _check_cool_down(campaign)
    if spends(campaign):
        _check_caps(campaign, effect.after)


def check_terms(campaign: Campaign, effect: Effect) -> None:
    """May this campaign run on these days, or with this ad group on?"""
    check_owned(campaign)
    if effect.is_raise:
        check_running(campaign.account, effect.what)
        if spends(campaign):
            _check_caps(campaign, effect.after)


def budget_in_force(campaign: Campaign) -> int:
    """Micros a day that may be spent now: what the platform last confirmed, where it did."""
    remote = campaign.remote_daily_budget_micros
    return (campaign.daily_budget_micros or 0) if remote is None else remote


def _check_caps(campaign: Campaign, after: SpendFigures) -> None:
    per_day = campaign.account.money(after.per_day)
    limits.check_caps(campaign.account, per_day, campaign=campaign)


# ---- may it be sent? -----------------------------------------------------------------------


def check_send(request: PublishRequest) -> None:
    """The last look before a request is sent, and before each repetition: stop switch, limits,
    policy and approval may have changed since. Raises GuardrailExceeded, SpendStopped."""
    if lifts_a_figure(request):
        check_running(request.account, SENDING)
    effect = effect_of(request)
    if effect is not None:
        _check_raise(request, effect)


@retried_on_deadlock
@transaction.atomic
def _check_raise(request: PublishRequest, effect: Effect) -> None:
    lock_advertiser(request.account.advertiser_id)
    _check_effect(request, effect)


def _check_effect(request: PublishRequest, effect: Effect) -> None:
    campaign, operation = request.campaign, request.operation
    check_owned(campaign)
    if request.actor_kind == ActorKind.WORKER:
        policy.check_acts(request.account.advertiser)
    if operation in PublishRequest.CREATES or operation == Operation.SET_BUDGET:
        daily = request.payload.get("micros", campaign.daily_budget_micros)
        check_size(request.account, request.account.money(daily or 0), campaign)
    # What else is wanted of it may come as well: the approval has to cover all of it.
    wanted = wanted_terms(campaign).switched(True)
    most = effect.after.most(wanted.figures(spend_so_far(campaign)))
    approvals.check_covered(campaign, most, (effect.terms, wanted))
    enables = operation == Operation.SET_STATUS and request.target_type == Target.CAMPAIGN
    if enables or (operation not in PublishRequest.CREATES and spends(campaign)):
        _check_caps(campaign, most)


def check_running(account: AdAccount, what: str) -> None:
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


def check_size(account: AdAccount, budget: Money, campaign: Campaign | None = None) -> None:
    _check_floor(account, budget, campaign)
    ceiling = limits.maximum(account, campaign)
    if ceiling is not None and budget > ceiling:
        raise GuardrailExceeded(
            f"{budget} a day is above the ceiling of {ceiling} for "
            f"{'this' if limits.is_own(campaign, ceiling) else 'one'} campaign.",
            field="daily_budget",
        )


def _check_step(campaign: Campaign, new: Money) -> None:
    """From the budget that was in force 24 hours ago: small raises one after the other add up."""
    then = budget_a_day_ago(campaign, budget_in_force(campaign))
    old, step = campaign.account.money(then), campaign.account.advertiser.max_step
    highest = Money(old.amount * (1 + step), old.currency).rounded_down()
    if old.amount > 0 and new > highest:
        since = "" if then == budget_in_force(campaign) else " of 24 hours ago"
        raise GuardrailExceeded(
            f"{new} is more than {step:.0%} above {old}{since}: at most {highest} now.",
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
    changes = CampaignBudgetChange.objects.filter(
        campaign=campaign, actor_kind__in=AUTOMATIC_KINDS
    ).exclude(origin=CampaignBudgetChange.Origin.RETURN)
    last = changes.order_by("-market_at")
    newest = last.values_list("market_at", flat=True).first()
    if newest is not None and dates.today(zone, newest) == dates.today(zone):
        raise GuardrailExceeded(
            "A worker changed this budget today already; it may again tomorrow.",
            field="daily_budget",
            code="once_a_day",
        )
