"""Checks of targeting: keywords, demographics, places, languages (Google Ads API v26)."""

from sandbox.google import kinds
from sandbox.google.batch import Batch
from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.geo import country_of, language_of
from sandbox.google.kinds import Kind
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    Rules,
    at,
    bid,
    decimal_range,
    required,
    status,
)
from sandbox.google.rules.urls import final_urls
from sandbox.google.store import last_part

_FORBIDDEN = set("!@%,*()={};~`<>?\\|^")
_DEMOGRAPHICS = ("age_range", "gender")
_OF_AD_GROUP = ("keyword", *_DEMOGRAPHICS)
_OF_CAMPAIGN = (
    *("location", "language", "keyword", "device", "ad_schedule", "proximity"),
    *_DEMOGRAPHICS,
)
_EXCLUDE_NEVER = ("language", "ad_schedule", "device", "proximity")


def _check_ad_group(change: ResourceChange) -> Problems:
    yield from _common(change, kinds.AD_GROUP, "ad_group", _OF_AD_GROUP)
    if change.sets("cpc_bid_micros"):
        yield from bid(change, change.message.cpc_bid_micros, at("cpc_bid_micros"))
    if change.message.final_urls and change.sets("final_urls"):
        yield from final_urls(change.message.final_urls, at("final_urls"))
    if change.before is not None and change.before.negative:
        message = "A negative criterion cannot be changed."
        yield Problem("ad_group_criterion_error", "CANT_UPDATE_NEGATIVE", message)


def _check_campaign(change: ResourceChange) -> Problems:
    yield from _common(change, kinds.CAMPAIGN, "campaign", _OF_CAMPAIGN)
    if change.before is not None and change.before.negative:
        message = "A negative criterion cannot be changed."
        yield Problem("campaign_criterion_error", "CANNOT_UPDATE_NEGATIVE_CRITERION", message)
    if change.creating and change.message.HasField("keyword") and not change.message.negative:
        message = "At campaign level keywords can only be excluded: set negative."
        yield Problem("criterion_error", "CANNOT_TARGET_CRITERION", message, at("keyword"))


def _common(change: ResourceChange, parent: Kind, field: str, served: tuple[str, ...]) -> Problems:
    yield from status(change)
    if change.sets("bid_modifier") and change.message.bid_modifier:
        yield from decimal_range(change.message.bid_modifier, 0.1, 10, at("bid_modifier"))
    if not change.creating:
        return
    found = list(change.batch.resolve(parent, change.message, field))
    yield from found
    which = change.message.WhichOneof("criterion")
    category = "campaign_criterion_error" if field == "campaign" else "ad_group_criterion_error"
    if which is None:
        yield Problem(category, "CONCRETE_TYPE_REQUIRED", "The criterion is missing.", at(field))
    elif which not in served:
        message = f"The sandbox serves {', '.join(served)} here; not {which}."
        code = "CUSTOMER_CANNOT_ADD_CRITERION_OF_THIS_TYPE"
        yield Problem("criterion_error", code, message, at(which))
    else:
        yield from _content(change, which)
        if not found:
            yield from _both_ways(change, last_part(getattr(change.message, field)), category)


def _content(change: ResourceChange, which: str) -> Problems:
    message = change.message
    if message.negative and which in _EXCLUDE_NEVER:
        text = f"{which} cannot be excluded."
        yield Problem("criterion_error", "CANNOT_EXCLUDE_CRITERION", text, at("negative"))
    if which == "keyword":
        yield from _keyword(message.keyword)
    elif which in _DEMOGRAPHICS:
        if get_enum(getattr(message, which), "type") in ("UNSPECIFIED", "UNKNOWN"):
            yield required(at(which, "type"))
    elif which == "location":
        yield from _constant(message.location.geo_target_constant, which, "geo_target_constant")
    elif which == "language":
        yield from _constant(message.language.language_constant, which, "language_constant")


