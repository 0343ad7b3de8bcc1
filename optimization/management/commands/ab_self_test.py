"""How often would the A/B engine name a false winner on an advertiser's own history?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import Advertiser
from optimization.ab_tests.self_tests import measure_error_rate
from optimization.stats.common.metrics import METRICS


class Command(BaseCommand):
    help = "Run 1,000 A/A tests on an advertiser's own history and print the false-alarm rate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--advertiser", required=True, help="name or slug")
        parser.add_argument("--metric", default="ctr", choices=sorted(METRICS))
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["advertiser"]
        advertiser = Advertiser.objects.filter(slug=name).first()
        advertiser = advertiser or Advertiser.objects.filter(name__iexact=name).first()
        if advertiser is None:
            raise CommandError(f"There is no advertiser {name!r}.")
        result = measure_error_rate(advertiser, options["metric"], seed=options["seed"])
        self.stdout.write(json.dumps(result.to_json()) if options["json"] else result.summary)
