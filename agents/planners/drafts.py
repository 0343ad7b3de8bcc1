"""An ad as it is drafted and shown: unlike one in a plan, it may be half written."""

from __future__ import annotations

from dataclasses import dataclass

from platforms.common.references import new_reference
from platforms.spec.ads import (
    Ad,
    Media,
    PinnedText,
    ResponsiveSearchAd,
    SingleImageAd,
    SingleVideoAd,
    descriptions_of,
    headlines_of,
    media_of,
)


@dataclass(frozen=True)
class AdDraft:
    name: str
    landing_url: str
    headlines: tuple[str, ...]
    descriptions: tuple[str, ...]
    call_to_action: str = ""
    """Empty where the ad has no button."""
    media: Media | None = None

    @property
    def video(self) -> Media | None:
        return self.media if self.media and self.media.role == "video" else None

    @property
    def image(self) -> Media | None:
        return None if self.video else self.media


def ad_of_draft(draft: AdDraft) -> Ad:
    """A new ad of a plan: of texts, or of a picture or video with one text each. Raises
    ValidationError where a part of it cannot be said."""
    if draft.media is None:
        return ResponsiveSearchAd(
            reference=new_reference(),
            name=draft.name,
            landing_url=draft.landing_url,
            format="responsive_search",
            headlines=tuple(PinnedText(text=text) for text in draft.headlines),
            descriptions=tuple(PinnedText(text=text) for text in draft.descriptions),
        )
    common = {
        "reference": new_reference(),
        "name": draft.name,
        "landing_url": draft.landing_url,
        "headline": next(iter(draft.headlines), ""),
        "body": next(iter(draft.descriptions), ""),
        "call_to_action": draft.call_to_action,
    }
    if draft.video:
        return SingleVideoAd.model_validate(
            {**common, "format": "single_video", "video": draft.video}
        )
    return SingleImageAd.model_validate({**common, "format": "single_image", "image": draft.image})


def draft_of_ad(ad: Ad) -> AdDraft:
    """How an ad of a plan is shown: of several pictures, the first."""
    return AdDraft(
        ad.name,
        ad.landing_url,
        headlines_of(ad),
        descriptions_of(ad),
        "" if isinstance(ad, ResponsiveSearchAd) else ad.call_to_action,
        next(iter(media_of(ad)), None),
    )
