"""The resource kinds of the Google emulator and the names the API uses for each.

`immutable` fields are set once, on create; `output_only` fields are the vendor's own: ignored
on create, refused in an update mask. Both are from the field comments of the v26 protos.
"""

from dataclasses import dataclass, field
from typing import Any

from google.ads.googleads.v26.resources.types import (  # noqa: TID251
    ad_group,
    ad_group_ad,
    ad_group_criterion,
    asset,
    campaign,
    campaign_budget,
    campaign_criterion,
)


@dataclass(frozen=True)
class Kind:
    """`name` is used in queries and operations, `collection` in resource names."""

    name: str
    collection: str
    message: Any
    parts: tuple[str, ...]
    plural: str
    immutable: frozenset[str] = frozenset()
    output_only: frozenset[str] = frozenset()
    removable: bool = True
    id_field: str = field(default="id")

    @property
    def service(self) -> str:
        return self._camel(self.name) + "Service"

    @property
    def method(self) -> str:
        return "Mutate" + self.plural

    @staticmethod
    def _camel(name: str) -> str:
        return "".join(word.title() for word in name.split("_"))

    def resource_name(self, customer_id: str, key: str) -> str:
        return f"customers/{customer_id}/{self.collection}/{key}"


_CRITERION_FIXED = frozenset(
    {"negative", "keyword", "age_range", "gender", "location", "language", "user_list"}
)
_CRITERION_OWN = frozenset(
    {"criterion_id", "type", "display_name", "primary_status", "primary_status_reasons"}
)

BUDGET = Kind(
    "campaign_budget",
    "campaignBudgets",
    campaign_budget.CampaignBudget.pb(),
    ("budget",),
    "CampaignBudgets",
    frozenset({"period", "type"}),
    frozenset({"id", "status", "reference_count", "has_recommended_budget"}),
)
CAMPAIGN = Kind(
    "campaign",
    "campaigns",
    campaign.Campaign.pb(),
    ("campaign",),
    "Campaigns",
    frozenset({"advertising_channel_type", "advertising_channel_sub_type"}),
    frozenset(
        {
            "id",
            "primary_status",
            "primary_status_reasons",
            "serving_status",
            "bidding_strategy_type",
            "bidding_strategy_system_status",
            "base_campaign",
            "experiment_type",
            "optimization_score",
            "missing_eu_political_advertising_declaration",
        }
    ),
)
AD_GROUP = Kind(
    "ad_group",
    "adGroups",
    ad_group.AdGroup.pb(),
    ("ad_group",),
    "AdGroups",
    frozenset({"campaign", "type"}),
    frozenset({"id", "primary_status", "primary_status_reasons", "base_ad_group"}),
)
AD = Kind(
    "ad_group_ad",
    "adGroupAds",
    ad_group_ad.AdGroupAd.pb(),
    ("ad_group", "ad"),
    "AdGroupAds",
    frozenset({"ad_group", "ad"}),
    frozenset(
        {"policy_summary", "ad_strength", "primary_status", "primary_status_reasons"}
        | {"action_items"}
    ),
)
AD_GROUP_CRITERION = Kind(
    "ad_group_criterion",
    "adGroupCriteria",
    ad_group_criterion.AdGroupCriterion.pb(),
    ("ad_group", "criterion"),
    "AdGroupCriteria",
    _CRITERION_FIXED | {"ad_group"},
    _CRITERION_OWN | {"quality_info", "approval_status", "system_serving_status"},
    id_field="criterion_id",
)
CAMPAIGN_CRITERION = Kind(
    "campaign_criterion",
    "campaignCriteria",
    campaign_criterion.CampaignCriterion.pb(),
    ("campaign", "criterion"),
    "CampaignCriteria",
    _CRITERION_FIXED | {"campaign"},
    _CRITERION_OWN,
    id_field="criterion_id",
)
ASSET = Kind(
    "asset",
    "assets",
    asset.Asset.pb(),
    ("asset",),
    "Assets",
    frozenset({"type", "text_asset", "image_asset", "youtube_video_asset"}),
    frozenset({"id", "source", "policy_summary"}),
    removable=False,
)

KINDS = {
    kind.name: kind
    for kind in (BUDGET, CAMPAIGN, AD_GROUP, AD, AD_GROUP_CRITERION, CAMPAIGN_CRITERION, ASSET)
}
BY_COLLECTION = {kind.collection: kind for kind in KINDS.values()}
