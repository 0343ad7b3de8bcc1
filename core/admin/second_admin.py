"""Looser limits on an admin page: saved at once, or kept for a second admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest

from core import policy
from core.access import actor_of
from core.models import Advertiser


def keep_for_second(
    request: HttpRequest,
    row: Model,
    advertiser: Advertiser,
    setting: str,
    stored: Any,
    texts: tuple[str, str],
) -> bool:
    """Whether this looser value waits for a second admin; then the row gets its old one back."""
    old, new = getattr(stored, setting), getattr(row, setting)
    if not policy.is_looser(setting, old, new):
        return False
    currency = str(getattr(row, "currency", advertiser.currency))
    actor, (before, after) = actor_of(request), texts
    wish = policy.Loosening(advertiser, stored, setting, old, new, before, after)
    if not policy.needs_second(advertiser, policy.added_by_one(actor, wish, currency)):
        policy.note_alone(actor, wish)
        return False
    change = policy.ask_for_second(actor, wish)
    setattr(row, setting, old)
    messages.warning(request, f"{str(change).capitalize()} waits for a second admin.")
    return True
