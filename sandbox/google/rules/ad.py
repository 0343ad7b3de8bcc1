"""Checks and defaults of ads in ad groups (Google Ads API v26, AdGroupAdService)."""

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Problem, count_limit_details
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.rules.ad_specs import MAX_ENABLED_SEARCH_ADS, SPECS
from sandbox.google.rules.creative import check_content
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    check_status,
    field_path,
    required_problem,
)
from sandbox.google.rules.urls import check_final_urls
from sandbox.google.store import last_part


def _check(change: ResourceChange) -> Problems:
    yield from check_status(change)
    if change.is_create:
        problems = list(change.batch.resolve(kinds.AD_GROUP, change.message, "ad_group"))
        yield from problems
        yield from _check_body(change, parent_known=not problems)
        if problems:
            return
    yield from _check_enabled_ads(change)


def _check_body(change: ResourceChange, *, parent_known: bool) -> Problems:
    ad = change.message.ad
    kind = ad.WhichOneof("ad_data")
    yield from check_final_urls(ad.final_urls, field_path("ad", "final_urls"))
    if kind is None:
        yield required_problem(field_path("ad", "ad_data"))
    elif kind not in SPECS:
        message = f"The sandbox serves {', '.join(SPECS)}; not {kind}."
        yield Problem("ad_error", "INVALID_AD_TYPE", message, field_path("ad", kind))
    else:
        if parent_known:
            yield from _check_channel(change, kind)
        yield from check_content(change.batch, ad, kind)


def _check_channel(change: ResourceChange, kind: str) -> Problems:
    world = change.batch.store.world
    group = world.ad_groups[last_part(change.message.ad_group)]
    channel = world.campaigns[group.campaign_id].objective
    if channel != SPECS[kind].channel:
        message = f"{channel} campaigns do not take a {kind}."
        code = "OPERATION_NOT_PERMITTED_FOR_AD_GROUP_TYPE"
        yield Problem("operation_access_denied_error", code, message, field_path("ad", kind))


def _check_enabled_ads(change: ResourceChange) -> Problems:
    """At most three responsive search ads of an ad group may be enabled."""
    message = change.message
    enabled = get_enum(message, "status") in ("UNSPECIFIED", "ENABLED")
    if not (change.sets("status") and enabled and message.ad.HasField("responsive_search_ad")):
        return
    store, group = change.batch.store, last_part(message.ad_group)
    others = store.world.list_ads(store.customer_id, ad_group_id=group, removed=False)
    count = sum(1 for row in others if row.status == "active" and row.id != str(message.ad.id))
    if count >= MAX_ENABLED_SEARCH_ADS:
        text = f"An ad group may have {MAX_ENABLED_SEARCH_ADS} enabled responsive search ads."
        details = count_limit_details(message.ad_group, MAX_ENABLED_SEARCH_ADS, count)
        category = "resource_count_limit_exceeded_error"
        yield Problem(category, "RESOURCE_LIMIT", text, field_path("status"), details=details)


def _set_defaults(_: MutateBatch, message: Message) -> None:
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    # Review and strength are output-only: sent values are ignored.
    for name in ("policy_summary", "ad_strength"):
        message.ClearField(name)


def _new_key(batch: MutateBatch, message: Message) -> str:
    return f"{last_part(message.ad_group)}~{batch.store.world.new_id('google', 'ad')}"


RULES = ResourceRules(_check, _new_key, _set_defaults)
