"""Specs to operations of one atomic Mutate: pure functions that give plain dictionaries.

Children point to parents created in the same request by negative ids. Source: Google Ads API v26.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.common.errors import InvalidInput
from platforms.common.checks import age_brackets
from platforms.common.references import checked_reference, with_reference
from platforms.errors import Rejected
from platforms.types import AdGroupSpec, AdSpec, CampaignSpec, Kind, TargetingSpec

AGE_BOUNDS = (18, 25, 35, 45, 55, 65)
OBJECTIVES = {"traffic": "SEARCH"}
CAMPAIGN_NAME_BYTES = 255
AD_GROUP_NAME_BYTES = 254

_AGE_RANGES = {
    18: "AGE_RANGE_18_24",
    25: "AGE_RANGE_25_34",
    35: "AGE_RANGE_35_44",
    45: "AGE_RANGE_45_54",
    55: "AGE_RANGE_55_64",
    65: "AGE_RANGE_65_UP",
}
# A search ad has no name, so the reference travels in what is appended to its landing address.
_SUFFIX = re.compile(r"(?:^|&)ae_ref=(ae-[a-z0-9-]+)")

Operation = dict[str, Any]


@dataclass(frozen=True)
class Created:
    """Which operation creates which of our objects."""

    index: int
    kind: Kind
    reference: str
    name: str
    parent: int = -1
    """Index of the parent's operation."""


@dataclass
class Tree:
    """The operations of one campaign, and what each creates."""

    operations: list[Operation] = field(default_factory=list)
    created: list[Created] = field(default_factory=list)

    def add(self, operation: Operation) -> int:
        self.operations.append(operation)
        return len(self.operations) - 1


def name_bytes(text: str) -> int:
    return len(text.encode())


def digits(remote_id: str) -> str:
    """An id that may stand in a query. Raises InvalidInput."""
    if not (remote_id.isascii() and remote_id.isdigit()):
        raise InvalidInput(f"{remote_id!r} is not an id of Google Ads.", field="remote_id")
    return remote_id


def suffix(reference: str) -> str:
    return f"ae_ref={checked_reference(reference)}"


def reference_of_suffix(final_url_suffix: str) -> str:
    found = _SUFFIX.search(final_url_suffix)
    return found.group(1) if found else ""


def campaign_tree(
    customer_id: str, spec: CampaignSpec, places: dict[str, str], today: date
) -> Tree:
    """Budget, paused campaign, places, ad groups, their targeting, their ads.

    `places` maps country codes to geo target constants; a start that has passed becomes today.
    """
    root, tree = f"customers/{customer_id}", Tree()
    budget, campaign = f"{root}/campaignBudgets/-1", f"{root}/campaigns/-2"
    tree.add({"campaign_budget_operation": {"create": _budget(budget, spec)}})
    create = _campaign(campaign, budget, spec, today)
    index = tree.add({"campaign_operation": {"create": create}})
    tree.created.append(Created(index, "campaign", spec.reference, create["name"]))
    for place in _places(spec, places):
        criterion = {"campaign": campaign, "location": {"geo_target_constant": place}}
        tree.add({"campaign_criterion_operation": {"create": criterion}})
    _add_ad_groups(tree, root, campaign, index, spec)
    return tree


def _add_ad_groups(
    tree: Tree, root: str, campaign: str, campaign_index: int, spec: CampaignSpec
) -> None:
    """Operations of one kind stand together, which Google carries out faster."""
    groups = [(f"{root}/adGroups/{-3 - i}", group) for i, group in enumerate(spec.ad_groups)]
    indexes = []
    for resource, group in groups:
        create = _ad_group(resource, campaign, group)
        indexes.append((tree.add({"ad_group_operation": {"create": create}}), create["name"]))
    for resource, group in groups:
        for criterion in _criteria(group.targeting):
            create = {"ad_group": resource, **criterion}
            tree.add({"ad_group_criterion_operation": {"create": create}})
    for (resource, group), (index, name) in zip(groups, indexes):
        tree.created.append(Created(index, "ad_group", group.reference, name, campaign_index))
        for ad in group.ads:
            at = tree.add({"ad_group_ad_operation": {"create": _ad(resource, ad)}})
            tree.created.append(Created(at, "ad", ad.reference, ad.headlines[0], index))


