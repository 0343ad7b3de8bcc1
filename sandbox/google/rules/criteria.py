"""Checks and defaults of targeting criteria: keywords, demographics, places, languages."""

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.geo import Country, Language, country_of, language_of
from sandbox.google.kinds import Kind
from sandbox.google.rules.policy import check_keyword_policy
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    check_bid,
    check_range,
    check_status,
    field_path,
    required_problem,
)
from sandbox.google.rules.urls import check_final_urls
from sandbox.google.store import last_part

_FORBIDDEN = set("!@%,*()={};~`<>?\\|^―")
_DEMOGRAPHICS = ("age_range", "gender")
_OF_AD_GROUP = ("keyword", *_DEMOGRAPHICS)
_OF_CAMPAIGN = (
    *("location", "language", "keyword", "device", "ad_schedule", "proximity"),
    *_DEMOGRAPHICS,
)
_NOT_EXCLUDABLE = ("language", "ad_schedule", "device", "proximity")


def _check_ad_group(change: ResourceChange) -> Problems:
    yield from _check_common(change, kinds.AD_GROUP, "ad_group", _OF_AD_GROUP)
    if change.sets("cpc_bid_micros"):
        yield from check_bid(change, change.message.cpc_bid_micros, field_path("cpc_bid_micros"))
    if change.message.final_urls and change.sets("final_urls"):
        yield from check_final_urls(change.message.final_urls, field_path("final_urls"))
    if change.before is not None and change.before.negative:
        message = "A negative criterion cannot be changed."
        yield Problem("ad_group_criterion_error", "CANT_UPDATE_NEGATIVE", message)


def _check_campaign(change: ResourceChange) -> Problems:
    yield from _check_common(change, kinds.CAMPAIGN, "campaign", _OF_CAMPAIGN)
    if change.before is not None and change.before.negative:
        message = "A negative criterion cannot be changed."
        yield Problem("campaign_criterion_error", "CANNOT_UPDATE_NEGATIVE_CRITERION", message)
    if change.is_create and change.message.HasField("keyword") and not change.message.negative:
        message = "At campaign level keywords can only be excluded: set negative."
        yield Problem("criterion_error", "CANNOT_TARGET_CRITERION", message, field_path("keyword"))


def _check_common(
    change: ResourceChange, parent: Kind, field: str, served: tuple[str, ...]
) -> Problems:
    yield from check_status(change)
    if change.sets("bid_modifier") and change.message.bid_modifier:
        yield from check_range(change.message.bid_modifier, 0.1, 10, field_path("bid_modifier"))
    if not change.is_create:
        return
    problems = list(change.batch.resolve(parent, change.message, field))
    yield from problems
    which = change.message.WhichOneof("criterion")
    category = "campaign_criterion_error" if field == "campaign" else "ad_group_criterion_error"
    if which is None:
        yield Problem(
            category, "CONCRETE_TYPE_REQUIRED", "The criterion is missing.", field_path(field)
        )
    elif which not in served:
        message = f"The sandbox serves {', '.join(served)} here; not {which}."
        code = "CUSTOMER_CANNOT_ADD_CRITERION_OF_THIS_TYPE"
        yield Problem("criterion_error", code, message, field_path(which))
    else:
        yield from _check_content(change, which)
        if not problems:
            yield from _check_not_targeted_and_excluded(
                change, last_part(getattr(change.message, field)), category
            )


def _check_content(change: ResourceChange, which: str) -> Problems:
    message = change.message
    if message.negative and which in _NOT_EXCLUDABLE:
        text = f"{which} cannot be excluded."
        yield Problem("criterion_error", "CANNOT_EXCLUDE_CRITERION", text, field_path("negative"))
    if which == "keyword":
        yield from _check_keyword(message.keyword)
        yield from check_keyword_policy(message.keyword.text, field_path("keyword", "text"))
    elif which in _DEMOGRAPHICS:
        if get_enum(getattr(message, which), "type") in ("UNSPECIFIED", "UNKNOWN"):
            yield required_problem(field_path(which, "type"))
    elif which == "location":
        name = message.location.geo_target_constant
        yield from _check_constant(name, country_of(name), which, "geo_target_constant")
    elif which == "language":
        name = message.language.language_constant
        yield from _check_constant(name, language_of(name), which, "language_constant")


