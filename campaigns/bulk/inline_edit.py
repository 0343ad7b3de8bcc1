"""Inline edits of a campaign, in the list and on its page: name, daily budget, last day.

Each is shown before it is made; `cost` computes what it may cost.
"""

from __future__ import annotations

from enum import StrEnum

from campaigns.bulk.actions import Action, Budget, BudgetRule, How, LastDay, Rename, iso_day
from campaigns.bulk.changes import CampaignChangePreview, apply_one
from campaigns.guardrails import limits
from campaigns.models import Campaign
from core.common.money import Money, minor_digits
from core.models import Actor
from platforms.registry import capabilities_of, launch_platforms


class Field(StrEnum):
    NAME = "name"
    DAILY_BUDGET = "daily_budget"
    END = "end"


FIELDS: dict[str, str] = {
    Field.NAME: "Name",
    Field.DAILY_BUDGET: "Daily budget",
    Field.END: "Last day",
}


def fields_of(campaign: Campaign) -> list[str]:
    """Dates stay where the platform cannot move them after launch."""
    platform = campaign.account.platform
    moves = platform in launch_platforms() and capabilities_of(platform).update_schedule
    return [field for field in FIELDS if field != Field.END or moves]


def current_value(campaign: Campaign, field: str) -> str:
    """The value with which the input starts."""
    budget = campaign.daily_budget
    if field == Field.NAME:
        return campaign.name
    if field == Field.END:
        return campaign.end.isoformat() if campaign.end else ""
    return f"{budget.amount:.{minor_digits(budget.currency)}f}" if budget else ""


def action_from_input(campaign: Campaign, field: str, text: str) -> Action:
    """The action for a typed value. Raises InvalidInput on `value`."""
    if field == Field.NAME:
        return Rename(" ".join(text.replace("\x00", "").split()))
    if field == Field.END:
        return LastDay(iso_day(text.strip()).isoformat())
    budget = Money.parse(text, campaign.account.currency, field="value")
    return Budget(BudgetRule(How.SET, budget.amount))


def action_from_shown(field: str, after: str) -> Action:
    """The action for a value that was shown."""
    if field == Field.NAME:
        return Rename(after)
    return LastDay(after) if field == Field.END else Budget()


def apply_change(
    actor: Actor, campaign: Campaign, field: str, before: str, after: str
) -> CampaignChangePreview:
    """Request what was shown. If the campaign has that value already, since the form was sent
    twice, nothing is requested: its change is `same`."""
    action = action_from_shown(field, after)
    change = apply_one(actor, campaign, action, before, after)
    if not change.refusal:
        return change
    campaign.refresh_from_db()
    if action.current_value(campaign) != after:
        return change
    shown = action.display(campaign, after)
    return CampaignChangePreview(campaign, after, after, shown, shown)


def budget_bounds(campaign: Campaign) -> dict[str, Money | str | None]:
    """The bounds of the next budget, printed beside its field."""
    advertiser, budget = campaign.account.advertiser, campaign.daily_budget
    step = (
        budget and Money(budget.amount * (1 + advertiser.max_step), budget.currency).rounded_down()
    )
    return {"lowest": limits.minimum_text(campaign.account, campaign), "highest": step}
