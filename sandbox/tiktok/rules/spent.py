"""What a campaign or ad group of the TikTok emulator has spent: no budget may be below it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import TikTok


def check_budget(
    tiktok: TikTok, budget: float, mode: str, campaign_id: str, ad_group_id: str = ""
) -> None:
    """A daily budget covers what today has cost, a total one what the whole flight has. Raises
    ApiError. (TikTok, budgets)"""
    zone = ZoneInfo(tiktok.account.time_zone)
    today = tiktok.now().astimezone(zone).date()
    first = tiktok.campaign(campaign_id).created_at.astimezone(zone).date()
    since = first if mode == "BUDGET_MODE_TOTAL" else today
    spent = _spent_micros(tiktok, since, today, campaign_id, ad_group_id)
    if read.micros(budget) < spent:
        raise errors.invalid(
            f"budget: must not be below the {spent / 1e6:.2f} {tiktok.account.currency} that are "
            "spent already."
        )


def _spent_micros(
    tiktok: TikTok, since: date, until: date, campaign_id: str, ad_group_id: str
) -> int:
    rows = tiktok.market.rows(
        tiktok.account.id, since, until, tiktok.now(), campaign_id=campaign_id
    )
    return sum(row.spend_micros for row in rows if ad_group_id in ("", row.ad_group_id))
