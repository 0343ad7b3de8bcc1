"""What only TikTok does: the calls it gets, against a transport that answers from a list."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from core.common import clock
from core.common.money import Money
from platforms.errors import (
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    Rejected,
    UnreadableAnswer,
    UnsupportedFeature,
)
from platforms.spec.ads import descriptions_of
from platforms.tiktok import mapping, reading
from platforms.tiktok.client import TikTokClient
from platforms.types import CampaignChange, GroupBudget, RemoteRef
from tests.fixtures.specs import MEDIA, ad_spec, campaign_spec, changed, png, video_ad_spec
from tests.platforms.tiktok.vendor import CAMPAIGN, CAPABILITIES, NOW, Vendor, campaign_row


def rows(*found: dict[str, Any]) -> dict[str, Any]:
    return {"list": list(found), "page_info": {"page": 1, "total_page": 1}}


def test_token_travels_in_the_header_and_lists_as_json(
    client: TikTokClient, vendor: Vendor
) -> None:
    info = {"advertiser_id": "7", "status": "STATUS_ENABLE", "currency": "USD", "timezone": "UTC"}
    vendor.on("advertiser/info", {"list": [info]})
    client.verify()
    request = vendor.requests[0]
    assert request.headers["Access-Token"] == "tok-abcdef"
    assert "tok-abcdef" not in str(request.url)
    assert request.url.path == "/open_api/v1.3/advertiser/info/"
    assert json.loads(request.url.params["advertiser_ids"]) == ["7000000000000000001"]


def test_campaign_that_was_created_enabled_is_switched_off(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_id": "5"})
    vendor.on("campaign/get", rows(campaign_row(campaign_id="5", operation_status="ENABLE")))
    vendor.on("campaign/status/update", {"campaign_ids": ["5"]})
    refs = client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))
    assert [ref.remote_id for ref in refs] == ["5"]
    assert vendor.sent("campaign/status/update") == [
        {
            "advertiser_id": "7000000000000000001",
            "campaign_ids": ["5"],
            "operation_status": "DISABLE",
        }
    ]


def test_failed_read_back_after_a_create_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_id": "5"})
    vendor.on("campaign/get", {"code": 50000, "message": "system error"})
    with pytest.raises(OutcomeUnknown):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))


def test_duplicate_request_id_finds_what_the_first_one_made(
    client: TikTokClient, vendor: Vendor
) -> None:
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 11))
    made = campaign_row(campaign_id="5", campaign_name=f"Summer sale [{spec.reference}]")
    vendor.on("campaign/create", {"code": 40050, "message": "duplicate request"})
    vendor.on("campaign/get", rows(made))
    assert [ref.remote_id for ref in client.create_campaign(spec)] == ["5"]


def test_duplicate_request_whose_object_does_not_show_yet_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"code": 40050, "message": "duplicate request"})
    vendor.on("campaign/get", rows())
    with pytest.raises(OutcomeUnknown):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))


def test_duplicate_request_whose_object_was_deleted_is_refused(
    client: TikTokClient, vendor: Vendor
) -> None:
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 11))
    deleted = campaign_row(
        campaign_name=f"Summer sale [{spec.reference}]",
        operation_status="DELETE",
        secondary_status="CAMPAIGN_STATUS_DELETE",
    )
    vendor.on("campaign/create", {"code": 40050, "message": "duplicate request"})
    vendor.on("campaign/get", rows(), rows(deleted))
    with pytest.raises(Rejected) as raised:
        client.create_campaign(spec)
    assert raised.value.vendor_code == "40050"
    asked = [json.loads(r.url.params.get("filtering", "{}")) for r in vendor.requests[1:]]
    assert asked == [{}, {"primary_status": "STATUS_ALL"}]


def test_create_that_names_no_id_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/create", {"campaign_name": "x"})
    with pytest.raises(OutcomeUnknown):
        client.create_campaign(campaign_spec(CAPABILITIES, date(2026, 3, 11)))


def test_image_goes_up_once_with_its_signature(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]}, {"ad_ids": ["12"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    specs = [ad_spec(CAPABILITIES), ad_spec(CAPABILITIES)]
    refs = [client.create_ad(group, spec, MEDIA) for spec in specs]
    assert [ref.remote_id for ref in refs] == ["11", "12"]
    uploads = [r for r in vendor.requests if r.url.path.endswith("upload/")]
    assert len(uploads) == 1
    signature = hashlib.md5(png()).hexdigest()  # noqa: S324 - TikTok's choice
    assert signature.encode() in uploads[0].content
    creative = vendor.sent("ad/create")[0]["creatives"][0]
    assert creative["image_ids"] == ["img1"]
    assert creative["ad_text"] == descriptions_of(specs[0])[0]
    assert (creative["identity_id"], creative["identity_type"]) == ("9", "TT_USER")


TAKEN = {"code": 40911, "message": "Duplicated material name: x.png", "data": {}}


def test_upload_whose_answers_were_lost_goes_up_under_further_names(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("file/image/ad/upload", TAKEN, TAKEN, {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]})
    client.create_ad(RemoteRef("ad_group", "6", CAMPAIGN.remote_id), ad_spec(CAPABILITIES), MEDIA)
    assert vendor.sent("ad/create")[0]["creatives"][0]["image_ids"] == ["img1"]


def test_upload_that_is_never_confirmed_is_no_fault_of_the_content(
    client: TikTokClient, vendor: Vendor
) -> None:
    """A refusal would end the launch for good."""
    vendor.on("file/image/ad/upload", *[TAKEN] * 3)
    with pytest.raises(PlatformUnavailable, match="did not confirm any upload"):
        client.create_ad(
            RemoteRef("ad_group", "6", CAMPAIGN.remote_id), ad_spec(CAPABILITIES), MEDIA
        )
    names = {name for r in vendor.requests for name in re.findall(rb'filename="[^"]+"', r.content)}
    assert len(names) == 3


def test_video_goes_up_with_its_signature_and_one_cover(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("file/video/ad/search", rows())
    vendor.on("file/video/ad/upload", [{"video_id": "v1"}])
    vendor.on("file/video/ad/info", rows({"displayable": False}), rows({"displayable": True}))
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]}, {"ad_ids": ["12"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    specs = [video_ad_spec(CAPABILITIES, b"abcdef") for _ in range(2)]
    assert [client.create_ad(group, spec, MEDIA).remote_id for spec in specs] == ["11", "12"]
    sent = [r for r in vendor.requests if "/video/ad/upload" in r.url.path]
    assert len(sent) == 1
    signature = hashlib.md5(b"abcdef").hexdigest()  # noqa: S324 - TikTok's choice
    assert f'name="video_signature"\r\n\r\n{signature}\r\n'.encode() in sent[0].content
    assert b'name="video_file"' in sent[0].content
    assert b"\r\n\r\nabcdef\r\n" in sent[0].content
    creative = vendor.sent("ad/create")[0]["creatives"][0]
    assert (creative["ad_format"], creative["video_id"]) == ("SINGLE_VIDEO", "v1")
    assert creative["image_ids"] == ["img1"]


def video_of_a_new_ad(client: TikTokClient, vendor: Vendor) -> Any:
    vendor.on("file/video/ad/info", rows({"displayable": True}))
    vendor.on("file/image/ad/upload", {"image_id": "img1"})
    vendor.on("ad/create", {"ad_ids": ["11"]})
    group = RemoteRef("ad_group", "6", CAMPAIGN.remote_id)
    client.create_ad(group, video_ad_spec(CAPABILITIES, b"abcdef"), MEDIA)
    return vendor.sent("ad/create")[0]["creatives"][0]["video_id"]


def test_a_video_that_is_there_is_used(client: TikTokClient, vendor: Vendor) -> None:
    signature = hashlib.md5(b"abcdef").hexdigest()  # noqa: S324 - TikTok's choice
    other = {"video_id": "v8", "signature": "0" * 32}
    vendor.on("file/video/ad/search", rows(other, {"video_id": "v9", "signature": signature}))
    assert video_of_a_new_ad(client, vendor) == "v9"


def test_a_refused_look_up_does_not_keep_a_video_from_going_up(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("file/video/ad/search", {"code": 40002, "message": "filtering: unknown"})
    vendor.on("file/video/ad/upload", [{"video_id": "v1"}])
    assert video_of_a_new_ad(client, vendor) == "v1"


def test_budget_that_tiktok_sets_otherwise_is_noticed(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/get", *[rows(campaign_row(budget=b)) for b in (80.0, 85.0)])
    vendor.on("campaign/update", {"campaign_id": CAMPAIGN.remote_id})
    with pytest.raises(Rejected, match="to 85") as raised:
        client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert raised.value.field == "daily_budget"


def test_list_that_shows_a_new_budget_late_is_read_again(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/get", *[rows(campaign_row(budget=b)) for b in (80.0, 80.0, 80.0, 90.0)])
    vendor.on("campaign/update", {"campaign_id": CAMPAIGN.remote_id})
    client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert len(vendor.sent("campaign/update")) == 1


def test_budget_that_still_shows_as_before_is_an_unknown_outcome(
    client: TikTokClient, vendor: Vendor
) -> None:
    """It may be ignored, or the list lags: a refusal would end the change for good."""
    vendor.on("campaign/get", rows(campaign_row(budget=80.0)))
    vendor.on("campaign/update", {"campaign_id": CAMPAIGN.remote_id})
    with pytest.raises(OutcomeUnknown, match="still shows 80"):
        client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert len(vendor.sent("campaign/update")) == 1


def test_total_budget_is_not_changed_as_a_daily_one(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/get", rows(campaign_row(budget_mode="BUDGET_MODE_TOTAL")))
    with pytest.raises(Rejected) as raised:
        client.set_daily_budget(CAMPAIGN, Money(Decimal("90"), "USD"))
    assert raised.value.field == "daily_budget"
    assert vendor.sent("campaign/update") == []


def test_nothing_to_update_is_a_success(client: TikTokClient, vendor: Vendor) -> None:
    vendor.on("campaign/status/update", {"code": 40012, "message": "nothing to update"})
    client.set_status(CAMPAIGN, "paused")
    assert len(vendor.requests) == 1


def test_partly_done_names_what_failed(client: TikTokClient, vendor: Vendor) -> None:
    failed = {"error_list": [{"adgroup_id": "6", "error_message": "budget too low"}]}
    vendor.on("adgroup/status/update", {"code": 20001, "message": "partial", "data": failed})
    with pytest.raises(Rejected) as raised:
        client.set_status(RemoteRef("ad_group", "6"), "active")
    assert raised.value.vendor_message == "budget too low"


def test_pages_are_followed(client: TikTokClient, vendor: Vendor) -> None:
    pages = [
        {"list": [campaign_row(campaign_id=str(n))], "page_info": {"page": n, "total_page": 2}}
        for n in (1, 2)
    ]
    vendor.on("campaign/get", *pages)
    vendor.on("adgroup/get", rows())
    vendor.on("ad/get", rows())
    assert [c.remote_id for c in client.read_structure()] == ["1", "2"]
    assert [r.url.params["page"] for r in vendor.requests[:2]] == ["1", "2"]


@pytest.mark.parametrize(
    ("last", "total", "words"), [("4", 3, "changed while it was read"), ("4", 4, "holds 3")]
)
def test_list_that_lost_a_row_between_its_pages_is_not_taken_for_the_whole(
    client: TikTokClient, vendor: Vendor, last: str, total: int, words: str
) -> None:
    """Campaign 3 moved to the first page when 1 was deleted: it would count as gone."""
    pages = [
        {
            "list": [campaign_row(campaign_id=n) for n in ids],
            "page_info": {"page": page, "total_page": 2, "total_number": number},
        }
        for page, ids, number in ((1, "12", 4), (2, last, total))
    ]
    vendor.on("campaign/get", *pages)
    with pytest.raises(UnreadableAnswer) as raised:
        client.read_structure()
    assert words in raised.value.vendor_message


def test_too_many_requests_of_a_gateway_are_waited_out(
    client: TikTokClient, vendor: Vendor
) -> None:
    vendor.on("campaign/get", httpx.Response(429, text="too many"))
    with pytest.raises(RateLimited):
        client.read_structure()


@pytest.mark.parametrize(
    ("kind", "words"),
    [("CUSTOMIZED_USER", "custom identity"), ("BC_AUTH_TT", "Business Center")],
)
def test_identity_that_tiktok_would_refuse_is_refused_before_anything_is_sent(
    kind: str, words: str
) -> None:
    options = {"identity_id": "9", "identity_type": kind}
    with pytest.raises(Rejected) as raised:
        mapping.identity_of(options)
    assert raised.value.field == "identity_id"
    row = {"advertiser_id": "7", "status": "STATUS_ENABLE", "currency": "USD", "timezone": "UTC"}
    info = reading.account_info(row, options)
    assert not info.can_deliver
    assert words in info.problems[0]
    whole = {"identity_id": "9", "identity_type": "BC_AUTH_TT", "identity_authorized_bc_id": "5"}
    assert mapping.identity_of(whole) == whole
    assert reading.account_info(row, whole).can_deliver


def test_dates_and_political_ads_are_refused(client: TikTokClient, vendor: Vendor) -> None:
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 11))
    refused: list[Callable[[], Any]] = [
        lambda: client.update_campaign(CAMPAIGN, CampaignChange(end=date(2026, 4, 1))),
        lambda: client.create_campaign(changed(spec, political_ads=True)),
        lambda: client.create_campaign(changed(spec, objective="awareness")),
    ]
    for attempt in refused:
        with pytest.raises(UnsupportedFeature):
            attempt()
    assert vendor.requests == []


def test_market_clock_decides_what_now_is(client: TikTokClient, vendor: Vendor) -> None:
    region = {"region_code": "US", "level": "COUNTRY", "location_id": "6252001"}
    vendor.on("tool/region", {"region_info": [region]})
    vendor.on("adgroup/create", {"adgroup_id": "6"})
    spec = campaign_spec(CAPABILITIES, date(2026, 3, 1))
    with clock.freeze(NOW):
        client.create_ad_group(CAMPAIGN, spec.ad_groups[0], spec)
    body = vendor.sent("adgroup/create")[0]
    assert body["schedule_start_time"] == "2026-03-10 09:30:00"
    assert body["location_ids"] == ["6252001"]


def group_row(number: int) -> dict[str, Any]:
    return {
        "adgroup_id": str(number),
        "campaign_id": CAMPAIGN.remote_id,
        "adgroup_name": f"Group {number}",
        "operation_status": "ENABLE",
        "secondary_status": "ADGROUP_STATUS_DELIVERY_OK",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 60.0,
    }


@pytest.mark.parametrize("first_is_done", [True, False])
def test_budgets_of_which_a_first_part_was_sent_are_of_unknown_outcome(
    client: TikTokClient, vendor: Vendor, first_is_done: bool
) -> None:
    """What certainly did nothing counts for its own call only."""
    numbers = range(1, 31)
    vendor.on("adgroup/get", rows(*map(group_row, numbers)))
    too_many = httpx.Response(429)
    vendor.on("adgroup/budget/update", *([{}] if first_is_done else []), too_many)
    old, new = (Money(Decimal(amount), "USD") for amount in (60, 50))
    budgets = [GroupBudget(str(number), new, old) for number in numbers]
    with pytest.raises(OutcomeUnknown if first_is_done else RateLimited):
        client.set_group_budgets(CAMPAIGN, budgets)
    assert len(vendor.sent("adgroup/budget/update")[0]["budget"]) == 20
