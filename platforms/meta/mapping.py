"""Maps specs to Graph fields: pure functions.

Source: Meta Marketing API v26.0, campaign, ad set, creative and ad.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from core.common.dates import zone
from platforms.common.checks import not_sent, require_first_text
from platforms.common.references import with_reference
from platforms.errors import Rejected
from platforms.meta.money import to_minor
from platforms.spec.ads import Ad, SingleImageAd, SingleVideoAd, descriptions_of, headlines_of
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import MetaAdGroup
from platforms.spec.settings import Declarations
from platforms.spec.targeting import Targeting
from platforms.types import MAX_AGE, Gender

NAME_LIMIT = 400  # Meta documents no common limit; every kind accepts this length
DSA_LIMIT = 512
OBJECTIVES = {"traffic": "OUTCOME_TRAFFIC"}
YOUNGEST = 18
STATUSES: dict[SpecStatus, str] = {"active": "ACTIVE", "paused": "PAUSED"}

_GENDERS: dict[Gender, list[int]] = {"any": [], "male": [1], "female": [2]}
# ISO 3166 codes of the European Economic Area.
_EEA = "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

Fields = dict[str, Any]


def remote_name(name: str, reference: str) -> str:
    return with_reference(name, reference, NAME_LIMIT)


def campaign_fields(spec: CampaignSpec) -> Fields:
    """A campaign with its budget on the campaign, so ad sets carry none.

    The flag for budget sharing is left out: it applies only to budgets on ad sets.
    """
    return {
        "name": remote_name(spec.name, spec.reference),
        "objective": OBJECTIVES[spec.objective],
        "buying_type": "AUCTION",
        "status": "PAUSED",
        **({"daily_budget": to_minor(spec.budget.amount)} if spec.budget.amount else {}),
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        **_special_categories(spec),
    }


def _special_categories(spec: CampaignSpec) -> Fields:
    """Required on every create, even when empty."""
    if not spec.declarations.political_ads:
        return {"special_ad_categories": []}
    groups = (group.targeting.locations.countries for group in spec.ad_groups)
    countries = sorted({code for codes in groups for code in codes})
    return {
        "special_ad_categories": ["ISSUES_ELECTIONS_POLITICS"],
        "special_ad_category_country": countries,
    }


def ad_set_fields(
    campaign_id: str,
    spec: AdGroupSpec,
    parent: CampaignSpec,
    time_zone: str,
    now: datetime,
    dsa: Fields,
) -> Fields:
    return {
        "campaign_id": campaign_id,
        "name": remote_name(spec.name, spec.reference),
        "status": STATUSES[spec.status],
        **_goal(spec),
        "targeting": targeting(spec.targeting),
        **times(parent.schedule.start, parent.schedule.end, time_zone, now),
        **dsa,
    }


def _goal(spec: AdGroupSpec) -> Fields:
    if not isinstance(spec.part, MetaAdGroup):
        raise Rejected("The ad set needs a goal.", platform="meta", field="goal")
    return {"billing_event": spec.part.billing, "optimization_goal": spec.part.goal}


def targeting(spec: Targeting) -> Fields:
    """The explicit advantage_audience 0 makes the ages limits; without it they are suggestions."""
    _check_ages(spec)
    countries = spec.locations.countries
    if not countries:
        raise Rejected("Choose at least one country.", platform="meta", field="countries")
    genders = _GENDERS[spec.gender]
    return {
        "geo_locations": {"countries": list(countries)},
        "age_min": spec.age_min,
        "age_max": spec.age_max,
        **({"genders": genders} if genders else {}),
        "targeting_automation": {"advantage_audience": 0},
    }


def _check_ages(spec: Targeting) -> None:
    if not YOUNGEST <= spec.age_min <= spec.age_max <= MAX_AGE:
        field = "age_min" if not YOUNGEST <= spec.age_min <= MAX_AGE else "age_max"
        raise Rejected(
            f"Ages go from {YOUNGEST} to {MAX_AGE}, the younger one first.",
            platform="meta",
            field=field,
        )


def times(start: date | None, end: date | None, time_zone: str, now: datetime) -> Fields:
    """Days of the account as times with its offset. A start in the past is left out: start now."""
    fields: Fields = {}
    if start:
        begin = datetime.combine(start, time.min, zone(time_zone))
        if begin > now:
            fields["start_time"] = begin.strftime("%Y-%m-%dT%H:%M:%S%z")
    if end:
        finish = datetime.combine(end, time(23, 59, 59), zone(time_zone))
        if finish <= now:
            raise Rejected("The end is in the past.", platform="meta", field="end")
        fields["end_time"] = finish.strftime("%Y-%m-%dT%H:%M:%S%z")
    return fields


def needs_dsa(spec: Targeting) -> bool:
    """Ads shown in the European Economic Area must name beneficiary and payer."""
    return not set(_EEA.split()).isdisjoint(spec.locations.countries)


def declared(said: Declarations, options: Mapping[str, str]) -> dict[str, str]:
    """Payer and beneficiary of a plan, in place of those of the connection."""
    own = {"dsa_beneficiary": said.beneficiary, "dsa_payor": said.payer}
    return {**options, **{key: value for key, value in own.items() if value}}


def dsa_fields(options: Mapping[str, str], account_name: str) -> Fields:
    beneficiary = options.get("dsa_beneficiary") or account_name
    payor = options.get("dsa_payor") or beneficiary
    if not beneficiary:
        raise Rejected(
            "Ads in the European Union must name who benefits from them. Set it under Connections.",
            platform="meta",
            field="dsa_beneficiary",
        )
    return {"dsa_beneficiary": beneficiary[:DSA_LIMIT], "dsa_payor": payor[:DSA_LIMIT]}


def creative_fields(spec: Ad, page_id: str, media: Fields) -> Fields:
    """`media` is an image_hash, or a video_id with the image_hash of its poster."""
    if not isinstance(spec, SingleImageAd | SingleVideoAd):
        raise not_sent("meta", spec)
    story = {
        "message": require_first_text("meta", descriptions_of(spec), "descriptions"),
        "call_to_action": {"type": spec.call_to_action, "value": {"link": spec.landing_url}},
        **media,
    }
    headline = require_first_text("meta", headlines_of(spec), "headlines")
    if "video_id" in media:  # video_data has no key for the link; the call to action has it
        content = {"video_data": {"title": headline, **story}}
    else:
        content = {"link_data": {"link": spec.landing_url, "name": headline, **story}}
    return {
        "name": remote_name(spec.name, spec.reference),
        "object_story_spec": {"page_id": page_id, **content},
    }


def ad_fields(ad_set_id: str, spec: Ad, creative_id: str) -> Fields:
    return {
        "adset_id": ad_set_id,
        "name": remote_name(spec.name, spec.reference),
        "status": STATUSES[spec.status],
        "creative": {"creative_id": creative_id},
    }
