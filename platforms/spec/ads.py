"""Ads, by format. Media are named by asset and content; the bytes come beside the spec."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from platforms.spec.base import (
    MOST,
    Address,
    Composed,
    Name,
    Node,
    Reference,
    RemoteId,
    Sha256,
    SpecStatus,
)
from platforms.spec.platform_parts import AdPart

Text = Annotated[str, Field(max_length=5000, pattern=r"\S"), Composed]
MaybeText = Annotated[str, Field(max_length=5000), Composed]
"""Of an ad with pictures; empty where it shows none. Whether a platform needs it is its rule."""
MediaRole = Literal["landscape", "square", "upright", "logo", "cover", "video"]


class Media(Node):
    """One picture or video: our asset, its content, and what it is used as."""

    asset: Annotated[int, Field(ge=1, le=MOST)]
    sha256: Sha256
    role: MediaRole
    cover_sha256: Sha256 | None = None
    """Of a video: its cover."""
    duration_ms: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class PinnedText(Node):
    """A text, and the position that it is bound to; 0: the platform chooses."""

    text: Text
    pin: Annotated[int, Field(ge=0, le=3)] = 0


class _Ad(Node):
    reference: Reference
    name: Name
    status: SpecStatus = "active"
    landing_url: Address
    tracking: Annotated[str, Field(max_length=2048)] = ""
    part: AdPart | None = None


class ResponsiveSearchAd(_Ad):
    format: Literal["responsive_search"]
    headlines: Annotated[tuple[PinnedText, ...], Field(min_length=1, max_length=15)]
    descriptions: Annotated[tuple[PinnedText, ...], Field(min_length=1, max_length=4)]
    paths: Annotated[tuple[Text, ...], Field(max_length=2)] = ()


class _ShownAd(_Ad):
    """With pictures or videos."""

    call_to_action: Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")] = "LEARN_MORE"


class SingleImageAd(_ShownAd):
    format: Literal["single_image"]
    headline: MaybeText = ""
    body: MaybeText = ""
    image: Media


class SingleVideoAd(_ShownAd):
    format: Literal["single_video"]
    headline: MaybeText = ""
    body: MaybeText = ""
    video: Media


class Card(Node):
    headline: Text
    landing_url: Address
    image: Media


class CarouselAd(_ShownAd):
    format: Literal["carousel"]
    body: Text
    cards: Annotated[tuple[Card, ...], Field(min_length=2, max_length=10)]


class _MixedAd(_ShownAd):
    """Texts and media of which the platform makes ads."""

    headlines: Annotated[tuple[Text, ...], Field(min_length=1, max_length=15)]
    long_headlines: Annotated[tuple[Text, ...], Field(max_length=5)] = ()
    descriptions: Annotated[tuple[Text, ...], Field(min_length=1, max_length=5)]
    business_name: Annotated[str, Field(max_length=100), Composed] = ""
    media: Annotated[tuple[Media, ...], Field(min_length=1, max_length=40)]


class ResponsiveDisplayAd(_MixedAd):
    format: Literal["responsive_display"]


class DemandGenAd(_MixedAd):
    format: Literal["demand_gen"]


class DynamicAd(_MixedAd):
    format: Literal["dynamic"]


class AssetGroupAd(_MixedAd):
    format: Literal["asset_group"]


class CatalogueAd(_ShownAd):
    format: Literal["catalogue"]
    product_set: RemoteId
    headline: MaybeText = ""
    body: MaybeText = ""


class ExistingPostAd(_ShownAd):
    format: Literal["existing_post"]
    post: RemoteId


Ad = Annotated[
    ResponsiveSearchAd
    | SingleImageAd
    | SingleVideoAd
    | CarouselAd
    | ResponsiveDisplayAd
    | DemandGenAd
    | DynamicAd
    | AssetGroupAd
    | CatalogueAd
    | ExistingPostAd,
    Field(discriminator="format"),
]
AD_CLASSES: tuple[type[_Ad], ...] = get_args(get_args(Ad)[0])


def headlines_of(ad: Ad) -> tuple[str, ...]:
    """What it shows as headlines; likewise below."""
    if isinstance(ad, ResponsiveSearchAd):
        return tuple(text.text for text in ad.headlines)
    if isinstance(ad, SingleImageAd | SingleVideoAd | CatalogueAd):
        return (ad.headline,) if ad.headline else ()
    return ad.headlines if isinstance(ad, _MixedAd) else ()


def descriptions_of(ad: Ad) -> tuple[str, ...]:
    if isinstance(ad, ResponsiveSearchAd):
        return tuple(text.text for text in ad.descriptions)
    if isinstance(ad, SingleImageAd | SingleVideoAd | CatalogueAd | CarouselAd):
        return (ad.body,) if ad.body else ()
    return ad.descriptions if isinstance(ad, _MixedAd) else ()


def media_of(ad: Ad) -> tuple[Media, ...]:
    """In the order in which it shows them."""
    if isinstance(ad, SingleImageAd):
        return (ad.image,)
    if isinstance(ad, SingleVideoAd):
        return (ad.video,)
    if isinstance(ad, CarouselAd):
        return tuple(card.image for card in ad.cards)
    return ad.media if isinstance(ad, _MixedAd) else ()
