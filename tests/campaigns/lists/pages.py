"""What the tests of the campaigns list share: rows on three platforms, and how a page is read."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from campaigns.models import Campaign
from core.models import Advertiser
from tests.campaigns.page_rows import deliver, make_account, make_campaign

LIST = "/a/acme/campaigns/"


def make_three(advertiser: Advertiser) -> dict[str, Campaign]:
    """One campaign on each platform, with figures whose ratios are not the mean of theirs."""
    found = {}
    figures = {"google": (100, 400, 10, 1000), "meta": (300, 300, 40, 2000), "tiktok": (0, 0, 0, 7)}
    for platform, (spend, revenue, clicks, impressions) in figures.items():
        campaign = make_campaign(make_account(advertiser, platform), platform.capitalize())
        deliver(
            campaign,
            spend=spend,
            revenue=revenue,
            clicks=clicks,
            impressions=impressions,
            conversions=str(clicks // 5),
        )
        found[platform] = campaign
    return found


def names(response: Any) -> list[str]:
    return [row.item.name for row in response.context["table"].rows]


def shown(response: Any) -> dict[str, str]:
    """The totals row by column."""
    return {cell.column.key: cell.shown for cell in response.context["table"].totals}


def lines_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
