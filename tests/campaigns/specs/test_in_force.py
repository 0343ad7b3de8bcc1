"""What our rows want and what the platform has are one value after a launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agents.models import Strategy
from campaigns.models import Campaign
from campaigns.specs import remote
from campaigns.specs.in_force import spec_of
from platforms.registry import platform_for
from platforms.spec.campaign import CampaignSpec
from platforms.spec.remote import RemoteSpec
from tests.fixtures.world import Launch

PLATFORMS = ["google", "meta", "tiktok"]


@pytest.fixture(params=PLATFORMS)
def campaign(request: pytest.FixtureRequest, launch: Launch) -> Campaign:
    found = Strategy.objects.get(brief=launch(request.param)).campaign
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
