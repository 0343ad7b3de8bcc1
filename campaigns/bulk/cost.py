"""What a change of a budget or a last day may cost, as text, before it is made."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, Decimal

from campaigns.bulk.changes import CampaignChangePreview
from campaigns.bulk.inline_edit import Field
from campaigns.models import Campaign
from campaigns.presentation.number_format import format_change, format_day
from campaigns.spend.max_spend import SpendFigures, SpendSoFar, horizon
from campaigns.spend.terms import Terms, spend_so_far, wanted_terms


def cost_text(change: CampaignChangePreview, field: str) -> str:
    """ "" where nothing changes, and for a name."""
    if not change.goes:
        return ""
    if field == Field.DAILY_BUDGET:
        return _of_budget(change)
    return _of_last_day(change) if field == Field.END else ""


def _of_budget(change: CampaignChangePreview) -> str:
    campaign, old, new = change.campaign, int(change.before or 0), int(change.after)
    terms = wanted_terms(campaign)
    sentences = [f"{format_change(Decimal(new - old) / old)} a day."] if old else []
    sentences.append(_sentence(campaign, terms.with_daily(old), terms.with_daily(new)))
    return " ".join(sentence for sentence in sentences if sentence)


def _of_last_day(change: CampaignChangePreview) -> str:
    campaign, terms = change.campaign, wanted_terms(change.campaign)
    last = date.fromisoformat(change.after)
    first = terms.first
    return _sentence(campaign, terms, terms.with_dates(first, last))


def _sentence(campaign: Campaign, before: Terms, after: Terms) -> str:
    """Of the platform's largest spend from now on; "" when nothing is left of it."""
    so_far = spend_so_far(campaign)
    new = after.switched(True).figures(so_far)
    if not new.can_spend:
        return ""
    old = before.switched(True).figures(so_far)
    now = f" ({_up_to(campaign, old, before, so_far)}, as it is now)" if old.can_spend else ""
    return f"While it runs, it can still spend {_up_to(campaign, new, after, so_far)}{now}."


def _up_to(campaign: Campaign, most: SpendFigures, terms: Terms, so_far: SpendSoFar) -> str:
    ends = [budget.last for budget in terms.budgets if budget.last is not None]
    last = max(ends) if most.has_end and ends else horizon(so_far.today)
    money = campaign.account.money(most.can_spend).rounded(ROUND_CEILING)
    return f"at most {money} up to {format_day(last)}"
