"""Changes of what exists on TikTok: status, daily budget, name. What counts is read back.

Source: TikTok API for Business v1.3, status updates and campaign update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.common.money import Money
from core.common.texts import wide_size
from platforms.common.answers import SHAPE_ERRORS, number_in, text_in
from platforms.common.error_table import incomplete_write_error
from platforms.common.group_budgets import set_back
from platforms.common.references import replace_name
from platforms.errors import OutcomeUnknown, PlatformError, Rejected, RemoteObjectMissing
from platforms.tiktok import errors, mapping, reading
from platforms.tiktok.api import TikTokApi
from platforms.tiktok.queries import KINDS, TikTokQueries
from platforms.types import GroupBudget, RemoteRef, Status

# Between two looks at a value that was just set, while a list still shows the old one.
_READ_BACK_SECONDS = (0.5, 1.0, 2.0)
_MOST_GROUPS = 20  # of one call; no number is published, and a status update takes as many
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

    def set_group_budgets(self, campaign: RemoteRef, budgets: Sequence[GroupBudget]) -> None:
        """In one call, which may have changed some of them before it refuses another: then all that
        exist are set back."""
        before = self._group_budgets(campaign)
        if any(before.get(one.remote_id) is None for one in budgets):
            raise self._budget_error(
                "An ad group of this campaign is gone or has no daily budget any more. Sync the "
                "account and ask again."
            )
        wanted = {one.remote_id: one.daily_budget for one in budgets}
        changed = {pk: money for pk, money in wanted.items() if before[pk] != money}
        try:
            self._send_group_budgets(changed)
        except Rejected:
            # A list may still show the old amounts: whatever exists may have been changed.
            exists = self._read_back(campaign)
            there = {pk: money for pk, money in changed.items() if pk in exists}
            set_back(budgets, there, lambda pk, money: self._send_group_budgets({pk: money}))
            raise
        self._confirm_group_budgets(campaign, changed)

    def _send_group_budgets(self, budgets: Mapping[str, Money]) -> None:
        rows = [{"adgroup_id": pk, "budget": float(m.amount)} for pk, m in budgets.items()]
        for at in range(0, len(rows), _MOST_GROUPS):
            try:
                self._update("adgroup/budget/update", {"budget": rows[at : at + _MOST_GROUPS]})
            except Rejected:
                raise
            except PlatformError as error:
                if at:  # an earlier call has changed some
                    raise incomplete_write_error(error) from error
                raise

    def _confirm_group_budgets(self, campaign: RemoteRef, wanted: Mapping[str, Money]) -> None:
        """As for a campaign: a list may show the old amounts for a while."""
        for wait in (*_READ_BACK_SECONDS, 0.0):
            there = self._read_back(campaign)
            if all(there.get(pk) == money for pk, money in wanted.items()):
                return
            if wait:
                self._api.pause(wait)
        raise OutcomeUnknown(
            "TikTok accepted the budgets of the ad groups and does not show all of them yet. "
            "AdsEngine checks again.",
            field="daily_budget",
            **self._about,
        )

    def _read_back(self, campaign: RemoteRef) -> dict[str, Money | None]:
        try:
            return self._group_budgets(campaign)
        except PlatformError as error:
            raise incomplete_write_error(error) from error

    def _group_budgets(self, campaign: RemoteRef) -> dict[str, Money | None]:
        return self._queries.group_budgets(campaign.remote_id)

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
