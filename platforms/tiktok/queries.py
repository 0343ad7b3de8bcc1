"""Reads from TikTok: account, places, objects, reports.

Source: TikTok API for Business v1.3, endpoints and reports.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.common.money import Money
from platforms.common.answers import id_in, rows_in, text_in
from platforms.common.references import reference_in, validate_reference
from platforms.errors import PlatformError, RemoteObjectMissing
from platforms.metric_rows import Told, read_rows
from platforms.tiktok import mapping, reading
from platforms.tiktok.api import TikTokApi
from platforms.types import AccountInfo, Kind, Level, MetricRow, RemoteCampaign, RemoteRef

logger = logging.getLogger(__name__)

_ACCOUNT_FIELDS = [
    "advertiser_id",
    "name",
    "status",
    "currency",
    "timezone",
    "display_timezone",
    "country",
    "balance",
]


REVIEWED = 100  # ads of one call of ad/review_info
# A filter of lists: without it they leave out what is deleted.
WITH_DELETED = {"primary_status": "STATUS_ALL"}


@dataclass(frozen=True)
class Keys:
    """TikTok's names for a kind: the folder of its calls and the keys of its rows."""

    folder: str
    id: str
    name: str
    parent_id: str = ""


KINDS: dict[Kind, Keys] = {
    "campaign": Keys("campaign", "campaign_id", "campaign_name"),
    "ad_group": Keys("adgroup", "adgroup_id", "adgroup_name", "campaign_id"),
    "ad": Keys("ad", "ad_id", "ad_name", "adgroup_id"),
}


