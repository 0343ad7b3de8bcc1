"""Rows of a report that could not be read: what of the store they leave alone, and their incident.

A value that cannot be read says nothing: the day keeps the figures that it had.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date

from campaigns.models import Ad, Campaign
from core.common.money import Money
from core.models import Incident
from platforms.models import AdAccount
from platforms.types import UnreadableRow

logger = logging.getLogger(__name__)

NAMED = 10  # rows that an incident lists; the rest is counted
Entities = Mapping[str, tuple[int, int | None]]
"""Remote id to (campaign id, ad id)."""


def unread_days(
    rows: Iterable[UnreadableRow], entities: Entities
) -> frozenset[tuple[int | None, date | None]]:
    """(our campaign or ad, day) of each; None stands for any, where a row does not say."""
    return frozenset(
        (_entity_id(row, entities), row.day)
        for row in rows
        if not row.remote_id or row.remote_id in entities
    )


def _entity_id(row: UnreadableRow, entities: Entities) -> int | None:
    if not row.remote_id:
        return None
    campaign_id, ad_id = entities[row.remote_id]
    return campaign_id if ad_id is None else ad_id


def report(account: AdAccount, rows: list[UnreadableRow]) -> None:
    """One incident per account, however many rows cannot be read. It names the first of them."""
    logger.warning("%s: %s rows of figures cannot be read: %s", account, len(rows), rows[0])
    names = _names(account, rows[:NAMED])
    lines = [f"{names.get((row.level, row.remote_id), '')}{row}" for row in rows[:NAMED]]
    if len(rows) > NAMED:
        lines.append(f"and {len(rows) - NAMED:,} more")
    Incident.open(
        account.advertiser,
        key(account),
        title=f"{account}: {len(rows):,} row{'' if len(rows) == 1 else 's'} of figures cannot be "
        "read",
        detail="\n".join(lines),
        at_stake=_at_stake(account, rows),
        next_step="These days keep the figures read before, and are read again with every sync. "
        f"If it stays, compare them with {account.get_platform_display()} and tell support.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )


def resolve(account: AdAccount) -> None:
    Incident.resolve(account.advertiser, key(account))


def key(account: AdAccount) -> str:
    return f"unreadable:{account.pk}"


def _names(account: AdAccount, rows: list[UnreadableRow]) -> dict[tuple[str, str], str]:
    """(level, remote id) to the name as the text has it."""
    ids = [row.remote_id for row in rows if row.remote_id]
    campaigns = account.campaigns.filter(remote_id__in=ids)
    ads = Ad.objects.filter(ad_group__campaign__account=account, remote_id__in=ids)
    found = {("campaign", one.remote_id): one.name for one in campaigns}
    found |= {("ad", one.remote_id): one.name for one in ads}
    return {key: f"{name[:80]}: " for key, name in found.items() if name}


def _at_stake(account: AdAccount, rows: list[UnreadableRow]) -> str:
    campaigns = list(_campaigns(account, rows))
    micros = sum(campaign.daily_budget_micros or 0 for campaign in campaigns)
    count = f"{len(campaigns)} campaign{'' if len(campaigns) == 1 else 's'}"
    budget = Money.from_micros(micros, account.currency)
    return f"{count} with {budget} a day: what they spent on these days may be more than is shown."


def _campaigns(account: AdAccount, rows: list[UnreadableRow]) -> Iterable[Campaign]:
    """Those whose figures are concerned; where one row does not say, all that run may be."""
    if not all(row.remote_id for row in rows):
        return account.campaigns.exclude(remote_id="")
    by_level: dict[str, set[str]] = {"campaign": set(), "ad": set()}
    for row in rows:
        by_level[row.level].add(row.remote_id)
    theirs = {one.pk: one for one in account.campaigns.exclude(remote_id="")}
    ads = Ad.objects.filter(ad_group__campaign__account=account).exclude(remote_id="")
    of_ads = {
        campaign
        for remote, campaign in ads.values_list("remote_id", "ad_group__campaign")
        if remote in by_level["ad"]
    }
    return [
        one for pk, one in theirs.items() if pk in of_ads or one.remote_id in by_level["campaign"]
    ]
