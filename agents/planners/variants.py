"""Makes two to four different ads from a brief's texts, pictures and videos, for a fair test."""

from __future__ import annotations

from itertools import zip_longest

from agents.contracts import ExecutionContext
from agents.planners.drafts import AdDraft
from agents.planners.names import ad_name, landing_url
from campaigns.models import Asset
from campaigns.models.brief import CALLS_TO_ACTION
from campaigns.specs.in_force import media_of
from core.common.texts import has_emoji
from platforms.rules.capabilities import Capabilities

MAX_MEDIA_ADS = 4
MAX_TEXT_ADS = 3  # Google: at most three enabled responsive search ads in an ad group


def ad_variants(context: ExecutionContext) -> tuple[list[AdDraft], list[str]]:
    """The ads, and notes on what was left out or added."""
    notes: list[str] = []
    can, brief = context.capabilities, context.brief
    headlines: list[str] = []
    if can.headlines[1]:
        headlines = _select_fitting(can, brief.headlines, "headline", notes)
    descriptions = _select_fitting(can, brief.descriptions, "description", notes)
    if not can.emoji:
        headlines = _select_without_emoji(headlines, "headline", notes)
        descriptions = _select_without_emoji(descriptions, "description", notes)
    if can.ad_format == "responsive_text":
        notes += _unused_videos_note(context)
        return _text_ads(context, headlines, descriptions, notes), notes
    return _media_ads(context, headlines, descriptions, notes), notes


def _unused_videos_note(context: ExecutionContext) -> list[str]:
    videos = sum(1 for asset in context.images if asset.is_video)
    if not videos:
        return []
    subject = "The chosen video is" if videos == 1 else f"The {videos} chosen videos are"
    return [f"{subject} left out here: a search ad shows texts only."]


def _select_fitting(can: Capabilities, texts: list[str], what: str, notes: list[str]) -> list[str]:
    length = can.headline_length if what == "headline" else can.description_length
    for text in texts:
        size = can.text_size(text)
        if size > length:
            wide = ", wide ones counted twice" if size > len(text) else ""
            notes.append(f"Left out the {what} “{text}”: {size} characters{wide}, {length} fit.")
    return [text for text in texts if can.text_size(text) <= length]


def _select_without_emoji(texts: list[str], what: str, notes: list[str]) -> list[str]:
    """The texts without emoji; the others get a note."""
    for text in texts:
        if has_emoji(text):
            notes.append(f"Left out the {what} “{text}”: emoji are not taken here.")
    return [text for text in texts if not has_emoji(text)]


def _text_ads(
    context: ExecutionContext, headlines: list[str], descriptions: list[str], notes: list[str]
) -> list[AdDraft]:
    can = context.capabilities
    spare = _spare_texts(context)
    headlines, added = _fill_up(headlines, spare, can.headlines[0], can.headline_length)
    notes += [f"Added the headline “{text}”: {can.headlines[0]} are needed." for text in added]
    descriptions, added = _fill_up(descriptions, spare, can.descriptions[0], can.description_length)
    notes += [f"Added the description “{text}”, since more are needed here." for text in added]
    count = min(MAX_TEXT_ADS, max(2, len(context.brief.headlines) // 3))
    return [
        _draft(
            context,
            i,
            headlines=_rotate(headlines, i)[: can.headlines[1]],
            descriptions=_rotate(descriptions, i)[: can.descriptions[1]],
        )
        for i in range(count)
    ]


def _spare_texts(context: ExecutionContext) -> list[str]:
    """Texts for Google's minimum of three headlines and two descriptions. The brief's name is not
    used: it is internal."""
    action = dict(CALLS_TO_ACTION)[context.brief.call_to_action]
    return [f"{action} today", f"{action} now", action]


def _fill_up(
    texts: list[str], spare: list[str], fewest: int, length: int
) -> tuple[list[str], list[str]]:
    """The texts, filled up with spare ones to the minimum, and those that were added."""
    fitting = [text for text in spare if len(text) <= length and text not in texts]
    added = fitting[: max(0, fewest - len(texts))]
    return [*texts, *added], added


def _media_ads(
    context: ExecutionContext, headlines: list[str], descriptions: list[str], notes: list[str]
) -> list[AdDraft]:
    media = _alternate_media(context, notes)
    pools = [len(descriptions), len(media)]
    if context.capabilities.headlines[1]:
        pools.append(len(headlines))
    count = min(MAX_MEDIA_ADS, max(pools, default=0))
    if count < 2:
        notes.append(
            "Only one ad can be made of these texts, pictures and videos: nothing can be tested."
        )
    return [
        _draft(
            context,
            i,
            headlines=_pick(headlines, i),
            descriptions=_pick(descriptions, i),
            asset=media[i % len(media)] if media else None,
        )
        for i in range(max(count, 1))
    ]


def _alternate_media(context: ExecutionContext, notes: list[str]) -> list[Asset]:
    """Picture, video, picture …, so that both kinds are among the few ads."""
    pictures = [asset for asset in context.images if not asset.is_video]
    videos = [asset for asset in context.images if asset.is_video]
    if context.capabilities.video is None and videos:
        notes.append(f"Left out {len(videos)} of the videos: they cannot be shown here.")
        videos = []
    media = [asset for pair in zip_longest(pictures, videos) for asset in pair if asset]
    for asset in media[MAX_MEDIA_ADS:]:
        notes.append(
            f"Left out the {asset.get_kind_display()} “{asset.name}”: {MAX_MEDIA_ADS} ads are made."
        )
    return media[:MAX_MEDIA_ADS]


def _draft(
    context: ExecutionContext,
    index: int,
    *,
    headlines: list[str],
    descriptions: list[str],
    asset: Asset | None = None,
) -> AdDraft:
    lead = (headlines or descriptions or [context.brief.name])[0]
    letter = chr(ord("A") + index)
    name = ad_name(context, letter, lead)
    return AdDraft(
        name=name,
        landing_url=landing_url(context, letter, name),
        headlines=tuple(headlines),
        descriptions=tuple(descriptions),
        call_to_action=context.brief.call_to_action if context.capabilities.image else "",
        media=media_of(asset) if asset else None,
    )


def _rotate(texts: list[str], by: int) -> list[str]:
    return texts[by % len(texts) :] + texts[: by % len(texts)] if texts else []


def _pick(texts: list[str], index: int) -> list[str]:
    return [texts[index % len(texts)]] if texts else []
