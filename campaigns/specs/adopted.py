"""Reads the spec of a campaign that was made elsewhere, once it is adopted. Nothing is written
there: its nodes get references in our rows alone, and are known by their remote ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.models import Ad, AdGroup, Campaign, SpecVersion
from campaigns.specs import remote, versions
from core.models import Actor, ActorKind, AuditAction, record
from platforms.common.references import new_reference
from platforms.interface import AdPlatform
from platforms.spec.remote import NotSayable, RemoteSpec, Unsupported

SPEC_JOB = "read_spec"
READER = Actor(ActorKind.WORKER, "reader of settings")
_SHOWN = 10


def read_adopted(client: AdPlatform, campaign: Campaign) -> str:
    """Store what it is now, with what the plan language cannot say, and tell it in the campaign's
    history. What is told. Raises platforms.errors."""
    _give_references(campaign)
    try:
        there = remote.read(client, campaign)
    except NotSayable as why:
        says = f"AdsEngine cannot describe this campaign: it {why}. Its settings are left alone."
    else:
        says = "It cannot be found on the platform." if there is None else _stored(campaign, there)
    advertiser = campaign.account.advertiser
    record(READER, AuditAction.READ_SETTINGS, campaign, advertiser=advertiser, reason=says)
    return says


def _stored(campaign: Campaign, there: RemoteSpec) -> str:
    versions.store(campaign, there.spec, SpecVersion.Origin.ADOPTED, there.unsupported)
    if not there.unsupported:
        return "AdsEngine knows all its settings."
    return f"Settings that AdsEngine leaves as they are: {_listed(there.unsupported)}."


def _listed(left: Sequence[Unsupported]) -> str:
    shown = [f"{one.field} ({one.value})" for one in left[:_SHOWN]]
    more = len(left) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown)


def _give_references(campaign: Campaign) -> None:
    rows: list[Any] = [campaign, *AdGroup.objects.filter(campaign=campaign)]
    rows += Ad.objects.filter(ad_group__campaign=campaign)
    for row in rows:
        if not row.reference:
            row.reference = new_reference()
            row.save(update_fields=["reference"])
