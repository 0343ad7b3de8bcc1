"""The tables, the overridden verbs and the page of capabilities say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from adsengine.management.commands.capability_page import page
from campaigns.library import videos
from platforms.errors import UnsupportedFeature
from platforms.google.client import GoogleClient
from platforms.interface import AdPlatform, ClientConfig
from platforms.meta.client import MetaClient
from platforms.spec.base import Node
from platforms.spec.campaign import CampaignSpec
from platforms.tiktok.client import TikTokClient
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.specs import MEDIA, campaign_spec

CLIENTS: list[type[AdPlatform]] = [GoogleClient, MetaClient, TikTokClient]
PAGE = Path(__file__).parents[2] / "docs" / "platforms" / "capabilities.md"


def overrides(client: type[AdPlatform], verb: str) -> bool:
    return getattr(client, verb) is not getattr(AdPlatform, verb)


@pytest.mark.parametrize("client", CLIENTS)
def test_overridden_verbs_agree_with_the_record(client: type[AdPlatform]) -> None:
    can = client.capabilities
    assert overrides(client, "create_ad_group") is not can.atomic_tree
    assert overrides(client, "create_ad") is not can.atomic_tree
    assert overrides(client, "validate_campaign") is (can.validates != "nothing")
    assert overrides(client, "validate_ad_group") is (can.validates == "campaign")
    assert overrides(client, "validate_creative") is (can.validates == "campaign")
    assert overrides(client, "unserved_countries") is can.finds_places
    assert overrides(client, "update_campaign") is (can.update_name or can.update_schedule)


def test_verbs_that_are_not_overridden_refuse() -> None:
    config = ClientConfig(account_id="1", currency="USD", time_zone="UTC", secrets={})
    client = GoogleClient(config)
    spec = campaign_spec(client.capabilities, date(2026, 3, 12))
    group = spec.ad_groups[0]
    with pytest.raises(UnsupportedFeature) as raised:
        client.create_ad_group(RemoteRef("campaign", "1"), group, spec)
    assert raised.value.platform == "google"
    with pytest.raises(UnsupportedFeature):
        client.create_ad(RemoteRef("ad_group", "1"), group.ads[0], MEDIA)
    tiktok = TikTokClient(replace(config, secrets={"access_token": "t"}))
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_campaign(spec)
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_ad_group(RemoteRef("campaign", "1"), group, spec)
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_creative(group.ads[0], MEDIA)


def test_change_without_values_is_no_call() -> None:
    config = ClientConfig(account_id="1", currency="USD", time_zone="UTC", secrets={})
    GoogleClient(config).update_campaign(RemoteRef("campaign", "1"), CampaignChange())


@pytest.mark.parametrize("client", [MetaClient, TikTokClient])
def test_what_is_kept_as_a_video_can_be_shown_everywhere(client: type[AdPlatform]) -> None:
    limits = client.capabilities.video
    assert limits is not None
    assert limits.min_seconds <= videos.MIN_SECONDS < videos.MAX_SECONDS <= limits.max_seconds
    assert limits.min_ratio <= videos.MIN_RATIO < videos.MAX_RATIO <= limits.max_ratio
    assert limits.max_bytes >= videos.MAX_BYTES
    assert limits.min_side <= videos.MIN_SIDE


def test_the_page_of_capabilities_is_made_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("client", CLIENTS)
def test_every_path_of_the_table_is_a_field_of_a_spec(client: type[AdPlatform]) -> None:
    known = set(paths(CampaignSpec, ""))
    assert set(client.capabilities.supports) <= known


def paths(node: Any, prefix: str) -> Iterator[str]:
    """Of a spec's model, without the places in lists."""
    for name, field in node.model_fields.items():
        yield f"{prefix}{name}"
        for part in models_in(field.annotation):
            yield from paths(part, f"{prefix}{name}.")


def models_in(annotation: Any) -> Iterator[type[Node]]:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
