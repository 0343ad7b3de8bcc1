"""Which recorded changes can be undone now, and how that reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max

from campaigns.models import Ad, AdGroup, Campaign, CampaignBudgetChange, Wanted
from core.common.money import Money
from core.models import AuditAction, AuditEntry

Part = Campaign | AdGroup | Ad
STATUS_OF: dict[str, type[Part]] = {
    AuditAction.SET_STATUS: Campaign,
    AuditAction.SET_AD_GROUP_STATUS: AdGroup,
    AuditAction.SET_AD_STATUS: Ad,
}
_BACK = frozenset({Wanted.ACTIVE.value, Wanted.PAUSED.value})


@dataclass(frozen=True)
class UndoOffer:
    """A change that can be undone: nobody changed the same thing since. `spends` where more can be
    spent again: the service asks for an approver where that is above what was approved."""

    entry: int
    question: str
    spends: bool


@dataclass(frozen=True)
class BudgetBack:
    campaign: Campaign
    now: Money
    back: Money


@dataclass(frozen=True)
class StatusBack:
    part: Part
    back: str


def undo_offers(entries: Iterable[AuditEntry]) -> dict[int, UndoOffer]:
    """Entry id to the offer; a fixed number of queries, whatever their number."""
    found = list(entries)
    return {pk: _offer(pk, back) for pk, back in ways_back(found).items()}


def ways_back(entries: list[AuditEntry]) -> dict[int, BudgetBack | StatusBack]:
    """Entry id to what would bring back the state before it, where that is still to be had."""
    return {**_budgets_back(entries), **_statuses_back(entries)}


def _offer(entry: int, back: BudgetBack | StatusBack) -> UndoOffer:
    if isinstance(back, BudgetBack):
        question = f"Set the budget back to {back.back} a day?"
        return UndoOffer(entry, question, back.back > back.now)
    runs = back.back == Wanted.ACTIVE
    name = back.part.name
    question = f"Let “{name}” run again?" if runs else f"Pause “{name}” again?"
    return UndoOffer(entry, question, runs)


def _budgets_back(entries: list[AuditEntry]) -> dict[int, BudgetBack | StatusBack]:
    rows = CampaignBudgetChange.objects.filter(entry__in=[entry.pk for entry in entries])
    changes = list(rows.select_related("campaign__account__advertiser"))
    ids = {change.campaign_id for change in changes}
    newest = CampaignBudgetChange.objects.filter(campaign__in=ids).order_by()
    last = dict(newest.values_list("campaign_id").annotate(newest=Max("pk")))
    return {
        change.entry_id: BudgetBack(change.campaign, change.new, change.old)
        for change in changes
        if change.entry_id is not None
        and change.old is not None
        and last[change.campaign_id] == change.pk
        and change.campaign.daily_budget_micros == change.new_micros
        and change.campaign.wanted != Wanted.ARCHIVED
    }


def _statuses_back(entries: list[AuditEntry]) -> dict[int, BudgetBack | StatusBack]:
    found: dict[int, BudgetBack | StatusBack] = {}
    for action, model in STATUS_OF.items():
        mine = [entry for entry in entries if entry.action == action]
        parts = model._default_manager.in_bulk([e.target_id for e in mine if e.target_id])
        last = _newest(action, list(parts))
        for entry in mine:
            part, back = parts.get(entry.target_id or 0), _wanted(entry.before)
            if part is None or back is None or last[part.pk] != entry.pk:
                continue
            if part.wanted == _wanted(entry.after) and part.wanted != back:
                found[entry.pk] = StatusBack(part, back)
    return found


def _newest(action: str, ids: list[int]) -> dict[int, int]:
    entries = AuditEntry.objects.filter(action=action, target_id__in=ids).order_by()
    return dict(entries.values_list("target_id").annotate(newest=Max("pk")))


def _wanted(said: object) -> str | None:
    """Of an entry's record of before or after; None where it is no status to go back to."""
    value = said.get("wanted") if isinstance(said, dict) else None
    return value if isinstance(value, str) and value in _BACK else None
