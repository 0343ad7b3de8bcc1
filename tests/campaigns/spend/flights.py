"""One flight on Google at a known moment, and what is asked of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from campaigns import services
from campaigns.models import Campaign, PublishRequest, SpendApproval
from campaigns.spend import approvals
from core.common.money import Money
from core.models import Actor, ActorKind, AuditEntry

NOW = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)  # noon in New York, a Saturday
WORKER = Actor(ActorKind.WORKER, "optimiser")
AGENT = Actor(ActorKind.AGENT, "launch agent for Ada")
DAY = timedelta(days=1)
NOV_30, DEC_29 = date(2026, 11, 30), date(2026, 12, 29)


def usd(amount: float | str) -> Money:
    return Money(Decimal(str(amount)), "USD")


def ask(actor: Actor, campaign: Campaign, amount: float | str) -> PublishRequest | None:
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=usd(amount))


def confirm(campaign: Campaign) -> None:
    """The platform carried out everything that was asked for."""
    campaign.refresh_from_db()
    Campaign.objects.filter(pk=campaign.pk).update(
        remote_daily_budget_micros=campaign.daily_budget_micros, remote=campaign.wanted
    )
    PublishRequest.objects.filter(campaign=campaign).update(state="done")


def newest(campaign: Campaign) -> SpendApproval:
    found = approvals.newest(campaign)
    assert found is not None
    return found


def asked(campaign: Campaign) -> tuple[int, int]:
    """How many requests and audit entries there are."""
    return PublishRequest.objects.filter(campaign=campaign).count(), AuditEntry.objects.count()
