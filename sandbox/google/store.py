"""Stores Google's resources as protobuf messages in the shared world.

Campaigns, ad groups and ads are rows of the world that have the message in `raw["pb"]`; budgets,
criteria and assets are vendor objects. The fields of the row (name, status, dates, budget) take
precedence over the message, so an outside edit shows in the next read.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.google import kinds
from sandbox.google.fields import get_enum
from sandbox.google.kinds import Kind
from sandbox.world.model import Ad, AdGroup, Campaign
from sandbox.world.world import World

Message = Any
Row = Campaign | AdGroup | Ad

_STATUS = {"ENABLED": "active", "PAUSED": "paused", "REMOVED": "removed"}


class GoogleStore:
    """Reads and writes one Google account; write inside `world.transaction()`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.account("google")
        self.customer_id = self.account.id
        self.zone = ZoneInfo(self.account.time_zone)

    def now(self) -> dt.datetime:
        return self.world.now()

    def today(self) -> dt.date:
        """The current day in the account's time zone."""
        return self.now().astimezone(self.zone).date()

    # -- reading ------------------------------------------------------------------------

    def get(self, kind: Kind, key: str) -> Message | None:
        """A copy of the stored message; None when the key does not exist."""
        entry = self._stored_entry(kind, key)
        return kind.message.FromString(entry["pb"]) if entry else None

    def row(self, kind: Kind, key: str) -> Row | None:
        """The world's own row of a campaign, ad group or ad."""
        if kind is kinds.CAMPAIGN:
            return self.world.get_campaign(key)
        if kind is kinds.AD_GROUP:
            return self.world.get_ad_group(key)
        group, _, ad_id = key.partition("~")
        ad = self.world.get_ad(ad_id)
        return ad if ad is not None and ad.ad_group_id == group else None

    def keys(self, kind: Kind) -> list[str]:
        """In order of creation."""
        if kind is kinds.CAMPAIGN:
            return [row.id for row in self.world.list_campaigns(self.customer_id)]
        if kind is kinds.AD_GROUP:
            return [row.id for row in self.world.list_ad_groups(self.customer_id)]
        if kind is kinds.AD:
            ads = self.world.list_ads(self.customer_id)
            return [f"{ad.ad_group_id}~{ad.id}" for ad in ads]
        return list(self.world.list_objects("google", kind.name))

    def keys_below(self, kind: Kind, parent: str) -> Iterator[str]:
        """Keys of two parts (ads, criteria) whose first part is `parent`."""
        return (key for key in self.keys(kind) if key.partition("~")[0] == parent)

    def campaigns_with_budget(self, budget_key: str) -> list[Campaign]:
        """Campaigns, not removed, that use this budget."""
        campaigns = self.world.list_campaigns(self.customer_id, removed=False)
        return [row for row in campaigns if row.raw.get("budget") == budget_key]

    def _stored_entry(self, kind: Kind, key: str) -> dict[str, Any] | None:
        if kind in (kinds.CAMPAIGN, kinds.AD_GROUP, kinds.AD):
            row = self.row(kind, key)
            return row.raw if row is not None and "pb" in row.raw else None
        return self.world.get_object("google", kind.name, key)

    # -- writing ------------------------------------------------------------------------

    def insert(self, kind: Kind, key: str, message: Message) -> None:
        if kind is kinds.CAMPAIGN:
            self._insert_campaign(key, message)
        elif kind is kinds.AD_GROUP:
            self._insert_ad_group(key, message)
        elif kind is kinds.AD:
            self._insert_ad(key.partition("~")[2], message)
        else:
            self._put(kind, key, message)

    def replace(self, kind: Kind, key: str, message: Message) -> None:
        if kind is kinds.CAMPAIGN:
            before = self.world.campaigns[key].raw.get("budget", "")
            self.world.update_campaign(key, **campaign_fields(message))
            self.split_budget(before)
            self.split_budget(last_part(message.campaign_budget))
        elif kind is kinds.AD_GROUP:
            self.world.update_ad_group(key, **_ad_group_fields(message))
        elif kind is kinds.AD:
            self.world.update_ad(key.partition("~")[2], **ad_fields(message))
        else:
            self._put(kind, key, message)

    def _put(self, kind: Kind, key: str, message: Message) -> None:
        self.world.put_object("google", kind.name, key, {"pb": message.SerializeToString()})
        if kind is kinds.BUDGET:
            self.split_budget(key)

    def _insert_campaign(self, key: str, message: Message) -> None:
        fields = campaign_fields(message)
        self.world.add_campaign(
            Campaign(key, "google", self.customer_id, created_at=self.now(), **fields)
        )
        self.split_budget(last_part(message.campaign_budget))

    def _insert_ad_group(self, key: str, message: Message) -> None:
        fields = _ad_group_fields(message)
        parent = last_part(message.campaign)
        self.world.add_ad_group(
            AdGroup(key, "google", self.customer_id, parent, created_at=self.now(), **fields)
        )

    def _insert_ad(self, ad_id: str, message: Message) -> None:
        group = self.world.ad_groups[last_part(message.ad_group)]
        account, fields = self.customer_id, ad_fields(message)
        self.world.add_ad(
            Ad(
                ad_id,
                "google",
                account,
                group.campaign_id,
                group.id,
                created_at=self.now(),
                **fields,
            )
        )

    def split_budget(self, budget_key: str) -> None:
        """Set the campaigns' daily budgets; a shared one is split equally over the active ones."""
        budget = self.get(kinds.BUDGET, budget_key)
        users = self.campaigns_with_budget(budget_key)
        running = [row for row in users if row.status == "active"] or users
        for row in running:
            amount = _daily_micros(budget, row) // len(running) if budget is not None else 0
            if row.daily_budget_micros != amount:
                self.world.update_campaign(row.id, daily_budget_micros=amount)


