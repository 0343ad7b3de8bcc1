"""Days, weeks and months of analytics: what is partial or immature, and what is compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.analytics.periods import counterparts, periods
from campaigns.models import DailyMetric
from core.common.dates import DayRange
from core.models import Advertiser
from tests.campaigns.page_rows import YESTERDAY, deliver, make_account, make_campaign

pytestmark = pytest.mark.usefixtures("noon")
TODAY = date(2026, 3, 15)  # a Sunday


def days(first: str, last: str) -> DayRange:
    return DayRange(date.fromisoformat(first), date.fromisoformat(last))


def marked(first: str, last: str, grain: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(p.label, p.marks) for p in periods(days(first, last), grain, TODAY)]


def test_the_last_two_complete_days_and_today_are_still_coming_in() -> None:
    assert marked("2026-03-12", "2026-03-16", "day") == [
        ("Thu 12 Mar 2026", ()),
        ("Fri 13 Mar 2026", ("still coming in",)),
        ("Sat 14 Mar 2026", ("still coming in",)),
        ("Sun 15 Mar 2026", ("partial", "still coming in")),
        ("Mon 16 Mar 2026", ("to come",)),
    ]


def test_weeks_start_on_monday_and_cut_weeks_are_partial() -> None:
    assert marked("2026-02-25", "2026-03-14", "week") == [
        ("Week of 23 Feb 2026", ("partial",)),
        ("Week of 2 Mar 2026", ()),
        ("Week of 9 Mar 2026", ("partial", "still coming in")),
    ]
    parts = periods(days("2026-02-25", "2026-03-14"), "week", TODAY)
    assert [p.days for p in parts] == [
        days("2026-02-25", "2026-03-01"),
        days("2026-03-02", "2026-03-08"),
        days("2026-03-09", "2026-03-14"),
    ]


def test_a_week_that_is_not_over_is_partial_though_the_range_holds_it_whole() -> None:
    assert marked("2026-03-09", "2026-03-15", "week") == [
        ("Week of 9 Mar 2026", ("partial", "still coming in"))
    ]


def test_months_are_calendar_months() -> None:
    assert marked("2026-01-01", "2026-03-10", "month") == [
        ("Jan 2026", ()),
        ("Feb 2026", ()),
        ("Mar 2026", ("partial",)),
    ]


def test_ranges_of_one_length_are_held_against_each_other_day_by_day() -> None:
    now, then = days("2026-03-02", "2026-03-11"), days("2026-02-20", "2026-03-01")
    parts = periods(now, "week", TODAY)
    assert counterparts(parts, now, then, "week") == [
        days("2026-02-20", "2026-02-26"),
        days("2026-02-27", "2026-03-01"),
    ]


def test_months_of_other_lengths_are_held_against_each_other_by_number() -> None:
    now, then = days("2026-03-01", "2026-03-31"), days("2026-02-01", "2026-02-28")
    assert counterparts(periods(now, "month", TODAY), now, then, "month") == [then]
    by_day = counterparts(periods(now, "day", TODAY), now, then, "day")
    assert by_day[27:29] == [days("2026-02-28", "2026-02-28"), None]


def test_each_period_shows_its_sum_and_the_one_before(
    viewer: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    for back in range(28):
        deliver(campaign, YESTERDAY - timedelta(days=back), spend=10 + back, revenue=100)
    asked = "range=2026-03-02..2026-03-14&grain=week&breakdown=period&second=none"
    report = viewer.get(f"/a/acme/analytics/?{asked}").context["report"]
    found = [(line.named.label, *spends(line)) for line in report.lines]
    assert found == [
        ("Week of 2 Mar 2026", "$133.00", "$224.00"),
        ("Week of 9 Mar 2026", "$75.00", "$153.00"),
    ]
    assert spends(report.total) == ("$208.00", "$377.00")


def spends(line: Any) -> tuple[str, str]:
    cell = line.cells[0]
    return cell.shown, cell.before_shown


@pytest.mark.parametrize(
    ("compare", "compared", "before"),
    [
        ("previous", days("2026-03-05", "2026-03-09"), "$5.00"),
        ("year", days("2025-03-10", "2025-03-14"), "$7.00"),
        ("2026-01-01..2026-01-31", days("2026-01-01", "2026-01-31"), "$9.00"),
    ],
)
def test_any_period_can_be_compared(
    viewer: Client, advertiser: Advertiser, compare: str, compared: DayRange, before: str
) -> None:
    campaign = make_campaign(make_account(advertiser))
    for day, spend in (("2026-03-14", 1), ("2026-03-09", 5), ("2025-03-10", 7), ("2026-01-31", 9)):
        deliver(campaign, date.fromisoformat(day), spend=spend)
    asked = f"range=2026-03-10..2026-03-14&compare={compare}"
    page = viewer.get(f"/a/acme/analytics/?{asked}")
    assert page.context["query"].compared == compared
    assert spends(page.context["report"].total) == ("$1.00", before)
    shown = " ".join(page.content.decode().split())
    assert f'compared with <span class="nowrap">{compared}<' in shown


def test_the_29th_of_february_is_held_against_the_28th(
    viewer: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    page = viewer.get("/a/acme/analytics/?range=2024-02-29..2024-03-02&compare=year")
    assert page.context["query"].compared == days("2023-02-28", "2023-03-02")


def test_nothing_is_compared_when_nothing_shall_be(viewer: Client, advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser)))
    page = viewer.get("/a/acme/analytics/?compare=none")
    assert page.context["report"].total.before is None
    assert [t["name"] for t in page.context["charts"][0].plotly["data"]] == ["Spend", "ROAS"]
    assert "not compared" in page.content.decode()
    assert "Spend change (%)" not in viewer.get(
        "/a/acme/analytics.csv?compare=none"
    ).content.decode("utf-8")


def test_the_chart_has_two_axes_dotted_comparison_and_marks(
    viewer: Client, advertiser: Advertiser
) -> None:
    deliver(make_campaign(make_account(advertiser)))
    page = viewer.get("/a/acme/analytics/?metric=spend&second=roas&range=7d")
    figure = page.context["charts"][0]
    traces = {t["name"]: t for t in figure.plotly["data"]}
    assert list(traces) == ["Spend", "Spend before", "ROAS", "ROAS before"]
    assert [t.get("yaxis") for t in traces.values()] == [None, None, "y2", "y2"]
    assert [t["line"].get("dash") for t in traces.values()] == [None, "dot", None, "dot"]
    rings = traces["Spend"]["marker"]["symbol"]
    assert rings == ["circle"] * 5 + ["circle-open"] * 2
    band = figure.plotly["layout"]["shapes"][0]
    assert (band["x0"], band["x1"]) == ("2026-03-13", "2026-03-14")
    assert figure.header == ["Day", "Spend", "Spend before", "ROAS", "ROAS before"]
    assert figure.rows[-1] == [
        "Sat 14 Mar 2026 (still coming in)",
        "$100.00",
        "$0.00",
        "3.00x",
        "–",
    ]
    assert b"plotly.min" in page.content
    assert "are still being reported" in figure.note


def test_one_metric_twice_is_one_line(viewer: Client, advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser)))
    page = viewer.get("/a/acme/analytics/?metric=cpa&second=cpa&compare=none")
    assert [t["name"] for t in page.context["charts"][0].plotly["data"]] == ["CPA"]


def test_rows_of_longer_periods_are_told_and_stand_on_their_last_day(
    viewer: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser, "import")
    row = deliver(make_campaign(account), date(2026, 3, 7), spend=70)
    DailyMetric.objects.filter(pk=row.pk).update(period_first=date(2026, 3, 1))
    page = viewer.get("/a/acme/analytics/?range=2026-03-05..2026-03-10&breakdown=period")
    found = [
        (line.named.label, line.cells[0].shown, line.marks) for line in page.context["report"].lines
    ]
    assert found[1:4] == [
        ("Fri 6 Mar 2026", "$0.00", ()),
        ("Sat 7 Mar 2026", "$70.00", ("imported period",)),
        ("Sun 8 Mar 2026", "$0.00", ()),
    ]
    assert "Some imported rows cover several days." in page.content.decode()
    other = viewer.get("/a/acme/analytics/?range=2026-03-08..2026-03-10")
    assert "Some imported rows cover several days." not in other.content.decode()
