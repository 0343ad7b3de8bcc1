"""Adds Google's resources to campaigns, ad groups and ads that have none, such as initial ones."""

import re

from sandbox.google import kinds
from sandbox.google.fields import set_enum
from sandbox.google.store import GoogleStore, Message, ad_fields
from sandbox.world.model import Ad, AdGroup, Campaign

_HOME = "https://www.example.com/"
_MORE_HEADLINES = ("Official online store", "Order today", "Fast delivery")
_MORE_DESCRIPTIONS = ("Browse the whole range online.", "Free delivery on all orders.")
_AD_GROUP_TYPES = {"SEARCH": "SEARCH_STANDARD", "DISPLAY": "DISPLAY_STANDARD"}


def complete_outside_objects(store: GoogleStore) -> None:
    """Add the Google resource of each campaign, ad group and ad of the account that lacks it."""
    world, account = store.world, store.customer_id
    campaigns = [row for row in world.list_campaigns(account) if "pb" not in row.raw]
    groups = [row for row in world.list_ad_groups(account) if "pb" not in row.raw]
    ads = [row for row in world.list_ads(account) if "pb" not in row.raw]
    if not (campaigns or groups or ads):
        return
    with world.transaction():
        for campaign in campaigns:
            _complete_campaign(store, campaign)
        for group in groups:
            _complete_ad_group(store, group, world.campaigns[group.campaign_id].objective)
        for ad in ads:
            _complete_ad(store, ad)


def _complete_campaign(store: GoogleStore, row: Campaign) -> None:
    budget_id = store.world.new_id("google")
    message = kinds.CAMPAIGN.message(
        name=row.name,
        campaign_budget=kinds.BUDGET.resource_name(store.customer_id, budget_id),
    )
    set_enum(message, "advertising_channel_type", row.objective)
    declaration = "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
    set_enum(message, "contains_eu_political_advertising", declaration)
    message.network_settings.target_google_search = row.objective == "SEARCH"
    message.network_settings.target_content_network = row.objective == "DISPLAY"
    message.target_spend.SetInParent()
    row.raw |= {"pb": message.SerializeToString(), "budget": budget_id}
    store.world.touch(row)
    _add_budget(store, budget_id, row)


def _add_budget(store: GoogleStore, budget_id: str, row: Campaign) -> None:
    budget = kinds.BUDGET.message(
        amount_micros=row.daily_budget_micros or 0, explicitly_shared=False
    )
    _set_enums(budget, status="ENABLED", period="DAILY", delivery_method="STANDARD")
    store.insert(kinds.BUDGET, budget_id, budget)


def _complete_ad_group(store: GoogleStore, row: AdGroup, channel: str) -> None:
    message = kinds.AD_GROUP.message(name=row.name)
    if channel in _AD_GROUP_TYPES:
        set_enum(message, "type", _AD_GROUP_TYPES[channel])
    row.raw["pb"] = message.SerializeToString()
    store.world.touch(row)
    if channel == "SEARCH":
        _add_keyword(store, row)


def _add_keyword(store: GoogleStore, row: AdGroup) -> None:
    criterion = kinds.AD_GROUP_CRITERION.message()
    criterion.keyword.text = re.split(r" \(|:", row.name)[0].casefold()
    set_enum(criterion.keyword, "match_type", "PHRASE")
    _set_enums(criterion, status="ENABLED")
    key = f"{row.id}~{store.world.new_id('google')}"
    store.insert(kinds.AD_GROUP_CRITERION, key, criterion)


def _complete_ad(store: GoogleStore, row: Ad) -> None:
    message = kinds.AD.message()
    message.ad.final_urls.append(_HOME)
    body = message.ad.responsive_search_ad
    for text in [*row.texts, *_MORE_HEADLINES][:15]:
        body.headlines.add(text=text[:30])
    for text in _MORE_DESCRIPTIONS:
        body.descriptions.add(text=text)
    # The signature stays unchanged, as the results of past days depend on it.
    row.texts = ad_fields(_with_status(message))["texts"]
    row.raw["pb"] = message.SerializeToString()
    store.world.touch(row)


def _with_status(message: Message) -> Message:
    set_enum(message, "status", "ENABLED")
    return message


def _set_enums(message: Message, **values: str) -> None:
    for name, value in values.items():
        set_enum(message, name, value)