def last_part(resource_name: str) -> str:
    """`customers/1/adGroupAds/2~3` -> `2~3`."""
    return resource_name.rpartition("/")[2]


def parse_date_time(text: str) -> dt.datetime:
    """A campaign's date-time, without zone. Raises ValueError."""
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the account's zone


def campaign_fields(message: Message) -> dict[str, Any]:
    start, end = message.start_date_time, message.end_date_time
    return {
        "name": message.name,
        "status": _STATUS[get_enum(message, "status")],
        "objective": get_enum(message, "advertising_channel_type"),
        "start_date": parse_date_time(start).date() if start else None,
        "end_date": parse_date_time(end).date() if end else None,
        "raw": {
            "pb": message.SerializeToString(),
            "budget": last_part(message.campaign_budget),
            "undeclared": get_enum(message, "contains_eu_political_advertising") == "UNSPECIFIED",
        },
    }


def _ad_group_fields(message: Message) -> dict[str, Any]:
    status = _STATUS[get_enum(message, "status")]
    return {"name": message.name, "status": status, "raw": {"pb": message.SerializeToString()}}


def ad_fields(message: Message) -> dict[str, Any]:
    texts = list(ad_texts(message.ad))
    return {
        "name": message.ad.name or (texts[0] if texts else ""),
        "status": _STATUS[get_enum(message, "status")],
        "signature": "|".join([*texts, *ad_assets(message.ad)]),
        "texts": texts,
        "raw": {"pb": message.SerializeToString()},
    }


def ad_texts(ad: Message) -> Iterator[str]:
    body = getattr(ad, ad.WhichOneof("ad_data") or "responsive_search_ad")
    for item in body.headlines:
        yield item.text
    for item in body.descriptions:
        yield item.text


def ad_assets(ad: Message) -> Iterator[str]:
    if ad.WhichOneof("ad_data") == "responsive_display_ad":
        for item in ad.responsive_display_ad.marketing_images:
            yield item.asset


def _daily_micros(budget: Message, row: Campaign) -> int:
    if not budget.total_amount_micros or row.end_date is None:
        return int(budget.amount_micros)
    days = (row.end_date - (row.start_date or row.created_at.date())).days + 1
    return int(budget.total_amount_micros) // max(days, 1)
