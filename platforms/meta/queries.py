"""Reads from Meta: account, objects, insights.

Source: Meta Marketing API v26.0, reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.common import clock
from core.common.money import Money
from platforms.common.answers import WrongShape, id_in, required_text_in, text_in
from platforms.common.references import reference_in, validate_reference
from platforms.errors import RemoteObjectMissing
from platforms.meta import learning_terms, reading
from platforms.meta.api import MetaApi
from platforms.metric_rows import Told, read_rows
from platforms.types import AccountInfo, Kind, Level, MetricRow, RemoteCampaign, RemoteRef

_ACCOUNT_FIELDS = (
    "account_id,name,account_status,disable_reason,currency,timezone_name,min_daily_budget,"
    "spend_cap,amount_spent,balance,funding_source"
)
_STATUS = "id,name,status,configured_status,effective_status"
CAMPAIGN_FIELDS = f"{_STATUS},objective,daily_budget,lifetime_budget," + ",".join(
    learning_terms.CAMPAIGN_BIDDING
)
AD_SET_FIELDS = (
    f"{_STATUS},campaign_id,daily_budget,lifetime_budget,start_time,end_time,"
    + ",".join(learning_terms.AD_SET)
)
AD_FIELDS = (
    f"{_STATUS},adset_id,campaign_id,creative{{id,name,title,body,image_url,object_story_spec}},"
    "ad_review_feedback,issues_info"
)


@dataclass(frozen=True)
class Edge:
    """The edge that lists a kind, and the fields to read."""

    name: str
    fields: str
    parent_key: str = ""


EDGES: dict[Kind, Edge] = {
    "campaign": Edge("campaigns", CAMPAIGN_FIELDS),
    "ad_group": Edge("adsets", AD_SET_FIELDS, "campaign_id"),
    "ad": Edge("ads", AD_FIELDS, "adset_id"),
}


class MetaQueries:
    """Reads of one ad account. Raises platforms.errors."""

    def __init__(self, api: MetaApi) -> None:
        self._api = api
        self._config = api.config
        self._account_name: str | None = None

    def account(self) -> AccountInfo:
        row = self._api.get(self._api.account, fields=_ACCOUNT_FIELDS)
        minimums = self._api.rows(f"{self._api.account}/minimum_budgets")
        return reading.account_info(row, minimums, self._config.options)

    def account_name(self) -> str:
        if self._account_name is None:
            row = self._api.get(self._api.account, fields="name")
            self._account_name = text_in(row, "name")
        return self._account_name

    def served_countries(self) -> frozenset[str]:
        """ISO codes of the countries that an ad set can be shown in. Raises WrongShape where none
        is named: an empty list says nothing of a country."""
        found = self._api.rows("search", type="adcountry")
        served = frozenset(required_text_in(row, "country_code") for row in found)
        if not served:
            raise WrongShape("search of adcountry names no country")
        return served

    def find(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        validated, edge = validate_reference(reference), EDGES[kind]
        parent = parent_id if edge.parent_key else ""
        fields = f"{_STATUS},{edge.parent_key}" if edge.parent_key else _STATUS
        rows = self._api.rows(f"{parent or self._api.account}/{edge.name}", fields=fields)
        return [
            RemoteRef(
                kind=kind,
                remote_id=id_in(row, "id"),
                parent_id=id_in(row, edge.parent_key) if edge.parent_key else "",
                name=text_in(row, "name"),
                reference=validated,
                raw=row,
            )
            for row in rows
            if reference_in(text_in(row, "name")) == validated and not reading.is_gone(row)
        ]

    def find_creative(self, reference: str) -> str | None:
        """By reference and not by the whole name: Meta may append a suffix."""
        rows = self._api.rows(f"{self._api.account}/adcreatives", fields="id,name")
        matching = (row for row in rows if reference_in(text_in(row, "name")) == reference)
        return next((id_in(row, "id") for row in matching), None)

    def tree(self) -> list[RemoteCampaign]:
        """Three lists of the whole account."""
        return self._tree(self._rows(self._api.account, "campaign"), self._api.account)

    def campaign_tree(self, campaign_id: str) -> RemoteCampaign | None:
        try:
            row = self.campaign_row(campaign_id)
        except RemoteObjectMissing:
            return None
        return next(iter(self._tree(iter([row]), campaign_id)), None)

    def campaign_row(self, campaign_id: str) -> dict[str, Any]:
        row = self._api.get(campaign_id, fields=CAMPAIGN_FIELDS)
        if reading.is_gone(row):
            raise self.missing()
        return row

    def is_gone(self, remote_id: str) -> bool:
        """Whether this object was deleted or archived."""
        try:
            return reading.is_gone(self._api.get(remote_id, fields="effective_status"))
        except RemoteObjectMissing:
            return True

    def missing(self, vendor_message: str = "") -> RemoteObjectMissing:
        return RemoteObjectMissing(
            "This no longer exists on Meta.",
            platform="meta",
            account=self._config.account_id,
            vendor_message=vendor_message,
        )

    def ad_set_ids(self, campaign_id: str) -> list[str]:
        rows = self._rows(campaign_id, "ad_group")
        return [id_in(row, "id") for row in rows if not reading.is_gone(row)]

    def ad_set_budgets(self, campaign_id: str) -> dict[str, Money | None]:
        """Ad set id to its daily budget; None where it has none."""
        rows = [r for r in self._rows(campaign_id, "ad_group") if not reading.is_gone(r)]
        currency = self._config.currency
        return {id_in(row, "id"): reading.own_daily_budget(row, currency) for row in rows}

    def metrics(
        self, level: Level, first: date, last: date, unreadable: Told | None = None
    ) -> list[MetricRow]:
        rows = self._api.rows(
            f"{self._api.account}/insights",
            level=level,
            fields=f"{reading.ID_KEY[level]},impressions,clicks,spend,actions,action_values",
            time_range=json.dumps({"since": first.isoformat(), "until": last.isoformat()}),
            time_increment=1,
            filtering=[reading.EVERY_STATUS[level]],
        )
        return read_rows(
            level,
            rows,
            read=lambda row: reading.metric_row(level, row, self._config.currency),
            id_of=lambda row: id_in(row, reading.ID_KEY[level]),
            day_of=reading.metric_day,
            unreadable=unreadable,
        )

    def _tree(self, campaigns: Iterator[dict[str, Any]], node: str) -> list[RemoteCampaign]:
        campaign_rows = list(campaigns)
        if not campaign_rows:
            return []
        return reading.tree(
            campaign_rows,
            self._rows(node, "ad_group"),
            self._rows(node, "ad"),
            self._config.currency,
            self._config.time_zone,
            clock.market_now(),
        )

    def _rows(self, node: str, kind: Kind) -> Iterator[dict[str, Any]]:
        return self._api.rows(f"{node}/{EDGES[kind].name}", fields=EDGES[kind].fields)
