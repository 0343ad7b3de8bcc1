"""Budget changes of before have rows of their own too, from their audit entries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.db import migrations

log = logging.getLogger(__name__)
BATCH = 1000
LARGEST = 2**63 - 1


class Unreadable(ValueError):
    """An entry whose content cannot be a change of a budget; says why."""


def fill(apps: Any, schema_editor: Any) -> None:
    """One row for each entry that has none yet; what cannot be read is left out and named."""
    AuditEntry = apps.get_model("adsengine", "AuditEntry")
    Campaign = apps.get_model("campaigns", "Campaign")
    Change = apps.get_model("campaigns", "CampaignBudgetChange")
    there = set(Campaign.objects.values_list("pk", flat=True))
    for entries in _batches(AuditEntry):
        rows = []
        for entry in entries:
            try:
                rows.append(Change(**_values(entry, there)))
            except Unreadable as why:
                log.warning("Audit entry %s has no row as a budget change: %s.", entry.pk, why)
        Change.objects.bulk_create(rows)


def clear(apps: Any, schema_editor: Any) -> None:
    """Only rows that can be filled in again."""
    Change = apps.get_model("campaigns", "CampaignBudgetChange")
    Change.objects.filter(entry__isnull=False).delete()


def _batches(AuditEntry: Any) -> Iterator[list[Any]]:
    """In the order in which they were written: changes of one moment are read by id."""
    wanted = AuditEntry.objects.filter(
        target_type="campaign", action="set daily budget", budget_change__isnull=True
    ).order_by("pk")
    last = 0
    while entries := list(wanted.filter(pk__gt=last)[:BATCH]):
        yield entries
        last = entries[-1].pk


def _values(entry: Any, there: set[int]) -> dict[str, Any]:
    if entry.target_id not in there:
        raise Unreadable("its campaign is gone")
    new = _micros(entry.after, "after")
    if new is None:
        raise Unreadable("`after` holds no micros")
    in_rebalance = isinstance(entry.evidence, dict) and "rebalance" in entry.evidence
    return {
        "campaign_id": entry.target_id,
        "old_micros": _micros(entry.before, "before"),
        "new_micros": new,
        "origin": "rebalance" if in_rebalance else "direct",
        "actor_kind": entry.actor_kind,
        "actor_name": entry.actor_name,
        "user_id": entry.user_id,
        "market_at": entry.market_at,
        "at": entry.at,
        "entry_id": entry.pk,
    }


def _micros(content: Any, name: str) -> int | None:
    """None where there is none: a campaign may have had no budget."""
    if not isinstance(content, dict):
        raise Unreadable(f"`{name}` is no object")
    micros = content.get("micros")
    if micros is None:
        return None
    if not isinstance(micros, int) or isinstance(micros, bool) or abs(micros) > LARGEST:
        raise Unreadable(f"the micros of `{name}` are no whole number of 64 bits")
    return micros


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_campaign_budget_changes")]
    operations = [migrations.RunPython(fill, clear)]
