"""A caller of the Meta emulator, and what its refusals look like."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.market.market import Market
from sandbox.meta.server import meta_app
from sandbox.world.clock import SandboxClock
from sandbox.world.world import World

START = datetime(2026, 10, 1, 16, tzinfo=UTC)
Body = dict[str, Any]


class Graph:
    """A caller that sends every structure as JSON text in a form, as the vendor asks."""

    def __init__(self) -> None:
        clock = SandboxClock(START, ticking=False)
        self.world = World(7, START, clock=clock)
        self.ours = self.world.account("meta")
        self.act = f"act_{self.ours.id}"
        app: Any = meta_app(self.world, clock, Market(self.world))
        self.transport = httpx.WSGITransport(app)
        self.http = httpx.Client(
            transport=self.transport,
            base_url="http://graph/v26.0",
            headers={"Authorization": f"Bearer {self.ours.access_token}"},
        )

    def post(self, path: str, body: Body) -> httpx.Response:
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        return self.http.post(f"/{path}", data=form)

    def get(self, path: str, **params: Any) -> Body:
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
        answer: Body = self.http.get(f"/{path}", params=form).json()
        return answer

    def make(self, edge: str, body: Body) -> str:
        answer = self.post(f"{self.act}/{edge}", body).json()
        assert "id" in answer, answer
        return str(answer["id"])

    def campaign(self, **changes: Any) -> Body:
        body = {
            "name": "Ours",
            "objective": "OUTCOME_SALES",
            "special_ad_categories": [],
            "daily_budget": 5000,
            "status": "PAUSED",
        }
        return changed(body, changes)

    def ad_set(self, campaign_id: str, **changes: Any) -> Body:
        body = {
            "name": "Everyone",
            "campaign_id": campaign_id,
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "billing_event": "IMPRESSIONS",
            "promoted_object": {
                "pixel_id": self.ours.pixel_id,
                "custom_event_type": "PURCHASE",
            },
            "targeting": targeting(),
            "status": "ACTIVE",
        }
        return changed(body, changes)

    def creative(self, **changes: Any) -> Body:
        link = {"link": "https://shop.example.com/", "message": "New season"}
        story = {"page_id": self.ours.page_id, "link_data": link}
        return changed({"name": "Creative", "object_story_spec": story}, changes)

    def tree(self, message: str = "New season", **changes: Any) -> tuple[str, str, list[str]]:
        """A campaign, an ad set and two ads, all switched on."""
        campaign = self.make("campaigns", self.campaign(status="ACTIVE", **changes))
        ad_set = self.make("adsets", self.ad_set(campaign))
        ads = []
        for number in (1, 2):
            link = {"link": "https://shop.example.com/", "message": f"{message} {number}"}
            story = {"page_id": self.ours.page_id, "link_data": link}
            creative = self.make("adcreatives", self.creative(object_story_spec=story))
            body = {"name": f"Ad {number}", "adset_id": ad_set, "status": "ACTIVE"}
            ads.append(self.make("ads", {**body, "creative": {"creative_id": creative}}))
        return campaign, ad_set, ads


def changed(body: Body, changes: Body) -> Body:
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def targeting(**changes: Any) -> Body:
    automation = {"targeting_automation": {"advantage_audience": 1}}
    return changed({"geo_locations": {"countries": ["US"]}, **automation}, changes)


def refused(answer: httpx.Response, field: str, subcode: int | None = None) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, 100)
    assert error.get("error_subcode") == subcode
    blamed = json.loads(error["error_data"])["blame_field_specs"]
    assert field in blamed[0]
