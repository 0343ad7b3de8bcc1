"""Maps specs to the operations of one atomic Mutate: pure functions that return dictionaries.

Children refer to parents created in the same request by negative ids. Source: Google Ads API v26.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.common.errors import InvalidInput
from platforms.common.checks import age_brackets
from platforms.common.references import validate_reference, with_reference
from platforms.errors import Rejected
from platforms.spec.ads import Ad, PinnedText, ResponsiveSearchAd, headlines_of
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.platform_parts import GoogleCampaign
from platforms.spec.targeting import Targeting
from platforms.types import Kind

AGE_BOUNDS = (18, 25, 35, 45, 55, 65)
OBJECTIVES = {"traffic": "SEARCH"}
CAMPAIGN_NAME_BYTES = 255
AD_GROUP_NAME_BYTES = 254
KEYWORD_LENGTH, KEYWORD_WORDS = 80, 10
# CriterionError.KEYWORD_HAS_INVALID_CHARS.
KEYWORD_SIGNS = "!@%,*()={};~`<>?\\|^―"

AGE_RANGES = {
    18: "AGE_RANGE_18_24",
    25: "AGE_RANGE_25_34",
    35: "AGE_RANGE_35_44",
    45: "AGE_RANGE_45_54",
    55: "AGE_RANGE_55_64",
    65: "AGE_RANGE_65_UP",
}
# A search ad has no name, so the reference is in the suffix of its landing page URL.
_SUFFIX = re.compile(r"(?:^|&)ae_ref=(ae-[a-z0-9-]+)")

_STATUSES: dict[SpecStatus, str] = {"active": "ENABLED", "paused": "PAUSED"}
Operation = dict[str, Any]


@dataclass(frozen=True)
class CreatedObject:
    """Which operation creates which of our objects."""

    index: int
    kind: Kind
    reference: str
    name: str
    parent: int = -1
    """Index of the parent's operation."""


@dataclass
class OperationTree:
    """The operations of one campaign, and what each creates."""

    operations: list[Operation] = field(default_factory=list)
    created: list[CreatedObject] = field(default_factory=list)

    def add(self, operation: Operation) -> int:
        self.operations.append(operation)
        return len(self.operations) - 1


def name_bytes(text: str) -> int:
    return len(text.encode())


def validate_id(remote_id: str) -> str:
    """Returns the id, safe to put into a query. Raises InvalidInput."""
    if not (remote_id.isascii() and remote_id.isdigit()):
        raise InvalidInput(f"{remote_id!r} is not an id of Google Ads.", field="remote_id")
    return remote_id


def url_suffix(reference: str) -> str:
    return f"ae_ref={validate_reference(reference)}"


def reference_of_suffix(final_url_suffix: str) -> str:
    match = _SUFFIX.search(final_url_suffix)
    return match.group(1) if match else ""


def campaign_tree(
    customer_id: str, spec: CampaignSpec, places: dict[str, str], today: date
) -> OperationTree:
    """The operations for budget, paused campaign, places, ad groups, targeting and ads.

    `places` maps country codes to geo target constants; a start that has passed becomes today.
    """
    root, tree = f"customers/{customer_id}", OperationTree()
    budget, campaign = f"{root}/campaignBudgets/-1", f"{root}/campaigns/-2"
    tree.add({"campaign_budget_operation": {"create": _budget(budget, spec)}})
    create = _campaign(campaign, budget, spec, today)
    index = tree.add({"campaign_operation": {"create": create}})
    tree.created.append(CreatedObject(index, "campaign", spec.reference, create["name"]))
    for place in _places(spec, places):
        criterion = {"campaign": campaign, "location": {"geo_target_constant": place}}
        tree.add({"campaign_criterion_operation": {"create": criterion}})
    _add_ad_groups(tree, root, campaign, index, spec)
    return tree


def _add_ad_groups(
    tree: OperationTree, root: str, campaign: str, campaign_index: int, spec: CampaignSpec
) -> None:
    """Operations of one kind are grouped, which Google carries out faster."""
    groups = [(f"{root}/adGroups/{-3 - i}", group) for i, group in enumerate(spec.ad_groups)]
    indexes = []
    for resource, group in groups:
        create = _ad_group(resource, campaign, group)
        indexes.append((tree.add({"ad_group_operation": {"create": create}}), create["name"]))
    for resource, group in groups:
        for criterion in _criteria(group.targeting):
            create = {"ad_group": resource, **criterion}
            tree.add({"ad_group_criterion_operation": {"create": create}})
    for (resource, group), (index, name) in zip(groups, indexes, strict=True):
        tree.created.append(CreatedObject(index, "ad_group", group.reference, name, campaign_index))
        for ad in group.ads:
            ad_index = tree.add({"ad_group_ad_operation": {"create": _ad(resource, ad)}})
            tree.created.append(CreatedObject(ad_index, "ad", ad.reference, _shown_name(ad), index))


