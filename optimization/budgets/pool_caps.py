"""Caps of accounts and platforms, which bind a pool's campaigns together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from campaigns.guardrails.limits import CapKind, caps_of, used
from campaigns.models import Campaign
from optimization.stats.budget.allocator import RebalancePlan

Inputs = list[dict[str, Any]]
CapKey = tuple[CapKind, int | str]
ROUNDS = 4


def within_caps(
    solve: Callable[[Inputs], RebalancePlan], inputs: Inputs, campaigns: list[Campaign]
) -> RebalancePlan:
    """Solve, and where a group would grow over its cap, again with its raises reduced to what the
    cap leaves, so that others get the money. Else the guardrails would refuse them."""
    groups = _groups(campaigns)
    plan = solve(inputs)
    for last in range(ROUNDS):
        over = [ids for ids, room in groups if _growth(plan, ids) > room]
        if not over:
            return plan
        inputs = _limit_raises(inputs, plan, groups, none=last == ROUNDS - 2)
        plan = solve(inputs)
    return plan


def _groups(campaigns: list[Campaign]) -> list[tuple[set[int], Decimal]]:
    """Campaigns under one cap in their own currency, and what the cap leaves a day."""
    members: dict[CapKey, set[int]] = defaultdict(set)
    room: dict[CapKey, Decimal] = {}
    for account in {campaign.account_id: campaign.account for campaign in campaigns}.values():
        for cap in caps_of(account):
            if cap.limit.currency != account.currency:
                continue  # converted at the day's rate by the gate alone
            members[cap.key] |= {c.pk for c in campaigns if c.account_id == account.pk}
            if cap.key not in room:
                room[cap.key] = cap.limit.amount - used(cap).amount
    return [(members[key], max(left, Decimal(0))) for key, left in room.items()]


def _growth(plan: RebalancePlan, ids: set[int]) -> Decimal:
    return sum((c.change for c in plan.changes if c.id in ids), Decimal(0))


def _limit_raises(
    inputs: Inputs,
    plan: RebalancePlan,
    groups: list[tuple[set[int], Decimal]],
    *,
    none: bool,
) -> Inputs:
    """Ceilings that bring each group's raises down to its cuts and what the cap leaves."""
    ceilings: dict[Any, Decimal] = {}
    for ids, room in groups:
        mine = [change for change in plan.changes if change.id in ids]
        raised = sum((c.change for c in mine if c.change > 0), Decimal(0))
        cut = -sum((c.change for c in mine if c.change < 0), Decimal(0))
        if raised - cut <= room or not raised:
            continue
        part = Decimal(0) if none else min((room + cut) / raised, Decimal(1))
        for row in inputs:
            if row["id"] in ids:
                up = next(
                    (c.change for c in mine if c.id == row["id"] and c.change > 0), Decimal(0)
                )
                own = row["current_budget"] + up * part
                ceilings[row["id"]] = min(own, ceilings.get(row["id"], own))
    return [_with_ceiling(row, ceilings.get(row["id"])) for row in inputs]


def _with_ceiling(row: dict[str, Any], ceiling: Decimal | None) -> dict[str, Any]:
    if ceiling is None:
        return row
    known = row.get("ceiling")
    lowest = max(ceiling, row["min_budget"])
    return {**row, "ceiling": lowest if known is None else min(known, lowest)}
