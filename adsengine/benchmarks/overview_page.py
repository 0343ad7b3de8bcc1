"""The overview page over thousands of imported campaigns, against the plainest queries that give
the same figures."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from adsengine.benchmarks.timing import middle, ratio, seconds
from adsengine.common.dates import DayRange
from adsengine.models import Actor, Advertiser, Membership, Role, User
from campaigns import selectors
from campaigns.importing.service import import_report
from campaigns.models import Campaign, DailyMetric

TARGETS = {"ratio": 0.5, "queries": 30}
REPEATS = 9
CAMPAIGNS = 2600
# Real reports of headline tests, where they lie beside the repository.
REPORT = Path(settings.BASE_DIR).parent / "shared" / "data" / "upworthy_tests.csv"
_MEASURES = ("impressions", "clicks", "conversions", "spend_micros", "revenue_micros")


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    advertiser, user = _people()
    _import(advertiser, tiny=tiny)
    days = selectors.data_days(advertiser)
    assert days is not None
    address = f"/a/{advertiser.slug}/?range={days.first}..{days.last}"
    page, plain, queries = _time(advertiser, user, days, address, repeats=1 if tiny else REPEATS)
    return {
        "campaigns": Campaign.objects.count(),
        "rows": DailyMetric.objects.count(),
        "seconds": middle(page),
        "plain_seconds": middle(plain),
        "ratio": ratio(page, plain),
        "queries": queries,
    }


def _people() -> tuple[Advertiser, User]:
    advertiser = Advertiser.objects.create(
        name="Bench", slug="bench", currency="USD", time_zone="UTC"
    )
    user = User.objects.create_user("bench", "bench@example.com")
    Membership.objects.create(user=user, advertiser=advertiser, role=Role.VIEWER)
    return advertiser, user


def _time(
    advertiser: Advertiser, user: User, days: DayRange, address: str, *, repeats: int
) -> tuple[list[float], list[float], int]:
    page, plain = [], []
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = Client()
        client.force_login(user)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        _check(answer, advertiser, days)
        for _ in range(repeats):
            page.append(seconds(lambda: client.get(address)))
            plain.append(seconds(lambda: _plain(advertiser, days)))
    return page, plain, len(asked)


def _check(answer: Any, advertiser: Advertiser, days: DayRange) -> None:
    """Both sides must say the same, or their times say nothing."""
    total, by_day, _ = _plain(advertiser, days)
    shown = answer.context["total"]
    if answer.status_code != 200 or (shown.impressions, shown.clicks) != tuple(total[:2]):
        raise RuntimeError("the page and the plain queries differ")
    if sum(row[0] for row in by_day.values()) != total[0]:
        raise RuntimeError("the days do not add up to the total")


Sums = list[Any]


def _plain(
    advertiser: Advertiser, days: DayRange
) -> tuple[Sums, dict[date, Sums], list[tuple[Sums, Campaign]]]:
    """Totals and daily sums of this and the previous range, and the campaigns by spend: a query
    per campaign and range."""
    totals: Sums = []
    daily: dict[date, Sums] = {}
    lines: list[tuple[Sums, Campaign]] = []
    for span in (days.previous(), days):
        totals, daily, lines = [0] * len(_MEASURES), defaultdict(lambda: [0] * len(_MEASURES)), []
        for campaign in Campaign.objects.filter(account__advertiser=advertiser):
            own = [0] * len(_MEASURES)
            for row in _days_of(campaign, span):
                values = [row[name] or 0 for name in _MEASURES]
                own, totals = _add(own, values), _add(totals, values)
                daily[row["day"]] = _add(daily[row["day"]], values)
            lines.append((own, campaign))
        lines.sort(key=lambda line: line[0][3], reverse=True)
    return totals, daily, lines


def _days_of(campaign: Campaign, span: DayRange) -> Any:
    rows = DailyMetric.objects.filter(
        campaign=campaign, level="campaign", day__range=(span.first, span.last)
    )
    return rows.values("day").annotate(**{name: Sum(name) for name in _MEASURES}).order_by("day")


def _add(left: Sums, right: Sums) -> Sums:
    return [a + b for a, b in zip(left, right, strict=True)]


def _import(advertiser: Advertiser, *, tiny: bool) -> None:
    content = REPORT.read_bytes() if REPORT.is_file() and not tiny else _made_up(20 if tiny else 0)
    result = import_report(
        actor=Actor("system", "bench"),
        advertiser=advertiser,
        file=BytesIO(content),
        file_name="upworthy_tests.csv",
        skip_bad_rows=True,
    )
    if not result.done:
        raise RuntimeError(f"the report was not taken: {result.problems[:3]}")


def _made_up(campaigns: int) -> bytes:
    """The same shape as the real report: a week's test with two to six arms a campaign."""
    draw, text = random.Random(5), StringIO()  # noqa: S311 - figures, not secrets
    table = csv.writer(text)
    table.writerow(["clickability_test_id", "test_week", "arm", "impressions", "clicks"])
    for number in range(campaigns or CAMPAIGNS):
        week = f"{2013 + number % 2}{1 + number % 50:02d}"
        for arm in range(draw.randint(2, 6)):
            seen = draw.randint(1500, 6000)
            table.writerow([f"test-{number:05d}", week, arm, seen, draw.randint(0, seen // 20)])
    return text.getvalue().encode()
