"""Whatever Google answers, the client returns or raises one of platforms.errors.

The SDK's types bound the shape; what is left are missing parts, numbers that are none, and lists
without an end.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from google.ads.googleads.v26.services.types.google_ads_service import (  # noqa: TID251
    GoogleAdsRow,
    MutateGoogleAdsResponse,
    SearchGoogleAdsStreamResponse,
)

from core.common.money import Money
from platforms.errors import (
    CredentialsInvalid,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    UnreadableAnswer,
)
from platforms.google import api
from platforms.google.client import GoogleClient
from platforms.interface import ClientConfig
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.specs import campaign_spec
from tests.platforms.bad_servers import (
    HEAD,
    Server,
    drip_body,
    drip_headers,
    gzip_bomb,
    say_nothing,
    serving,
)
from tests.platforms.once import once
from tests.platforms.wrong_shapes import BODIES

DAY = date(2026, 3, 11)
CAMPAIGN = RemoteRef("campaign", "5")

RIGHT: dict[str, dict[str, Any]] = {
    "customer": {
        "customer": {
            "id": 1234567890,
            "descriptive_name": "Shop",
            "currency_code": "USD",
            "time_zone": "America/New_York",
            "status": "ENABLED",
        }
    },
    "campaign": {
        "campaign": {
            "id": 5,
            "name": "Boots [ae-abc]",
            "status": "ENABLED",
            "campaign_budget": "customers/1/campaignBudgets/2",
            "start_date_time": "2026-03-11 00:00:00",
            "end_date_time": "2026-04-11 23:59:59",
        },
        "campaign_budget": {"amount_micros": 1_000_000, "reference_count": 1},
        "segments": {"date": "2026-03-11"},
        "metrics": {"impressions": 10, "clicks": 1, "conversions": 1.5, "conversions_value": 3.0},
    },
    "ad_group": {"campaign": {"id": 5}, "ad_group": {"id": 6, "name": "Group [ae-abc]"}},
    "ad_group_ad": {
        "campaign": {"id": 5},
        "ad_group": {"id": 6},
        "ad_group_ad": {"ad": {"id": 7, "final_url_suffix": "ae_ref=ae-abc"}},
    },
    "campaign_criterion": {"campaign": {"id": 5}, "campaign_criterion": {"criterion_id": 8}},
    "ad_group_criterion": {"ad_group": {"id": 6}, "ad_group_criterion": {"criterion_id": 9}},
    "geo_target_constant": {
        "geo_target_constant": {"resource_name": "geoTargetConstants/2840", "country_code": "US"}
    },
}


class OddGoogle:
    """The SDK's service: answers rightly, but with `rows` for one resource."""

    def __init__(self, odd: str = "", rows: Any = None, names: Any = None) -> None:
        self.odd, self.rows, self.names = odd, rows, names
        self.mutated = 0

    def search_stream(self, customer_id: str, query: str, timeout: float) -> Iterator[Any]:
        resource = query.partition(" FROM ")[2].split()[0]
        if "missing_eu" in query:
            return iter(())
        rows = self.rows if resource == self.odd else [RIGHT[resource]]
        return (SearchGoogleAdsStreamResponse(results=[GoogleAdsRow(row)]) for row in rows)

    def mutate(self, request: dict[str, Any], timeout: float) -> Any:
        self.mutated += 1
        if self.names is not None:
            return MutateGoogleAdsResponse(mutate_operation_responses=self.names)
        return MutateGoogleAdsResponse(
            mutate_operation_responses=[_result(each) for each in request["mutate_operations"]]
        )


def _result(operation: dict[str, Any], number: int = 7) -> dict[str, Any]:
    kind = next(iter(operation)).removesuffix("_operation")
    return {f"{kind}_result": {"resource_name": f"customers/1/{kind}/1~{number}"}}


def client_of(service: OddGoogle) -> GoogleClient:
    config = ClientConfig(
        account_id="1234567890", currency="USD", time_zone="America/New_York", secrets={}
    )
    client = GoogleClient(config, calls=once("google", config))
    client._api.__dict__["_service"] = service
    return client


Act = Callable[[GoogleClient], object]
ACTS: dict[str, Act] = {
    "verify": lambda c: c.verify(),
    "structure": lambda c: c.read_structure(),
    "metrics": lambda c: c.read_metrics("campaign", DAY, DAY),
    "find a campaign": lambda c: c.find_by_reference("campaign", "ae-abc"),
    "find an ad": lambda c: c.find_by_reference("ad", "ae-abc"),
    "pause": lambda c: c.set_status(CAMPAIGN, "paused"),
    "budget": lambda c: c.set_daily_budget(CAMPAIGN, Money.parse("30", "USD")),
    "rename": lambda c: c.update_campaign(CAMPAIGN, CampaignChange(name="New")),
    "create": lambda c: c.create_campaign(campaign_spec(GoogleClient.capabilities, DAY)),
}
WRITES = ["pause", "budget", "rename", "create"]


