"""Sets what workers may do: modes by action, days of recording only, and the holdout."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Campaign
from core.common import dates
from core.common.errors import InvalidInput
from core.models import (
    ActionType,
    Actor,
    Advertiser,
    AuditAction,
    IncrementalityDesign,
    Mode,
    record,
)
from core.policy import require_admin

LEAST_HOLDOUT = 2
MOST_PERCENT = 50


@transaction.atomic
def set_modes(
    *,
    actor: Actor,
    advertiser: Advertiser,
    mode: str | None = None,
    modes: Mapping[str, str] | None = None,
    shadow_until: date | None = None,
) -> Advertiser:
    """The mode of all actions and, in `modes`, of single ones ("" follows the first). Letting
    workers act where they did not, or earlier, loosens the policy and needs an admin; an editor
    may restrict them. Raises InvalidInput, NotAllowed."""
    row = Advertiser.objects.select_for_update().get(pk=advertiser.pk)
    before = {"mode": row.mode, "modes": row.modes, "shadow_until": str(row.shadow_until or "")}
    acted, noted_until = _acting_actions(row), row.shadow_until
    row.mode = _check_mode(mode or row.mode, "mode")
    for action, wish in (modes or {}).items():
        if action not in ActionType.values:
            raise InvalidInput(f"{action!r} is not an action with a mode.", field="modes")
        row.modes = {k: v for k, v in row.modes.items() if k != action}
        row.modes |= {action: _check_mode(wish, f"mode_{action}")} if wish else {}
    row.shadow_until = shadow_until
    after = {"mode": row.mode, "modes": row.modes, "shadow_until": str(row.shadow_until or "")}
    if after == before:
        return row
    if _acting_actions(row) - acted or (_acting_actions(row) and _is_shortened(row, noted_until)):
        require_admin(actor, row)
    row.save(update_fields=["mode", "modes", "shadow_until"])
    record(actor, AuditAction.SET_MODES, row, advertiser=row, before=before, after=after)
    return row


def _acting_actions(advertiser: Advertiser) -> set[str]:
    return {a for a in ActionType.values if advertiser.mode_for(a) == Mode.ACT}


def _is_shortened(advertiser: Advertiser, before: date | None) -> bool:
    """Whether the days of recording only were reduced; the last day is included."""
    if before is None or before < dates.today(advertiser.time_zone):
        return False
    return advertiser.shadow_until is None or advertiser.shadow_until < before


def _check_mode(mode: str, field: str) -> str:
    if mode not in Mode.values:
        raise InvalidInput("Choose watch, suggest or act.", field=field)
    return mode


@transaction.atomic
def set_incrementality(
    *, actor: Actor, advertiser: Advertiser, proof: str, percent: int = 10
) -> int:
    """Set up the incrementality test: no control group, a holdout of campaigns chosen at random
    within each platform, or alternating weeks. Returns the number of holdout campaigns. With
    unchanged settings the running test keeps its first day and its campaigns."""
    if proof not in IncrementalityDesign.values:
        raise InvalidInput("Choose none, campaigns or weeks.", field="proof")
    if not 1 <= percent <= MOST_PERCENT:
        raise InvalidInput(f"Keep 1 to {MOST_PERCENT} % out as a control group.", field="percent")
    row = Advertiser.objects.select_for_update().get(pk=advertiser.pk)
    mine = Campaign.objects.filter(account__advertiser=row)
    if _is_set(row, proof, percent):
        return mine.filter(held_out=True).count()
    chosen = _draw_holdout(row, percent) if proof == IncrementalityDesign.CAMPAIGNS else []
    mine.filter(held_out=True).update(held_out=False)
    mine.filter(pk__in=chosen).update(held_out=True)
    before = {"proof": row.proof, "percent": row.holdout_percent}
    row.proof, row.holdout_percent = proof, percent
    row.proof_since = dates.today(row.time_zone)
    row.save(update_fields=["proof", "holdout_percent", "proof_since"])
    after = {"proof": proof, "percent": percent, "held_out": chosen}
    record(actor, AuditAction.SET_PROOF, row, advertiser=row, before=before, after=after)
    return len(chosen)


def _is_set(advertiser: Advertiser, proof: str, percent: int) -> bool:
    """Whether these settings are in force; the share matters only for a holdout of campaigns."""
    if proof != advertiser.proof or (
        proof != IncrementalityDesign.NONE and advertiser.proof_since is None
    ):
        return False
    return proof != IncrementalityDesign.CAMPAIGNS or percent == advertiser.holdout_percent


def _draw_holdout(advertiser: Advertiser, percent: int) -> list[int]:
    """Ids of the holdout campaigns; at least two, and never all of a platform's."""
    running = Campaign.objects.filter(IS_OPTIMISED, account__advertiser=advertiser)
    pairs = list(running.order_by("pk").values_list("pk", "account__platform"))
    drawn: list[int] = []
    for platform in sorted({name for _, name in pairs}):
        ids = sorted((pk for pk, name in pairs if name == platform), key=_draw_order)
        drawn += ids[: min(round(len(ids) * percent / 100), len(ids) - 1)]
    if len(drawn) < LEAST_HOLDOUT:
        raise InvalidInput(
            f"{percent} % of {len(pairs)} running campaigns is less than {LEAST_HOLDOUT}: too few "
            "to compare with. Choose a larger part, or every second week.",
            field="percent",
        )
    return sorted(drawn)


def _draw_order(pk: int) -> str:
    """A random order that is the same every time."""
    return hashlib.sha256(f"held out {pk}".encode()).hexdigest()
