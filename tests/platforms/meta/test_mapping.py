"""What only Meta does: how values are mapped to its own and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.common.money import Money
from platforms.errors import Rejected
from platforms.meta import mapping, money, reading
from platforms.spec.targeting import Locations, Targeting
from tests.fixtures.specs import campaign_spec, changed, in_countries
from tests.platforms.meta.vendor import CAPABILITIES

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.34", "USD", 1234), ("1200", "JPY", 1200), ("500", "TWD", 500), ("500", "HUF", 500)],
)
def test_budgets_use_metas_own_minor_units(amount: str, currency: str, minor: int) -> None:
    budget = Money(Decimal(amount), currency)
    assert money.to_minor(budget) == minor
    assert money.from_minor(str(minor), currency) == budget


@pytest.mark.parametrize(("amount", "currency"), [("500.50", "TWD"), ("12", "KWD"), ("12", "XOF")])
def test_amounts_that_meta_would_misread_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(Rejected) as raised:
        money.to_minor(Money(Decimal(amount), currency))
    assert raised.value.field == "daily_budget"


def test_campaign_carries_the_budget_and_says_nothing_of_sharing() -> None:
    fields = mapping.campaign_fields(campaign_spec(CAPABILITIES, date(2026, 3, 11), amount="80.50"))
    assert fields["daily_budget"] == 8050
    assert fields["status"] == "PAUSED"
    assert fields["special_ad_categories"] == []
    assert "is_adset_budget_sharing_enabled" not in fields


def test_political_ads_name_category_and_countries() -> None:
    spec = in_countries(campaign_spec(CAPABILITIES, date(2026, 3, 11)), "US", "CA")
    fields = mapping.campaign_fields(changed(spec, political_ads=True))
    assert fields["special_ad_categories"] == ["ISSUES_ELECTIONS_POLITICS"]
    assert fields["special_ad_category_country"] == ["CA", "US"]


def test_ages_stay_limits() -> None:
    spec = Targeting(
        locations=Locations(countries=("US",)), age_min=25, age_max=44, gender="female"
    )
    assert mapping.targeting(spec) == {
        "geo_locations": {"countries": ["US"]},
        "age_min": 25,
        "age_max": 44,
        "genders": [2],
        "targeting_automation": {"advantage_audience": 0},
    }
    assert "genders" not in mapping.targeting(Targeting(locations=Locations(countries=("US",))))


@pytest.mark.parametrize(
    ("ages", "field"), [((17, 30), "age_min"), ((30, 20), "age_max"), ((30, 70), "age_max")]
)
def test_impossible_ages_are_refused(ages: tuple[int, int], field: str) -> None:
    with pytest.raises(Rejected) as raised:
        here = Targeting(locations=Locations(countries=("US",)))
        mapping.targeting(changed(here, age_min=ages[0], age_max=ages[1]))
    assert raised.value.field == field


def test_days_carry_the_offset_of_the_account() -> None:
    assert mapping.times(date(2026, 3, 12), date(2026, 3, 20), "America/New_York", NOW) == {
        "start_time": "2026-03-12T00:00:00-0400",
        "end_time": "2026-03-20T23:59:59-0400",
    }
    assert mapping.times(date(2026, 3, 1), None, "America/New_York", NOW) == {}


def test_ads_in_europe_name_who_benefits() -> None:
    assert mapping.needs_dsa(Targeting(locations=Locations(countries=("US", "DE"))))
    assert not mapping.needs_dsa(Targeting(locations=Locations(countries=("US", "GB"))))
    assert mapping.dsa_fields({}, "Shoes Ltd") == {
        "dsa_beneficiary": "Shoes Ltd",
        "dsa_payor": "Shoes Ltd",
    }
    own = {"dsa_beneficiary": "A", "dsa_payor": "B"}
    assert mapping.dsa_fields(own, "Shoes Ltd") == own
    with pytest.raises(Rejected):
        mapping.dsa_fields({}, "")


def test_one_purchase_type_is_chosen_and_never_summed() -> None:
    actions = [
        {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "3"},
        {"action_type": "purchase", "value": "4"},
        {"action_type": "link_click", "value": "90"},
    ]
    assert reading.purchases(actions) == 4
    assert reading.purchases([*actions, {"action_type": "omni_purchase", "value": "5.5"}]) == (
        Decimal("5.5")
    )
    assert reading.purchases(None) == 0


def test_missing_metrics_are_zero_and_spend_is_major_units() -> None:
    row = {"campaign_id": "1", "date_start": "2026-03-01", "impressions": "10", "spend": "1.25"}
    metric = reading.metric_row("campaign", row, "USD")
    assert (metric.clicks, metric.conversions) == (0, Decimal(0))
    assert metric.spend == Money(Decimal("1.25"), "USD")
    assert metric.revenue == Money(Decimal(0), "USD")


@pytest.mark.parametrize(
    ("effective", "configured", "expected"),
    [
        ("ACTIVE", "ACTIVE", "active"),
        ("PAUSED", "PAUSED", "paused"),
        ("CAMPAIGN_PAUSED", "ACTIVE", "active"),
        ("PENDING_REVIEW", "ACTIVE", "in_review"),
        ("DISAPPROVED", "ACTIVE", "rejected"),
        ("WITH_ISSUES", "ACTIVE", "active"),
        ("DELETED", "DELETED", "absent"),
        ("ARCHIVED", "ARCHIVED", "absent"),
    ],
)
def test_status_words(effective: str, configured: str, expected: str) -> None:
    row = {"effective_status": effective, "configured_status": configured}
    assert reading.status_of(row) == expected


def test_budgets_on_ad_sets_are_summed() -> None:
    sets = [{"daily_budget": "2000"}, {"daily_budget": "3050"}, {"daily_budget": "0"}]
    found = reading.daily_budget({"daily_budget": "0"}, sets, "USD")
    assert found == (Money(Decimal("50.50"), "USD"), "ad_group")
    assert reading.daily_budget({"lifetime_budget": "9000"}, sets, "USD") == (None, "campaign")
