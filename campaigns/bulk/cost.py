"""What a change of a budget or a last day may cost, as text, before it is made."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import ROUND_CEILING, Decimal

from campaigns.bulk.changes import CampaignChangePreview
from campaigns.bulk.inline_edit import Field
from campaigns.guardrails.max_spend import max_spend
from campaigns.models import Campaign
from campaigns.presentation.number_format import format_change, format_day
from core.common import dates


def cost_text(change: CampaignChangePreview, field: str) -> str:
    """ "" where nothing changes, and for a name."""
    if not change.goes:
        return ""
    if field == Field.DAILY_BUDGET:
        return _of_budget(change)
    return _of_last_day(change) if field == Field.END else ""


def _of_budget(change: CampaignChangePreview) -> str:
    """To the end of the month, or to the campaign's own."""
    campaign, old, new = change.campaign, int(change.before or 0), int(change.after)
    last = _month_end(dates.today(campaign.account.time_zone))
    last = min(last, campaign.end or last)
    sentences = [f"{format_change(Decimal(new - old) / old)} a day."] if old else []
    worst = _max_spend_text(campaign, new, last)
    if worst:
        now = f" ({_max_spend_text(campaign, old, last)} as it is now)" if old else ""
        sentences.append(f"While it runs, at most {worst} is spent up to {format_day(last)}{now}.")
    return " ".join(sentences)


def _of_last_day(change: CampaignChangePreview) -> str:
    campaign, budget = change.campaign, change.campaign.daily_budget_micros
    last = date.fromisoformat(change.after)
    worst = _max_spend_text(campaign, budget, last) if budget else ""
    if not budget or not worst:
        return ""
    before = date.fromisoformat(change.before) if change.before else None
    now = before and _max_spend_text(campaign, budget, before)
    unchanged = f" ({now} up to {format_day(before)}, as it is now)" if before and now else ""
    return f"While it runs, at most {worst} is spent up to {format_day(last)}{unchanged}."


def _max_spend_text(campaign: Campaign, micros: int, last: date) -> str:
    """From today, or from its first day; "" when nothing is left of it."""
    account = campaign.account
    today = dates.today(account.time_zone)
    first = max(today, campaign.start or today)
    if first > last:
        return ""
    return str(
        account.money(max_spend(account.platform, micros, first, last)).rounded(ROUND_CEILING)
    )


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
