"""Every campaign of ours gets an approval of what it can spend at this moment, as if it were on, so
that nothing is refused after an upgrade that was possible before it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations

from campaigns.spend.max_spend import (
    DAY,
    OVERSPEND,
    Budget,
    SpendSoFar,
    figures,
    highest_by_day,
)
from core.common import clock

MAY_BE_SENT_FOR = timedelta(days=14)
NAME = "what was in force before approvals were kept"


def fill(apps, schema_editor):
    campaigns = apps.get_model("campaigns", "Campaign").objects
    ours = campaigns.filter(managed=True).exclude(origin="import").exclude(wanted="archived")
    rows = [_approval(apps, campaign) for campaign in ours.select_related("account")]
    apps.get_model("campaigns", "SpendApproval").objects.bulk_create(rows, batch_size=500)


def _approval(apps, campaign):
    account, now = campaign.account, _now(campaign.account)
    so_far = _so_far(apps, campaign, now)
    daily = max(campaign.daily_budget_micros or 0, campaign.remote_daily_budget_micros or 0)
    budget = Budget(daily, campaign.start, campaign.end)
    most = figures(account.platform, [budget], so_far)
    return apps.get_model("campaigns", "SpendApproval")(
        account=account,
        campaign=campaign,
        reference=campaign.reference,
        envelope_micros=most.can_spend if most.has_end else None,
        per_day_micros=most.per_day,
        counts_from=min(so_far.open_from(campaign.start), so_far.today),
        basis="backfill",
        approver_name=NAME,
        market_at=now,
        until=now + MAY_BE_SENT_FOR,
        sent_at=now,
    )


def _now(account):
    """Market time; while the sandbox is away, when the account was last read."""
    try:
        return clock.market_now()
    except OSError:
        return account.synced_market_at or datetime.now(UTC)


def _so_far(apps, campaign, now):
    zone = ZoneInfo(campaign.account.time_zone)
    today, read = now.astimezone(zone).date(), campaign.account.synced_market_at
    last = None if read is None else min(read.astimezone(zone).date(), today) - DAY
    open_day = today if last is None else min(last + DAY, today)
    first = OVERSPEND[campaign.account.platform].period_of(open_day)[0]
    rows = apps.get_model("campaigns", "DailyMetric").objects.filter(
        level="campaign", entity_id=campaign.pk, day__gte=first
    )
    days = dict(rows.values_list("day", "spend_micros"))
    return SpendSoFar(today, last, days, _budgets(apps, campaign, zone, first, today))


def _budgets(apps, campaign, zone, first, today):
    """The highest daily budget of each day since `first`, where it was changed."""
    changes = apps.get_model("campaigns", "CampaignBudgetChange").objects
    rows = changes.filter(campaign=campaign).order_by("market_at", "id")
    steps = [
        (at.astimezone(zone).date(), old or 0, new)
        for at, old, new in rows.values_list("market_at", "old_micros", "new_micros")
        if at.astimezone(zone).date() >= first
    ]
    return highest_by_day(steps, first, today) if steps else {}


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0012_spend_approvals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
