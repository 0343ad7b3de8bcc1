"""What our rows want and what the platform has are one value after a launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Campaign
from campaigns.specs import compare, remote
from campaigns.specs.in_force import spec_of
from core.models import Advertiser
from platforms.registry import platform_for
from platforms.spec.campaign import CampaignSpec
from platforms.spec.remote import RemoteSpec
from tests.fixtures.plans import campaign_of
from tests.fixtures.videos import video
from tests.fixtures.world import Launch, picture

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def campaign(request: pytest.FixtureRequest, launch: Launch) -> Campaign:
    found = campaign_of(Strategy.objects.get(brief=launch(request.param)))
    assert found is not None
    return found


def read(campaign: Campaign) -> RemoteSpec:
    with platform_for(campaign.account) as client:
        found = remote.read(client, campaign)
    assert found is not None
    return found


def differences(there: CampaignSpec, wanted: CampaignSpec) -> Iterator[str]:
    yield from _differences(there.model_dump(), wanted.model_dump(), "")


def _differences(there: Any, wanted: Any, path: str) -> Iterator[str]:
    if isinstance(there, dict) and isinstance(wanted, dict):
        for key in sorted(set(there) | set(wanted)):
            yield from _differences(there.get(key), wanted.get(key), f"{path}.{key}")
    elif isinstance(there, tuple) and isinstance(wanted, tuple) and len(there) == len(wanted):
        for at, pair in enumerate(zip(there, wanted, strict=True)):
            yield from _differences(*pair, f"{path}[{at}]")
    elif there != wanted:
        yield f"{path}: {there!r} there, {wanted!r} wanted"


def test_a_launched_campaign_reads_back_as_it_is_wanted(campaign: Campaign) -> None:
    there = read(campaign)
    assert list(differences(there.spec, spec_of(campaign))) == []
    assert (there.unsupported, there.opaque) == ((), ())


ODD: list[dict[str, Any]] = [
    {
        "name": "登山靴 " * 28 + "Boots",
        "countries": ("JP", "DE", "AT"),
        "headlines": ("靴は軽い", "Dry  feet", "Légères & sèches"),
        "descriptions": ("Bottes légères, sèches — partout.", "軽い靴、しっかりしたグリップ。"),
        "keywords": ("Hiking Boots", "登山靴", "bottes d'été"),
        "age_min": 25,
        "age_max": 44,
        "gender": "female",
    },
    {
        "landing_url": "https://shop.example.com/a_b?x=1&y=%20#part",
        "countries": ("US", "CA"),
        "age_min": 55,
        "gender": "male",
        "call_to_action": "SHOP_NOW",
        "name": "Boots [ae-not-ours] – 50 % off",
    },
]


@pytest.mark.parametrize("odd", ODD, ids=["scripts", "signs"])
def test_odd_briefs_read_back_on_all_platforms(launch: Launch, odd: dict[str, Any]) -> None:
    for strategy in Strategy.objects.filter(brief=launch(**odd)):
        assert campaign_of(strategy) is not None
        there, wanted = read(campaign_of(strategy)), spec_of(campaign_of(strategy))
        assert (there.unsupported, there.opaque) == ((), ())
        with platform_for(strategy.account) as client:
            today = there.spec.schedule.start
            found = compare.differences(
                wanted, there.spec, carried=client.carried_name, today=today
            )
        assert list(map(str, found)) == []


def test_videos_read_back_with_their_cover(
    launch: Launch, advertiser: Advertiser, media: None
) -> None:
    images = (picture(advertiser).pk, video(advertiser).pk)
    for strategy in Strategy.objects.filter(brief=launch("meta", "tiktok", image_ids=images)):
        assert campaign_of(strategy) is not None
        there, wanted = read(campaign_of(strategy)), spec_of(campaign_of(strategy))
        formats = {ad.format for ad in there.spec.ad_groups[0].ads}
        assert formats == {"single_image", "single_video"}
        assert list(differences(there.spec, wanted)) == []
