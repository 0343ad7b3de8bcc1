"""Whatever TikTok answers, the client returns or raises one of platforms.errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest

from core.common import clock
from core.common.money import Money
from platforms.common import answers
from platforms.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, UnreadableAnswer
from platforms.interface import ClientConfig
from platforms.tiktok.client import TikTokClient
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.specs import MEDIA, ad_group_spec, ad_spec, campaign_spec, video_ad_spec
from tests.platforms.once import once
from tests.platforms.tiktok.vendor import CAPABILITIES, NOW, campaign_row
from tests.platforms.wrong_shapes import BODIES, mutations

DAY = date(2026, 3, 11)
CAMPAIGN, GROUP = RemoteRef("campaign", "5"), RemoteRef("ad_group", "6")
REFERENCE = "ae-abc"

ROWS: dict[str, Any] = {
    "campaign/get": campaign_row(campaign_id="5"),
    "adgroup/get": {
        "adgroup_id": "6",
        "campaign_id": "5",
        "adgroup_name": f"Group [{REFERENCE}]",
        "operation_status": "ENABLE",
        "secondary_status": "ADGROUP_STATUS_DELIVERY_OK",
        "budget_mode": "BUDGET_MODE_INFINITE",
        "budget": 0,
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": "2026-03-11 00:00:00",
        "schedule_end_time": "2026-04-11 00:00:00",
    },
    "ad/get": {
        "ad_id": "7",
        "adgroup_id": "6",
        "campaign_id": "5",
        "ad_name": f"Ad [{REFERENCE}]",
        "ad_text": "t",
        "image_url": "u",
        "ad_format": "SINGLE_IMAGE",
        "operation_status": "ENABLE",
        "secondary_status": "AD_STATUS_DELIVERY_OK",
    },
    "report/integrated/get": {
        "dimensions": {"ad_id": "7", "stat_time_day": "2026-03-11 00:00:00"},
        "metrics": {
            "spend": "1.50",
            "impressions": "10",
            "clicks": "3",
            "complete_payment": "-",
            "total_complete_payment_rate": "20.00",
        },
    },
}
DATA: dict[str, Any] = {
    **{
        path: {"list": [row], "page_info": {"page": 1, "total_page": 1}}
        for path, row in ROWS.items()
    },
    "advertiser/info": {
        "list": [
            {
                "advertiser_id": "77",
                "name": "Shop",
                "status": "STATUS_ENABLE",
                "currency": "USD",
                "display_timezone": "America/New_York",
                "timezone": "Etc/GMT",
            }
        ]
    },
    "tool/region": {
        "region_info": [{"region_code": "US", "location_id": "6252001", "level": "COUNTRY"}]
    },
    "campaign/create": {"campaign_id": "5"},
    "adgroup/create": {"adgroup_id": "6"},
    "ad/create": {"ad_ids": ["7"]},
    "campaign/update": {"campaign_id": "5"},
    "campaign/status/update": {"campaign_ids": ["5"]},
    "file/image/ad/upload": {"image_id": "ad-site/1"},
    "file/video/ad/upload": [{"video_id": "v1"}],
    "file/video/ad/search": {"list": [{"video_id": "v0", "signature": "other"}]},
    "file/video/ad/info": {"list": [{"video_id": "v1", "displayable": True}]},
}
WRITE_PATHS = {
    "campaign/create",
    "adgroup/create",
    "ad/create",
    "campaign/update",
    "campaign/status/update",
}


def right(path: str) -> dict[str, Any]:
    return {"code": 0, "message": "OK", "request_id": "r1", "data": DATA[path]}


class OddTikTok:
    """Answers rightly, but for one path; of a list it sends one page."""

    def __init__(self, odd: str = "", answer: Callable[[], httpx.Response] | None = None) -> None:
        self.odd, self.answer = odd, answer
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        self.asked.append(path)
        if path == self.odd and self.answer is not None:
            return self.answer()
        return httpx.Response(200, json=right(path))


def client_of(vendor: OddTikTok) -> TikTokClient:
    config = ClientConfig(
        account_id="77",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": "tok-abcdef"},
        options={"identity_id": "i1", "identity_type": "TT_USER"},
    )
    transport = httpx.MockTransport(vendor)
    return TikTokClient(config, calls=once("tiktok", config), transport=transport)


Act = Callable[[TikTokClient], object]
ACTS: dict[str, tuple[Act, list[str]]] = {
    "verify": (lambda c: c.verify(), ["advertiser/info"]),
    "structure": (lambda c: c.read_structure(), ["campaign/get", "adgroup/get", "ad/get"]),
    "read campaign": (lambda c: c.read_campaign("5"), ["campaign/get", "adgroup/get"]),
    "metrics": (lambda c: c.read_metrics("ad", DAY, DAY), ["report/integrated/get"]),
    "find": (lambda c: c.find_by_reference("ad", REFERENCE, "6"), ["ad/get"]),
    "pause": (lambda c: c.set_status(CAMPAIGN, "paused"), ["campaign/status/update"]),
    "budget": (
        lambda c: c.set_daily_budget(CAMPAIGN, Money.parse("80", "USD")),
        ["campaign/get", "campaign/update"],
    ),
    "rename": (
        lambda c: c.update_campaign(CAMPAIGN, CampaignChange(name="New")),
        ["campaign/get", "campaign/update"],
    ),
    "create campaign": (
        lambda c: c.create_campaign(campaign_spec(CAPABILITIES, DAY)),
        ["campaign/create", "campaign/get"],
    ),
    "create group": (
        lambda c: c.create_ad_group(
            CAMPAIGN, ad_group_spec(CAPABILITIES), campaign_spec(CAPABILITIES, DAY)
        ),
        ["tool/region", "adgroup/create"],
    ),
    "create ad": (
        lambda c: c.create_ad(GROUP, ad_spec(CAPABILITIES), MEDIA),
        ["file/image/ad/upload", "ad/create"],
    ),
    "create video ad": (
        lambda c: c.create_ad(GROUP, video_ad_spec(CAPABILITIES, b"abc"), MEDIA),
        ["file/video/ad/search", "file/video/ad/upload", "file/video/ad/info"],
    ),
}
CALLS = [(name, path) for name, (_, paths) in ACTS.items() for path in paths]


@pytest.fixture(autouse=True)
def _market_time() -> Any:
    with clock.freeze(NOW):
        yield


def failure(act: Act, vendor: OddTikTok) -> Exception | None:
    try:
        act(client_of(vendor))
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", ACTS)
def test_right_answers_are_read(name: str) -> None:
    act, paths = ACTS[name]
    vendor = OddTikTok()
    act(client_of(vendor))
    assert set(paths) <= set(vendor.asked)


@pytest.mark.parametrize(("name", "path"), CALLS)
def test_every_wrong_shape_of_the_data_is_a_named_error(name: str, path: str) -> None:
    for what, data in mutations(DATA[path]):
        content = json.dumps({**right(path), "data": data}).encode()
        vendor = OddTikTok(path, partial(httpx.Response, 200, content=content))
        error = failure(ACTS[name][0], vendor)
        assert error is None or isinstance(error, PlatformError), (what, error)
        if path in WRITE_PATHS:
            assert error is None or isinstance(error, OutcomeUnknown), (what, error)
            assert vendor.asked.count(path) == 1, what


@pytest.mark.parametrize("key", ["code", "message", "request_id"])
@pytest.mark.parametrize(("name", "path"), CALLS)
def test_every_wrong_shape_of_the_envelope_is_a_named_error(name: str, path: str, key: str) -> None:
    envelope = right(path)
    for what, value in mutations(envelope[key]):
        content = json.dumps({**envelope, key: value}).encode()
        vendor = OddTikTok(path, partial(httpx.Response, 200, content=content))
        error = failure(ACTS[name][0], vendor)
        assert error is None or isinstance(error, PlatformError), (what, error)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("name", "path"), CALLS)
def test_body_that_is_no_object_is_a_named_error(name: str, path: str, body: bytes) -> None:
    vendor = OddTikTok(path, lambda: httpx.Response(200, content=body))
    error = failure(ACTS[name][0], vendor)
    after_a_write = WRITE_PATHS.intersection(vendor.asked)
    assert isinstance(error, OutcomeUnknown if after_a_write else PlatformUnavailable), error


def test_budget_that_was_set_and_cannot_be_read_back_is_unknown() -> None:
    """It was carried out: to say that it was certainly not would send it again."""
    reads = iter([httpx.Response(200, json=right("campaign/get")), httpx.Response(503)])
    vendor = OddTikTok("campaign/get", lambda: next(reads))
    with pytest.raises(OutcomeUnknown):
        ACTS["budget"][0](client_of(vendor))
    assert vendor.asked == ["campaign/get", "campaign/update", "campaign/get"]


@pytest.mark.parametrize("pages", [10**9, 10**30, "many", -1, None])
def test_list_that_never_ends_is_a_named_error(pages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_PAGES", 20)
    numbers = iter(range(1, 10_000))

    def page() -> httpx.Response:
        row = {**ROWS["ad/get"], "ad_id": str(next(numbers))}
        data = {"list": [row], "page_info": {"total_page": pages}}
        return httpx.Response(200, json={**right("ad/get"), "data": data})

    vendor = OddTikTok("ad/get", page)
    error = failure(lambda c: c.find_by_reference("ad", REFERENCE, "6"), vendor)
    assert error is None if pages is None else isinstance(error, UnreadableAnswer)
    assert len(vendor.asked) <= 21


def test_page_that_comes_again_and_again_is_a_named_error() -> None:
    """Its figures would count twice."""
    data = {"list": [ROWS["report/integrated/get"]], "page_info": {"total_page": 5}}
    answer = {**right("report/integrated/get"), "data": data}
    vendor = OddTikTok("report/integrated/get", lambda: httpx.Response(200, json=answer))
    with pytest.raises(UnreadableAnswer) as raised:
        client_of(vendor).read_metrics("ad", DAY, DAY)
    assert "came twice" in raised.value.vendor_message
    assert len(vendor.asked) == 2
