"""Analytics as it was reported on a day: revisions, restated cells, zones, comparison."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign
from campaigns.sync.metric_store import MetricValues, store_metrics
from core.models import Advertiser
from tests.campaigns.page_rows import make_account, make_campaign

pytestmark = pytest.mark.usefixtures("noon")
DAY = date(2026, 3, 8)


def reported(campaign: Campaign, at: datetime, spend: int, revenue: int, day: date = DAY) -> None:
    row = MetricValues(
        "campaign",
        campaign.pk,
        None,
        day,
        impressions=1000,
        clicks=50,
        spend_micros=spend * 10**6,
        revenue_micros=revenue * 10**6,
    )
    store_metrics(campaign.account, [row], seen_at=at)


@pytest.fixture
def boots(advertiser: Advertiser) -> Campaign:
    """Its 8 March is reported three times: 9, 11 and 13 March."""
    campaign = make_campaign(make_account(advertiser), "Boots")
    reported(campaign, datetime(2026, 3, 9, 12, tzinfo=UTC), 100, 200)
    reported(campaign, datetime(2026, 3, 11, 12, tzinfo=UTC), 100, 250)
    reported(campaign, datetime(2026, 3, 13, 12, tzinfo=UTC), 101, 300)
    return campaign


def revenue(client: Client, as_of: str) -> tuple[str, str]:
    """As shown, and what the mark says."""
    report = client.get(f"/a/acme/analytics/?range=7d&as_of={as_of}").context["report"]
    cell = next(c for c in report.total.cells if c.measure.key == "revenue")
    return cell.shown, cell.now_shown if cell.is_restated else ""


@pytest.mark.parametrize(
    ("as_of", "shown", "now"),
    [
        ("2026-03-08", "$0.00", "$300.00"),
        ("2026-03-09", "$200.00", "$300.00"),
        ("2026-03-10", "$200.00", "$300.00"),
        ("2026-03-11", "$250.00", "$300.00"),
        ("2026-03-13", "$300.00", ""),
    ],
)
def test_a_day_says_what_it_said_then(
    viewer: Client, boots: Campaign, as_of: str, shown: str, now: str
) -> None:
    assert revenue(viewer, as_of) == (shown, now)


def test_without_a_look_back_the_newest_values_stand(viewer: Client, boots: Campaign) -> None:
    report = viewer.get("/a/acme/analytics/?range=7d").context["report"]
    assert report.total.now is None
    assert [c.shown for c in report.total.cells if c.measure.key == "revenue"] == ["$300.00"]
    assert report.restated == 0


def test_the_day_ends_in_the_advertisers_zone(viewer: Client, advertiser: Advertiser) -> None:
    """22:00 in New York on 10 March is 02:00 of the 11th in UTC."""
    campaign = make_campaign(make_account(advertiser))
    reported(campaign, datetime(2026, 3, 9, 12, tzinfo=UTC), 100, 200)
    reported(campaign, datetime(2026, 3, 11, 2, tzinfo=UTC), 100, 250)
    assert revenue(viewer, "2026-03-10") == ("$250.00", "")
    advertiser.time_zone = "UTC"
    advertiser.save()
    assert revenue(viewer, "2026-03-10") == ("$200.00", "$250.00")


def test_only_cells_that_say_something_else_are_marked(viewer: Client, boots: Campaign) -> None:
    page = viewer.get("/a/acme/analytics/?range=7d&as_of=2026-03-11")
    line = page.context["report"].lines[0]
    assert [c.measure.key for c in line.cells if c.is_restated] == [
        "spend",
        "cpc",
        "cpm",
        "revenue",
        "roas",
    ]
    text = " ".join(page.content.decode().split())
    assert "As it was reported on 11 Mar 2026" in text
    assert "10 values in the table have changed since and are marked." in text
    assert '<td class="num restated">$250.00<span class="now">now $300.00</span>' in text


def test_the_compared_days_are_seen_from_the_same_day(viewer: Client, boots: Campaign) -> None:
    before = date(2026, 3, 4)
    reported(boots, datetime(2026, 3, 5, 12, tzinfo=UTC), 40, 80, before)
    reported(boots, datetime(2026, 3, 14, 12, tzinfo=UTC), 60, 80, before)
    for as_of, spend in (("2026-03-11", "$40.00"), ("2026-03-14", "$60.00")):
        asked = f"range=2026-03-08..2026-03-14&as_of={as_of}"
        report = viewer.get(f"/a/acme/analytics/?{asked}").context["report"]
        assert report.total.cells[0].before_shown == spend


def test_a_range_ends_with_the_day_that_is_looked_back_to(viewer: Client, boots: Campaign) -> None:
    """Later days would only stand there as nothing, against a whole period before."""
    for as_of, days, compared in (
        ("2026-03-11", "8 Mar 2026 – 11 Mar 2026", "4 Mar 2026 – 7 Mar 2026"),
        ("2026-03-02", "2 Mar 2026 – 2 Mar 2026", "1 Mar 2026 – 1 Mar 2026"),
    ):
        asked = f"range=2026-03-08..2026-03-14&as_of={as_of}"
        scope = viewer.get(f"/a/acme/analytics/?{asked}").context["scope"]
        assert (str(scope.days), str(scope.compared)) == (days, compared)


def test_what_became_known_later_is_a_line_of_nothing_with_its_mark(
    viewer: Client, boots: Campaign
) -> None:
    late = make_campaign(boots.account, "Late")
    reported(late, datetime(2026, 3, 14, 12, tzinfo=UTC), 9, 9)
    report = viewer.get("/a/acme/analytics/?range=7d&as_of=2026-03-11").context["report"]
    assert [(line.named.label, line.cells[0].shown) for line in report.lines] == [
        ("Boots", "$100.00"),
        ("Late", "$0.00"),
    ]
    assert report.lines[1].cells[0].now_shown == "$9.00"


def test_periods_by_day_are_marked_from_the_day_of_the_report(
    viewer: Client, boots: Campaign
) -> None:
    asked = "range=2026-03-07..2026-03-12&breakdown=period&as_of=2026-03-10"
    report = viewer.get(f"/a/acme/analytics/?{asked}").context["report"]
    assert [line.marks for line in report.lines] == [
        (),
        ("still coming in",),
        ("still coming in",),
        ("partial", "still coming in"),
    ]
    cell: Any = report.lines[1].cells[9]
    assert (cell.shown, cell.now_shown, cell.is_restated) == ("$200.00", "$300.00", True)


def test_file_and_api_tell_both_values(viewer: Client, boots: Campaign) -> None:
    asked = "range=7d&as_of=2026-03-11"
    body = viewer.get(f"/a/acme/analytics.csv?{asked}").content.decode("utf-8")[1:]
    row = next(csv.DictReader(StringIO(body)))
    assert (row["Revenue (USD)"], row["Revenue now"]) == ("250.00", "300.00")
    assert (row["Clicks"], row["Clicks now"]) == ("50", "")
    assert row["As reported on"] == "2026-03-11"
    answer = viewer.get(f"/api/v1/analytics/?{asked}").json()
    entry = answer["rows"][0]
    assert (entry["revenue"], entry["now"]["revenue"]) == ("250", "300")
    assert entry["restated"] == ["spend", "cpc", "cpm", "revenue", "roas"]
    assert answer["as_of"] == "2026-03-11"


def test_before_anything_was_reported_the_page_says_so(viewer: Client, boots: Campaign) -> None:
    asked = "range=2026-02-01..2026-02-07&as_of=2026-03-01&compare=none"
    page = viewer.get(f"/a/acme/analytics/?{asked}").content.decode()
    assert "Nothing had been reported by then" in page
