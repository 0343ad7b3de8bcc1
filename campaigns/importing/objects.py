"""The campaigns, ad groups and ads that an imported report names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models

from campaigns.importing.conflicts import Known
from campaigns.importing.staging import Staged
from campaigns.models import Ad, AdGroup, Campaign, Creative, RemoteState, Wanted
from platforms.models import AdAccount

NO_GROUP = "Imported"
_BATCH = 1000
_CREATIVE_NAME = 255
_STATE = {"wanted": Wanted.ACTIVE, "remote": RemoteState.UNKNOWN}
Row = TypeVar("Row", bound=models.Model)
Entity = tuple[int, str, str]


def ensure_campaigns(account: AdAccount, staged: Staged, known: Known) -> dict[int, int]:
    """The id of each campaign that has a good row, by its number in the file."""
    numbers = {staged.campaign(row) for row in staged.rows}
    ids = {n: pk for n, pk in known.campaign_ids.items() if n in numbers}
    new = [(name, n) for name, n in staged.campaigns.items() if n in numbers and n not in ids]
    made = _create(
        Campaign(account=account, name=name, origin=Campaign.Origin.IMPORT, managed=False, **_STATE)
        for name, _ in new
    )
    return ids | {n: row.pk for (_, n), row in zip(new, made, strict=True)}


def ensure_ads(account: AdAccount, staged: Staged, campaign_ids: dict[int, int]) -> dict[int, int]:
    """The id of each ad that has a good row, by its entity's number; ad groups are made too."""
    used = {staged.entity[row] for row in staged.rows}
    entities = {
        (campaign_ids[campaign], group or NO_GROUP, ad): number
        for (campaign, group, ad), number in staged.entities.items()
        if number in used and (group or ad)
    }
    groups = _ensure_groups(account, entities)
    if not staged.has_ads:
        return {}
    fields = ("ad_group__campaign_id", "ad_group__name", "name", "pk")
    known = Ad.objects.filter(ad_group__campaign__account=account).order_by("-pk")
    ids = {
        entities[campaign, group, ad]: pk
        for campaign, group, ad, pk in known.values_list(*fields).iterator()
        if (campaign, group, ad) in entities
    }
    new = [entity for entity, number in entities.items() if number not in ids]
    made = _create_ads(account, new, groups)
    return ids | {entities[entity]: ad.pk for entity, ad in zip(new, made, strict=True)}


def _ensure_groups(account: AdAccount, entities: Iterable[Entity]) -> dict[tuple[int, str], int]:
    known = AdGroup.objects.filter(campaign__account=account).order_by("-pk")
    rows = known.values_list("campaign_id", "name", "pk").iterator()
    groups = {(campaign, name): pk for campaign, name, pk in rows}
    new = list(dict.fromkeys((c, group) for c, group, _ in entities if (c, group) not in groups))
    made = _create(AdGroup(campaign_id=campaign, name=name, **_STATE) for campaign, name in new)
    return groups | {key: group.pk for key, group in zip(new, made, strict=True)}


def _create_ads(
    account: AdAccount, entities: Sequence[Entity], groups: dict[tuple[int, str], int]
) -> list[Ad]:
    creatives = _create(
        Creative(advertiser_id=account.advertiser_id, name=ad[:_CREATIVE_NAME])
        for _, _, ad in entities
    )
    return _create(
        Ad(ad_group_id=groups[campaign, group], creative=creative, name=ad, **_STATE)
        for (campaign, group, ad), creative in zip(entities, creatives, strict=True)
    )


def _create(rows: Iterable[Row]) -> list[Row]:
    made = list(rows)
    if made:
        type(made[0])._default_manager.bulk_create(made, batch_size=_BATCH)
    return made
