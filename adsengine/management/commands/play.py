"""`manage.py play`: connects accounts, launches campaigns and advances the market day by day.

Started by `manage.py demo` as a separate process, beside web, worker and beat.
"""

from __future__ import annotations

import json
import time
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from adsengine.management import story
from agents.execution.platform_check import check_with_platform
from agents.models import Strategy
from agents.services import approve, plan_brief
from campaigns.models import Ad, Campaign, DailyMetric, Level, MetricRevision
from campaigns.services import create_brief
from campaigns.tasks import sync_due_accounts
from core import jobs
from core.common import clock, dates, progress
from core.common.money import MICROS
from core.models import Actor, Advertiser, Job, User
from optimization.models import ABTest, BudgetProposal
from optimization.tasks import optimize_all_campaigns, rebalance_budgets
from platforms.models import AdAccount, Platform

_TIMEOUT_SECONDS = 180


class Command(BaseCommand):
    help = "Play the demo's story against the sandbox (used by `manage.py demo`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("The demo plays in the sandbox only. Start it with: make demo")
        self.seconds: dict[str, float] = {}
        user, advertiser = story.make_people()
        self._timed("connect", lambda: self._connect(user, advertiser))
        self._timed("launch", lambda: self._launch(user, advertiser))
        self._timed("market", lambda: self._play(advertiser, options["days"]))
        progress.clear()
        self.stdout.write(json.dumps({"summary": summary(advertiser, self.seconds)}))

    def _timed(self, part: str, act: Callable[[], None]) -> None:
        started = time.monotonic()
        act()
        self.seconds[part] = round(time.monotonic() - started, 1)

    def _say(self, text: str, fraction: float) -> None:
        progress.report(text, round(100 * fraction))
        self.stdout.write(text)
        self.stdout.flush()

    def _connect(self, user: User, advertiser: Advertiser) -> None:
        if advertiser.accounts.exclude(platform=Platform.IMPORT).count() >= 3:
            return
        self._say("Connecting the three ad accounts", 0.02)
        story.connect_accounts(Actor.person(user), advertiser)
        sync_due_accounts()
        settle()

    def _launch(self, user: User, advertiser: Advertiser) -> None:
        accounts = list(advertiser.accounts.exclude(platform=Platform.IMPORT).order_by("pk"))
        for number, chapter in enumerate(story.BRIEFS, start=1):
            self._say(f"Launching “{chapter['name']}” on three platforms", 0.02 + 0.06 * number)
            self._launch_brief(user, advertiser, chapter, accounts)

    def _launch_brief(
        self, user: User, advertiser: Advertiser, chapter: dict[str, Any], accounts: list[AdAccount]
    ) -> None:
        """Brief, plan, approve; the launch itself is the workers' job."""
        actor = Actor.person(user)
        brief = advertiser.briefs.filter(name=chapter["name"]).first()
        if brief is None:
            wish = story.brief_input(chapter, advertiser, accounts)
            brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
        for strategy in plan_brief(actor=actor, brief=brief):
            check_with_platform(strategy)
            if strategy.problems:
                raise CommandError(f"{strategy} cannot be launched: {strategy.problems}")
            if strategy.state == Strategy.State.REVIEW:
                approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
        settle()
        settled = [Strategy.State.LIVE, Strategy.State.REPLACED]
        stuck = Strategy.objects.filter(brief=brief).exclude(state__in=settled)
        if stuck.exists():
            raise CommandError(f"Not live: {[(str(s), s.state) for s in stuck]}")

    def _play(self, advertiser: Advertiser, days: int) -> None:
        """Each day the workers run once in the morning, after 03:00 in the advertiser's zone."""
        played = _days_played(advertiser)
        for day in range(played + 1, days + 1):
            self._say(f"Playing the market: day {day} of {days}", 0.15 + 0.85 * day / days)
            advance(_until_morning(advertiser))
            sync_due_accounts()
            settle()
            optimize_all_campaigns()
            rebalance_budgets()
            settle()


def _until_morning(advertiser: Advertiser) -> timedelta:
    """From now to the next 03:30 of the advertiser's zone."""
    now = clock.market_now()
    local = now.astimezone(dates.zone(advertiser.time_zone))
    morning = local.replace(hour=3, minute=30, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return morning.astimezone(UTC) - now  # in UTC, so that a night of a clock change counts right


def _days_played(advertiser: Advertiser) -> int:
    """Mornings since the launch, so that an interrupted demo continues there.

    Campaigns start on the day after their launch.
    """
    ours = Campaign.objects.filter(account__advertiser=advertiser, origin=Campaign.Origin.OURS)
    start = ours.order_by("start").values_list("start", flat=True).first()
    return max((dates.today(advertiser.time_zone) - start).days + 1, 0) if start else 0


def advance(wait: timedelta) -> None:
    """Advance the sandbox's clock, in hours."""
    body = json.dumps({"advance_hours": wait.total_seconds() / 3600}).encode()
    request = urllib.request.Request(  # noqa: S310 - the sandbox's clock on loopback
        settings.SANDBOX["clock"]["url"], body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        answer.read()
    clock.discard_reading()


def settle() -> None:
    """Run due jobs beside the workers until none is open. Raises CommandError after a timeout."""
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    still_open = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    while time.monotonic() < deadline:
        jobs.run_due()
        if not still_open.exists():
            return
        time.sleep(0.1)
    left = [f"{job}: {job.error}" for job in still_open.all()]
    raise CommandError(f"These jobs do not end: {left}")


def summary(advertiser: Advertiser, seconds: dict[str, float]) -> dict[str, Any]:
    campaigns = Campaign.objects.filter(account__advertiser=advertiser, origin=Campaign.Origin.OURS)
    metrics = DailyMetric.objects.filter(account__advertiser=advertiser)
    money = metrics.filter(level=Level.CAMPAIGN).aggregate(
        spend=Sum("spend_micros"), revenue=Sum("revenue_micros")
    )
    tests = ABTest.objects.filter(campaign__in=campaigns)
    return {
        "campaigns": {
            name: campaigns.filter(account__platform=name).count()
            for name in ("google", "meta", "tiktok")
        },
        "ads": Ad.objects.filter(ad_group__campaign__in=campaigns).count(),
        "days": metrics.values("day").distinct().count(),
        "metric_rows": metrics.count(),
        "restated_days": MetricRevision.objects.filter(metric__in=metrics).count(),
        "ab_tests": {name: tests.filter(status=name).count() for name in ABTest.Status.values},
        "budget_moves": BudgetProposal.objects.filter(
            rebalance__advertiser=advertiser, state=BudgetProposal.State.ASKED
        ).count(),
        "spend": f"{(money['spend'] or 0) / MICROS:.2f}",
        "revenue": f"{(money['revenue'] or 0) / MICROS:.2f}",
        "seconds": seconds,
    }
