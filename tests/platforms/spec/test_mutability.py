"""What a platform sets once replaces its node; everything else is an update."""

from __future__ import annotations

from typing import Any

import pytest

from platforms.google.mutability import MUTABILITY as GOOGLE
from platforms.meta.mutability import MUTABILITY as META
from platforms.spec.base import Node
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.changes.change_set import Replace, Update
from platforms.spec.changes.difference import diff
from platforms.spec.changes.mutability import Mutability
from platforms.spec.changes.nodes import NodeKind
from platforms.spec.platform_parts import MetaAdGroup, MetaCampaign, TikTokAdGroup, TikTokCampaign
from platforms.tiktok.mutability import MUTABILITY as TIKTOK
from tests.platforms.spec.tree import tree

TABLES = {"google": GOOGLE, "meta": META, "tiktok": TIKTOK}
NODES: dict[NodeKind, type[Node]] = {"campaign": CampaignSpec, "ad_group": AdGroupSpec}


def on(platform: str) -> CampaignSpec:
    """The same tree on another platform."""
    spec = tree(keywords=0)
    if platform == "google":
        return spec
    parts: dict[str, tuple[Any, Any]] = {
        "meta": (
            MetaCampaign(platform="meta"),
            MetaAdGroup(platform="meta", goal="LINK_CLICKS", billing="IMPRESSIONS"),
        ),
        "tiktok": (
            TikTokCampaign(platform="tiktok"),
            TikTokAdGroup(platform="tiktok", goal="CLICK", billing="CPC"),
        ),
    }
    campaign, group = parts[platform]
    groups = tuple(one.model_copy(update={"part": group}) for one in spec.ad_groups)
    return spec.model_copy(update={"kind": "auction", "part": campaign, "ad_groups": groups})


def change(spec: CampaignSpec, **fields: Any) -> CampaignSpec:
    return spec.model_copy(update=fields)


@pytest.mark.parametrize(
    ("platform", "objective_is_fixed", "politics_are_fixed"),
    [("google", False, False), ("meta", True, True), ("tiktok", True, False)],
)
def test_objective_and_declarations_by_platform(
    platform: str, objective_is_fixed: bool, politics_are_fixed: bool
) -> None:
    spec = on(platform)
    politics = spec.declarations.model_copy(update={"political_ads": True})
    for changed, is_fixed in (
        (change(spec, objective="conversions"), objective_is_fixed),
        (change(spec, declarations=politics), politics_are_fixed),
    ):
        first = diff(spec, changed, TABLES[platform])
        assert bool(first.replaced) is is_fixed
        assert is_fixed or all(isinstance(one, Update) for one in first.changes)


def test_a_goal_of_tiktok_replaces_its_ad_group_alone() -> None:
    spec = on("tiktok")
    [group] = spec.ad_groups
    part = TikTokAdGroup(platform="tiktok", goal="CONVERT", billing="OCPM")
    wanted = change(spec, ad_groups=(group.model_copy(update={"part": part}),))
    changes = diff(spec, wanted, TIKTOK)
    [replaced] = changes.replaced
    assert (replaced.key.kind, [field.path for field in replaced.fields]) == (
        "ad_group",
        ["part.goal", "part.billing"],
    )
    assert {one.key.kind for one in changes.changes if not isinstance(one, Replace)} == {
        "ad_group",
        "ad",
    }


@pytest.mark.parametrize("table", [GOOGLE, META, TIKTOK])
def test_every_path_of_a_table_is_a_field_of_its_node(table: Mutability) -> None:
    for kind, path in table.fixed:
        first, *_ = path.split(".")
        assert first in NODES[kind].model_fields
        assert not table.allows(kind, path)
        assert not table.allows(kind, f"{path}.inner")
        assert table.allows(kind, "name")