def _budget(resource: str, spec: CampaignSpec) -> Operation:
    return {
        "resource_name": resource,
        "amount_micros": spec.daily_budget.micros,
        "delivery_method": "STANDARD",
        "explicitly_shared": False,  # shared is the default, and cannot be undone
    }


def _campaign(resource: str, budget: str, spec: CampaignSpec, today: date) -> Operation:
    political = "CONTAINS" if spec.political_ads else "DOES_NOT_CONTAIN"
    fields = {
        "resource_name": resource,
        "name": with_reference(spec.name, spec.reference, CAMPAIGN_NAME_BYTES, name_bytes),
        "status": "PAUSED",
        "advertising_channel_type": OBJECTIVES[spec.objective],
        "campaign_budget": budget,
        "target_spend": {},  # maximise clicks: a new account has no conversions to learn from
        "contains_eu_political_advertising": f"{political}_EU_POLITICAL_ADVERTISING",
        "network_settings": {
            "target_google_search": True,
            "target_search_network": False,
            "target_content_network": False,
            "target_partner_search_network": False,
        },
        "start_date_time": start_time(max(spec.start, today)),
    }
    if spec.end:
        fields["end_date_time"] = end_time(spec.end)
    return fields


def start_time(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"


def end_time(day: date) -> str:
    return f"{day.isoformat()} 23:59:59"


def _places(spec: CampaignSpec, places: dict[str, str]) -> list[str]:
    countries = dict.fromkeys(c for group in spec.ad_groups for c in group.targeting.countries)
    if not countries:
        raise Rejected("Choose at least one country.", platform="google", field="countries")
    if any(set(group.targeting.countries) != set(countries) for group in spec.ad_groups):
        raise Rejected(
            "On Google the countries belong to the campaign: give every ad group the same ones.",
            platform="google",
            field="countries",
        )
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
        "status": "ENABLED",
    }


def _criteria(targeting: TargetingSpec) -> list[Operation]:
    """Keywords, and what is shut out: Google narrows ages and genders by exclusion.

    People of unknown age or gender stay in; they are a large share, and Google's default.
    """
    if not targeting.keywords:
        raise Rejected(
            "A search campaign needs at least one keyword.", platform="google", field="keywords"
        )
    keywords: list[Operation] = [
        {"status": "ENABLED", "keyword": {"text": text, "match_type": "PHRASE"}}
        for text in dict.fromkeys(targeting.keywords)
    ]
    wanted = age_brackets("google", AGE_BOUNDS, targeting)
    ages: list[Operation] = [
        {"negative": True, "age_range": {"type_": _AGE_RANGES[age]}}
        for age in AGE_BOUNDS
        if age not in wanted
    ]
    other = {"female": "MALE", "male": "FEMALE"}.get(targeting.gender)
    genders: list[Operation] = [{"negative": True, "gender": {"type_": other}}] if other else []
    return keywords + ages + genders


def _ad(ad_group: str, spec: AdSpec) -> Operation:
    if not spec.headlines:
        raise Rejected("The ad needs headlines.", platform="google", field="headlines")
    return {
        "ad_group": ad_group,
        "status": "ENABLED",
        "ad": {
            "final_urls": [spec.landing_url],
            "final_url_suffix": suffix(spec.reference),
            "responsive_search_ad": {
                "headlines": [{"text": text} for text in spec.headlines],
                "descriptions": [{"text": text} for text in spec.descriptions],
            },
        },
    }


def update(kind: str, resource: str, **fields: Any) -> Operation:
    """An explicit mask: one that is computed drops every field set to its default."""
    return {
        f"{kind}_operation": {
            "update": {"resource_name": resource, **fields},
            "update_mask": {"paths": list(fields)},
        }
    }
