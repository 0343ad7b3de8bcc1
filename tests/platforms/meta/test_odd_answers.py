"""Whatever Meta answers, the client returns or raises one of platforms.errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest

from core.common.money import Money
from platforms.common import answers
from platforms.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, UnreadableAnswer
from platforms.interface import ClientConfig
from platforms.meta.client import MetaClient
from platforms.types import CampaignChange, RemoteRef
from tests.fixtures.specs import MEDIA, ad_group_spec, ad_spec, campaign_spec, video_ad_spec
from tests.platforms.meta.vendor import CAPABILITIES, TOKEN
from tests.platforms.once import once
from tests.platforms.wrong_shapes import BODIES, mutations

DAY = date(2026, 3, 11)
CAMPAIGN, GROUP = RemoteRef("campaign", "5"), RemoteRef("ad_group", "6")
REFERENCE = "ae-abc"

STATUS = {"configured_status": "ACTIVE", "effective_status": "ACTIVE", "status": "ACTIVE"}
ACCOUNT = {
    "account_id": "77",
    "id": "act_77",
    "name": "Shop",
    "account_status": 1,
    "currency": "USD",
    "timezone_name": "America/New_York",
    "min_daily_budget": 100,
    "funding_source": "1",
}
ROWS: dict[str, dict[str, Any]] = {
    "campaigns": {
        "id": "5",
        "name": f"Boots [{REFERENCE}]",
        "objective": "OUTCOME_TRAFFIC",
        "daily_budget": "2000",
        "lifetime_budget": "0",
        **STATUS,
    },
    "adsets": {
        "id": "6",
        "campaign_id": "5",
        "name": f"Group [{REFERENCE}]",
        "daily_budget": "0",
        "start_time": "2026-03-11T00:00:00-0500",
        "end_time": "2026-04-11T00:00:00-0500",
        **STATUS,
    },
    "ads": {
        "id": "7",
        "adset_id": "6",
        "campaign_id": "5",
        "name": f"Ad [{REFERENCE}]",
        "creative": {
            "id": "8",
            "title": "t",
            "body": "b",
            "image_url": "u",
            "object_story_spec": {"link_data": {"name": "n", "message": "m", "image_hash": "h"}},
        },
        **STATUS,
    },
    "insights": {
        "campaign_id": "5",
        "ad_id": "7",
        "date_start": "2026-03-11",
        "impressions": "10",
        "clicks": "1",
        "spend": "1.50",
        "actions": [{"action_type": "purchase", "value": "2"}],
        "action_values": [{"action_type": "purchase", "value": "20.00"}],
    },
    "minimum_budgets": {"currency": "USD", "min_daily_budget_imp": 100},
    "adcreatives": {"id": "8", "name": f"Creative [{REFERENCE}]"},
    "advideos": {"id": "9", "title": "other", "status": {"video_status": "ready"}},
}
POSTED: dict[str, Any] = {
    "adimages": {"images": {"shoes.png": {"hash": "h1"}}},
    "advideos": {
        "upload_session_id": "3",
        "video_id": "9",
        "start_offset": "0",
        "end_offset": "0",
        "success": True,
    },
    "campaigns": {"id": "5"},
    "adsets": {"id": "6"},
    "ads": {"id": "7"},
    "adcreatives": {"id": "8"},
}
NODES: dict[str, Any] = {
    "act_77": ACCOUNT,
    "5": ROWS["campaigns"],
    "9": {"id": "9", "status": {"video_status": "ready"}},
}


class OddMeta:
    """Answers rightly, but for one method and path; of a list it sends one page."""

    def __init__(self, odd: str = "", answer: Callable[[], httpx.Response] | None = None) -> None:
        self.odd, self.answer = odd, answer
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v26.0/")
        call = f"{request.method} {path.rpartition('/')[2]}"
        self.asked.append(call)
        if call == self.odd and self.answer is not None:
            return self.answer()
        return httpx.Response(200, json=right(call))


def right(call: str) -> Any:
    method, _, name = call.partition(" ")
    if method == "POST":
        return POSTED.get(name, {"success": True})
    return NODES[name] if name in NODES else {"data": [ROWS[name]], "paging": {"cursors": {}}}


def client_of(vendor: OddMeta) -> MetaClient:
    config = ClientConfig(
        account_id="77",
        currency="USD",
        time_zone="America/New_York",
        secrets={"access_token": TOKEN},
        options={"page_id": "99"},
    )
    transport = httpx.MockTransport(vendor)
    return MetaClient(config, calls=once("meta", config), transport=transport)


Act = Callable[[MetaClient], object]
READS: dict[str, tuple[Act, list[str]]] = {
    "verify": (lambda c: c.verify(), ["GET act_77", "GET minimum_budgets"]),
    "structure": (lambda c: c.read_structure(), ["GET campaigns", "GET adsets", "GET ads"]),
    "campaign": (lambda c: c.read_campaign("5"), ["GET 5", "GET adsets", "GET ads"]),
    "metrics": (lambda c: c.read_metrics("ad", DAY, DAY), ["GET insights"]),
    "find": (lambda c: c.find_by_reference("campaign", REFERENCE), ["GET campaigns"]),
    "find an ad": (lambda c: c.find_by_reference("ad", REFERENCE, "6"), ["GET ads"]),
}
WRITES: dict[str, tuple[Act, list[str]]] = {
    "pause": (lambda c: c.set_status(CAMPAIGN, "paused"), ["POST 5"]),
    "budget": (
        lambda c: c.set_daily_budget(CAMPAIGN, Money.parse("30", "USD")),
        ["POST 5", "GET 5"],
    ),
    "change": (
        lambda c: c.update_campaign(CAMPAIGN, CampaignChange(name="New", end=date(2099, 1, 1))),
        ["POST 5", "GET 5", "GET adsets", "POST 6"],
    ),
    "campaign": (
        lambda c: c.create_campaign(campaign_spec(CAPABILITIES, DAY)),
        ["POST campaigns"],
    ),
    "group": (
        lambda c: c.create_ad_group(
            CAMPAIGN, ad_group_spec(CAPABILITIES), campaign_spec(CAPABILITIES, DAY)
        ),
        ["POST adsets"],
    ),
    "ad": (
        lambda c: c.create_ad(GROUP, ad_spec(CAPABILITIES), MEDIA),
        ["POST adimages", "POST adcreatives", "POST ads"],
    ),
    "video ad": (
        lambda c: c.create_ad(GROUP, video_ad_spec(CAPABILITIES, b""), MEDIA),
        ["GET advideos", "POST advideos", "GET 9"],
    ),
}
ALL = {**{f"read {k}": v for k, v in READS.items()}, **{f"write {k}": v for k, v in WRITES.items()}}
CALLS = [(name, call) for name, (_, calls) in ALL.items() for call in calls]


@pytest.mark.parametrize("name", ALL)
def test_right_answers_are_read(name: str) -> None:
    act, calls = ALL[name]
    vendor = OddMeta()
    act(client_of(vendor))
    assert set(calls) <= set(vendor.asked)


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_every_wrong_shape_is_a_named_error(name: str, call: str) -> None:
    for what, body in mutations(right(call)):
        content = json.dumps(body).encode()
        vendor = OddMeta(call, partial(httpx.Response, 200, content=content))
        error = failure(ALL[name][0], vendor)
        assert error is None or isinstance(error, PlatformError), (what, error)
        if is_write(call):
            assert error is None or isinstance(error, OutcomeUnknown), (what, error)
            assert vendor.asked.count(call) == 1, what


def is_write(call: str) -> bool:
    """An upload has no effect until an ad uses the file."""
    return call.startswith("POST ") and not call.endswith(("adimages", "advideos"))


def failure(act: Act, vendor: OddMeta) -> Exception | None:
    try:
        act(client_of(vendor))
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("name", "call"), CALLS)
def test_body_that_is_no_object_is_a_named_error(name: str, call: str, body: bytes) -> None:
    vendor = OddMeta(call, lambda: httpx.Response(200, content=body))
    with pytest.raises(OutcomeUnknown if is_write(call) else PlatformUnavailable):
        ALL[name][0](client_of(vendor))


@pytest.mark.parametrize(
    ("name", "call"),
    [("write pause", "POST 5"), ("write campaign", "POST campaigns"), ("write ad", "POST ads")],
)
@pytest.mark.parametrize(
    "body",
    [{}, {"success": "maybe"}, {"id": None}, {"id": ["5"]}, {"error": {}}, {"error": "x"}],
    ids=str,
)
def test_write_whose_answer_does_not_say_so_is_unknown(name: str, call: str, body: Any) -> None:
    vendor = OddMeta(call, lambda: httpx.Response(200, json=body))
    with pytest.raises(OutcomeUnknown):
        ALL[name][0](client_of(vendor))
    assert vendor.asked.count(call) == 1


USAGE = [
    "garbage",
    "[]",
    "5",
    '{"call_count": "many"}',
    '{"call_count": NaN}',
    '{"call_count": 1e999}',
    '{"call_count": -5}',
    '{"call_count": {}}',
    '{"77": [5]}',
    '{"77": [{"estimated_time_to_regain_access": "soon"}]}',
    "[" * 5000,
]


@pytest.mark.parametrize("usage", USAGE, ids=lambda text: text[:40])
@pytest.mark.parametrize(
    "header", ["X-Business-Use-Case-Usage", "X-App-Usage", "X-Ad-Account-Usage"]
)
def test_write_with_a_bad_usage_header_stays_done(usage: str, header: str) -> None:
    answer = httpx.Response(200, json={"id": "5"}, headers={header: usage})
    vendor = OddMeta("POST campaigns", lambda: answer)
    client = client_of(vendor)
    [ref] = client.create_campaign(campaign_spec(CAPABILITIES, DAY))
    assert ref.remote_id == "5"
    assert vendor.asked == ["POST campaigns"]
    assert client.calls.governor.halt_seconds(is_write=True) == 0


def test_repeated_cursor_is_a_named_error() -> None:
    numbers = iter(range(10_000))

    def page() -> httpx.Response:
        row = {**ROWS["insights"], "ad_id": str(next(numbers) + 1)}
        paging = {"cursors": {"after": "same"}, "next": "https://x"}
        return httpx.Response(200, json={"data": [row], "paging": paging})

    vendor = OddMeta("GET insights", page)
    with pytest.raises(UnreadableAnswer) as raised:
        client_of(vendor).read_metrics("ad", DAY, DAY)
    assert "repeats its cursor" in raised.value.vendor_message
    assert len(vendor.asked) == 2


@pytest.mark.parametrize("rows", [[], [ROWS["insights"]]], ids=["empty pages", "the same page"])
def test_list_that_never_ends_is_a_named_error(
    rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_PAGES", 20)
    numbers = iter(range(10_000))

    def page() -> httpx.Response:
        paging = {"cursors": {"after": str(next(numbers))}, "next": "https://x"}
        return httpx.Response(200, json={"data": rows, "paging": paging})

    vendor = OddMeta("GET insights", page)
    with pytest.raises(UnreadableAnswer):
        client_of(vendor).read_metrics("ad", DAY, DAY)
    assert len(vendor.asked) <= 21
