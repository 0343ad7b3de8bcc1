"""Speed of overview, campaign list and analytics with 10,000 campaigns and a million daily rows.

Server time without building charts and rendering templates, against bare SQL for the same numbers;
on PostgreSQL where ADSENGINE_TEST_POSTGRES names a server, else on SQLite. A page may take one and
a half times its SQL plus 30 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.template.backends.django import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from campaigns.models import Campaign, DailyMetric
from core.common import charts, dates
from core.models import Advertiser, Membership, Role, User
from tests.benchmarks.timing import measure_seconds, rounded_median
from tests.benchmarks.worker_pass_data import create_data

PAGES = ("", "campaigns/", "analytics/")
NAMES = {"": "overview", "campaigns/": "campaigns", "analytics/": "analytics"}
CAMPAIGNS, REPEATS = 10_000, 5
SQL_SHARE, SQL_SPARE, DRAWING, QUERIES = 1.5, 0.030, 0.060, 60
TARGETS = {
    **{f"{name}_over_allowance": 1.0 for name in NAMES.values()},
    **{f"{name}_drawing_seconds": DRAWING for name in NAMES.values()},
    **{f"{name}_queries": QUERIES for name in NAMES.values()},
}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Per page: seconds of the server, of bare SQL, of rendering, and the ratio to the allowed time
    (at most 1)."""
    call_command("collectstatic", interactive=False, verbosity=0)
    advertiser = create_data(30 if tiny else CAMPAIGNS)
    client = _client(advertiser)
    found: dict[str, float] = {
        "campaigns": Campaign.objects.count(),
        "rows": DailyMetric.objects.count(),
        "on_postgresql": float(connection.vendor == "postgresql"),
    }
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        for page in PAGES:
            found |= _page(client, advertiser, page, 1 if tiny else REPEATS)
    return found


def _client(advertiser: Advertiser) -> Client:
    user = User.objects.create_user("bench", "bench@example.com")
    Membership.objects.create(user=user, advertiser=advertiser, role=Role.VIEWER)
    client = Client()
    client.force_login(user)
    return client


def _page(client: Client, advertiser: Advertiser, page: str, repeats: int) -> dict[str, float]:
    name, address = NAMES[page], f"/a/{advertiser.slug}/{page}?range=28d"
    with CaptureQueriesContext(connection) as log:
        answer = client.get(address)
        queries = len(log)  # later requests clear the log
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    server, drawing, plain = [], [], []
    for _ in range(repeats):
        with _measure_rendering() as drawn:
            whole = measure_seconds(lambda: client.get(address))
        server.append(whole - drawn[0])
        drawing.append(drawn[0])
        plain.append(measure_seconds(lambda: _run_sql(advertiser, page)))
    allowed = SQL_SHARE * rounded_median(plain) + SQL_SPARE
    sys.stderr.write(f"  {name}: {rounded_median(server):.3f} s, allowed {allowed:.3f} s\n")
    return {
        f"{name}_server_seconds": rounded_median(server),
        f"{name}_sql_seconds": rounded_median(plain),
        f"{name}_over_allowance": round(rounded_median(server) / allowed, 3),
        f"{name}_drawing_seconds": rounded_median(drawing),
        f"{name}_queries": float(queries),
    }


@contextmanager
def _measure_rendering() -> Iterator[list[float]]:
    """The seconds spent on building charts and in templates, in a list of one element."""
    spent = [0.0]
    depth = [0]

    def timed(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if depth[0]:  # a template within a template counts once
                return real(*args, **kwargs)
            depth[0], started = 1, perf_counter()
            try:
                return real(*args, **kwargs)
            finally:
                depth[0] = 0
                spent[0] += perf_counter() - started

        return wrapper

    builders = {charts.time_chart, charts.bar_chart}
    patched: list[tuple[Any, str, Any]] = [(Template, "render", Template.render)]
    for module in list(sys.modules.values()):
        for attribute, value in list(vars(module).items()) if module else []:
            if callable(value) and getattr(value, "__module__", "") == charts.__name__:
                patched += [(module, attribute, value)] if value in builders else []
    for owner, attribute, real in patched:
        setattr(owner, attribute, timed(real))
    try:
        yield spent
    finally:
        for owner, attribute, real in patched:
            setattr(owner, attribute, real)


# ---- bare SQL ----------------------------------------------------------------------------

_SUMS = (
    "sum(impressions), sum(clicks), sum(conversions), sum(spend_micros), sum(revenue_micros) "
    "FROM campaigns_dailymetric WHERE account_id IN (SELECT id FROM platforms_adaccount "
    "WHERE advertiser_id = %s) AND level = 'campaign' AND day BETWEEN %s AND %s"
)
_BY_DAY = f"SELECT day, {_SUMS} GROUP BY day ORDER BY day"
_BY_ACCOUNT = f"SELECT account_id, {_SUMS} GROUP BY account_id"
_BY_CAMPAIGN = f"SELECT campaign_id, {_SUMS} GROUP BY campaign_id ORDER BY 5 DESC"
_QUERIES = {
    "": (_BY_DAY, _BY_ACCOUNT),
    "campaigns/": (_BY_CAMPAIGN,),
    "analytics/": (_BY_DAY, _BY_CAMPAIGN),
}


def _run_sql(advertiser: Advertiser, page: str) -> None:
    """The numbers of the page: its range, and the previous one where the page compares them."""
    days = dates.parse_range("28d", advertiser.time_zone)
    ranges = [(days.first, days.last), _before(days.first, days.days)]
    with connection.cursor() as cursor:
        for first, last in ranges[: 1 if page == "campaigns/" else 2]:
            for query in _QUERIES[page]:
                cursor.execute(query, [advertiser.pk, first, last])
                cursor.fetchall()


def _before(first: date, days: int) -> tuple[date, date]:
    return first - timedelta(days=days), first - timedelta(days=1)
