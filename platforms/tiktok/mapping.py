"""Maps specs to TikTok's request bodies: pure functions.

Source: TikTok API for Business v1.3, campaign, ad group and ad create.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from core.common.dates import day_start
from core.common.texts import wide_size
from platforms.common.checks import age_brackets, not_sent, require_first_text
from platforms.common.references import with_reference
from platforms.errors import Rejected
from platforms.spec.ads import Ad, SingleImageAd, SingleVideoAd, descriptions_of
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import TikTokAdGroup
from platforms.spec.targeting import Targeting
from platforms.tiktok.identities import identity_problem
from platforms.types import Gender

NAME_LIMIT = 512
AGE_BOUNDS = (18, 25, 35, 45, 55)
PLACEMENTS = ["PLACEMENT_TIKTOK"]
OBJECTIVES = {"traffic": "TRAFFIC"}

AGE_GROUPS = {
    18: "AGE_18_24",
    25: "AGE_25_34",
    35: "AGE_35_44",
    45: "AGE_45_54",
    55: "AGE_55_100",
}
_GENDERS: dict[Gender, str] = {
    "any": "GENDER_UNLIMITED",
    "female": "GENDER_FEMALE",
    "male": "GENDER_MALE",
}
_STATUSES: dict[SpecStatus, str] = {"active": "ENABLE", "paused": "DISABLE"}
_TIME = "%Y-%m-%d %H:%M:%S"

Body = dict[str, Any]


def remote_name(name: str, reference: str) -> str:
    return with_reference(name, reference, NAME_LIMIT, wide_size)


def request_id(reference: str) -> str:
    """A 64-bit integer in a string: TikTok carries out one create per id, however often sent."""
    digest = hashlib.sha256(reference.encode()).digest()
    return str(int.from_bytes(digest[:8], "big") >> 1)


def campaign_body(spec: CampaignSpec) -> Body:
    """A campaign with the budget on the campaign: a daily average over the week."""
    return {
        "campaign_name": remote_name(spec.name, spec.reference),
        "objective_type": OBJECTIVES[spec.objective],
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": _amount(spec),
        "budget_optimize_on": True,
        "operation_status": "DISABLE",
        "request_id": request_id(spec.reference),
    }


def _amount(spec: CampaignSpec) -> float:
    return float(spec.budget.amount.amount) if spec.budget.amount else 0.0


def ad_group_body(
    campaign_id: str,
    spec: AdGroupSpec,
    parent: CampaignSpec,
    regions: dict[str, str],
    time_zone: str,
    now: datetime,
) -> Body:
    """`regions` maps country codes to TikTok's location ids."""
    return {
        "campaign_id": campaign_id,
        "adgroup_name": remote_name(spec.name, spec.reference),
        "placement_type": "PLACEMENT_TYPE_NORMAL",
        "placements": PLACEMENTS,
        "location_ids": location_ids(spec.targeting, regions),
        "age_groups": age_groups(spec.targeting),
        "gender": _GENDERS[spec.targeting.gender],
        "bid_type": "BID_TYPE_NO_BID",
        **_part(spec),
        # Required by the schema, ignored while the budget is on the campaign.
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": _amount(parent),
        "operation_status": _STATUSES[spec.status],
        "request_id": request_id(spec.reference),
        **schedule(parent.schedule.start, parent.schedule.end, time_zone, now),
    }


def _part(spec: AdGroupSpec) -> Body:
    part = spec.part
    if not isinstance(part, TikTokAdGroup):
        raise Rejected("The ad group needs a goal.", platform="tiktok", field="goal")
    return {
        "promotion_type": part.promotion_type,
        "optimization_goal": part.goal,
        "billing_event": part.billing,
        "pacing": f"PACING_MODE_{part.pacing.upper()}",
    }


def location_ids(targeting: Targeting, regions: dict[str, str]) -> list[str]:
    """Raises Rejected on countries."""
    countries = targeting.locations.countries
    missing = [code for code in countries if code not in regions]
    if missing or not countries:
        raise Rejected(
            f"TikTok cannot show ads in: {', '.join(missing) or 'no country'}. "
            "Choose other countries.",
            platform="tiktok",
            field="countries",
        )
    return [regions[code] for code in countries]


def age_groups(targeting: Targeting) -> list[str]:
    """Always listed: without a list TikTok may include ages 13 to 17."""
    return [AGE_GROUPS[age] for age in age_brackets("tiktok", AGE_BOUNDS, targeting)]


def schedule(start: date, end: date | None, time_zone: str, now: datetime) -> Body:
    """Days of the account as instants in UTC. A start in the past becomes now."""
    begin = max(day_start(start, time_zone), now)
    if end is None:
        return {
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": begin.strftime(_TIME),
        }
    last = day_start(end + timedelta(days=1), time_zone) - timedelta(seconds=1)
    if last <= begin:
        raise Rejected("The end is in the past.", platform="tiktok", field="end")
    return {
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": begin.strftime(_TIME),
        "schedule_end_time": last.strftime(_TIME),
    }


def ad_body(ad_group_id: str, spec: Ad, media: Body, identity: dict[str, str]) -> Body:
    """`media` is the ad format with its media."""
    if not isinstance(spec, SingleImageAd | SingleVideoAd):
        raise not_sent("tiktok", spec)
    creative = {
        "ad_name": remote_name(spec.name, spec.reference),
        **media,
        "ad_text": require_first_text("tiktok", descriptions_of(spec), "descriptions"),
        "call_to_action": spec.call_to_action,
        "landing_page_url": spec.landing_url,
        "operation_status": _STATUSES[spec.status],
        **identity,
    }
    return {"adgroup_id": ad_group_id, "creatives": [creative]}


def identity_of(options: Any) -> dict[str, str]:
    """The identity fields that every ad needs. Raises Rejected on identity_id."""
    identity = {key: options.get(key, "") for key in ("identity_type", "identity_id")}
    if not all(identity.values()):
        raise Rejected(
            "No TikTok identity is chosen for this account. Choose one under Connections.",
            platform="tiktok",
            field="identity_id",
        )
    problem = identity_problem(options)
    if problem:
        raise Rejected(problem, platform="tiktok", field="identity_id")
    business_id = options.get("identity_authorized_bc_id")
    return {**identity, "identity_authorized_bc_id": business_id} if business_id else identity
