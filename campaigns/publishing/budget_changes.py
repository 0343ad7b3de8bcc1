"""The only place that writes a CampaignBudgetChange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.models import Campaign, CampaignBudgetChange
from core.common import clock
from core.common.money import Money
from core.models import Actor, ActorKind, AuditAction, record


def note_budget_change(
    *,
    actor: Actor,
    campaign: Campaign,
    old: Money | None,
    new: Money,
    origin: CampaignBudgetChange.Origin,
    reason: str,
    evidence: Mapping[str, Any] | None,
) -> CampaignBudgetChange:
    """Write the change and its audit entry. Call it inside the transaction that makes the
    change."""
    old_micros = None if old is None else old.micros
    entry = record(
        actor,
        AuditAction.SET_DAILY_BUDGET,
        campaign,
        advertiser=campaign.account.advertiser,
        before={"daily_budget": None if old is None else str(old), "micros": old_micros},
        after={"daily_budget": str(new), "micros": new.micros},
        reason=reason,
        evidence=evidence,
    )
    return CampaignBudgetChange.objects.create(
        campaign=campaign,
        old_micros=old_micros,
        new_micros=new.micros,
        origin=origin,
        actor_kind=entry.actor_kind,
        actor_name=entry.actor_name,
        user=entry.user,
        market_at=entry.market_at,
        at=entry.at,
        entry=entry,
    )


def note_budget_return(campaign: Campaign, old_micros: int, new_micros: int) -> None:
    """Write that a refused budget was taken back, so that no history goes on with it."""
    CampaignBudgetChange.objects.create(
        campaign=campaign,
        old_micros=old_micros,
        new_micros=new_micros,
        origin=CampaignBudgetChange.Origin.RETURN,
        actor_kind=ActorKind.SYSTEM,
        actor_name="publisher",
        market_at=clock.market_now(),
        at=clock.real_now(),
    )
