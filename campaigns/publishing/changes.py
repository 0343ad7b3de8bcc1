"""Status, budget and detail changes of campaigns, ad groups and ads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from campaigns.guardrails import gate
from campaigns.guardrails.locks import lock_campaign
from campaigns.lifecycle import MOVES
from campaigns.models import (
    Ad,
    AdGroup,
    Campaign,
    CampaignBudgetChange,
    PublishRequest,
    SpendApproval,
    Wanted,
)
from campaigns.publishing.budget_changes import note_budget_change
from campaigns.publishing.outbox import request_change
from campaigns.spend import approvals, effects
from campaigns.spend.approvals import Raise
from campaigns.spend.effects import Effect
from campaigns.spend.group_budgets import split_of, step_micros
from campaigns.spend.terms import runs_from
from core.common import dates
from core.common.errors import InvalidInput, InvalidMove
from core.common.money import Money
from core.common.transitions import move
from core.models import Actor, AuditAction, record
from core.retries import retried_on_deadlock
from platforms.registry import capabilities_of

Operation, Origin = PublishRequest.Operation, CampaignBudgetChange.Origin
Basis = SpendApproval.Basis
Evidence = Mapping[str, Any]
_PARTS: dict[type[Ad | AdGroup], tuple[str, AuditAction]] = {
    Ad: ("ad", AuditAction.SET_AD_STATUS),
    AdGroup: ("ad group", AuditAction.SET_AD_GROUP_STATUS),
}


def _on_platform(campaign: Campaign) -> None:
    if not campaign.remote_id:
        raise InvalidMove(
            "The campaign is not on the platform yet. Wait until it is published.", field="wanted"
        )


@retried_on_deadlock
@transaction.atomic
def set_status(
    *,
    actor: Actor,
    campaign: Campaign,
    to: str,
    reason: str = "",
    evidence: Evidence | None = None,
) -> PublishRequest | None:
    """Want the campaign active, paused or archived. None when that is wanted already.

    Raises GuardrailExceeded, InvalidMove, InvalidInput.
    """
    campaign = lock_campaign(campaign, may_raise=to == Wanted.ACTIVE)
    if to not in {Wanted.ACTIVE, Wanted.PAUSED, Wanted.ARCHIVED}:
        raise InvalidInput(f"{to!r} is not a status one can ask for.", field="wanted")
    if to == campaign.wanted:
        return None
    before = campaign.wanted
    gate.check_owned(campaign)
    if to == Wanted.ACTIVE:
        _enable(actor, campaign)
    _on_platform(campaign)
    move(campaign, "wanted", to, MOVES)
    _note(
        actor,
        AuditAction.SET_STATUS,
        campaign,
        {"wanted": before},
        {"wanted": to},
        reason,
        evidence,
    )
    return request_change(
        actor=actor,
        campaign=campaign,
        operation=Operation.SET_STATUS,
        target=campaign,
        payload={"to": to, "before": before},
        reason=reason,
    )


def _enable(actor: Actor, campaign: Campaign) -> None:
    _check_not_over(campaign)
    effect = effects.of_enabling(campaign)
    _approve(actor, campaign, effect)
    gate.check_enable(campaign, effect.after)


def _approve(actor: Actor, campaign: Campaign, effect: Effect, basis: str = Basis.CHANGE) -> None:
    """A raise needs an approval; the stop switch halts whatever lifts a figure."""
    if effect.lifts:
        gate.check_running(campaign.account, effect.what)
    if effect.is_raise:
        approvals.obtain(Raise(campaign, actor, effect.terms, effect.after, basis))


def _check_not_over(campaign: Campaign) -> None:
    if campaign.end is not None and campaign.end < dates.today(campaign.account.time_zone):
        raise InvalidInput(
            f"The campaign ended on {campaign.end}. Move its end first.", field="end"
        )


def set_ad_status(
    *, actor: Actor, ad: Ad, to: str, reason: str = "", evidence: Evidence | None = None
) -> PublishRequest | None:
    """Pause an ad or let it run again. None when that is wanted already."""
    return _set_part_status(actor, ad, ad.ad_group.campaign, to, reason, evidence)


def set_ad_group_status(
    *, actor: Actor, ad_group: AdGroup, to: str, reason: str = "", evidence: Evidence | None = None
) -> PublishRequest | None:
    """Pause an ad group with all its ads, or let it run again. None when that is wanted already."""
    return _set_part_status(actor, ad_group, ad_group.campaign, to, reason, evidence)


@retried_on_deadlock
@transaction.atomic
def _set_part_status(
    actor: Actor,
    part: Ad | AdGroup,
    owner: Campaign,
    to: str,
    reason: str,
    evidence: Evidence | None,
) -> PublishRequest | None:
    campaign = lock_campaign(owner, may_raise=to == Wanted.ACTIVE)
    word, action = _PARTS[type(part)]
    part = type(part)._default_manager.select_for_update(of=("self",)).get(pk=part.pk)
    if to not in {Wanted.ACTIVE, Wanted.PAUSED}:
        raise InvalidInput(f"An {word} can be active or paused.", field="wanted")
    if to == part.wanted:
        return None
    gate.check_owned(campaign)
    if to == Wanted.ACTIVE and isinstance(part, AdGroup):
        _switch_on(actor, campaign, part)
    if not part.remote_id:
        raise InvalidMove(f"The {word} is not on the platform yet.", field="wanted")
    before = part.wanted
    move(part, "wanted", to, MOVES)
    change = ({"wanted": before}, {"wanted": to})
    _note(actor, action, part, *change, reason, evidence, campaign)
    return request_change(
        actor=actor,
        campaign=campaign,
        operation=Operation.SET_STATUS,
        target=part,
        payload={"to": to, "before": before},
        reason=reason,
    )


def _switch_on(actor: Actor, campaign: Campaign, group: AdGroup) -> None:
    """An ad group with a budget of its own can raise what is spent; any other cannot."""
    effect = effects.of_group(campaign, group)
    _approve(actor, campaign, effect)
    gate.check_terms(campaign, effect)


@retried_on_deadlock
@transaction.atomic
def set_daily_budget(
    *,
    actor: Actor,
    campaign: Campaign,
    budget: Money,
    reason: str = "",
    evidence: Evidence | None = None,
    expected: Money | None = None,
    restores: bool = False,
    origin: CampaignBudgetChange.Origin = Origin.DIRECT,
) -> PublishRequest | None:
    """Want another daily budget. None when it is that already. With `expected`, only where that
    is still the budget of before; `restores` takes a move back; `origin` says what it is part of.

    Raises GuardrailExceeded or InvalidInput on `daily_budget`.
    """
    campaign = lock_campaign(campaign, may_raise=True)
    if expected is not None and campaign.daily_budget_micros != expected.micros:
        raise InvalidInput(
            "The budget was changed since this proposal was made.", field="daily_budget"
        )
    if budget.currency != campaign.account.currency:
        raise InvalidInput(
            f"This account's budgets are in {campaign.account.currency}.", field="daily_budget"
        )
    _check_step(campaign, budget)
    if not campaign.has_own_budget:
        raise InvalidInput(_whose_budget(campaign), field="daily_budget")
    before, old = campaign.daily_budget_micros, campaign.daily_budget
    if budget.micros == before:
        return None
    payload = {"micros": budget.micros, "before": before, **_on_ad_groups(campaign, budget)}
    effect = effects.of_budget(campaign, budget.micros)
    gate.check_owned(campaign)
    moves = origin == Origin.REBALANCE
    _approve(actor, campaign, effect, Basis.REBALANCE if moves else Basis.CHANGE)
    gate.check_budget(campaign, budget, actor, effect, restores=restores)
    _on_platform(campaign)
    campaign.daily_budget_micros = budget.micros
    campaign.save(update_fields=["daily_budget_micros"])
    note_budget_change(
        actor=actor,
        campaign=campaign,
        old=old,
        new=budget,
        origin=origin,
        reason=reason,
        evidence=evidence,
    )
    return request_change(
        actor=actor,
        campaign=campaign,
        operation=Operation.SET_BUDGET,
        target=campaign,
        payload=payload,
        reason=reason,
    )


def _check_step(campaign: Campaign, budget: Money) -> None:
    step = step_micros(campaign.account)
    if budget.micros % step:
        least = campaign.account.money(step)
        platform = campaign.account.get_platform_display()
        raise InvalidInput(
            f"{budget.amount} is finer than {platform} counts: give a multiple of {least}.",
            field="daily_budget",
        )


def _on_ad_groups(campaign: Campaign, budget: Money) -> dict[str, Any]:
    """Where the platform keeps the budget on ad groups: what each gets, and what it had."""
    if campaign.budget_on != Campaign.BudgetOn.AD_GROUP:
        return {}
    parts = split_of(campaign, budget.micros)
    return {
        "groups": [
            {"id": group.pk, "micros": micros, "before": group.daily_budget_micros}
            for group, micros in parts
        ]
    }


def _whose_budget(campaign: Campaign) -> str:
    """A change of a shared budget is one of all campaigns that share it."""
    if campaign.budget_on != Campaign.BudgetOn.SHARED:
        return "This campaign has no daily budget of its own on the platform."
    sharing = Campaign.objects.filter(
        account=campaign.account_id, shared_budget=campaign.shared_budget
    ).exclude(pk=campaign.pk)
    names = ", ".join(sharing.order_by("name").values_list("name", flat=True)) or "no other here"
    return (
        f"This campaign shares its budget with {names}, and a change would be one of all of them. "
        "Change it on the platform, or give the campaign a budget of its own there."
    )


@retried_on_deadlock
@transaction.atomic
def update_campaign(
    *,
    actor: Actor,
    campaign: Campaign,
    name: str | None = None,
    start: date | None = None,
    end: date | None = None,
    reason: str = "",
) -> PublishRequest | None:
    """Change the name or dates; None leaves a value. Returns None if nothing would change."""
    campaign = lock_campaign(campaign, may_raise=start is not None or end is not None)
    if name is not None:
        name = name.replace("\x00", "").strip()  # PostgreSQL takes no NUL
    requested: dict[str, Any] = {"name": name, "start": start, "end": end}
    changed = {k: v for k, v in requested.items() if v is not None and v != getattr(campaign, k)}
    if not changed:
        return None
    gate.check_owned(campaign)
    _check_details(campaign, changed)
    _on_platform(campaign)
    if "start" in changed or "end" in changed:
        _move(actor, campaign, changed)
    before = {k: _plain(getattr(campaign, k)) for k in changed}
    for key, value in changed.items():
        setattr(campaign, key, value)
    campaign.save(update_fields=list(changed))
    after = {k: _plain(v) for k, v in changed.items()}
    _note(actor, AuditAction.CHANGE_DETAILS, campaign, before, after, reason, None)
    return request_change(
        actor=actor,
        campaign=campaign,
        operation=Operation.UPDATE_CAMPAIGN,
        target=campaign,
        payload={"to": after, "before": before},
        reason=reason,
    )


def _move(actor: Actor, campaign: Campaign, changed: dict[str, Any]) -> None:
    """Other days: a raise needs an approval. Those that only move keep theirs
    (approvals.is_same_flight)."""
    start, end = changed.get("start", campaign.start), changed.get("end", campaign.end)
    effect = effects.of_dates(campaign, start, end)
    _approve(actor, campaign, effect)
    gate.check_terms(campaign, effect)


def _check_details(campaign: Campaign, changed: dict[str, Any]) -> None:
    today = dates.today(campaign.account.time_zone)
    if "name" in changed and not 1 <= len(changed["name"]) <= 200:
        raise InvalidInput("A name has 1 to 200 characters.", field="name")
    first = min(filter(None, (campaign.start, runs_from(campaign))), default=None)
    if "start" in changed and first is not None and first <= today:
        raise InvalidInput("The campaign has started: its start cannot move.", field="start")
    for key in ("start", "end"):
        if key in changed and changed[key] < today:
            raise InvalidInput(f"{changed[key]} is in the past.", field=key)
    start, end = changed.get("start", campaign.start), changed.get("end", campaign.end)
    if start and end and end < start:
        raise InvalidInput("The campaign would end before it starts.", field="end")
    can = capabilities_of(campaign.account.platform)
    if ("start" in changed or "end" in changed) and not can.update_schedule:
        raise InvalidInput("This platform cannot move dates after launch.", field="end")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _note(
    actor: Actor,
    action: AuditAction,
    target: Campaign | AdGroup | Ad,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    evidence: Evidence | None,
    campaign: Campaign | None = None,
) -> None:
    owner = campaign or target
    assert isinstance(owner, Campaign)
    record(
        actor,
        action,
        target,
        advertiser=owner.account.advertiser,
        before=before,
        after=after,
        reason=reason,
        evidence=evidence,
    )
