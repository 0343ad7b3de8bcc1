"""Checks and defaults of ad groups (Google Ads API v26, AdGroupService)."""

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    check_bid,
    check_range,
    check_status,
    field_path,
)
from sandbox.google.store import last_part

_ERROR = "ad_group_error"
_TYPES = {"SEARCH": "SEARCH_STANDARD", "DISPLAY": "DISPLAY_STANDARD", "DEMAND_GEN": "UNSPECIFIED"}


def _check(change: ResourceChange) -> Problems:
    yield from check_status(change)
    yield from _check_bids(change)
    if change.is_create:
        problems = list(change.batch.resolve(kinds.CAMPAIGN, change.message, "campaign"))
        yield from problems
        if problems:
            return
        yield from _check_type(change)
    yield from _check_name(change)


def _check_type(change: ResourceChange) -> Problems:
    campaign = change.batch.store.world.campaigns[last_part(change.message.campaign)]
    expected = _TYPES.get(campaign.objective)
    ad_group_type = get_enum(change.message, "type")
    if expected is None:
        message = f"{campaign.objective} campaigns have no ad groups."
        yield Problem(
            _ERROR, "CANNOT_ADD_AD_GROUP_FOR_CAMPAIGN_TYPE", message, field_path("campaign")
        )
    elif ad_group_type == "SEARCH_DYNAMIC_ADS" and campaign.objective == "SEARCH":
        message = "The campaign has no dynamic search ads setting."
        code = "CANNOT_ADD_ADGROUP_OF_TYPE_DSA_TO_CAMPAIGN_WITHOUT_DSA_SETTING"
        yield Problem(_ERROR, code, message, field_path("type"))
    elif ad_group_type not in ("UNSPECIFIED", expected):
        message = f"{campaign.objective} campaigns do not take ad groups of type {ad_group_type}."
        code = "AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE"
        yield Problem(_ERROR, code, message, field_path("type"), ad_group_type)


def _check_name(change: ResourceChange) -> Problems:
    name, path = change.message.name, field_path("name")
    if not change.sets("name"):
        return
    if not name.strip():
        yield Problem(_ERROR, "MISSING_ADGROUP_NAME", "The field name is required.", path)
    elif any(symbol in name for symbol in "\0\n\r"):
        message = "The name contains a line break or a null character."
        yield Problem(_ERROR, "INVALID_ADGROUP_NAME", message, path, name)
    elif len(name.encode()) > 254:
        message = "The name must have fewer than 255 bytes."
        yield Problem("string_length_error", "TOO_LONG", message, path, name)
    elif _name_exists(change, name):
        message = f"Another ad group of the campaign is named '{name}'."
        yield Problem(_ERROR, "DUPLICATE_ADGROUP_NAME", message, path, name)


def _name_exists(change: ResourceChange, name: str) -> bool:
    store, own_id = change.batch.store, str(change.message.id)
    campaign = last_part(change.message.campaign)
    others = store.world.list_ad_groups(store.customer_id, campaign, removed=False)
    return any(row.name == name and row.id != own_id for row in others)


def _check_bids(change: ResourceChange) -> Problems:
    for name in ("cpc_bid_micros", "cpm_bid_micros", "target_cpa_micros"):
        if change.sets(name):
            yield from check_bid(change, getattr(change.message, name), field_path(name))
    if change.sets("target_roas") and change.message.target_roas:
        yield from check_range(change.message.target_roas, 0.01, 1000, field_path("target_roas"))


def _set_defaults(batch: MutateBatch, message: Message) -> None:
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    campaign = batch.store.world.campaigns[last_part(message.campaign)]
    if get_enum(message, "type") == "UNSPECIFIED":
        set_enum(message, "type", _TYPES[campaign.objective])


def _new_key(batch: MutateBatch, _: Message) -> str:
    return batch.store.world.new_id("google", "ad_group")


RULES = ResourceRules(_check, _new_key, _set_defaults)
