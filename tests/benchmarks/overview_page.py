"""Speed of the overview page with thousands of imported campaigns, against bare queries.

`ratio` is relative to the simplest code, one query per campaign and range; `grouped_ratio` to one
grouped query per range, which is the minimum for any page. Neither of them renders a page.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from campaigns import selectors
from campaigns.importing.service import import_report
from campaigns.models import Campaign, DailyMetric
from core.common.dates import DayRange
from core.common.measures import COLUMNS
from core.models import Actor, ActorKind, Advertiser, Membership, Role, User
from tests.benchmarks.timing import measure_seconds, median_ratio, rounded_median

TARGETS = {"ratio": 0.1, "grouped_ratio": 10, "queries": 30}
REPEATS = 5
CAMPAIGNS = 2600
# Real reports of headline tests, where they exist beside the repository.
REPORT = Path(settings.BASE_DIR).parent / "shared" / "data" / "upworthy_tests.csv"
_MAPPING = {
    "campaign": "clickability_test_id",
    "ad": "arm",
    "period": "test_week:isoweek",
    "impressions": "impressions",
    "clicks": "clicks",
}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    call_command("collectstatic", interactive=False, verbosity=0)
    advertiser, user = _create_user()
    _import(advertiser, tiny=tiny)
    days = selectors.data_days(advertiser)
    assert days is not None
    address = f"/a/{advertiser.slug}/?range={days.first}..{days.last}"
    times, queries = _time(advertiser, user, days, address, repeats=1 if tiny else REPEATS)
    return {
        "campaigns": Campaign.objects.count(),
        "rows": DailyMetric.objects.count(),
        "seconds": rounded_median(times["page"]),
        "plain_seconds": rounded_median(times["plain"]),
        "grouped_seconds": rounded_median(times["grouped"]),
        "ratio": median_ratio(times["page"], times["plain"]),
        "grouped_ratio": median_ratio(times["page"], times["grouped"]),
        "queries": queries,
    }


def _create_user() -> tuple[Advertiser, User]:
    advertiser = Advertiser.objects.create(
        name="Bench", slug="bench", currency="USD", time_zone="UTC"
    )
    user = User.objects.create_user("bench", "bench@example.com")
    Membership.objects.create(user=user, advertiser=advertiser, role=Role.VIEWER)
    return advertiser, user


def _time(
    advertiser: Advertiser, user: User, days: DayRange, address: str, *, repeats: int
) -> tuple[dict[str, list[float]], int]:
    times: dict[str, list[float]] = {"page": [], "plain": [], "grouped": []}
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = Client()
        client.force_login(user)
        with CaptureQueriesContext(connection) as log:
            answer = client.get(address)
            queries = len(log)  # later requests clear the log
        _check(answer.status_code, advertiser, days)
        for _ in range(repeats):
            times["page"].append(measure_seconds(lambda: client.get(address)))
            times["plain"].append(
                measure_seconds(lambda: _read_sums(advertiser, days, _by_campaign))
            )
            times["grouped"].append(measure_seconds(lambda: _read_sums(advertiser, days, _grouped)))
    return times, queries


def _check(status: int, advertiser: Advertiser, days: DayRange) -> None:
    """All ways must give the same numbers, or their times cannot be compared."""
    if status != 200:
        raise RuntimeError(f"the page answered {status}")
    expected = selectors.totals(advertiser, days, currency=advertiser.currency)
    for read in (_by_campaign, _grouped):
        total, by_day, _ = _read_sums(advertiser, days, read)
        if [expected.impressions, expected.clicks] != total[:2] or not expected.clicks:
            raise RuntimeError("the page and the bare queries differ")
        if sum(row[0] for row in by_day.values()) != total[0]:
            raise RuntimeError("the days do not add up to the total")


Sums = list[Any]


def _read_sums(
    advertiser: Advertiser, days: DayRange, read: Callable[[Advertiser, DayRange], Iterable[Any]]
) -> tuple[Sums, dict[date, Sums], list[tuple[int, Sums]]]:
    """Totals, daily sums and campaigns by spend; also of the previous range, as on the page."""
    for span in (days.previous(), days):
        total: Sums = [0] * len(COLUMNS)
        daily: dict[date, Sums] = defaultdict(lambda: [0] * len(COLUMNS))
        lines: dict[int, Sums] = defaultdict(lambda: [0] * len(COLUMNS))
        for row in read(advertiser, span):
            values = [row[name] or 0 for name in COLUMNS]
            total = _add(total, values)
            daily[row["day"]] = _add(daily[row["day"]], values)
            lines[row["campaign_id"]] = _add(lines[row["campaign_id"]], values)
    return total, daily, sorted(lines.items(), key=lambda line: line[1][3], reverse=True)


def _by_campaign(advertiser: Advertiser, days: DayRange) -> Iterator[Any]:
    for campaign in Campaign.objects.filter(account__advertiser=advertiser):
        yield from _sums(days, campaign=campaign)


def _grouped(advertiser: Advertiser, days: DayRange) -> Any:
    return _sums(days, account__advertiser=advertiser)


def _sums(days: DayRange, **scope: Any) -> Any:
    rows = DailyMetric.objects.filter(level="campaign", day__range=(days.first, days.last), **scope)
    return rows.values("campaign_id", "day").annotate(**{name: Sum(name) for name in COLUMNS})


def _add(left: Sums, right: Sums) -> Sums:
    return [a + b for a, b in zip(left, right, strict=True)]


def _import(advertiser: Advertiser, *, tiny: bool) -> None:
    content = (
        REPORT.read_bytes()
        if REPORT.is_file() and not tiny
        else _generate_report(20 if tiny else 0)
    )
    result = import_report(
        actor=Actor(ActorKind.SYSTEM, "bench"),
        advertiser=advertiser,
        file=BytesIO(content),
        file_name="upworthy_tests.csv",
        mapping=_MAPPING,
        skip_bad_rows=True,
    )
    if not result.done:
        raise RuntimeError(f"the report was not imported: {result.problems[:3]}")


def _generate_report(campaigns: int) -> bytes:
    """A report like the real one: per campaign a week's test with two to six arms."""
    draw, text = random.Random(5), StringIO()
    table = csv.writer(text)
    table.writerow(["clickability_test_id", "test_week", "arm", "impressions", "clicks"])
    for number in range(campaigns or CAMPAIGNS):
        week = f"{2013 + number % 2}{1 + number % 50:02d}"
        for arm in range(draw.randint(2, 6)):
            shown = draw.randint(1500, 6000)
            table.writerow([f"test-{number:05d}", week, arm, shown, draw.randint(0, shown // 20)])
    return text.getvalue().encode()