def _constant(name: str, which: str, field: str) -> Problems:
    if not name:
        yield required(at(which, field))
    elif (country_of(name) or language_of(name)) is None:
        message = f"{name} is no constant that this sandbox knows."
        yield Problem("criterion_error", "INVALID_CRITERION_ID", message, at(which, field), name)


def _keyword(keyword: Message) -> Problems:
    text, path = keyword.text, at("keyword", "text")
    if not text.strip():
        yield required(path)
    elif len(text) > 80:
        message = "A keyword may have 80 characters."
        yield Problem("criterion_error", "KEYWORD_TEXT_TOO_LONG", message, path, text)
    elif len(text.split()) > 10:
        message = "A keyword may have 10 words."
        yield Problem("criterion_error", "KEYWORD_HAS_TOO_MANY_WORDS", message, path, text)
    elif _FORBIDDEN & set(text):
        found = "".join(sorted(_FORBIDDEN & set(text)))
        message = f"A keyword must not hold {found}"
        yield Problem("criterion_error", "KEYWORD_HAS_INVALID_CHARS", message, path, text)
    if get_enum(keyword, "match_type") == "UNSPECIFIED":
        yield required(at("keyword", "match_type"))


def _both_ways(change: ResourceChange, parent: str, category: str) -> Problems:
    twins = _twins(change.batch, _kind_of(change.message), parent)
    twin = twins.get(_content_of(change.message))
    if twin is not None and twin[1] != change.message.negative:
        message = "The same criterion is both targeted and excluded."
        yield Problem(category, "CANNOT_TARGET_AND_EXCLUDE", message, at("negative"))


def _kind_of(message: Message) -> Kind:
    is_campaign = message.DESCRIPTOR.name == "CampaignCriterion"
    return kinds.CAMPAIGN_CRITERION if is_campaign else kinds.AD_GROUP_CRITERION


def _twins(batch: Batch, kind: Kind, parent: str) -> dict[object, tuple[str, bool]]:
    """Live criteria of this parent: content to (key, negative)."""
    place = (kind.name, parent)
    if place not in batch.memo:
        batch.memo[place] = {
            _content_of(other): (key, bool(other.negative))
            for key in batch.store.keys_below(kind, parent)
            if (other := batch.store.get(kind, key)) is not None
            and get_enum(other, "status") != "REMOVED"
        }
    return batch.memo[place]


def _content_of(message: Message) -> object:
    which = message.WhichOneof("criterion")
    if which == "keyword":
        # The same words may be targeted and excluded, as different matches overlap anyway.
        words = " ".join(message.keyword.text.casefold().split())
        return words, message.keyword.match_type, message.negative
    return which, getattr(message, which).SerializeToString(deterministic=True)


def _new_key(batch: Batch, message: Message) -> str:
    """A criterion that exists already keeps its id: adding it again answers the same one."""
    kind = _kind_of(message)
    parent = last_part(message.campaign if kind is kinds.CAMPAIGN_CRITERION else message.ad_group)
    twins, content = _twins(batch, kind, parent), _content_of(message)
    if content not in twins:
        key = f"{parent}~{_criterion_id(batch, message)}"
        twins[content] = (key, bool(message.negative))
    return twins[content][0]


def _criterion_id(batch: Batch, message: Message) -> str:
    which = message.WhichOneof("criterion")
    if which == "location":
        return last_part(message.location.geo_target_constant)
    if which == "language":
        return last_part(message.language.language_constant)
    if which in _DEMOGRAPHICS:
        body = getattr(message, which)
        return str(getattr(body, body.DESCRIPTOR.fields[0].name))
    return batch.store.world.new_id("google")


def _defaults(_: Batch, message: Message) -> None:
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    if message.HasField("keyword"):
        message.keyword.text = " ".join(message.keyword.text.split())


OF_AD_GROUP = Rules(_check_ad_group, _new_key, _defaults)
OF_CAMPAIGN = Rules(_check_campaign, _new_key, _defaults)
