from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count, Q

from campaigns.models import Campaign, Wanted
from core.models import Actor, ActorKind, Advertiser
from optimization.models import MAX_ARMS, MIN_ARMS, ABTest
from optimization.services import analyse_tests, create_test
from optimization.stats.common.metrics import METRICS


class Command(BaseCommand):
    help = "Test the ads of every campaign of an advertiser against each other; count the verdicts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--advertiser", required=True, help="name or slug")
        parser.add_argument("--metric", default="ctr", choices=sorted(METRICS))
        parser.add_argument("--planned-days", type=int, default=14)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        name = options["advertiser"]
        advertiser = Advertiser.objects.filter(slug=name).first()
        advertiser = advertiser or Advertiser.objects.filter(name__iexact=name).first()
        if advertiser is None:
            raise CommandError(f"There is no advertiser {name!r}.")
        with transaction.atomic():
            tests = _tests(advertiser, options["metric"], options["planned_days"])
            analyses = analyse_tests(tests)
        verdicts = Counter(analysis.status for analysis in analyses)
        result = {
            "tests": len(tests),
            "verdicts": {status: verdicts[status] for status in ABTest.Status.values},
            "named_losers": sum(bool(analysis.stored_result.losing_ids) for analysis in analyses),
            "seconds": round(monotonic() - started, 1),
        }
        self.stdout.write(json.dumps(result) if options["json"] else _summary_text(result))


def _tests(advertiser: Advertiser, metric: str, planned_days: int) -> list[ABTest]:
    """The running tests on that metric, started where a campaign of two or more ads has none."""
    mine = Campaign.objects.filter(account__advertiser=advertiser)
    living = Count("ad_groups__ads", filter=~Q(ad_groups__ads__wanted=Wanted.ARCHIVED))
    fitting = mine.exclude(wanted=Wanted.ARCHIVED).annotate(ads=living)
    fitting = fitting.filter(ads__gte=MIN_ARMS, ads__lte=MAX_ARMS)
    running = ABTest.objects.filter(campaign__in=fitting, metric=metric, state=ABTest.State.RUNNING)
    have = set(running.values_list("campaign_id", flat=True))
    actor = Actor(ActorKind.SYSTEM, "command ab_tests")
    for campaign in fitting.select_related("account__advertiser"):
        if campaign.pk not in have:
            create_test(actor=actor, campaign=campaign, metric=metric, planned_days=planned_days)
    tests = running.all().select_related("campaign__account__advertiser")
    return list(tests.prefetch_related("arms"))


def _summary_text(result: dict[str, Any]) -> str:
    lines = [f"{name:<20}{count:>7,}" for name, count in result["verdicts"].items()]
    return "\n".join(
        [
            f"{result['tests']:,} tests analysed in {result['seconds']} s",
            *lines,
            f"{'with a named loser':<20}{result['named_losers']:>7,}",
        ]
    )
