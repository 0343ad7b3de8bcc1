"""The records, the overridden verbs and the README say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from campaigns.library import videos
from core.common.money import currencies
from platforms.errors import UnsupportedFeature
from platforms.google.client import GoogleClient
from platforms.interface import AdPlatform, Capabilities, ClientConfig
from platforms.meta.client import MetaClient
from platforms.tiktok.client import TikTokClient
from platforms.types import CampaignChange, RemoteRef, VideoLimits
from tests.fixtures.specs import campaign_spec

CLIENTS: list[type[AdPlatform]] = [GoogleClient, MetaClient, TikTokClient]
README = Path(__file__).parents[2] / "platforms" / "README.md"


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
        client.create_ad(RemoteRef("ad_group", "1"), group.ads[0])
    tiktok = TikTokClient(replace(config, secrets={"access_token": "t"}))
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_campaign(spec)
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_ad_group(RemoteRef("campaign", "1"), group, spec)
    with pytest.raises(UnsupportedFeature):
        tiktok.validate_creative(group.ads[0])


def test_change_without_values_is_no_call() -> None:
    config = ClientConfig(account_id="1", currency="USD", time_zone="UTC", secrets={})
    GoogleClient(config).update_campaign(RemoteRef("campaign", "1"), CampaignChange())


def shown(name: str, value: Any) -> str:
    if name in _WORDS:
        return _WORDS[name](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "no limit" if value is None else str(value)


def bounds_in_words(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]} to {value[1]}"


def ages_in_words(value: tuple[int, ...]) -> str:
    every = value == tuple(range(value[0], value[-1] + 1))
    return f"any from {value[0]} to {value[-1]}" if every else " ".join(map(str, value))


def currencies_in_words(value: frozenset[str] | None) -> str:
    without = set(currencies()) - set(currencies() if value is None else value)
    return f"all but {' '.join(sorted(without))}" if without else "all"


def limits_in_words(limits: VideoLimits | None) -> str:
    if limits is None:
        return "no"
    return (
        f"{limits.min_seconds} to {limits.max_seconds} s, {limits.min_side} pixels, "
        f"{limits.max_bytes // 1_000_000} MB"
    )


_WORDS: dict[str, Callable[[Any], str]] = {
    "video": limits_in_words,
    "objectives": lambda value: ", ".join(sorted(value)),
    "headlines": bounds_in_words,
    "descriptions": bounds_in_words,
    "age_bounds": ages_in_words,
    "currencies": currencies_in_words,
    "keyword_signs": lambda value: value.replace("|", "\\|") or "none",
    "whole_currencies": lambda value: " ".join(sorted(value)) or "none",
}


@pytest.mark.parametrize("client", [MetaClient, TikTokClient])
def test_what_is_kept_as_a_video_can_be_shown_everywhere(client: type[AdPlatform]) -> None:
    limits = client.capabilities.video
    assert limits is not None
    assert limits.min_seconds <= videos.MIN_SECONDS < videos.MAX_SECONDS <= limits.max_seconds
    assert limits.min_ratio <= videos.MIN_RATIO < videos.MAX_RATIO <= limits.max_ratio
    assert limits.max_bytes >= videos.MAX_BYTES
    assert limits.min_side <= videos.MIN_SIDE


def test_table_in_the_readme_is_the_record() -> None:
    text = README.read_text()
    table = text.split("<!-- capabilities -->\n")[1].split("\n<!-- /capabilities -->")[0]
    names = [field.name for field in fields(Capabilities) if field.name != "platform"]
    expected = [
        "| | " + " | ".join(client.capabilities.platform for client in CLIENTS) + " |",
        "|---|---|---|---|",
        *(
            f"| {name} | "
            + " | ".join(shown(name, getattr(client.capabilities, name)) for client in CLIENTS)
            + " |"
            for name in names
        ),
    ]
    assert table.splitlines() == expected
