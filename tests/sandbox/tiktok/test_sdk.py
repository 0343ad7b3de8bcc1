"""The unmodified official client of TikTok works against the emulator over plain HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.http.httpd import HttpServer
from sandbox.market.market import Market
from sandbox.tiktok.limits import CallLimits
from sandbox.tiktok.server import tiktok_app
from tests.sandbox.tiktok.client import Tik, png

sdk = pytest.importorskip(
    "business_api_client", reason="the development lock has TikTok's official client: make check"
)
Body = dict[str, Any]
START, END = "2026-10-01", "2026-10-07"


class Official:
    """The official client, and the account that it works for."""

    def __init__(self, tik: Tik, url: str) -> None:
        self.tik = tik
        self.token = tik.ours.access_token
        configuration = sdk.Configuration()
        configuration.host = url
        self.client = sdk.ApiClient(configuration)

    def of(self, kind: str) -> Any:
        return getattr(sdk, f"{kind}Api")(self.client)

    def campaign(self, **changes: Any) -> str:
        body = {"advertiser_id": self.tik.ours.id, **self.tik.campaign(**changes)}
        answer = self.of("CampaignCreation").campaign_create(self.token, body=body)
        return str(answer["data"]["campaign_id"])

    def tree(self, folder: Path) -> tuple[str, str, str]:
        ours = self.tik.ours.id
        campaign = self.campaign()
        group_body = {"advertiser_id": ours, **self.tik.group(campaign)}
        group = self.of("Adgroup").adgroup_create(self.token, body=group_body)["data"]["adgroup_id"]
        creative = {**self.tik.creative(image_ids=[self.image(folder)])}
        ad_body = {"advertiser_id": ours, "adgroup_id": group, "creatives": [creative]}
        answer = self.of("Ad").ad_create(self.token, body=ad_body)
        return campaign, group, answer["data"]["ad_ids"][0]

    def image(self, folder: Path) -> str:
        file = folder / "cover.png"
        file.write_bytes(png())
        answer = self.of("File").ad_image_upload(
            self.token,
            advertiser_id=self.tik.ours.id,
            upload_type="UPLOAD_BY_FILE",
            file_name="cover.png",
            image_file=str(file),
            image_signature=hashlib.md5(png(), usedforsecurity=False).hexdigest(),
        )
        return str(answer["data"]["image_id"])

    def switch(self, kind: str, key: str, status: str) -> Any:
        names = {"campaign": "CampaignCreation", "adgroup": "Adgroup", "ad": "Ad"}
        body = {
            "advertiser_id": self.tik.ours.id,
            f"{kind}_ids": [key],
            "operation_status": status,
        }
        return getattr(self.of(names[kind]), f"{kind}_status_update")(self.token, body=body)

    def listed(self, kind: str, **filtering: Any) -> list[Body]:
        names = {"campaign": "CampaignCreation", "adgroup": "Adgroup", "ad": "Ad"}
        read = getattr(self.of(names[kind]), f"{kind}_get")
        answer = read(self.tik.ours.id, self.token, filtering=filtering, page_size=100)
        rows: list[Body] = answer["data"]["list"]
        return rows

    def spend(self, kind: str, *, with_deleted: bool = False) -> dict[str, float]:
        deleted = {
            "field_name": f"{kind}_status",
            "filter_type": "IN",
            "filter_value": json.dumps(["STATUS_ALL"]),
        }
        answer = self.of("Reporting").report_integrated_get(
            "BASIC",
            self.token,
            advertiser_id=self.tik.ours.id,
            service_type="AUCTION",
            data_level={"campaign": "AUCTION_CAMPAIGN", "ad": "AUCTION_AD"}[kind],
            dimensions=[f"{kind}_id", "stat_time_day"],
            metrics=["spend", "impressions"],
            start_date=START,
            end_date=END,
            page_size=1000,
            filtering=[deleted] if with_deleted else [],
        )
        found: dict[str, float] = {}
        for row in answer["data"]["list"]:
            key = row["dimensions"][f"{kind}_id"]
            found[key] = round(found.get(key, 0.0) + float(row["metrics"]["spend"]), 2)
        return found


@pytest.fixture
def official(tik: Tik) -> Iterator[Official]:
    app = tiktok_app(tik.world, tik.world.clock, Market(tik.world), CallLimits(None))
    server = HttpServer(app)
    yield Official(tik, server.url)
    server.stop()


def test_official_client_reads_the_account(official: Official) -> None:
    info = official.of("AccountManagement").advertiser_info(
        [official.tik.ours.id], official.token, fields=["advertiser_id", "status", "currency"]
    )
    assert info["data"]["list"] == [
        {"advertiser_id": official.tik.ours.id, "status": "STATUS_ENABLE", "currency": "USD"}
    ]


def test_official_client_builds_a_tree_and_reads_it_back(
    official: Official, tmp_path: Path
) -> None:
    campaign, group, ad = official.tree(tmp_path)
    [row] = official.listed("campaign", campaign_ids=[campaign])
    assert (row["budget"], row["budget_optimize_on"]) == (100.0, True)
    [row] = official.listed("adgroup", campaign_ids=[campaign])
    assert (row["adgroup_id"], row["placements"]) == (group, ["PLACEMENT_TIKTOK"])
    [row] = official.listed("ad", adgroup_ids=[group])
    assert (row["ad_id"], row["secondary_status"]) == (ad, "AD_STATUS_AUDIT")
    assert official.tik.world.campaigns[campaign].daily_budget_micros == 100_000_000


def test_official_client_finds_out_that_created_disabled_is_enabled(official: Official) -> None:
    campaign = official.campaign(operation_status="DISABLE")
    [row] = official.listed("campaign", campaign_ids=[campaign])
    assert row["operation_status"] == "ENABLE"
    official.switch("campaign", campaign, "DISABLE")
    [row] = official.listed("campaign", campaign_ids=[campaign])
    assert row["operation_status"] == "DISABLE"


@pytest.mark.parametrize("kind", ["campaign", "ad"])
def test_official_client_sees_figures_of_deleted_objects_only_on_request(
    official: Official, tmp_path: Path, kind: str
) -> None:
    campaign, _, ad = official.tree(tmp_path)
    official.tik.world.clock.advance(days=10)
    before = official.spend(kind)
    key = {"campaign": campaign, "ad": ad}[kind]
    assert before[key] > 0
    official.switch(kind, key, "DELETE")
    assert official.spend(kind) == {other: v for other, v in before.items() if other != key}
    assert official.spend(kind, with_deleted=True) == before
    assert key not in [row[f"{kind}_id"] for row in official.listed(kind)]
    listed = official.listed(kind, primary_status="STATUS_ALL")
    assert key in [row[f"{kind}_id"] for row in listed]


def test_official_client_raises_with_code_and_message(official: Official) -> None:
    before = set(official.tik.world.campaigns)
    error = sdk.api_client.TiktokSDKError
    with pytest.raises(error, match="Error Code: 40002, .*at least 50.00 USD"):
        official.campaign(budget=49.0)
    assert set(official.tik.world.campaigns) == before
