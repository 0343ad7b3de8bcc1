"""Stores what a campaign's spec was at a moment: approved, read, or adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction

from campaigns.models import Campaign, SpecVersion
from campaigns.models.spec_versions import compress
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import Problem, SpecMalformed
from platforms.spec.remote import Unsupported
from platforms.spec.text import hash_of, parse_spec, serialise

Origin = SpecVersion.Origin


@transaction.atomic
def store(
    campaign: Campaign,
    spec: CampaignSpec,
    origin: Origin,
    unsupported: Sequence[Unsupported] = (),
) -> SpecVersion:
    """A new version, unless the newest of this origin says the same."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # numbers are given one by one
    told, digest = [asdict(one) for one in unsupported], hash_of(spec)
    newest = campaign.spec_versions.filter(origin=origin).first()
    if newest is not None and (newest.hash, newest.unsupported) == (digest, told):
        return newest
    last = campaign.spec_versions.first()
    return SpecVersion.objects.create(
        campaign=campaign,
        number=1 + (last.number if last else 0),
        compressed=compress(serialise(spec)),
        hash=digest,
        origin=origin,
        unsupported=told,
    )


def approved(campaign: Campaign) -> SpecVersion | None:
    """The newest that was approved; None of a campaign that was made elsewhere."""
    return campaign.spec_versions.filter(origin=Origin.APPROVED).first()


def read_back(version: SpecVersion) -> CampaignSpec:
    """Raises SpecMalformed, also where the text is not the one that was stored."""
    text = version.text
    if hashlib.sha256(text.encode()).hexdigest() != version.hash:
        raise SpecMalformed([Problem("", f"the text of version {version.number} was altered")])
    return parse_spec(text)
