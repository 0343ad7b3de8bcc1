"""A caller of the TikTok emulator, and what its refusals look like."""

from __future__ import annotations

import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from sandbox.market.market import Market
from sandbox.tiktok.limits import CallLimits
from sandbox.tiktok.server import tiktok_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

START = datetime(2026, 10, 1, 6, tzinfo=UTC)
Body = dict[str, Any]


def png(width: int = 720, height: int = 1280) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02"


class Tik:
    """A caller that writes lists in queries as JSON text."""

    def __init__(self, limits: CallLimits | None = None) -> None:
        clock = SandboxClock(START, ticking=False)
        self.world = World(7, START, clock=clock)
        self.ours = self.world.account("tiktok")
        self.market = Market(self.world)
        app: Any = tiktok_app(self.world, clock, self.market, limits or CallLimits(None))
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app),
            base_url="http://tiktok/open_api/v1.3",
            headers={"Access-Token": self.ours.access_token},
        )

    def post(self, path: str, body: Body) -> Body:
        sent = {"advertiser_id": self.ours.id, **body}
        answer: Body = self.http.post(f"/{path}/", json=sent).json()
        return answer

    def get(self, path: str, **params: Any) -> Body:
        sent = {"advertiser_id": self.ours.id, **params}
        query = {k: v if isinstance(v, str) else json.dumps(v) for k, v in sent.items()}
        answer: Body = self.http.get(f"/{path}/", params=query).json()
        return answer

    def done(self, path: str, body: Body) -> Body:
        answer = self.post(path, body)
        assert answer["code"] == 0, answer
        data: Body = answer["data"]
        return data

    def campaign(self, **changes: Any) -> Body:
        body = {
            "campaign_name": "Ours",
            "objective_type": "WEB_CONVERSIONS",
            "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
            "budget": 100.0,
            "budget_optimize_on": True,
            "operation_status": "DISABLE",
        }
        return changed(body, changes)

    def group(self, campaign: str, **changes: Any) -> Body:
        body = {
            "campaign_id": campaign,
            "adgroup_name": "Everyone",
            "billing_event": "OCPM",
            "optimization_goal": "CONVERT",
            "optimization_event": "SHOPPING",
            "pixel_id": self.ours.pixel_id,
            "promotion_type": "WEBSITE",
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": ["PLACEMENT_TIKTOK"],
            "location_ids": ["6252001"],
            "bid_type": "BID_TYPE_NO_BID",
            "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": "2026-10-01 06:00:00",
            # The schema asks for both; under the campaign's budget they are ignored.
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": 20.0,
        }
        return changed(body, changes)

    def own_budget(self, **changes: Any) -> Body:
        body = {"budget_mode": "BUDGET_MODE_DAY", "budget": 20.0, "pacing": "PACING_MODE_SMOOTH"}
        return changed(body, changes)

    def creative(self, **changes: Any) -> Body:
        body = {
            "ad_name": "Ad",
            "ad_format": "SINGLE_IMAGE",
            "ad_text": "New season",
            "image_ids": [self.image()],
            "call_to_action": "SHOP_NOW",
            "landing_page_url": "https://shop.example.com/",
            "identity_type": "TT_USER",
            "identity_id": self.ours.identity_id,
        }
        return changed(body, changes)

    def upload(self, content: bytes, **changes: Any) -> Body:
        form = {
            "advertiser_id": self.ours.id,
            "upload_type": "UPLOAD_BY_FILE",
            "file_name": f"{len(self.world.list_objects('tiktok', 'images'))}.png",
            "image_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        files = {"image_file": ("a.png", content)}
        sent = changed(form, changes)
        answer: Body = self.http.post("/file/image/ad/upload/", data=sent, files=files).json()
        return answer

    def image(self) -> str:
        return str(self.upload(png())["data"]["image_id"])

    def spend(self, campaign: str, *, days: int) -> float:
        """What the campaign has cost on the last days, today included."""
        today = self.world.now().astimezone(ZoneInfo(self.ours.time_zone)).date()
        since = today - timedelta(days=days - 1)
        rows = self.market.rows(self.ours.id, since, today, campaign_id=campaign)
        return sum(row.spend_micros for row in rows) / 1e6

    def new_campaign(self, **changes: Any) -> str:
        """A campaign that is switched off, as the vendor ignores `operation_status` at creation."""
        made = str(self.done("campaign/create", self.campaign(**changes))["campaign_id"])
        if changes.get("operation_status") != "ENABLE":
            self.switch("campaign", made, "DISABLE")
        return made

    def switch(self, kind: str, key: str, status: str) -> None:
        body = {f"{kind}_ids": [key], "operation_status": status}
        self.done(f"{kind}/status/update", body)

    def tree(self, texts: tuple[str, ...] = ("One", "Two")) -> tuple[str, str, list[str]]:
        campaign = self.new_campaign(operation_status="ENABLE")
        group = self.done("adgroup/create", self.group(campaign))["adgroup_id"]
        creatives = [self.creative(ad_name=text, ad_text=text) for text in texts]
        ads = self.done("ad/create", {"adgroup_id": group, "creatives": creatives})["ad_ids"]
        return campaign, group, ads


def changed(body: Body, changes: Body) -> Body:
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def refused(answer: Body, words: str, code: int = 40002) -> None:
    assert answer["code"] == code, answer
    assert words in answer["message"]
    assert answer["data"] == {}
    assert answer["request_id"]
