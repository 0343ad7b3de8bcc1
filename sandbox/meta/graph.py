"""Shared parts of the Meta emulator: the world as one ad account of the Graph API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sandbox.http.recent import ListCache
from sandbox.market.market import Market
from sandbox.meta import errors
from sandbox.meta import params as meta_params
from sandbox.meta.fields import Node
from sandbox.meta.params import Params
from sandbox.world import review
from sandbox.world.model import Account, Ad, AdGroup, Campaign
from sandbox.world.world import World

CREATE_STATUSES = ("ACTIVE", "PAUSED")
STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
_MAX_EDITS_PER_HOUR = 4
OwnT = TypeVar("OwnT", Campaign, AdGroup, Ad)


@dataclass(frozen=True)
class Graph:
    """The world as one Meta ad account sees it."""

    world: World
    market: Market
    list_cache: ListCache = field(default_factory=ListCache)

    @property
    def account(self) -> Account:
        return self.world.account("meta")

    @property
    def currency(self) -> str:
        return self.account.currency

    def now(self) -> datetime:
        return self.world.now()

    def time(self, moment: datetime | None) -> str | None:
        if moment is None:
            return None
        return meta_params.format_time(moment, self.account.time_zone)

    def campaign(self, campaign_id: str) -> Campaign:
        """Raises GraphError 100/33 unless it is a campaign of this account."""
        return _require_own(self.world.get_campaign(campaign_id), campaign_id)

    def ad_set(self, ad_set_id: str) -> AdGroup:
        return _require_own(self.world.get_ad_group(ad_set_id), ad_set_id)

    def ad(self, ad_id: str) -> Ad:
        return _require_own(self.world.get_ad(ad_id), ad_id)

    def nodes(self, items: list[Any], view: Callable[[Graph, Any], Node]) -> Callable[[], Any]:
        """An edge inside `fields`: the objects that are not deleted, also not by a parent."""
        hidden = ("DELETED", "ARCHIVED")
        return lambda: [view(self, i) for i in items if effective_status(self, i) not in hidden]


def _require_own(item: OwnT | None, node: str) -> OwnT:
    if item is None or item.platform != "meta":
        raise errors.missing_object(node)
    return item


def configured_status(item: Campaign | AdGroup | Ad) -> str:
    if item.status == "removed":
        # The world's status decides: what the vendor last heard may be older than an outside edit.
        return "ARCHIVED" if item.raw.get("configured_status") == "ARCHIVED" else "DELETED"
    return item.status.upper()


def effective_status(graph: Graph, item: Campaign | AdGroup | Ad) -> str:
    """Own status, then the parents' status, then the review. (Meta Marketing API, ad status)"""
    own = configured_status(item)
    if own in ("DELETED", "ARCHIVED"):
        return own
    if not isinstance(item, Campaign):
        campaign = configured_status(graph.campaign(item.campaign_id))
        if campaign in ("DELETED", "ARCHIVED"):
            return campaign
        if isinstance(item, Ad) and (ad_status := _ad_effective_status(graph, item)) is not None:
            return ad_status
        if own == "ACTIVE" and campaign == "PAUSED":
            return "CAMPAIGN_PAUSED"
    return own


def _ad_effective_status(graph: Graph, ad: Ad) -> str | None:
    ad_set = configured_status(graph.ad_set(ad.ad_group_id))
    if ad_set in ("DELETED", "ARCHIVED"):
        return ad_set
    verdict = review.verdict(ad, graph.now())
    if verdict != "approved":
        return "PENDING_REVIEW" if verdict == "pending" else "DISAPPROVED"
    campaign = configured_status(graph.campaign(ad.campaign_id))
    if configured_status(ad) == "ACTIVE" and campaign == "ACTIVE" and ad_set == "PAUSED":
        return "ADSET_PAUSED"
    return None


def read_new_status(params: Params) -> str:
    status = meta_params.choice(params, "status", CREATE_STATUSES) or "ACTIVE"
    return status.lower()


def read_budgets(params: Params) -> tuple[int | None, int | None]:
    """daily_budget, lifetime_budget in minor units; at most one of them."""
    daily = meta_params.integer(params, "daily_budget")
    lifetime = meta_params.integer(params, "lifetime_budget")
    if daily is not None and lifetime is not None:
        raise errors.invalid(
            "Specify either daily_budget or lifetime_budget, not both.",
            "daily_budget",
            "lifetime_budget",
        )
    return daily, lifetime


def daily_of_lifetime(lifetime: int, begin: datetime | None, end: datetime | None) -> int:
    """Daily budget for the market, in minor units, from a lifetime budget."""
    if begin is None or end is None:
        return lifetime // 30
    return lifetime * 86_400 // max(86_400, int((end - begin).total_seconds()))


def record_budget_edit(graph: Graph, item: Campaign | AdGroup) -> Params:
    """The raw fields that record a budget change. Raises GraphError at the fifth in an hour, and
    from then until an hour after the fourth. (Marketing API, budgets)"""
    now, hour = graph.now(), timedelta(hours=1)
    edits = [datetime.fromisoformat(edit) for edit in item.raw.get("budget_edits", [])]
    last = edits[-_MAX_EDITS_PER_HOUR:]
    if len(last) == _MAX_EDITS_PER_HOUR and last[-1] - last[0] < hour and now < last[-1] + hour:
        raise errors.too_many_budget_edits()
    return {"budget_edits": [edit.isoformat() for edit in [*last, now]]}