class TikTokQueries:
    """Reads of one advertiser. Raises platforms.errors."""

    def __init__(self, api: TikTokApi) -> None:
        self._api = api
        self._config = api.config
        self._regions: dict[str, str] = {}

    def account(self) -> AccountInfo:
        account_id = self._config.account_id
        data = self._api.get("advertiser/info", advertiser_ids=[account_id], fields=_ACCOUNT_FIELDS)
        rows = rows_in(data.get("list"), "list")
        if not rows:
            raise self._missing("This connection does not reach the TikTok account.", "account_id")
        return reading.account_info(rows[0], self._config.options)

    def location_ids(self) -> dict[str, str]:
        """Country codes to TikTok's location ids, read once per client."""
        if not self._regions:
            data = self._api.get(
                "tool/region",
                placements=mapping.PLACEMENTS,
                objective_type=mapping.OBJECTIVES["traffic"],
            )
            self._regions = {
                text_in(row, "region_code"): id_in(row, "location_id")
                for row in rows_in(data.get("region_info"), "region_info")
                if row.get("level") == "COUNTRY"
            }
        return self._regions

    def find(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        rows = self._rows_of(kind, reference, parent_id)
        return [self._ref(kind, row) for row in rows if not reading.is_deleted(row)]

    def was_deleted(self, kind: Kind, reference: str, parent_id: str = "") -> bool:
        """Whether an object of that reference was made and is deleted."""
        rows = self._rows_of(kind, reference, parent_id, WITH_DELETED)
        return any(reading.is_deleted(row) for row in rows)

    def _rows_of(
        self, kind: Kind, reference: str, parent_id: str, extra: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Compares the names of all objects of the kind: TikTok's name filter may match loosely."""
        validated, keys = validate_reference(reference), KINDS[kind]
        has_parent = parent_id and keys.parent_id
        filtering = {f"{keys.parent_id}s": [parent_id]} if has_parent else {}
        for row in self._rows(kind, {**filtering, **(extra or {})}):
            if reference_in(text_in(row, keys.name)) == validated:
                yield row

    def _ref(self, kind: Kind, row: dict[str, Any]) -> RemoteRef:
        keys = KINDS[kind]
        return RemoteRef(
            kind=kind,
            remote_id=id_in(row, keys.id),
            parent_id=id_in(row, keys.parent_id) if keys.parent_id else "",
            name=text_in(row, keys.name),
            reference=reference_in(text_in(row, keys.name)),
            raw=row,
        )

    def tree(self, campaign_id: str = "") -> list[RemoteCampaign]:
        """All campaigns, or one, with ad groups and ads: three lists, and, of all, why ads were
        disapproved."""
        filtering = {"campaign_ids": [campaign_id]} if campaign_id else {}
        campaigns = list(self._rows("campaign", filtering))
        if not campaigns:
            return []
        ad_groups, ads = self._rows("ad_group", filtering), list(self._rows("ad", filtering))
        words = {} if campaign_id else self._review_words(ads)
        currency, time_zone = self._config.currency, self._config.time_zone
        return reading.tree(campaigns, ad_groups, ads, currency, time_zone, words)

    def _review_words(self, ads: list[dict[str, Any]]) -> dict[str, str]:
        """Ad id to why it was disapproved, of at most REVIEWED ads: one call, and none where no ad
        is. They are shown only, so a failure costs no more than the words."""
        refused = [id_in(row, "ad_id") for row in ads if reading.status_of(row) == "rejected"]
        if not refused:
            return {}
        try:
            data = self._api.get("ad/review_info", ad_ids=refused[:REVIEWED])
        except PlatformError as error:
            logger.warning("No review words from TikTok: %s", error)
            return {}
        return reading.review_words(data)

    def metrics(
        self, level: Level, first: date, last: date, unreadable: Told | None = None
    ) -> list[MetricRow]:
        """Deleted objects are included, as they have spent."""
        deleted_too = {
            "field_name": f"{level}_status",
            "filter_type": "IN",
            "filter_value": '["STATUS_ALL"]',
        }
        rows: list[MetricRow] = []
        for start, end in reading.windows(first, last):
            report = self._api.pages(
                "report/integrated/get",
                service_type="AUCTION",
                report_type="BASIC",
                data_level=reading.DATA_LEVEL[level],
                dimensions=[reading.ID_DIMENSION[level], "stat_time_day"],
                metrics=reading.METRICS,
                start_date=start.isoformat(),
                end_date=end.isoformat(),
                filtering=[deleted_too],
            )
            rows += read_rows(
                level,
                report,
                read=lambda row: reading.metric_row(level, row, self._config.currency),
                id_of=lambda row: reading.metric_id(level, row),
                day_of=reading.metric_day,
                unreadable=unreadable,
            )
        return rows

    def row(self, kind: Kind, remote_id: str) -> dict[str, Any] | None:
        rows = self._rows(kind, {f"{KINDS[kind].id}s": [remote_id]})
        return next((row for row in rows if not reading.is_deleted(row)), None)

    def is_deleted(self, kind: Kind, remote_id: str) -> bool:
        filtering = {f"{KINDS[kind].id}s": [remote_id], **WITH_DELETED}
        return any(reading.is_deleted(row) for row in self._rows(kind, filtering))

    def campaign_row(self, remote_id: str) -> dict[str, Any]:
        row = self.row("campaign", remote_id)
        if row is None:
            raise self._missing("This campaign no longer exists on TikTok.")
        return row

    def group_budgets(self, campaign_id: str) -> dict[str, Money | None]:
        """Ad group id to its daily budget; None where it has none."""
        rows = self._rows("ad_group", {"campaign_ids": [campaign_id]})
        currency = self._config.currency
        return {
            id_in(row, "adgroup_id"): reading.own_daily_budget(row, currency)
            for row in rows
            if not reading.is_deleted(row)
        }

    def rows_of_campaign(self, kind: Kind, campaign_id: str) -> list[dict[str, Any]]:
        rows = self._rows(kind, {"campaign_ids": [campaign_id]})
        return [row for row in rows if not reading.is_deleted(row)]

    def files(self, kind: str, ids: Sequence[str]) -> dict[str, Any]:
        """Of images or videos."""
        ids_of_kind: dict[str, Any] = {f"{kind}_ids": list(ids)}
        return self._api.get(f"file/{kind}/ad/info", **ids_of_kind)

    def _rows(self, kind: Kind, filtering: dict[str, Any]) -> Iterator[dict[str, Any]]:
        params = {"filtering": filtering} if filtering else {}
        return self._api.pages(f"{KINDS[kind].folder}/get", **params)

    def _missing(self, message: str, field: str | None = None) -> RemoteObjectMissing:
        account = self._config.account_id
        return RemoteObjectMissing(message, platform="tiktok", account=account, field=field)
