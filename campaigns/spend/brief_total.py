"""The total of a brief bounds what persons approve for its campaigns together."""

from __future__ import annotations

from campaigns.models import Brief, Campaign, Wanted
from campaigns.spend.max_spend import SpendSoFar
from campaigns.spend.terms import Terms, spend_of, wanted_terms
from core.access import role_of
from core.common import dates
from core.common.errors import NotAllowed, RateMissing
from core.common.money import Money
from core.models import Actor, Role, convert


def check(campaign: Campaign, actor: Actor, after: Terms) -> None:
    """Would its brief's campaigns, with these terms, cost more than the brief's total, at their
    budgets without over-delivery? Then an admin decides. Raises NotAllowed."""
    brief = campaign.brief
    if brief is None or actor.user is None or _is_admin(actor, campaign):
        return
    planned = _planned(brief, campaign, after)
    if planned is not None and planned <= brief.total_budget:
        return
    sum_text = "without an end" if planned is None else f"to {planned.rounded()}"
    raise NotAllowed(
        f"The campaigns of the brief “{brief.name}” would come {sum_text}, and its total is "
        f"{brief.total_budget}. Beyond it an admin decides: ask one to make this change."
    )


def _is_admin(actor: Actor, campaign: Campaign) -> bool:
    assert actor.user is not None
    role = role_of(actor.user, campaign.account.advertiser)
    return min(role, actor.ceiling) >= Role.ADMIN


def _planned(brief: Brief, campaign: Campaign, after: Terms) -> Money | None:
    """In the brief's currency; None where one has no end, or no rate converts it."""
    rows = Campaign.objects.filter(brief=brief).exclude(wanted=Wanted.ARCHIVED)
    campaigns = list(rows.select_related("account__advertiser").prefetch_related("ad_groups"))
    so_far = spend_of(campaigns, since=brief.start)
    total = Money.from_micros(0, brief.currency)
    for each in campaigns:
        terms = after if each.pk == campaign.pk else wanted_terms(each)
        micros = planned_micros(terms.switched(True), so_far[each.pk])
        if micros is None:
            return None
        day = dates.today(each.account.advertiser.time_zone)
        try:
            total = total + convert(each.account.money(micros), brief.currency, day)
        except RateMissing:
            return None
    return total


def planned_micros(terms: Terms, so_far: SpendSoFar) -> int | None:
    """What was spent before today, and the budgets from today to their ends; None without one."""
    spent = sum(micros for day, micros in so_far.days.items() if day < so_far.today)
    planned = 0
    for budget in terms.budgets:
        if budget.total_micros is not None:
            planned += max(budget.total_micros - spent, 0)
        elif budget.last is None:
            return None
        else:
            first = max(budget.first or so_far.today, so_far.today)
            planned += budget.daily_micros * max((budget.last - first).days + 1, 0)
    return spent + planned
