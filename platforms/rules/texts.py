"""What a platform refuses of names and texts: too many, too long, twice, or with odd signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.common.texts import has_control_characters, has_emoji
from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Problems, ads_of, name_of
from platforms.spec.ads import Ad, ResponsiveSearchAd, descriptions_of, headlines_of
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import path_text
from platforms.types import SpecProblem

Texts = tuple[str, str, tuple[str, ...], int]
"""Field of the brief, path of the field, its texts and their most characters."""
_ONE = {"headlines": "headline", "descriptions": "body"}


def _lists(can: Capabilities, spec: CampaignSpec) -> Iterator[tuple[Ad, list[Texts]]]:
    """Of each ad what the platform shows of it."""
    for place, ad in ads_of(spec):
        shown = path_text(place)
        found: list[Texts] = []
        for field, texts, most, length in (
            ("headlines", headlines_of(ad), can.headlines[1], can.headline_length),
            ("descriptions", descriptions_of(ad), can.descriptions[1], can.description_length),
        ):
            if most:
                own = field if isinstance(ad, ResponsiveSearchAd) else _ONE[field]
                found.append((field, f"{shown}.{own}", texts, length))
        yield ad, found


def counts(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad, lists in _lists(can, spec):
        for field, path, texts, length in lists:
            low, high = getattr(can, field)
            if not low <= len(texts) <= high:
                says = (
                    f"Ad {ad.name} has {len(texts)} {field} that fit; {low} to {high} are needed, "
                    f"of at most {length} characters each. Write shorter ones."
                )
                yield SpecProblem(field, says, path)


def counts_sentence(can: Capabilities) -> str:
    shown = [("headlines", can.headlines), ("descriptions", can.descriptions)]
    return (
        f"An ad has {' and '.join(_count(what, *bounds) for what, bounds in shown if bounds[1])}."
    )


def _count(what: str, low: int, high: int) -> str:
    if low == high == 1:
        return f"one {what.removesuffix('s')}"
    return f"{low} {what}" if low == high else f"{low} to {high} {what}"


def lengths(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad, lists in _lists(can, spec):
        for field, path, texts, length in lists:
            for text in texts:
                if not text.strip():
                    yield SpecProblem(
                        field, f"Ad {ad.name} has an empty text in its {field}.", path
                    )
                elif can.text_size(text) > length:
                    yield SpecProblem(field, _too_long(can, text, length), path)


def _too_long(can: Capabilities, text: str, length: int) -> str:
    size = can.text_size(text)
    wide = ", where wide characters count twice" if size > len(text) else ""
    return f"“{text}” has {size} characters{wide}; {name_of(can)} takes {length}. Shorten it."


def lengths_sentence(can: Capabilities) -> str:
    shown = f"A description has at most {can.description_length} characters"
    if can.headlines[1]:
        shown = f"A headline has at most {can.headline_length} characters, a description " + (
            f"{can.description_length}"
        )
    return f"{shown}{'; wide characters, as Chinese ones, count twice' if can.wide_texts else ''}."


def repeats(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad, lists in _lists(can, spec):
        for field, path, texts, _ in lists:
            if len({text.strip() for text in texts}) < len(texts):
                says = f"Ad {ad.name} has the same text twice in its {field}."
                yield SpecProblem(field, says, path)
        if can.texts_once:
            yield from _once(can, ad, lists)


def _once(can: Capabilities, ad: Ad, lists: list[Texts]) -> Problems:
    seen = Counter(text for _, _, texts, _ in lists for text in {text.strip() for text in texts})
    for text in (text for text, count in seen.items() if count > 1):
        says = (
            f"“{text}” is a headline and a description of ad {ad.name}; {name_of(can)} takes a "
            "text once. Write another one."
        )
        yield SpecProblem("descriptions", says, lists[-1][1])


def repeats_sentence(can: Capabilities) -> str:
    also = ", also not as a headline and as a description" if can.texts_once else ""
    return f"No text stands twice in one ad{also}."


def signs(can: Capabilities, spec: CampaignSpec) -> Problems:
    """Emoji, and line breaks and other control characters."""
    for field, path, text in _all_texts(can, spec):
        if field != "keywords" and not can.emoji and has_emoji(text):
            says = f"{name_of(can)} takes no emoji: “{text}”. Take them out."
            yield SpecProblem(field, says, path)
        if has_control_characters(text):
            says = f"A line break or control character is in {text!r}. Take it out."
            yield SpecProblem(field, says, path)


def _all_texts(can: Capabilities, spec: CampaignSpec) -> Iterator[tuple[str, str, str]]:
    yield "name", "name", spec.name
    for at, group in enumerate(spec.ad_groups):
        yield "name", f"ad_groups[{at}].name", group.name
    for place, ad in ads_of(spec):
        yield "name", f"{path_text(place)}.name", ad.name
    for _, lists in _lists(can, spec):
        for _, path, texts, _ in lists:
            yield from (("descriptions", path, text) for text in texts)
    for at, group in enumerate(spec.ad_groups):
        for number, word in enumerate(group.targeting.keywords):
            yield "keywords", f"ad_groups[{at}].targeting.keywords[{number}].text", word.text


def signs_sentence(can: Capabilities) -> str:
    emoji = "" if can.emoji else " and no emoji"
    return f"Names and texts have no line breaks or control characters{emoji}."
