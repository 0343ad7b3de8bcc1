"""A TikTok that answers from a list."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from platforms.tiktok.client import TikTokClient
from platforms.types import RemoteRef

CAPABILITIES = TikTokClient.capabilities
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CAMPAIGN = RemoteRef("campaign", "1700000000000000001")


class Vendor:
    """Answers by path and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}

    def on(self, path: str, *data: Any) -> None:
        self.answers[path] = list(data)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        queue = self.answers[path]
        data = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(data, httpx.Response):
            return data
        if "code" in data:
            return httpx.Response(200, json={"request_id": "r1", "data": {}, **data})
        return httpx.Response(
            200, json={"code": 0, "message": "OK", "request_id": "r1", "data": data}
        )

    def sent(self, path: str) -> list[dict[str, Any]]:
        full = f"/open_api/v1.3/{path}/"
        return [json.loads(r.content) for r in self.requests if r.url.path == full]


def campaign_row(**changes: Any) -> dict[str, Any]:
    return {
        "campaign_id": CAMPAIGN.remote_id,
        "campaign_name": "Summer [ae-abc]",
        "objective_type": "TRAFFIC",
        "operation_status": "DISABLE",
        "secondary_status": "CAMPAIGN_STATUS_DISABLE",
        "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        "budget": 80.0,
        **changes,
    }