@pytest.mark.parametrize("name", ACTS)
def test_right_answers_are_read(name: str) -> None:
    service = OddGoogle()
    ACTS[name](client_of(service))
    assert service.mutated == (1 if name in WRITES else 0)


def changed(resource: str, part: str, **fields: Any) -> dict[str, Any]:
    row = RIGHT[resource]
    return {**row, part: {**row.get(part, {}), **fields}}


@pytest.mark.parametrize(
    ("name", "resource", "row"),
    [
        ("verify", "customer", {}),
        ("verify", "customer", changed("customer", "customer", id=0)),
        ("verify", "customer", changed("customer", "customer", currency_code="dollars")),
        ("verify", "customer", changed("customer", "customer", time_zone="../../etc/passwd")),
        ("verify", "customer", changed("customer", "customer", time_zone="America")),
        ("structure", "campaign", {}),
        ("structure", "campaign", changed("campaign", "campaign", id=-5)),
        ("structure", "campaign", changed("campaign", "campaign", end_date_time="soon")),
        ("structure", "ad_group", {"campaign": {"id": 5}}),
        ("structure", "ad_group_ad", {"ad_group": {"id": 6}}),
        ("metrics", "campaign", {}),
        ("metrics", "campaign", changed("campaign", "segments", date="2026-99-99")),
        ("metrics", "campaign", changed("campaign", "metrics", conversions=float("nan"))),
        ("metrics", "campaign", changed("campaign", "metrics", conversions_value=float("inf"))),
        ("metrics", "campaign", changed("campaign", "metrics", conversions_value=1e300)),
        ("metrics", "campaign", changed("campaign", "metrics", impressions=-1)),
        ("metrics", "campaign", changed("campaign", "metrics", clicks=2**62)),
        ("find a campaign", "ad_group_ad", {"ad_group": {"id": 6}}),
        ("find an ad", "ad_group_ad", changed("ad_group_ad", "ad_group", id=0)),
    ],
)
def test_row_that_cannot_be_read_is_a_named_error(
    name: str, resource: str, row: dict[str, Any]
) -> None:
    with pytest.raises(UnreadableAnswer) as raised:
        ACTS[name](client_of(OddGoogle(resource, [row])))
    assert raised.value.account == "1234567890"


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    "results",
    [[], [{}], [{"campaign_result": {"resource_name": "x"}}] * 2],
    ids=["no result", "an empty one", "two of no campaign"],
)
def test_write_whose_results_cannot_be_read_is_unknown_and_not_repeated(
    name: str, results: list[Any]
) -> None:
    service = OddGoogle(names=results)
    if name != "create" and len(results) == 1:
        ACTS[name](client_of(service))  # an update needs no id
    else:
        with pytest.raises(OutcomeUnknown):
            ACTS[name](client_of(service))
    assert service.mutated == 1


def test_list_that_never_ends_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_ROWS", 50)
    sent: list[int] = []

    def rows() -> Iterator[Any]:
        for number in itertools.count(1):
            sent.append(number)
            yield changed("campaign", "campaign", id=number)

    with pytest.raises(UnreadableAnswer):
        client_of(OddGoogle("campaign", rows())).read_structure()
    assert len(sent) == 51


def test_list_of_large_rows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_LIST_BYTES", 1_000_000)
    sent: list[int] = []

    def rows() -> Iterator[Any]:
        for number in itertools.count(1):
            sent.append(number)
            yield changed("campaign", "campaign", id=number, name="x" * 100_000)

    with pytest.raises(PlatformUnavailable):
        client_of(OddGoogle("campaign", rows())).read_structure()
    assert len(sent) <= 11


def failure_at_the_token(talk: Any, act: Act) -> tuple[PlatformError, float]:
    with serving(talk) as server:
        config = ClientConfig(
            account_id="1234567890",
            currency="USD",
            time_zone="UTC",
            secrets={"client_id": "c", "client_secret": "s", "refresh_token": "r"},
            endpoints={"token_uri": f"{server.url}/token", "endpoint": "localhost:1"},
            deadline_seconds=1.0,
        )
        started = time.monotonic()
        with pytest.raises(PlatformError) as raised:
            act(GoogleClient(config, calls=once("google", config)))
        return raised.value, time.monotonic() - started


@pytest.mark.parametrize("talk", [drip_body, drip_headers, say_nothing, gzip_bomb])
@pytest.mark.parametrize("name", ["verify", "pause"])
def test_token_that_never_comes_ends_the_call_and_nothing_was_done(name: str, talk: Any) -> None:
    error, seconds = failure_at_the_token(talk, ACTS[name])
    assert isinstance(error, PlatformUnavailable)
    assert seconds < 10


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_token_of_a_wrong_shape_is_a_named_error_and_nothing_was_done(body: bytes) -> None:
    def talk(connection: socket.socket, _: Server) -> None:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    error, _ = failure_at_the_token(talk, ACTS["pause"])
    assert isinstance(error, PlatformUnavailable | CredentialsInvalid)
