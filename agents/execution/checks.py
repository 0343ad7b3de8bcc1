"""Compares a campaign, as the platform has it, with the approved plan."""

from __future__ import annotations

import time
from collections.abc import Sequence

from campaigns.models import Campaign, SpecVersion
from campaigns.specs import remote, versions
from campaigns.specs.compare import Difference, differences
from core.common import dates
from platforms.interface import AdPlatform
from platforms.spec.campaign import CampaignSpec
from platforms.spec.remote import NotSayable, RemoteSpec

_WAITS = (1.0, 2.0, 4.0)
"""Seconds between two readings, as lists may lag behind writes; after the last it stands."""
_SHOWN = 5


def before_switched_on(spec: CampaignSpec) -> CampaignSpec:
    """As a campaign of a plan is to be read back."""
    return spec.model_copy(update={"status": "paused"})


def problems(client: AdPlatform, campaign: Campaign, wanted: CampaignSpec) -> list[str]:
    """One sentence per difference; none when all is as approved. What was read is stored. Raises
    platforms.errors."""
    found: list[str] = []
    for wait in (0.0, *_WAITS):
        time.sleep(wait)
        found = _read(client, campaign, wanted)
        if not found:
            break
    return found


def _read(client: AdPlatform, campaign: Campaign, wanted: CampaignSpec) -> list[str]:
    try:
        there = remote.read(client, campaign)
    except NotSayable as why:
        return [f"The campaign there cannot be compared: it {why}."]
    if there is None:
        return ["The campaign cannot be found."]
    versions.store(campaign, there.spec, SpecVersion.Origin.READ, there.unsupported)
    today = dates.today(campaign.account.time_zone)
    found = differences(wanted, there.spec, carried=client.carried_name, today=today)
    return [*_sentences(found), *_strangers(there)]


def _sentences(found: Sequence[Difference]) -> list[str]:
    shown = [str(one) for one in found[:_SHOWN]]
    left = len(found) - len(shown)
    return [*shown, f"And {left} more."] if left else shown


def _strangers(there: RemoteSpec) -> list[str]:
    """A new campaign holds nothing but what the plan says."""
    return [f"The {one.kind.replace('_', ' ')} “{one.name}” {one.why}." for one in there.opaque]
