"""Reads a campaign's spec from its platform, by what our rows know of it."""

from __future__ import annotations

import re

from campaigns.models import Ad, AdGroup, Asset, Campaign
from campaigns.specs.in_force import media_of
from platforms.interface import AdPlatform
from platforms.spec.ads import Media
from platforms.spec.remote import KnownNodes, RemoteFile, RemoteSpec

# Files are uploaded under the first half of their SHA-256 (publishing.specs).
_OURS = re.compile(r"([0-9a-f]{16})[.-]")


def read(client: AdPlatform, campaign: Campaign) -> RemoteSpec | None:
    """None where the campaign is not there. Raises platforms.errors, NotSayable."""
    return client.read_spec(campaign.remote_id, known_nodes(campaign))


def known_nodes(campaign: Campaign) -> KnownNodes:
    groups = AdGroup.objects.filter(campaign=campaign)
    ads = Ad.objects.filter(ad_group__campaign=campaign)
    rows: list[tuple[str, str, str]] = [(campaign.remote_id, campaign.reference, campaign.name)]
    for found in (groups, ads):
        rows += found.values_list("remote_id", "reference", "name")
    return KnownNodes(
        references={remote_id: reference for remote_id, reference, _ in rows if remote_id},
        names={reference: name for _, reference, name in rows if reference},
        media=lambda file: _media(campaign, file),
    )


def _media(campaign: Campaign, file: RemoteFile) -> Media | None:
    """None where no asset of the advertiser has that content, or more than one."""
    ours = _OURS.match(file.name)
    if ours is None:
        return None
    advertiser = campaign.account.advertiser_id
    found = Asset.objects.filter(advertiser=advertiser, sha256__startswith=ours.group(1))
    assets = list(found[:2])
    return media_of(assets[0]) if len(assets) == 1 else None
