"""Each platform's own words, for rows and pages that are of one platform only."""

from __future__ import annotations

from platforms.models import Platform

OURS = {
    "ad_group": "Ad group",
    "ad_groups": "Ad groups",
    "spend": "Spend",
    "conversions": "Conversions",
    "cpa": "CPA",
    "revenue": "Revenue",
}
_THEIRS: dict[str, dict[str, str]] = {
    Platform.GOOGLE: {"spend": "Cost", "cpa": "Cost / conv.", "revenue": "Conv. value"},
    Platform.META: {
        "ad_group": "Ad set",
        "ad_groups": "Ad sets",
        "spend": "Amount spent",
        "conversions": "Results",
        "cpa": "Cost per result",
        "revenue": "Purchase value",
    },
    Platform.TIKTOK: {"spend": "Cost", "revenue": "Total purchase value"},
}


def word(platform: str, term: str) -> str:
    """The platform's word, else ours. Raises KeyError for a term that is in no table."""
    return _THEIRS.get(platform, {}).get(term) or OURS[term]


def platform_name(code: str) -> str:
    return str(dict(Platform.choices).get(code, code))
