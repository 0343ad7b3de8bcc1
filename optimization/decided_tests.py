"""Decided tests as report mails tell them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from campaigns.overview.verdict_sources import DecidedTest
from core.common import dates
from core.common.dates import DayRange
from optimization.models import ABTest
from optimization.selectors import newest_analyses, verdict_readings
from platforms.models import AdAccount


def decided_tests(accounts: Sequence[AdAccount], days: DayRange) -> list[DecidedTest]:
    """The tests that were decided on days of their accounts, with the sentence of their page."""
    zones = {account.pk: account.time_zone for account in accounts}
    rows = ABTest.objects.filter(
        campaign__account__in=list(zones), decided_at__date__gte=days.first - timedelta(days=1)
    ).filter(Q(winner__isnull=False) | Q(winner_group__isnull=False))
    tests = list(rows.select_related("campaign", "winner", "winner_group", "deciding"))
    readings = verdict_readings(tests, newest_analyses(tests))
    on = {t.pk: dates.today(zones[t.campaign.account_id], t.decided_at) for t in tests}
    return [
        DecidedTest(test.name, test.campaign_id, on[test.pk], readings[test.pk].sentence)
        for test in tests
        if days.first <= on[test.pk] <= days.last
    ]
