"""Initial values of a brief's form: of a new brief, of an earlier brief, or of a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.datastructures import MultiValueDict

from campaigns.models import Brief
from core.common import dates
from core.common.money import Money, minor_digits
from core.models import Advertiser
from platforms.models import AdAccount

FLIGHT_DAYS = 30
_SEVERAL = frozenset({"accounts", "chosen"})
_DRAFT_FIELDS = re.compile(
    r"name|objective|total_budget|currency|start|end|landing_url|countries|age_min|age_max|gender"
    r"|headlines|descriptions|keywords|call_to_action|political_ads|chosen|accounts|share_\d{1,15}"
    r"|copy_of"
)


@dataclass(frozen=True)
class Origin:
    """The source of a form's initial values: at most one of a brief, a template and a draft. A
    correction is a copy without the accounts where the brief runs already, with the others' part
    of the total."""

    copy_of: Brief | None = None
    running: Sequence[str] = ()
    """The accounts that a correction leaves out, by name."""
    corrected: Mapping[int, int] = field(default_factory=dict)
    """Account id to its part in micros; empty for a full copy."""
    template: Brief | None = None
    typed: Mapping[str, list[str]] = field(default_factory=dict)


def initial_of(
    advertiser: Advertiser, usable: Sequence[AdAccount], origin: Origin
) -> dict[str, Any]:
    start = dates.today(advertiser.time_zone) + timedelta(days=1)
    first = {
        "start": start,
        "end": start + timedelta(days=FLIGHT_DAYS - 1),
        "age_max": 65,
        "accounts": [account.pk for account in usable],
    }
    if origin.typed:
        return first | _draft_initial(origin.typed)
    if origin.template:
        flight = {"start": start, "end": start + timedelta(days=origin.template.days - 1)}
        return first | _brief_initial(origin.template, start) | flight | {"name": ""}
    if origin.copy_of is None:
        return first
    return (
        first
        | _brief_initial(origin.copy_of, start)
        | _correction_initial(origin.copy_of, origin.corrected)
    )


def _correction_initial(brief: Brief, parts: Mapping[int, int]) -> dict[str, Any]:
    """Accounts and total of a correction; empty for a full copy."""
    if not parts:
        return {}
    whole = Money.from_micros(sum(parts.values()), brief.currency)
    amount = f"{whole.amount:.{minor_digits(brief.currency)}f}"
    return {"accounts": list(parts), "total_budget": amount}


def _draft_initial(fields: Mapping[str, list[str]]) -> dict[str, Any]:
    """Initial values from a draft. Unchecked boxes are not among the fields."""
    single = {name: texts[0] for name, texts in fields.items() if name not in _SEVERAL and texts}
    return {"political_ads": False, **single, **{name: fields.get(name, []) for name in _SEVERAL}}


def draft_fields(data: MultiValueDict[str, str]) -> dict[str, list[str]]:
    """The fields of a sent form that a draft stores."""
    return {name: data.getlist(name) for name in data if _DRAFT_FIELDS.fullmatch(name)}


def _brief_initial(brief: Brief, earliest: date) -> dict[str, Any]:
    """Initial values from a brief; a flight that has begun starts again on the earliest day."""
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