def _check_constant(
    name: str, found: Country | Language | None, which: str, field: str
) -> Problems:
    if not name:
        yield required_problem(field_path(which, field))
    elif found is None:
        message = f"{name} is not a constant of this sandbox."
        yield Problem(
            "criterion_error", "INVALID_CRITERION_ID", message, field_path(which, field), name
        )


def _check_keyword(keyword: Message) -> Problems:
    text, path = keyword.text, field_path("keyword", "text")
    if not text.strip():
        yield required_problem(path)
    elif len(text) > 80:
        message = "A keyword may have 80 characters."
        yield Problem("criterion_error", "KEYWORD_TEXT_TOO_LONG", message, path, text)
    elif len(text.split()) > 10:
        message = "A keyword may have 10 words."
        yield Problem("criterion_error", "KEYWORD_HAS_TOO_MANY_WORDS", message, path, text)
    elif _FORBIDDEN & set(text):
        characters = "".join(sorted(_FORBIDDEN & set(text)))
        message = f"A keyword must not contain {characters}"
        yield Problem("criterion_error", "KEYWORD_HAS_INVALID_CHARS", message, path, text)
    if get_enum(keyword, "match_type") == "UNSPECIFIED":
        yield required_problem(field_path("keyword", "match_type"))


def _check_not_targeted_and_excluded(
    change: ResourceChange, parent: str, category: str
) -> Problems:
    existing = _existing_criteria(change.batch, _kind_of(change.message), parent)
    same = existing.get(_content_key(change.message))
    if same is not None and same[1] != change.message.negative:
        message = "The same criterion is both targeted and excluded."
        yield Problem(category, "CANNOT_TARGET_AND_EXCLUDE", message, field_path("negative"))


def _kind_of(message: Message) -> Kind:
    is_campaign = message.DESCRIPTOR.name == "CampaignCriterion"
    return kinds.CAMPAIGN_CRITERION if is_campaign else kinds.AD_GROUP_CRITERION


def _existing_criteria(
    batch: MutateBatch, kind: Kind, parent: str
) -> dict[object, tuple[str, bool]]:
    """Criteria of this parent that are not removed: content to (key, negative)."""
    index_key = (kind.name, parent)
    if index_key not in batch.criteria_index:
        batch.criteria_index[index_key] = {
            _content_key(other): (key, bool(other.negative))
            for key in batch.store.keys_below(kind, parent)
            if (other := batch.store.get(kind, key)) is not None
            and get_enum(other, "status") != "REMOVED"
        }
    return batch.criteria_index[index_key]


def _content_key(message: Message) -> object:
    which = message.WhichOneof("criterion")
    if which == "keyword":
        # The same keyword may be targeted and excluded, so `negative` is part of its key.
        words = " ".join(message.keyword.text.casefold().split())
        return words, message.keyword.match_type, message.negative
    return which, getattr(message, which).SerializeToString(deterministic=True)


def _new_key(batch: MutateBatch, message: Message) -> str:
    """The key of an existing criterion with the same content, else a new one."""
    kind = _kind_of(message)
    parent = last_part(message.campaign if kind is kinds.CAMPAIGN_CRITERION else message.ad_group)
    existing, content = _existing_criteria(batch, kind, parent), _content_key(message)
    if content not in existing:
        key = f"{parent}~{_criterion_id(batch, message)}"
        existing[content] = (key, bool(message.negative))
    return existing[content][0]


def _criterion_id(batch: MutateBatch, message: Message) -> str:
    which = message.WhichOneof("criterion")
    if which == "location":
        return last_part(message.location.geo_target_constant)
    if which == "language":
        return last_part(message.language.language_constant)
    if which in _DEMOGRAPHICS:
        body = getattr(message, which)
        return str(getattr(body, body.DESCRIPTOR.fields[0].name))
    return batch.store.world.new_id("google")


def _set_defaults(_: MutateBatch, message: Message) -> None:
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    if message.HasField("keyword"):
        message.keyword.text = " ".join(message.keyword.text.split())


OF_AD_GROUP = ResourceRules(_check_ad_group, _new_key, _set_defaults)
OF_CAMPAIGN = ResourceRules(_check_campaign, _new_key, _set_defaults)
