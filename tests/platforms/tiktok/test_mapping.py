"""What only TikTok does: how values are mapped to its own and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.common.money import Money
from core.common.texts import wide_size
from platforms.common.answers import WrongShape
from platforms.common.references import with_reference
from platforms.errors import Rejected
from platforms.spec.targeting import Locations, Targeting
from platforms.tiktok import mapping, reading
from tests.fixtures.specs import campaign_spec, changed
from tests.platforms.tiktok.vendor import CAPABILITIES, NOW, campaign_row


def test_budget_is_major_units_and_sits_on_the_campaign() -> None:
    body = mapping.campaign_body(campaign_spec(CAPABILITIES, date(2026, 3, 11), amount="80.50"))
    assert body["budget"] == 80.5
    assert body["budget_mode"] == "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"
    assert body["budget_optimize_on"] is True
    assert body["operation_status"] == "DISABLE"


def test_request_id_is_a_64_bit_number_of_the_reference() -> None:
    first = mapping.request_id("ae-aaaaaaaaaaaa")
    assert first == mapping.request_id("ae-aaaaaaaaaaaa")
    assert first != mapping.request_id("ae-aaaaaaaaaaab")
    assert 0 <= int(first) < 2**63


def test_wide_characters_count_twice() -> None:
    name = with_reference("夏" * 400, "ae-abc", mapping.NAME_LIMIT, wide_size)
    assert name == "夏" * 251 + " [ae-abc]"


EVERYBODY = Targeting(locations=Locations(countries=("US",)))


def test_ages_become_brackets_and_are_always_named() -> None:
    assert mapping.age_groups(EVERYBODY) == [
        "AGE_18_24",
        "AGE_25_34",
        "AGE_35_44",
        "AGE_45_54",
        "AGE_55_100",
    ]
    some = changed(EVERYBODY, age_min=25, age_max=44)
    assert mapping.age_groups(some) == ["AGE_25_34", "AGE_35_44"]


@pytest.mark.parametrize(
    ("ages", "field"), [((20, 44), "age_min"), ((25, 40), "age_max"), ((35, 34), "age_max")]
)
def test_ages_between_brackets_are_refused(ages: tuple[int, int], field: str) -> None:
    spec = changed(EVERYBODY, age_min=ages[0], age_max=ages[1])
    with pytest.raises(Rejected) as refusal:
        mapping.age_groups(spec)
    assert refusal.value.field == field


def test_schedule_is_utc_of_the_accounts_days() -> None:
    end = date(2026, 3, 20)
    assert mapping.schedule(date(2026, 3, 12), end, "America/New_York", NOW) == {
        "schedule_type": "SCHEDULE_START_END",
        "schedule_start_time": "2026-03-12 04:00:00",
        "schedule_end_time": "2026-03-21 03:59:59",
    }


def test_past_start_becomes_now_and_past_end_is_refused() -> None:
    assert mapping.schedule(date(2026, 3, 1), None, "UTC", NOW) == {
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2026-03-10 09:30:00",
    }
    with pytest.raises(Rejected) as refusal:
        mapping.schedule(date(2026, 3, 1), date(2026, 3, 9), "UTC", NOW)
    assert refusal.value.field == "end"


def test_report_windows_hold_thirty_days_at_most() -> None:
    found = list(reading.windows(date(2026, 1, 1), date(2026, 3, 5)))
    assert found == [
        (date(2026, 1, 1), date(2026, 1, 30)),
        (date(2026, 1, 31), date(2026, 3, 1)),
        (date(2026, 3, 2), date(2026, 3, 5)),
    ]


def test_dash_in_a_report_is_nothing() -> None:
    row = {
        "dimensions": {"campaign_id": "5", "stat_time_day": "2026-03-01 00:00:00"},
        "metrics": {
            "spend": "12.50",
            "impressions": "1000",
            "clicks": "21",
            "complete_payment": "-",
            "total_complete_payment_rate": "-",
        },
    }
    metric = reading.metric_row("campaign", row, "USD")
    assert metric.conversions == 0
    assert metric.revenue == Money(Decimal(0), "USD")
    assert metric.spend == Money(Decimal("12.50"), "USD")
    assert (metric.day, metric.impressions, metric.clicks) == (date(2026, 3, 1), 1000, 21)


@pytest.mark.parametrize("name", reading.METRICS)
@pytest.mark.parametrize("value", ["", None, "absent"])
def test_metric_that_is_absent_is_no_zero(name: str, value: str | None) -> None:
    """The error names the metric."""
    metrics: dict[str, object] = dict.fromkeys(reading.METRICS, "1")
    metrics[name] = value
    if value == "absent":
        del metrics[name]
    dimensions = {"ad_id": "5", "stat_time_day": "2026-03-01 00:00:00"}
    with pytest.raises(WrongShape, match=f"{name} has no value"):
        reading.metric_row("ad", {"dimensions": dimensions, "metrics": metrics}, "USD")


@pytest.mark.parametrize("name", ["spend", "impressions", "clicks"])
def test_dash_is_no_zero_for_what_every_delivery_has(name: str) -> None:
    metrics = {**dict.fromkeys(reading.METRICS, "1"), name: "-"}
    dimensions = {"ad_id": "5", "stat_time_day": "2026-03-01 00:00:00"}
    with pytest.raises(WrongShape, match=f"{name} has no value"):
        reading.metric_row("ad", {"dimensions": dimensions, "metrics": metrics}, "USD")


@pytest.mark.parametrize(
    ("secondary", "switch", "expected"),
    [
        ("CAMPAIGN_STATUS_BUDGET_EXCEED", "ENABLE", "active"),
        ("ADGROUP_STATUS_BALANCE_EXCEED", "ENABLE", "active"),
        ("ADGROUP_STATUS_NOT_START", "ENABLE", "active"),
        ("ADGROUP_STATUS_AUDIT_DENY", "ENABLE", "rejected"),
        ("CAMPAIGN_STATUS_ENABLE", "ENABLE", "active"),
        ("CAMPAIGN_STATUS_DISABLE", "DISABLE", "paused"),
        ("ADGROUP_STATUS_CAMPAIGN_DISABLE", "ENABLE", "active"),
        ("AD_STATUS_AUDIT", "ENABLE", "in_review"),
        ("AD_STATUS_AUDIT_DENY", "ENABLE", "rejected"),
        ("ADGROUP_STATUS_TIME_DONE", "ENABLE", "ended"),
        ("CAMPAIGN_STATUS_DELETE", "DELETE", "absent"),
        (None, "ENABLE", "active"),
        (None, None, "unknown"),
    ],
)
def test_status_words(secondary: str | None, switch: str | None, expected: str) -> None:
    assert (
        reading.status_of({"secondary_status": secondary, "operation_status": switch}) == expected
    )


def test_budgets_on_ad_groups_are_summed() -> None:
    groups = [{"budget_mode": "BUDGET_MODE_DAY", "budget": b} for b in (20.0, 30.5)]
    row = campaign_row(budget_mode="BUDGET_MODE_INFINITE", budget=0)
    assert reading.daily_budget(row, groups, "USD") == (Money(Decimal("50.5"), "USD"), "ad_group")
    total = campaign_row(budget_mode="BUDGET_MODE_TOTAL")
    assert reading.daily_budget(total, [], "USD") == (None, "campaign")