def _budget(resource: str, spec: CampaignSpec) -> Operation:
    return {
        "resource_name": resource,
        "amount_micros": spec.budget.amount.micros if spec.budget.amount else 0,
        "delivery_method": "STANDARD",
        "explicitly_shared": False,  # shared is the default and cannot be changed back
    }


def _campaign(resource: str, budget: str, spec: CampaignSpec, today: date) -> Operation:
    political = "CONTAINS" if spec.declarations.political_ads else "DOES_NOT_CONTAIN"
    fields = {
        "resource_name": resource,
        "name": with_reference(spec.name, spec.reference, CAMPAIGN_NAME_BYTES, name_bytes),
        "status": "PAUSED",
        "advertising_channel_type": OBJECTIVES[spec.objective],
        "campaign_budget": budget,
        "target_spend": {},  # maximise clicks: a new account has no conversions to learn from
        "contains_eu_political_advertising": f"{political}_EU_POLITICAL_ADVERTISING",
        **_reach(spec),
        "start_date_time": start_time(max(spec.schedule.start, today)),
    }
    if spec.schedule.end:
        fields["end_date_time"] = end_time(spec.schedule.end)
    return fields


def _reach(spec: CampaignSpec) -> Operation:
    part = spec.part
    if not isinstance(part, GoogleCampaign):
        raise Rejected("This plan is of another platform.", platform="google", field="part")
    return {
        "network_settings": {
            "target_google_search": True,
            "target_search_network": part.search_partners,
            "target_content_network": part.display_network,
            "target_partner_search_network": False,
        },
        "geo_target_type_setting": {"positive_geo_target_type": part.presence.upper()},
    }


def start_time(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"


def end_time(day: date) -> str:
    return f"{day.isoformat()} 23:59:59"


def _places(spec: CampaignSpec, places: dict[str, str]) -> list[str]:
    countries = spec.locations.countries
    if not countries:
        raise Rejected("Choose at least one country.", platform="google", field="countries")
    missing = [code for code in countries if code not in places]
    if missing:
        raise Rejected(
            f"Google Ads cannot show ads in: {', '.join(missing)}. Choose other countries.",
            platform="google",
            field="countries",
        )
    return [places[code] for code in countries]


def _ad_group(resource: str, campaign: str, spec: AdGroupSpec) -> Operation:
    return {
        "resource_name": resource,
        "campaign": campaign,
        "name": with_reference(spec.name, spec.reference, AD_GROUP_NAME_BYTES, name_bytes),
        "type_": "SEARCH_STANDARD",
        "status": _STATUSES[spec.status],
    }


def _criteria(targeting: Targeting) -> list[Operation]:
    """Keywords, and excluded ages and genders: Google narrows those two by exclusion.

    People of unknown age or gender stay included, as by Google's default; they are a large share.
    """
    if not targeting.keywords:
        raise Rejected(
            "A search campaign needs at least one keyword.", platform="google", field="keywords"
        )
    keywords: list[Operation] = [
        {"status": "ENABLED", "keyword": {"text": word.text, "match_type": word.match.upper()}}
        for word in targeting.keywords
    ]
    included = age_brackets("google", AGE_BOUNDS, targeting)
    ages: list[Operation] = [
        {"negative": True, "age_range": {"type_": AGE_RANGES[age]}}
        for age in AGE_BOUNDS
        if age not in included
    ]
    excluded = {"female": "MALE", "male": "FEMALE"}.get(targeting.gender)
    genders: list[Operation] = (
        [{"negative": True, "gender": {"type_": excluded}}] if excluded else []
    )
    return keywords + ages + genders


def _ad(ad_group: str, spec: Ad) -> Operation:
    if not isinstance(spec, ResponsiveSearchAd):
        raise Rejected("A search ad needs headlines.", platform="google", field="headlines")
    return {
        "ad_group": ad_group,
        "status": _STATUSES[spec.status],
        "ad": {
            "final_urls": [spec.landing_url],
            "final_url_suffix": url_suffix(spec.reference),
            "responsive_search_ad": {
                "headlines": [_text(text, "HEADLINE") for text in spec.headlines],
                "descriptions": [_text(text, "DESCRIPTION") for text in spec.descriptions],
            },
        },
    }


def _shown_name(ad: Ad) -> str:
    """A search ad has no name of its own there."""
    return next(iter(headlines_of(ad)), ad.name)


def _text(text: PinnedText, field: str) -> Operation:
    pinned = {"pinned_field": f"{field}_{text.pin}"} if text.pin else {}
    return {"text": text.text, **pinned}


def update(kind: str, resource: str, **fields: Any) -> Operation:
    """With an explicit mask: a computed one omits every field set to its default."""
    return {
        f"{kind}_operation": {
            "update": {"resource_name": resource, **fields},
            "update_mask": {"paths": list(fields)},
        }
    }
