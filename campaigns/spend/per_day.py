"""What campaigns may spend a day, summed over many: for caps and pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from django.db.models import Q

from campaigns.models import (
    Campaign,
    CampaignBudgetChange,
    RemoteState,
    SpendApproval,
    Wanted,
)
from campaigns.spend.max_spend import SpendFigures, SpendSoFar
from campaigns.spend.terms import largest_if_on, spend_of
from core.common import clock, dates
from core.models import AUTOMATIC_KINDS

SPENDS = Q(wanted=Wanted.ACTIVE) | Q(remote=RemoteState.ACTIVE)
"""Campaigns that may spend: also one whose pause the platform has not confirmed."""


def spends(campaign: Campaign) -> bool:
    return campaign.wanted == Wanted.ACTIVE or campaign.remote == RemoteState.ACTIVE


_NONE: Mapping[int, int] = MappingProxyType({})
_assumed: ContextVar[Mapping[int, int]] = ContextVar("assumed", default=_NONE)


@contextmanager
def assuming(per_day: Mapping[int, int]) -> Iterator[None]:
    """Count these campaigns (id to micros a day) as if their changes were made: for a preview,
    which makes each of many in a transaction of its own. The mapping may grow meanwhile."""
    token = _assumed.set(per_day)
    try:
        yield
    finally:
        _assumed.reset(token)


def per_day_sums(scope: Mapping[str, Any], *, without: Campaign | None = None) -> dict[str, int]:
    """Currency to micros a day of the campaigns that may spend, of those in `scope` (a filter). A
    cut that still waits has freed nothing, a raise that still waits may come; a budget that
    several campaigns share counts once, and not at all beside the one that asks."""
    assumed = _assumed.get()
    rows = Campaign.objects.filter(SPENDS | Q(pk__in=list(assumed)), **scope)
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    if without is not None and without.shared_budget:
        rows = rows.exclude(account=without.account_id, shared_budget=without.shared_budget)
    rows = rows.select_related("account").prefetch_related("ad_groups")
    sums: dict[str, int] = defaultdict(int)
    shared: dict[tuple[int, str], int] = {}
    for campaign, figures in largest_figures(rows):
        now = replace(figures, per_day=max(figures.per_day, assumed.get(campaign.pk, 0)))
        if campaign.shared_budget:
            key = (campaign.account_id, campaign.shared_budget)
            now_micros = max(now.per_day - shared.get(key, 0), 0)
            shared[key] = max(shared.get(key, 0), now.per_day)
        else:
            now_micros = now.per_day
        sums[campaign.account.currency] += now_micros
    return {currency: micros for currency, micros in sums.items() if micros}


def largest_figures(campaigns: Iterable[Campaign]) -> list[tuple[Campaign, SpendFigures]]:
    """Each campaign with the larger of what is wanted and what is there, as if it were on. Only
    the figure per day is meant: what was spent is read for budgets over a flight alone."""
    found = list(campaigns)
    spent = spend_of([campaign for campaign in found if _has_total(campaign)])
    return [(c, largest_if_on(c, spent.get(c.pk) or _today_of(c))) for c in found]


def _has_total(campaign: Campaign) -> bool:
    groups = campaign.ad_groups.all() if campaign.budget_on == campaign.BudgetOn.AD_GROUP else ()
    return campaign.total_budget_micros is not None or any(
        group.total_budget_micros is not None for group in groups
    )


def _today_of(campaign: Campaign) -> SpendSoFar:
    return SpendSoFar(dates.today(campaign.account.time_zone))


def approved_per_day(campaigns: Sequence[Campaign]) -> dict[int, int]:
    """Campaign id to the micros a day that persons approved for it, whatever workers moved since.

    A person who sets a lower budget by hand has approved that. What nobody approved counts as it
    is.
    """
    ids = [campaign.pk for campaign in campaigns]
    given = _newest_by_persons(ids)
    lowered = _set_by_persons(ids)
    found = {}
    for campaign in campaigns:
        approval, change = given.get(campaign.pk), lowered.get(campaign.pk)
        micros = campaign.daily_budget_micros or 0 if approval is None else approval.per_day_micros
        if change is not None and (approval is None or change.market_at >= approval.market_at):
            micros = min(micros, change.new_micros)
        found[campaign.pk] = micros
    return found


def _newest_by_persons(ids: list[int]) -> dict[int, SpendApproval]:
    rows = SpendApproval.objects.filter(
        campaign__in=ids, basis__in=SpendApproval.BY_PERSONS, withdrawn_at=None
    )
    return {row.campaign_id: row for row in rows.order_by("id") if row.campaign_id is not None}


def _set_by_persons(ids: list[int]) -> dict[int, CampaignBudgetChange]:
    """The newest budget that a person set by hand; a rebalance only moves money."""
    origin = CampaignBudgetChange.Origin
    direct = Q(origin=origin.DIRECT) & ~Q(actor_kind__in=AUTOMATIC_KINDS)
    rows = CampaignBudgetChange.objects.filter(direct | Q(origin=origin.RETURN), campaign__in=ids)
    found: dict[int, list[CampaignBudgetChange]] = defaultdict(list)
    for row in rows.order_by("market_at", "id"):
        mine = found[row.campaign_id]
        if row.origin != origin.RETURN:
            mine.append(row)
        elif mine and mine[-1].new_micros == row.old_micros:
            mine.pop()  # the platform refused it
    return {pk: mine[-1] for pk, mine in found.items() if mine}


def reserved_sums(scope: Mapping[str, Any], *, without: str = "") -> dict[str, int]:
    """Currency to micros a day of plans that are approved and not live yet."""
    waiting = SpendApproval.objects.filter(
        reserves=True,
        sent_at=None,
        withdrawn_at=None,
        until__gte=clock.market_now(),
        **scope,
    ).exclude(campaign__in=Campaign.objects.filter(SPENDS))
    if without:
        waiting = waiting.exclude(reference=without)
    sums: dict[str, int] = defaultdict(int)
    for currency, micros in waiting.values_list("account__currency", "per_day_micros"):
        sums[currency] += micros
    return {currency: micros for currency, micros in sums.items() if micros}
