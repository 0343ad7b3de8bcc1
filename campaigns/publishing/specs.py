"""A campaign's spec with its pictures and videos, as clients take it; hashes of what is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from django.db.models.fields.files import FieldFile

from campaigns.models import Asset
from core.common.errors import InvalidInput
from platforms.spec import campaign as plan
from platforms.spec.ads import Ad, Media, ResponsiveSearchAd, SingleImageAd, SingleVideoAd
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


def client_spec(spec: plan.CampaignSpec, *, with_media: bool = True) -> CampaignSpec:
    """As the clients take it. Reads images and posters unless told otherwise; a video is read when
    it is opened."""
    budget = spec.budget.amount
    if budget is None:
        raise InvalidInput("Campaigns are created with a budget of their own.", field="budget")
    return CampaignSpec(
        reference=spec.reference,
        name=spec.name,
        objective=spec.objective,
        daily_budget=budget,
        start=spec.schedule.start,
        end=spec.schedule.end,
        ad_groups=tuple(_ad_group(spec, group, with_media) for group in spec.ad_groups),
        political_ads=spec.declarations.political_ads,
    )


def _ad_group(spec: plan.CampaignSpec, group: plan.AdGroupSpec, with_media: bool) -> AdGroupSpec:
    said = group.targeting
    return AdGroupSpec(
        reference=group.reference,
        name=group.name,
        targeting=TargetingSpec(
            countries=said.locations.countries or spec.locations.countries,
            age_min=said.age_min,
            age_max=said.age_max,
            gender=said.gender,
            keywords=tuple(word.text for word in said.keywords),
        ),
        ads=tuple(_ad(ad, with_media) for ad in group.ads),
    )


def _ad(ad: Ad, with_media: bool) -> AdSpec:
    headlines, descriptions = _texts(ad)
    image = ad.image if isinstance(ad, SingleImageAd) else None
    video = ad.video if isinstance(ad, SingleVideoAd) else None
    return AdSpec(
        reference=ad.reference,
        name=ad.name,
        landing_url=ad.landing_url,
        headlines=headlines,
        descriptions=descriptions,
        image=_image(image) if image and with_media else None,
        video=_video(video) if video and with_media else None,
        call_to_action=ad.call_to_action if isinstance(ad, _SHOWN) else "LEARN_MORE",
    )


def _texts(ad: Ad) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if isinstance(ad, ResponsiveSearchAd):
        headlines = tuple(text.text for text in ad.headlines)
        return headlines, tuple(text.text for text in ad.descriptions)
    if isinstance(ad, _SHOWN):
        return (ad.headline,) if ad.headline else (), (ad.body,) if ad.body else ()
    raise InvalidInput(f"Ads of the format {ad.format} cannot be sent.", field="ads")


_SHOWN = (SingleImageAd, SingleVideoAd)


def _image(media: Media) -> ImageSpec:
    asset = _asset(media)
    data = _read_asset(asset.file, media.sha256)
    return ImageSpec(_file_name(asset), data, asset.width, asset.height)


def _video(media: Media) -> VideoSpec:
    asset, wanted = _asset(media), media.sha256
    poster = _read_asset(asset.poster, media.cover_sha256 or "")
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


def _asset(media: Media) -> Asset:
    asset = Asset.objects.filter(pk=media.asset).first()
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
