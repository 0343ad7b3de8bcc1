"""A campaign's spec as JSON and back, and its hash: what is sent equals what was reviewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO, cast

from django.db.models.fields.files import FieldFile

from campaigns.models import Asset
from core.common.errors import InvalidInput
from core.common.money import Money
from platforms.types import (
    AdGroupSpec,
    AdSpec,
    CampaignSpec,
    ImageSpec,
    TargetingSpec,
    VideoSpec,
)


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
    {"asset": id, "sha256": …}, videos so too, with "poster_sha256" and "duration_ms"."""
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


def approved_budget(content: Mapping[str, Any]) -> Money | None:
    """The daily budget of stored JSON; None where it holds none, as of a campaign that was made
    elsewhere."""
    micros, currency = content.get("daily_budget_micros"), content.get("currency")
    if not isinstance(micros, int) or not isinstance(currency, str):
        return None
    return Money.from_micros(micros, currency)


def campaign_spec(content: Mapping[str, Any], *, with_media: bool = True) -> CampaignSpec:
    """The typed spec of stored JSON. Reads images and posters unless told otherwise; a video is
    read when it is opened."""
    return CampaignSpec(
        reference=content["reference"],
        name=content["name"],
        objective=content["objective"],
        daily_budget=Money.from_micros(content["daily_budget_micros"], content["currency"]),
        start=date.fromisoformat(content["start"]),
        end=date.fromisoformat(content["end"]) if content["end"] else None,
        ad_groups=tuple(_ad_group(item, with_media) for item in content["ad_groups"]),
        political_ads=content["political_ads"],
    )


def _ad_group(content: Mapping[str, Any], with_media: bool) -> AdGroupSpec:
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
        ads=tuple(_ad(item, with_media) for item in content["ads"]),
    )


def _ad(content: Mapping[str, Any], with_media: bool) -> AdSpec:
    image, video = content.get("image"), content.get("video")
    return AdSpec(
        reference=content["reference"],
        name=content["name"],
        landing_url=content["landing_url"],
        headlines=tuple(content["headlines"]),
        descriptions=tuple(content["descriptions"]),
        image=_image(image) if image and with_media else None,
        video=_video(video) if video and with_media else None,
        call_to_action=content["call_to_action"],
    )


def _image(content: Mapping[str, Any]) -> ImageSpec:
    asset = _asset(content)
    data = _read_asset(asset.file, content["sha256"])
    return ImageSpec(_file_name(asset), data, asset.width, asset.height)


def _video(content: Mapping[str, Any]) -> VideoSpec:
    asset, wanted = _asset(content), str(content["sha256"])
    poster = _read_asset(asset.poster, content["poster_sha256"])
    try:
        size = asset.file.size
    except OSError as error:
        raise _missing() from error
    return VideoSpec(
        file_name=_file_name(asset),
        open=lambda: _open_video(asset, wanted),
        size=size,
        sha256=wanted,
        poster=ImageSpec(f"{wanted[:16]}.poster.jpg", poster, asset.width, asset.height),
    )


def _file_name(asset: Asset) -> str:
    """By content, so that a platform can be asked whether it has it."""
    return f"{asset.sha256[:16]}.{asset.suffix}"


def _asset(content: Mapping[str, Any]) -> Asset:
    asset = Asset.objects.filter(pk=content["asset"]).first()
    if asset is None:
        raise _missing()
    return asset


def _open_video(asset: Asset, sha256: str) -> BinaryIO:
    """Open at its start. Whoever opens it to send it gets what was approved, or InvalidInput."""
    try:
        file: Any = asset.file.storage.open(str(asset.file.name), "rb")
    except OSError as error:
        raise _missing() from error
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise _missing()
    file.seek(0)
    return cast(BinaryIO, file)


def _read_asset(stored: FieldFile, sha256: str) -> bytes:
    data = _bytes_of(stored)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _missing()
    return data


def _missing() -> InvalidInput:
    return InvalidInput(
        "A picture or video of this plan is missing or is not the one that was approved. Upload "
        "it again and plan again.",
        field="images",
    )


def _bytes_of(stored: FieldFile) -> bytes:
    try:
        with stored.open("rb") as file:
            data: bytes = file.read()
            return data
    except (OSError, ValueError):  # gone, or never there
        return b""
