"""A campaign's spec as JSON and back, and its hash: what is sent equals what was reviewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from adsengine.common.errors import InvalidInput
from adsengine.common.money import Money
from campaigns.models import Asset
from platforms.types import AdGroupSpec, AdSpec, CampaignSpec, ImageSpec, TargetingSpec


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: key order and spacing do not matter."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def campaign_json(
    *,
    reference: str,
    name: str,
    objective: str,
    daily_budget: Money,
    start: date,
    end: date | None,
    ad_groups: list[dict[str, Any]],
    political_ads: bool,
) -> dict[str, Any]:
    """The stored form of a CampaignSpec. Money as integer micros, days as ISO dates, images as
    {"asset": id, "sha256": …}."""
    return {
        "reference": reference,
        "name": name,
        "objective": objective,
        "daily_budget_micros": daily_budget.micros,
        "currency": daily_budget.currency,
        "start": start.isoformat(),
        "end": end.isoformat() if end else None,
        "ad_groups": ad_groups,
        "political_ads": political_ads,
    }


def campaign_spec(content: Mapping[str, Any], *, with_images: bool = True) -> CampaignSpec:
    """The typed spec of stored JSON. Reads image files unless told otherwise."""
    return CampaignSpec(
        reference=content["reference"],
        name=content["name"],
        objective=content["objective"],
        daily_budget=Money.from_micros(content["daily_budget_micros"], content["currency"]),
        start=date.fromisoformat(content["start"]),
        end=date.fromisoformat(content["end"]) if content["end"] else None,
        ad_groups=tuple(_ad_group(item, with_images) for item in content["ad_groups"]),
        political_ads=content["political_ads"],
    )


def _ad_group(content: Mapping[str, Any], with_images: bool) -> AdGroupSpec:
    targeting = dict(content["targeting"])
    return AdGroupSpec(
        reference=content["reference"],
        name=content["name"],
        targeting=TargetingSpec(
            countries=tuple(targeting["countries"]),
            age_min=targeting["age_min"],
            age_max=targeting["age_max"],
            gender=targeting["gender"],
            keywords=tuple(targeting["keywords"]),
        ),
        ads=tuple(_ad(item, with_images) for item in content["ads"]),
    )


def _ad(content: Mapping[str, Any], with_images: bool) -> AdSpec:
    image = content.get("image")
    return AdSpec(
        reference=content["reference"],
        name=content["name"],
        landing_url=content["landing_url"],
        headlines=tuple(content["headlines"]),
        descriptions=tuple(content["descriptions"]),
        image=_image(image) if image and with_images else None,
        call_to_action=content["call_to_action"],
    )


def _image(content: Mapping[str, Any]) -> ImageSpec:
    asset = Asset.objects.filter(pk=content["asset"]).first()
    data = _bytes_of(asset) if asset else b""
    if asset is None or hashlib.sha256(data).hexdigest() != content["sha256"]:
        raise InvalidInput(
            "A picture of this plan is missing or is not the one that was approved. Upload it "
            "again and plan again.",
            field="images",
        )
    suffix = "png" if asset.mime == "image/png" else "jpg"
    return ImageSpec(f"{asset.sha256[:16]}.{suffix}", data, asset.width, asset.height)


def _bytes_of(asset: Asset) -> bytes:
    try:
        with asset.file.open("rb") as file:
            data: bytes = file.read()
            return data
    except OSError:
        return b""
