"""What a brief's form shows first: a new brief, or a copy of an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from adsengine.common import dates
from adsengine.common.money import minor_digits
from adsengine.models import Advertiser
from campaigns.models import Brief
from platforms.models import AdAccount

FLIGHT_DAYS = 30


def initial_of(
    advertiser: Advertiser, usable: Sequence[AdAccount], copy_of: Brief | None
) -> dict[str, Any]:
    start = dates.today(advertiser.time_zone) + timedelta(days=1)
    first = {
        "start": start,
        "end": start + timedelta(days=FLIGHT_DAYS - 1),
        "age_max": 65,
        "accounts": [account.pk for account in usable],
    }
    return first | _copied(copy_of, start) if copy_of else first


def _copied(brief: Brief, earliest: date) -> dict[str, Any]:
    """A brief's content as the form shows it; a flight that has begun starts afresh."""
    start = max(brief.start, earliest)
    digits = minor_digits(brief.currency)
    same = ("name", "objective", "currency", "landing_url", "age_min", "age_max", "gender")
    shares = {share.account_id: share.share for share in brief.shares.all()}
    return {
        **{key: getattr(brief, key) for key in same},
        "call_to_action": brief.call_to_action,
        "political_ads": brief.political_ads,
        "total_budget": f"{brief.total_budget.amount:.{digits}f}",
        "start": start,
        "end": max(brief.end, start + timedelta(days=brief.days - 1)),
        "countries": ", ".join(brief.countries),
        "headlines": "\n".join(brief.headlines),
        "descriptions": "\n".join(brief.descriptions),
        "keywords": "\n".join(brief.keywords),
        "chosen": list(brief.images.order_by("pk").values_list("pk", flat=True)),
        "accounts": list(shares),
        **{f"share_{pk}": share.normalize() for pk, share in shares.items()},
    }
