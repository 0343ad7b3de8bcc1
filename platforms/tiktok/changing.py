"""Changes of what exists on TikTok: status, daily budget, name. What counts is read back.

Source: TikTok API for Business v1.3, status updates and campaign update.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.common.money import Money
from core.common.texts import wide_size
from platforms.common.answers import SHAPE_ERRORS, number_in, text_in
from platforms.common.error_table import incomplete_write_error
from platforms.common.references import replace_name
from platforms.errors import OutcomeUnknown, PlatformError, Rejected, RemoteObjectMissing
from platforms.tiktok import errors, mapping, reading
from platforms.tiktok.api import TikTokApi
from platforms.tiktok.queries import KINDS, TikTokQueries
from platforms.types import RemoteRef, Status

# Between two looks at a value that was just set, while a list still shows the old one.
_READ_BACK_SECONDS = (0.5, 1.0, 2.0)
_OPERATION_STATUS: dict[Status, str] = {
    "active": "ENABLE",
    "paused": "DISABLE",
    "archived": "DELETE",
}


class TikTokChanges:
    """Raises platforms.errors."""

    def __init__(self, api: TikTokApi, queries: TikTokQueries) -> None:
        self._api, self._queries = api, queries
        self._about: dict[str, Any] = {"platform": "tiktok", "account": api.config.account_id}

    def set_status(self, ref: RemoteRef, status: Status) -> None:
        """What is deleted cannot be changed; that refusal has no code of its own, so it is read
        whether it is deleted."""
        keys = KINDS[ref.kind]
        body = {f"{keys.id}s": [ref.remote_id], "operation_status": _OPERATION_STATUS[status]}
        try:
            self._update(f"{keys.folder}/status/update", body, lowers=status != "active")
        except Rejected as error:
            if not isinstance(error, RemoteObjectMissing) and not self._is_deleted(ref):
                raise
            if status != "archived":
                raise self._gone(error) from error

    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        row = self._queries.campaign_row(campaign.remote_id)
        before = reading.daily_budget(row, [], budget.currency)[0]
        if before is None:
            raise self._budget_error(
                "This campaign has a total budget or budgets on its ad groups; change it there."
            )
        body = {"campaign_id": campaign.remote_id, "budget": float(budget.amount)}
        self._update("campaign/update", body)
        self._confirm_budget(campaign, before.amount, budget.amount)

    def rename(self, campaign: RemoteRef, wanted: str) -> None:
        old = text_in(self._queries.campaign_row(campaign.remote_id), "campaign_name")
        name = replace_name(old, wanted, mapping.NAME_LIMIT, wide_size)
        self._update("campaign/update", {"campaign_id": campaign.remote_id, "campaign_name": name})

    def _update(self, path: str, body: dict[str, Any], *, lowers: bool = False) -> None:
        try:
            self._api.post(path, lowers=lowers, **body)
        except Rejected as error:
            if error.vendor_code != errors.NOTHING_TO_UPDATE:
                raise

    def _is_deleted(self, ref: RemoteRef) -> bool:
        """False also where it cannot be read: then the refusal counts as it is."""
        try:
            return self._queries.is_deleted(ref.kind, ref.remote_id)
        except (PlatformError, *SHAPE_ERRORS):
            return False

    def _confirm_budget(self, campaign: RemoteRef, before: Decimal, budget: Decimal) -> None:
        """A list may show the old amount for a while after the change: then nobody knows yet
        whether TikTok ignored it. Another amount is TikTok's own answer."""
        for wait in (*_READ_BACK_SECONDS, 0.0):
            stored = self._stored_budget(campaign)
            if stored == budget:
                return
            if stored != before:
                raise self._budget_error(f"TikTok set the daily budget to {stored}.")
            if wait:
                self._api.pause(wait)
        raise OutcomeUnknown(
            f"TikTok accepted the daily budget and still shows {stored}. AdsEngine checks again.",
            field="daily_budget",
            **self._about,
        )

    def _stored_budget(self, campaign: RemoteRef) -> Decimal:
        try:
            return number_in(self._queries.campaign_row(campaign.remote_id), "budget")
        except PlatformError as error:
            raise incomplete_write_error(error) from error

    def _gone(self, error: Rejected) -> RemoteObjectMissing:
        return RemoteObjectMissing(
            "This no longer exists on TikTok.",
            vendor_code=error.vendor_code,
            vendor_message=error.vendor_message,
            request_id=error.request_id,
            **self._about,
        )

    def _budget_error(self, message: str) -> Rejected:
        return Rejected(message, field="daily_budget", **self._about)
