"""Counts an account's calls of the last hour, says so in the headers and refuses above the quota.

The quota depends on the app's access tier, `raw["ads_api_access_tier"]` of the account:
standard_access (default) or development_access. (Marketing API, rate limits)
"""

from __future__ import annotations

import json
import math
import threading
from collections import deque
from datetime import datetime, timedelta

from sandbox.http.webapp import Response
from sandbox.meta import errors
from sandbox.meta.graph import Graph

_HOUR = timedelta(hours=1)
_DEVELOPMENT = "development_access"
# Calls of one account in an hour: for the account, and for each active ad. By kind and tier.
_QUOTAS = {
    ("ads_management", _DEVELOPMENT): (300, 40),
    ("ads_management", "standard_access"): (100_000, 40),
    ("ads_insights", _DEVELOPMENT): (600, 400),
    ("ads_insights", "standard_access"): (190_000, 400),
}
_CODES = {"ads_management": 80004, "ads_insights": 80000}


class Usage:
    """The calls of one account, by kind. Safe to use from any thread."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._calls: dict[str, deque[datetime]] = {kind: deque() for kind in _CODES}
        self._lock = threading.Lock()

    @property
    def tier(self) -> str:
        return str(self._graph.account.raw.get("ads_api_access_tier", "standard_access"))

    def count(self, kind: str) -> Response | None:
        """Count one call; the refusal where the quota is used up. A refused call counts not."""
        now = self._graph.now()
        with self._lock:
            calls = self._recent(kind, now)
            if len(calls) < self._quota(kind, len(calls)):
                calls.append(now)
                return None
            minutes = math.ceil((calls[0] + _HOUR - now).total_seconds() / 60)
        return self.refusal(kind, _CODES[kind], max(minutes, 1))

    def refusal(self, kind: str, code: int, minutes: int) -> Response:
        response = errors.too_many_calls(code).response("throttled")
        response.headers |= self._headers(kind, 100, minutes)
        return response

    def headers(self, kind: str) -> dict[str, str]:
        with self._lock:
            used = len(self._recent(kind, self._graph.now()))
            percent = 100 * used // self._quota(kind, used)
        return self._headers(kind, min(percent, 100), 0)

    def _recent(self, kind: str, now: datetime) -> deque[datetime]:
        calls = self._calls[kind]
        while calls and calls[0] <= now - _HOUR:
            calls.popleft()
        return calls

    def _quota(self, kind: str, used: int) -> int:
        base, per_ad = _QUOTAS[kind, self.tier]
        if self.tier != _DEVELOPMENT and used < base:
            return base  # counting the ads of a large account at each call would take long
        ads = self._graph.world.list_ads(self._graph.account.id, removed=False)
        return base + per_ad * sum(ad.status == "active" for ad in ads)

    def _headers(self, kind: str, percent: int, minutes: int) -> dict[str, str]:
        tier = {"ads_api_access_tier": self.tier}
        times = {"total_cputime": 0, "total_time": 0}
        account = {"acc_id_util_pct": percent, "reset_time_duration": minutes * 60, **tier}
        case = {
            "type": kind,
            "call_count": percent,
            **times,
            "estimated_time_to_regain_access": minutes,
            **tier,
        }
        headers = {
            "X-App-Usage": json.dumps({"call_count": percent, **times}),
            "X-Ad-Account-Usage": json.dumps(account),
            "X-Business-Use-Case-Usage": json.dumps({self._graph.account.id: [case]}),
        }
        if kind == "ads_insights":
            throttle = {"app_id_util_pct": percent, "acc_id_util_pct": percent, **tier}
            headers["X-FB-Ads-Insights-Throttle"] = json.dumps(throttle)
        return headers
