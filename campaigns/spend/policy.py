"""The advertiser's policy as the approver of what workers do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from campaigns.models import Campaign
from core.common import dates
from core.common.errors import GuardrailExceeded
from core.models import ActionType, Advertiser, Mode
from platforms.models import AdAccount, PlatformLimits

VERSION_LENGTH = 10
Part = Callable[[Advertiser], object]
_PARTS: list[Part] = []


def register_part(part: Part) -> Part:
    """A part of the policy that a higher app keeps, as JSON can hold it; it counts in the
    version."""
    if part not in _PARTS:
        _PARTS.append(part)
    return part


def version_of(advertiser: Advertiser) -> str:
    """A short hash of everything that bounds what workers may spend: the same settings give the
    same version."""
    row = Advertiser.objects.get(pk=advertiser.pk)
    terms = {
        "mode": row.mode_for(ActionType.BUDGET),
        "daily_cap": row.max_daily_total_micros,
        "ceiling": row.campaign_ceiling_micros,
        "step": str(row.max_step.normalize()),
        "cool_down": row.cool_down_hours,
        "currency": row.currency,
        "platforms": _caps(PlatformLimits.objects.filter(advertiser=row), "platform"),
        "accounts": _caps(AdAccount.objects.filter(advertiser=row), "pk"),
        "campaigns": _ceilings(row),
        "parts": [part(row) for part in _PARTS],
    }
    text = json.dumps(terms, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]


def _ceilings(advertiser: Advertiser) -> list[list[object]]:
    rows = Campaign.objects.filter(account__advertiser=advertiser, ceiling_micros__isnull=False)
    return [list(row) for row in rows.order_by("pk").values_list("pk", "ceiling_micros")]


def _caps(rows: object, key: str) -> list[list[object]]:
    capped = rows.filter(daily_cap_micros__isnull=False)  # type: ignore[attr-defined]
    return [list(row) for row in capped.order_by(key).values_list(key, "daily_cap_micros")]


def acts(advertiser: Advertiser) -> bool:
    """May workers raise budgets now?"""
    try:
        check_acts(advertiser)
    except GuardrailExceeded:
        return False
    return True


def check_acts(advertiser: Advertiser) -> None:
    """May workers raise budgets now? The mode is read afresh. Raises GuardrailExceeded."""
    row = Advertiser.objects.get(pk=advertiser.pk)
    mode = row.mode_for(ActionType.BUDGET)
    if mode != Mode.ACT:
        raise GuardrailExceeded(
            f"Workers raise nothing in mode {Mode(mode).name.lower()}. Let a person apply it, or "
            "set the mode to act.",
            field="mode",
        )
    if row.shadow_until is not None and dates.today(row.time_zone) <= row.shadow_until:
        raise GuardrailExceeded(
            f"Until {row.shadow_until:%-d %b %Y} budget moves are only noted.", field="mode"
        )
