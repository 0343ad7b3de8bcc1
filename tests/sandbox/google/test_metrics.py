"""Figures through the official client: sums, segments, ratios, restatement, review."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

SUMS = (
    "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, "
    "metrics.conversions_value"
)
WEEK = "WHERE segments.date BETWEEN '2026-11-09' AND '2026-11-15'"


def total(rows: list[Any]) -> tuple[int, int, int, float, float]:
    figures = [row.metrics for row in rows]
    return (
        sum(item.impressions for item in figures),
        sum(item.clicks for item in figures),
        sum(item.cost_micros for item in figures),
        round(sum(item.conversions for item in figures), 4),
        round(sum(item.conversions_value for item in figures), 4),
    )


def test_every_level_adds_up_to_the_same(google: GoogleSandbox) -> None:
    totals = {
        level: total(google.search(f"SELECT segments.date, {SUMS} FROM {level} {WEEK}"))
        for level in ("campaign", "ad_group", "ad_group_ad", "customer", "campaign_budget")
    }
    assert totals["campaign"][0] > 1000
    assert totals["campaign"][2] > 0
    assert len(set(totals.values())) == 1


def test_keywords_add_up_to_their_ad_group(google: GoogleSandbox) -> None:
    group = google.search("SELECT ad_group.id FROM ad_group LIMIT 1")[0].ad_group.resource_name
    google.mutate([google.keyword(group, "shoes"), google.keyword(group, "boots")])
    where = f"{WEEK} AND ad_group.id = {group.rpartition('/')[2]}"
    words = google.search(
        f"SELECT ad_group_criterion.keyword.text, {SUMS} FROM keyword_view {where}"
    )
    assert len(words) == 3
    assert total(words) == total(google.search(f"SELECT {SUMS} FROM ad_group {where}"))


def test_figures_are_the_markets(google: GoogleSandbox) -> None:
    [day] = google.search(
        f"SELECT ad_group_ad.ad.id, {SUMS}, segments.date FROM ad_group_ad "
        "WHERE segments.date = '2026-11-10' AND ad_group_ad.ad.id = 712000000001"
    )
    played = google.market.day("google", "712000000001", date(2026, 11, 10))
    assert day.metrics.impressions == played.impressions > 0
    assert day.metrics.clicks == played.clicks
    assert day.metrics.cost_micros == played.spend_micros
    assert day.metrics.conversions == pytest.approx(played.conversions, abs=1e-6)
    assert day.metrics.conversions_value == pytest.approx(played.revenue_micros / 1e6)
    assert day.segments.date == "2026-11-10"


def test_ratios_are_ratios_of_sums_and_averages_are_micros(google: GoogleSandbox) -> None:
    [row] = google.search(
        f"SELECT {SUMS}, metrics.ctr, metrics.average_cpc, metrics.average_cpm, "
        f"metrics.cost_per_conversion FROM customer {WEEK}"
    )
    figures = row.metrics
    assert figures.ctr == pytest.approx(figures.clicks / figures.impressions)
    assert figures.average_cpc == pytest.approx(figures.cost_micros / figures.clicks)
    assert figures.average_cpm == pytest.approx(1000 * figures.cost_micros / figures.impressions)
    assert figures.cost_per_conversion == pytest.approx(figures.cost_micros / figures.conversions)


def test_a_segmented_row_without_figures_is_left_out(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    where = f"{WEEK} AND campaign.id = {campaign.rpartition('/')[2]}"
    assert google.search(f"SELECT segments.date, metrics.clicks FROM campaign {where}") == []
    [row] = google.search(f"SELECT metrics.clicks, metrics.impressions FROM campaign {where}")
    assert (row.metrics.clicks, row.metrics.impressions) == (0, 0)


def test_weeks_hold_their_days(google: GoogleSandbox) -> None:
    days = google.search(f"SELECT segments.date, segments.day_of_week, {SUMS} FROM customer {WEEK}")
    weeks = google.search(f"SELECT segments.week, segments.month, {SUMS} FROM customer {WEEK}")
    assert days[0].segments.date == "2026-11-09"
    assert days[0].segments.day_of_week.name == "MONDAY"
    assert [(row.segments.week, row.segments.month) for row in weeks] == [
        ("2026-11-09", "2026-11-01")
    ]
    assert total(days) == total(weeks)


def test_filters_and_order_on_metrics(google: GoogleSandbox) -> None:
    query = f"SELECT segments.date, metrics.clicks FROM campaign {WEEK} "
    clicks = [row.metrics.clicks for row in google.search(query)]
    middle = sorted(clicks)[len(clicks) // 2]
    rows = google.search(query + f"AND metrics.clicks >= {middle} ORDER BY metrics.clicks DESC")
    expected = sorted((item for item in clicks if item >= middle), reverse=True)
    assert [row.metrics.clicks for row in rows] == expected


def test_the_summary_row_is_the_sum(google: GoogleSandbox) -> None:
    request = google.client.get_type("SearchGoogleAdsRequest")
    request.customer_id = google.customer
    request.query = f"SELECT campaign.id, {SUMS} FROM campaign {WEEK}"
    request.search_settings.return_summary_row = True
    page = next(google.service("GoogleAdsService").search(request=request, timeout=20).pages)
    assert len(page.results) == 2
    assert total([page.summary_row]) == total(list(page.results))


def test_a_day_is_restated_later(google: GoogleSandbox) -> None:
    query = f"SELECT {SUMS} FROM customer WHERE segments.date = '2026-11-15'"
    first = total(google.search(query))
    google.world.clock.advance(days=14)
    later = total(google.search(query))
    assert first[0] == later[0] > 0
    assert later[3] > first[3]


def test_a_new_campaign_delivers_once_it_is_enabled_and_reviewed(google: GoogleSandbox) -> None:
    names = google.build(status="ENABLED")
    number = names[1].rpartition("/")[2]
    review = (
        "SELECT ad_group_ad.policy_summary.review_status, "
        "ad_group_ad.policy_summary.approval_status, campaign.primary_status, "
        f"campaign.primary_status_reasons FROM ad_group_ad WHERE campaign.id = {number}"
    )
    [row] = google.search(review)
    assert row.ad_group_ad.policy_summary.review_status.name == "REVIEW_IN_PROGRESS"
    assert row.ad_group_ad.policy_summary.approval_status.name == "UNKNOWN"
    assert row.campaign.primary_status.name == "PENDING"
    assert [item.name for item in row.campaign.primary_status_reasons] == ["MOST_ADS_UNDER_REVIEW"]
    google.world.clock.advance(days=2)
    [row] = google.search(review)
    assert row.ad_group_ad.policy_summary.approval_status.name == "APPROVED"
    assert row.campaign.primary_status.name == "ELIGIBLE"
    [day] = google.search(
        "SELECT segments.date, metrics.impressions, metrics.cost_micros FROM campaign "
        f"WHERE segments.date = '2026-11-17' AND campaign.id = {number}"
    )
    assert day.metrics.impressions > 0
    assert 0 < day.metrics.cost_micros <= 100_000_000


def test_a_forbidden_wording_is_disapproved(google: GoogleSandbox) -> None:
    names = google.build(status="ENABLED")
    texts = ["Miracle cure for cold", "Made to last", "Free returns"]
    answer = google.mutate(
        [
            google.updated("ad_group_ad", names[5], ["status"], status="PAUSED"),
            google.search_ad(names[4], texts),
        ]
    )
    refused = answer.mutate_operation_responses[1].ad_group_ad_result.resource_name
    google.world.clock.advance(hours=12)
    [row] = google.search(
        "SELECT ad_group_ad.policy_summary.approval_status, "
        "ad_group_ad.policy_summary.policy_topic_entries, campaign.primary_status FROM ad_group_ad "
        f"WHERE ad_group_ad.resource_name = '{refused}'"
    )
    policy = row.ad_group_ad.policy_summary
    assert policy.approval_status.name == "DISAPPROVED"
    assert policy.policy_topic_entries[0].type_.name == "PROHIBITED"
    assert list(policy.policy_topic_entries[0].evidences[0].text_list.texts) == ["miracle cure"]
    assert row.campaign.primary_status.name == "NOT_ELIGIBLE"


@pytest.mark.parametrize(
    ("values", "status", "reason"),
    [
        ({}, "PAUSED", "CAMPAIGN_PAUSED"),
        (
            {"status": "ENABLED", "start_date_time": "2026-12-01 00:00:00"},
            "PENDING",
            "CAMPAIGN_PENDING",
        ),
    ],
)
def test_primary_status(
    google: GoogleSandbox, values: dict[str, str], status: str, reason: str
) -> None:
    number = google.build(**values)[1].rpartition("/")[2]
    [row] = google.search(
        "SELECT campaign.primary_status, campaign.primary_status_reasons FROM campaign "
        f"WHERE campaign.id = {number}"
    )
    assert row.campaign.primary_status.name == status
    assert [item.name for item in row.campaign.primary_status_reasons] == [reason]
