"""Every plan that was approved and has no campaign yet gets its row among the approved spends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations

from campaigns.spend.max_spend import Budget, SpendSoFar, figures
from core.common import clock

MAY_BE_SENT_FOR = timedelta(days=14)


def fill(apps, schema_editor):
    approvals = apps.get_model("agents", "Approval").objects.select_related("strategy__account")
    waiting = approvals.filter(
        strategy__state__in=["approved", "executing", "failed"], strategy__campaign=None
    )
    rows = [_row(apps, approval) for approval in waiting]
    apps.get_model("campaigns", "SpendApproval").objects.bulk_create(rows)


def _row(apps, approval):
    account, spec, now = approval.strategy.account, approval.strategy.plan["spec"], _now()
    today = now.astimezone(ZoneInfo(account.time_zone)).date()
    start = date.fromisoformat(spec["start"])
    end = date.fromisoformat(spec["end"]) if spec["end"] else None
    budget = Budget(spec["daily_budget_micros"], start, end)
    most = figures(account.platform, [budget], SpendSoFar(today))
    return apps.get_model("campaigns", "SpendApproval")(
        account=account,
        reference=spec["reference"],
        envelope_micros=most.can_spend if most.has_end else None,
        per_day_micros=most.per_day,
        counts_from=min(start, today),
        basis="plan",
        approver=approval.approver,
        approver_name=approval.approver_name,
        market_at=now,
        until=now + MAY_BE_SENT_FOR,
        reserves=approval.strategy.state != "failed",
    )


def _now():
    try:
        return clock.market_now()
    except OSError:
        return datetime.now(UTC)


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0001_initial"),
        ("campaigns", "0013_fill_spend_approvals"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
