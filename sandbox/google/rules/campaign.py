"""Checks and defaults of campaigns (Google Ads API v26, CampaignService)."""

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Problem
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.rules.bidding import check_bidding
from sandbox.google.rules.dates import check_dates
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    check_status,
    field_path,
    required_problem,
)
from sandbox.google.store import last_part

_ERROR = "campaign_error"
_SERVED = ("SEARCH", "DISPLAY", "PERFORMANCE_MAX", "DEMAND_GEN")
_OWN_NETWORKS = ("PERFORMANCE_MAX", "DEMAND_GEN")
_EU = "contains_eu_political_advertising"


def _check(change: ResourceChange) -> Problems:
    yield from check_status(change)
    yield from _check_name(change)
    yield from _check_channel(change)
    yield from _check_budget(change)
    yield from _check_declaration(change)
    yield from _check_networks(change)
    yield from check_bidding(change)
    yield from check_dates(change)


def _check_name(change: ResourceChange) -> Problems:
    name, path = change.message.name, field_path("name")
    if not change.sets("name"):
        return
    if not name.strip():
        yield required_problem(path)
    elif any(symbol in name for symbol in "\0\n\r"):
        message = "The name contains a line break or a null character."
        yield Problem(_ERROR, "INVALID_CAMPAIGN_NAME", message, path, name)
    elif len(name.encode()) > 255:
        message = "The name may have 255 bytes."
        yield Problem("string_length_error", "TOO_LONG", message, path, name)
    elif _name_exists(change, name):
        message = f"Another campaign is named '{name}'."
        yield Problem(_ERROR, "DUPLICATE_CAMPAIGN_NAME", message, path, name)


def _name_exists(change: ResourceChange, name: str) -> bool:
    store = change.batch.store
    others = store.world.list_campaigns(store.customer_id, removed=False)
    return any(row.name == name and row.id != str(change.message.id) for row in others)


def _check_channel(change: ResourceChange) -> Problems:
    channel, path = (
        get_enum(change.message, "advertising_channel_type"),
        field_path("advertising_channel_type"),
    )
    if not change.is_create:
        return
    if channel == "UNSPECIFIED":
        yield required_problem(path)
    elif channel == "VIDEO":
        message = "Video campaigns can be read through the API, not created."
        code = "OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE"
        yield Problem("operation_access_denied_error", code, message, path, channel)
    elif channel == "SHOPPING":
        message = "A Shopping campaign needs shopping_setting.merchant_id."
        yield Problem(_ERROR, "MISSING_SHOPPING_SETTING", message, field_path("shopping_setting"))
    elif channel not in _SERVED:
        code = "ADVERTISING_CHANNEL_TYPE_NOT_AVAILABLE_FOR_ACCOUNT_TYPE"
        yield Problem(_ERROR, code, "This account cannot have such a campaign.", path, channel)


def _check_budget(change: ResourceChange) -> Problems:
    if not change.sets("campaign_budget"):
        return
    problems = list(change.batch.resolve(kinds.BUDGET, change.message, "campaign_budget"))
    yield from problems
    if not problems:
        yield from _check_budget_use(change, last_part(change.message.campaign_budget))


def _check_budget_use(change: ResourceChange, key: str) -> Problems:
    store, path = change.batch.store, field_path("campaign_budget")
    budget = store.get(kinds.BUDGET, key)
    assert budget is not None
    others = [row for row in store.campaigns_with_budget(key) if row.id != str(change.message.id)]
    if others and not budget.explicitly_shared:
        code = "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS"
        message = "The budget is not shared and another campaign uses it."
        yield Problem("campaign_budget_error", code, message, path)
    channel = get_enum(change.message, "advertising_channel_type")
    if channel == "PERFORMANCE_MAX" and budget.explicitly_shared:
        message = "A Performance Max campaign needs a budget of its own."
        yield Problem(_ERROR, "BUDGET_CANNOT_BE_SHARED", message, path)
    if budget.total_amount_micros and not change.message.end_date_time:
        message = "A total budget needs an end_date_time."
        path = field_path("end_date_time")
        yield Problem(_ERROR, "END_DATE_TIME_REQUIRED_FOR_TOTAL_BUDGET", message, path)


def _check_declaration(change: ResourceChange) -> Problems:
    if change.sets(_EU) and get_enum(change.message, _EU) == "UNSPECIFIED":
        yield required_problem(field_path(_EU))
    # One campaign without the declaration blocks campaign changes in the whole account.
    store, own_id = change.batch.store, str(change.message.id)
    missing = [
        row.id
        for row in store.world.list_campaigns(store.customer_id, removed=False)
        if row.raw.get("undeclared") and row.id != own_id
    ]
    if missing and not (not change.is_create and change.sets(_EU)):
        message = f"Campaigns without a declaration on EU political ads: {', '.join(missing)}."
        yield Problem("mutate_error", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", message)


def _check_networks(change: ResourceChange) -> Problems:
    channel = get_enum(change.message, "advertising_channel_type")
    settings = change.message.network_settings
    if channel in _OWN_NETWORKS:
        if change.is_create and change.message.HasField("network_settings"):
            message = f"{channel} chooses its networks itself: leave network_settings unset."
            yield Problem(
                _ERROR, "INCOMPATIBLE_CAMPAIGN_FIELD", message, field_path("network_settings")
            )
        return
    if not change.sets("network_settings"):
        return
    if settings.target_search_network and not settings.target_google_search:
        message = "The search network needs Google Search too."
        path = field_path("network_settings", "target_search_network")
        code = "CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH"
        yield Problem(_ERROR, code, message, path)
    if settings.target_partner_search_network:
        path = field_path("network_settings", "target_partner_search_network")
        message = "Partner search is for selected accounts only."
        yield Problem(_ERROR, "CANNOT_TARGET_PARTNER_SEARCH_NETWORK", message, path)
    if channel == "DISPLAY" and settings.target_google_search:
        path = field_path("network_settings", "target_google_search")
        message = "A Display campaign cannot target search."
        yield Problem(_ERROR, "CANNOT_TARGET_SEARCH_NETWORK", message, path)
    if change.message.HasField("network_settings") and not _has_network(settings):
        message = "At least one network must be targeted."
        path = field_path("network_settings")
        yield Problem(_ERROR, "CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK", message, path)


def _has_network(settings: Message) -> bool:
    return bool(
        settings.target_google_search
        or settings.target_search_network
        or settings.target_content_network
        or settings.target_youtube
    )


def _set_defaults(batch: MutateBatch, message: Message) -> None:
    if not message.start_date_time:
        message.start_date_time = f"{batch.store.today()} 00:00:00"
    if get_enum(message, "status") == "UNSPECIFIED":
        set_enum(message, "status", "ENABLED")
    channel = get_enum(message, "advertising_channel_type")
    if not message.HasField("network_settings") and channel not in _OWN_NETWORKS:
        message.network_settings.target_google_search = channel == "SEARCH"
        message.network_settings.target_search_network = channel == "SEARCH"
        message.network_settings.target_content_network = channel == "DISPLAY"


def _new_key(batch: MutateBatch, _: Message) -> str:
    return batch.store.world.new_id("google", "campaign")


RULES = ResourceRules(_check, _new_key, _set_defaults)
