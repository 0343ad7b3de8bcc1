"""Account-level query resources: customer, clients, conversion actions, places, languages."""

from collections.abc import Iterator
from typing import Any

from google.ads.googleads.v26.resources.types import (  # noqa: TID251
    conversion_action,
    customer,
    customer_client,
    geo_target_constant,
    language_constant,
)

from sandbox.google.fields import set_enum
from sandbox.google.geo import COUNTRIES, LANGUAGES, Country
from sandbox.google.store import GoogleStore

Message = Any
MANAGER_NAME = "Sandbox manager"


def customer_message(store: GoogleStore, customer_id: str) -> Message:
    manager = customer_id == store.account.manager_id
    message = customer.Customer.pb()(
        resource_name=f"customers/{customer_id}",
        id=int(customer_id),
        descriptive_name=MANAGER_NAME if manager else store.account.name,
        currency_code=store.account.currency,
        time_zone=store.account.time_zone,
        manager=manager,
        test_account=True,
        auto_tagging_enabled=True,
    )
    set_enum(message, "status", "ENABLED" if store.account.status == "active" else "SUSPENDED")
    tracking = message.conversion_tracking_setting
    tracking.accepted_customer_data_terms = True
    tracking.google_ads_conversion_customer = f"customers/{store.customer_id}"
    set_enum(tracking, "conversion_tracking_status", "CONVERSION_TRACKING_MANAGED_BY_SELF")
    return message


def customer_clients(store: GoogleStore, customer_id: str) -> Iterator[Message]:
    """The account itself at level 0 and, below a manager, its client at level 1."""
    yield _client(store, customer_id, customer_id, 0)
    if customer_id == store.account.manager_id:
        yield _client(store, customer_id, store.customer_id, 1)


def _client(store: GoogleStore, owner: str, client: str, level: int) -> Message:
    customer_row = customer_message(store, client)
    return customer_client.CustomerClient.pb()(
        resource_name=f"customers/{owner}/customerClients/{client}",
        client_customer=f"customers/{client}",
        id=int(client),
        level=level,
        hidden=False,
        manager=customer_row.manager,
        test_account=True,
        descriptive_name=customer_row.descriptive_name,
        currency_code=customer_row.currency_code,
        time_zone=customer_row.time_zone,
        status=customer_row.status,
    )


def conversion_actions(store: GoogleStore) -> Iterator[Message]:
    """One conversion action: purchases on the website, primary."""
    action_id = store.account.pixel_id or "1"
    message = conversion_action.ConversionAction.pb()(
        resource_name=f"customers/{store.customer_id}/conversionActions/{action_id}",
        id=int(action_id),
        name="Purchase",
        primary_for_goal=True,
        include_in_conversions_metric=True,
        owner_customer=f"customers/{store.customer_id}",
        click_through_lookback_window_days=30,
        view_through_lookback_window_days=1,
    )
    for name, value in (
        ("status", "ENABLED"),
        ("type", "WEBPAGE"),
        ("category", "PURCHASE"),
        ("counting_type", "MANY_PER_CLICK"),
        ("origin", "WEBSITE"),
    ):
        set_enum(message, name, value)
    yield message


def geo_target(country: Country) -> Message:
    message = geo_target_constant.GeoTargetConstant.pb()(
        resource_name=country.resource_name,
        id=country.id,
        name=country.name,
        canonical_name=country.name,
        country_code=country.code,
        target_type="Country",
    )
    set_enum(message, "status", "ENABLED")
    return message


def geo_targets() -> Iterator[Message]:
    return (geo_target(country) for country in COUNTRIES.values())


def languages() -> Iterator[Message]:
    for language in LANGUAGES.values():
        yield language_constant.LanguageConstant.pb()(
            resource_name=language.resource_name,
            id=language.id,
            code=language.code,
            name=language.name,
            targetable=True,
        )
