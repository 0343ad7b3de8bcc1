"""The official client against the emulator, and a tree of operations to send with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.ads.googleads.client import GoogleAdsClient  # noqa: TID251
from google.ads.googleads.errors import GoogleAdsException  # noqa: TID251
from google.oauth2.credentials import Credentials

from sandbox.google.server.server import GoogleHandle, start_google
from sandbox.market.market import Market
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

ERRORS = GoogleAdsException
TIMEOUT = 20
START = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


@dataclass
class GoogleSandbox:
    world: World
    market: Market
    handle: GoogleHandle
    client: GoogleAdsClient
    services: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(
        cls, state_dir: Path, now: datetime, *, state_path: Path | None = None, **options: Any
    ) -> GoogleSandbox:
        world = World(11, now, state_path, clock=SandboxClock(now, ticking=False))
        market = Market(world)
        handle = start_google(world, world.clock, market=market, state_dir=state_dir, **options)
        return cls(world, market, handle, client_for(handle))

    def stop(self) -> None:
        self.handle.stop()
        self.world.close()

    @property
    def customer(self) -> str:
        return self.handle.customer_id

    def service(self, name: str) -> Any:
        if name not in self.services:
            self.services[name] = self.client.get_service(name)
        return self.services[name]

    def name(self, collection: str, key: object) -> str:
        return f"customers/{self.customer}/{collection}/{key}"

    def mutate(self, operations: list[Any], **options: Any) -> Any:
        request = self.client.get_type("MutateGoogleAdsRequest")
        request.customer_id = self.customer
        request.mutate_operations.extend(operations)
        for name, value in options.items():
            setattr(request, name, value)
        return self.service("GoogleAdsService").mutate(request=request, timeout=TIMEOUT)

    def search(self, query: str, customer: str | None = None) -> list[Any]:
        found = self.service("GoogleAdsService").search(
            customer_id=customer or self.customer, query=query, timeout=TIMEOUT
        )
        return list(found)

    def operation(self, kind: str) -> Any:
        operation = self.client.get_type("MutateOperation")
        return operation, getattr(operation, kind + "_operation")

    def created(self, kind: str, **values: Any) -> Any:
        """A create operation with the fields set; nested ones are written a__b."""
        operation, inner = self.operation(kind)
        for path, value in values.items():
            assign(inner.create, path, value)
        return operation

    def updated(self, kind: str, resource: str, mask: list[str], **values: Any) -> Any:
        operation, inner = self.operation(kind)
        inner.update.resource_name = resource
        for path, value in values.items():
            assign(inner.update, path, value)
        inner.update_mask.paths.extend(mask)
        return operation

    def removed(self, kind: str, name: str) -> Any:
        operation, inner = self.operation(kind)
        inner.remove = name
        return operation

    def budget(self, number: int = -1, **values: Any) -> Any:
        given = {"amount_micros": 50_000_000, "explicitly_shared": False} | values
        return self.created(
            "campaign_budget", resource_name=self.name("campaignBudgets", number), **given
        )

    def campaign(self, number: int = -2, budget: int = -1, **values: Any) -> Any:
        given = {
            "name": "Autumn search",
            "status": "PAUSED",
            "advertising_channel_type": "SEARCH",
            "campaign_budget": self.name("campaignBudgets", budget),
            "contains_eu_political_advertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
            "network_settings__target_google_search": True,
            "target_spend": self.client.get_type("TargetSpend"),
        } | values
        given = {name: value for name, value in given.items() if value is not None}
        return self.created("campaign", resource_name=self.name("campaigns", number), **given)

    def ad_group(self, number: int = -3, campaign: int = -2, **values: Any) -> Any:
        given = {
            "name": "Everyone",
            "campaign": self.name("campaigns", campaign),
            "type_": "SEARCH_STANDARD",
        } | values
        return self.created("ad_group", resource_name=self.name("adGroups", number), **given)

    def search_ad(
        self,
        ad_group: str,
        headlines: list[str] | None = None,
        descriptions: list[str] | None = None,
        **values: Any,
    ) -> Any:
        given = {"ad_group": ad_group, "ad__final_urls": ["https://www.example.com/sale"]} | values
        operation = self.created("ad_group_ad", **given)
        shown = operation.ad_group_ad_operation.create.ad.responsive_search_ad
        for text in headlines if headlines is not None else HEADLINES:
            shown.headlines.append(self.text(text))
        for text in descriptions if descriptions is not None else DESCRIPTIONS:
            shown.descriptions.append(self.text(text))
        return operation

    def text(self, text: str) -> Any:
        asset = self.client.get_type("AdTextAsset")
        asset.text = text
        return asset

    def keyword(self, ad_group: str, text: str = "autumn coats", **values: Any) -> Any:
        given = {
            "ad_group": ad_group,
            "keyword__text": text,
            "keyword__match_type": "PHRASE",
        } | values
        return self.created("ad_group_criterion", **given)

    def location(self, campaign: str, place: int = 2840, **values: Any) -> Any:
        constant = f"geoTargetConstants/{place}"
        given = {"campaign": campaign, "location__geo_target_constant": constant} | values
        return self.created("campaign_criterion", **given)

    def tree(self, **campaign: Any) -> list[Any]:
        """Budget, campaign, place, language, ad group, ad, keyword, excluded age: 8 operations."""
        group, top = self.name("adGroups", -3), self.name("campaigns", -2)
        language = {"campaign": top, "language__language_constant": "languageConstants/1000"}
        age = {"ad_group": group, "negative": True, "age_range__type_": "AGE_RANGE_65_UP"}
        return [
            self.budget(),
            self.campaign(**campaign),
            self.location(top),
            self.created("campaign_criterion", **language),
            self.ad_group(),
            self.search_ad(group),
            self.keyword(group),
            self.created("ad_group_criterion", **age),
        ]

    def build(self, **campaign: Any) -> list[str]:
        """Create the tree; resource names in order."""
        answer = self.mutate(self.tree(**campaign))
        return [result_name(item) for item in answer.mutate_operation_responses]


HEADLINES = ["Warm coats for autumn", "Made to last", "Free returns"]
DESCRIPTIONS = ["Find your coat in our autumn range.", "Order by noon, worn tomorrow."]


def client_for(handle: GoogleHandle, **changes: Any) -> GoogleAdsClient:
    given = {
        "refresh_token": handle.refresh_token,
        "client_id": handle.client_id,
        "client_secret": handle.client_secret,
        "token_uri": handle.token_uri,
        "token": None,
        "login_customer_id": handle.login_customer_id,
    } | changes
    login = given.pop("login_customer_id")
    credentials = Credentials(**given, scopes=["https://www.googleapis.com/auth/adwords"])
    return GoogleAdsClient(
        credentials=credentials,
        endpoint=handle.endpoint,
        login_customer_id=login,
        use_proto_plus=True,
        version="v26",
    )


def assign(message: Any, path: str, value: Any) -> None:
    *parents, leaf = path.split("__")
    for name in parents:
        message = getattr(message, name)
    setattr(message, leaf, value)


def result_name(response: Any) -> str:
    raw = type(response).pb(response)
    which = raw.WhichOneof("response")
    return getattr(raw, which).resource_name if which else ""


def codes(failure: Any) -> list[str]:
    """`category.CODE` of every error, in order."""
    return [code_of(error) for error in failure.errors]


def code_of(error: Any) -> str:
    raw = type(error.error_code).pb(error.error_code)
    which = raw.WhichOneof("error_code")
    return f"{which}.{getattr(error.error_code, which).name}"


def path_of(error: Any) -> str:
    """`mutate_operations[1]/campaign_operation/create/name`."""
    parts = []
    for element in error.location.field_path_elements:
        has_index = type(element).pb(element).HasField("index")
        parts.append(f"{element.field_name}[{element.index}]" if has_index else element.field_name)
    return "/".join(parts)


def found(failure: Any) -> dict[str, str]:
    """`category.CODE` to field path."""
    return {code_of(error): path_of(error) for error in failure.errors}
