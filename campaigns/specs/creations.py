"""What the requests that create a campaign send: the spec that was approved, by its version."""

from __future__ import annotations

from typing import Any

from campaigns.models import PublishRequest, SpecVersion
from campaigns.specs import versions
from core.common.errors import InvalidInput
from platforms.spec.ads import Ad
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.first_edition import spec_of_first_edition


def payload_of(version: SpecVersion) -> dict[str, Any]:
    return {"spec_version": version.pk, "spec_hash": version.hash}


def spec_of_request(request: PublishRequest) -> CampaignSpec:
    """Raises InvalidInput where the version is gone or is not what was asked for, SpecMalformed
    where it cannot be read."""
    content = request.payload
    if "spec" in content:  # asked for by an older version of AdsEngine
        return spec_of_first_edition(request.account.platform, content["spec"])
    known = SpecVersion.objects.filter(pk=content["spec_version"], campaign=request.campaign_id)
    version = known.first()
    if version is None or version.hash != content["spec_hash"]:
        raise InvalidInput("The approved spec is gone. Plan again.", field="spec")
    return versions.read_back(version)


def group_of(spec: CampaignSpec, reference: str) -> AdGroupSpec:
    """Raises InvalidInput, as ad_of does."""
    for group in spec.ad_groups:
        if group.reference == reference:
            return group
    raise _unknown(spec, reference)


def ad_of(spec: CampaignSpec, reference: str) -> Ad:
    for group in spec.ad_groups:
        for ad in group.ads:
            if ad.reference == reference:
                return ad
    raise _unknown(spec, reference)


def _unknown(spec: CampaignSpec, reference: str) -> InvalidInput:
    return InvalidInput(f"“{spec.name}” has nothing with the reference {reference}.", field="spec")
