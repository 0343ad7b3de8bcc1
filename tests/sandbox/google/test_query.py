"""Queries with the official client: grammar, fields, filters, paging, streams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.google.client import ERRORS, START, TIMEOUT, GoogleSandbox, codes


@pytest.fixture
def small_pages(google_state_dir: Path) -> Iterator[Any]:
    """Two campaigns made elsewhere, pages of one row."""
    sandbox = GoogleSandbox.start(google_state_dir, START, page_rows=1)
    yield sandbox
    sandbox.stop()


NAMES = "SELECT campaign.name FROM campaign "
BRAND, SPRING = "Brand search (made in Google Ads)", "Spring sale search"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("WHERE campaign.name LIKE 'Spring%'", [SPRING]),
        ("WHERE campaign.name NOT LIKE '%sale%'", [BRAND]),
        ("WHERE campaign.name LIKE '%[%]%'", []),
        ("WHERE campaign.name REGEXP_MATCH '.*sale s\\\\w+'", [SPRING]),
        ("WHERE campaign.status = 'PAUSED'", []),
        (
            "WHERE campaign.status != PAUSED ORDER BY campaign.id DESC LIMIT 1",
            [SPRING],
        ),
        ("WHERE campaign.status NOT IN ('ENABLED', 'PAUSED')", []),
        ("WHERE campaign_budget.amount_micros > 60000000", [BRAND]),
        ("WHERE campaign.id BETWEEN 1 AND 2", []),
        ("WHERE campaign.end_date_time IS NOT NULL", []),
        (
            "WHERE campaign.manual_cpc.enhanced_cpc_enabled = FALSE AND campaign.id >= 21300000002",
            [SPRING],
        ),
        ("ORDER BY campaign.name LIMIT 1", [BRAND]),
        (
            "WHERE campaign.status IN (ENABLED) ORDER BY campaign.name DESC "
            "PARAMETERS include_drafts=true",
            [SPRING, BRAND],
        ),
    ],
)
def test_conditions(google: GoogleSandbox, where: str, names: list[str]) -> None:
    assert [row.campaign.name for row in google.search(NAMES + where)] == names


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("FROM campaign", "EXPECTED_SELECT"),
        ("SELECT campaign.id", "EXPECTED_FROM"),
        ("SELECT campaign.id FROM nowhere", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        (
            "SELECT change_event.resource_name FROM change_event",
            "PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE",
        ),
        ("SELECT campaign.colour FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.start_date FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.network_settings FROM campaign", "PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
        ("SELECT ad_group.id FROM campaign", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        (
            "SELECT metrics.clicks FROM campaign_criterion",
            "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
        ),
        (NAMES + "WHERE campaign.status = 'ON'", "BAD_ENUM_CONSTANT"),
        (NAMES + "WHERE campaign.id = 'x'", "BAD_NUMBER"),
        (NAMES + "WHERE campaign.id IN ()", "PROHIBITED_EMPTY_LIST_IN_CONDITION"),
        (NAMES + "WHERE campaign.id IN 3", "EXPECTED_LIST"),
        (NAMES + "WHERE campaign.id = (3)", "EXPECTED_SINGLE_VALUE"),
        (NAMES + "WHERE campaign.id == 3", "BAD_VALUE"),
        (NAMES + "WHERE campaign.id IS 3", "BAD_OPERATOR"),
        (NAMES + "WHERE campaign.id LIKE '3'", "OPERATOR_FIELD_MISMATCH"),
        (NAMES + "WHERE campaign.id = 1 OR campaign.id = 2", "UNEXPECTED_INPUT"),
        (NAMES + "WHERE campaign.name = 'open", "STRING_NOT_TERMINATED"),
        (NAMES + "WHERE campaign.name = 'a\\qb'", "BAD_ESCAPE_SEQUENCE"),
        (NAMES + "WHERE campaign.name = 'a\nb'", "PROHIBITED_NEWLINE_IN_STRING"),
        (NAMES + "WHERE campaign.name =", "UNEXPECTED_END_OF_QUERY"),
        (NAMES + "WHERE campaign.name = #", "BAD_SYMBOL"),
        (NAMES + "ORDER campaign.id", "EXPECTED_BY"),
        (NAMES + "LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
        (NAMES + "LIMIT many", "BAD_LIMIT_VALUE"),
        (NAMES + "PARAMETERS speed=fast", "BAD_PARAMETER_NAME"),
        (
            "SELECT campaign.id, segments.date FROM campaign",
            "EXPECTED_FILTERS_ON_DATE_RANGE",
        ),
        (
            "SELECT campaign.id, segments.date FROM campaign WHERE segments.date > '2026-01-01'",
            "EXPECTED_FILTERS_ON_DATE_RANGE",
        ),
        (NAMES + "WHERE segments.date DURING LAST_90_DAYS", "INVALID_VALUE_WITH_DURING_OPERATOR"),
        (NAMES + "WHERE segments.date = '1.11.2026'", "INVALID_DATE_FORMAT"),
        (
            NAMES + "WHERE segments.week = '2026-11-02'",
            "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
        ),
        (NAMES + "ORDER BY metrics.clicks", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"),
        (
            "SELECT campaign.id, segments.device FROM campaign",
            "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
        ),
    ],
)
def test_refused_queries(google: GoogleSandbox, query: str, code: str) -> None:
    with pytest.raises(ERRORS) as refused:
        google.search(query)
    assert codes(refused.value.failure) == [f"query_error.{code}"]


def test_figures_older_than_37_months_are_gone(google: GoogleSandbox) -> None:
    query = "WHERE segments.date BETWEEN '2023-09-30' AND '2023-10-02'"
    with pytest.raises(ERRORS) as refused:
        google.search(NAMES + query)
    code = "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"
    assert codes(refused.value.failure) == [code]


def test_resource_names_come_unasked(google: GoogleSandbox) -> None:
    query = "SELECT campaign.name, campaign_budget.amount_micros FROM campaign LIMIT 1"
    [row] = google.search(query)
    assert row.campaign.resource_name == google.name("campaigns", 21300000001)
    assert row.campaign_budget.resource_name.startswith(google.name("campaignBudgets", ""))
    assert row.campaign.id == 0
    [bare] = google.search(query + " PARAMETERS omit_unselected_resource_names=true")
    assert bare.campaign.resource_name == ""


def test_type_has_no_underscore_in_queries(google: GoogleSandbox) -> None:
    [row] = google.search("SELECT ad_group.type FROM ad_group LIMIT 1")
    assert row.ad_group.type_.name == "SEARCH_STANDARD"
    [row] = google.search("SELECT ad_group_ad.ad.type FROM ad_group_ad LIMIT 1")
    assert row.ad_group_ad.ad.type_.name == "RESPONSIVE_SEARCH_AD"


def test_pages_follow_their_token(small_pages: GoogleSandbox) -> None:
    service = small_pages.service("GoogleAdsService")
    request = small_pages.client.get_type("SearchGoogleAdsRequest")
    request.customer_id, request.query = small_pages.customer, NAMES
    request.search_settings.return_total_results_count = True
    pages = list(service.search(request=request, timeout=TIMEOUT).pages)
    assert [len(page.results) for page in pages] == [1, 1]
    assert pages[0].total_results_count == 2
    assert list(pages[0].field_mask.paths) == ["campaign.name"]
    token = pages[0].next_page_token
    with pytest.raises(ERRORS) as refused:
        service.search(
            request={"customer_id": small_pages.customer, "query": NAMES + "LIMIT 2"}
            | {"page_token": token},
            timeout=TIMEOUT,
        )
    assert codes(refused.value.failure) == ["request_error.INVALID_PAGE_TOKEN"]


def test_a_page_size_is_refused(google: GoogleSandbox) -> None:
    request = {"customer_id": google.customer, "query": NAMES, "page_size": 100}
    with pytest.raises(ERRORS) as refused:
        google.service("GoogleAdsService").search(request=request, timeout=TIMEOUT)
    assert codes(refused.value.failure) == ["request_error.PAGE_SIZE_NOT_SUPPORTED"]


def test_a_stream_comes_in_batches(small_pages: GoogleSandbox) -> None:
    stream = small_pages.service("GoogleAdsService").search_stream(
        customer_id=small_pages.customer, query=NAMES, timeout=TIMEOUT
    )
    batches = list(stream)
    assert [len(batch.results) for batch in batches] == [1, 1]
    assert batches[0].request_id != ""


def test_a_refused_stream_raises(google: GoogleSandbox) -> None:
    with pytest.raises(ERRORS) as refused:
        list(
            google.service("GoogleAdsService").search_stream(
                customer_id=google.customer, query="SELECT FROM campaign", timeout=TIMEOUT
            )
        )
    assert codes(refused.value.failure) == ["query_error.EXPECTED_FROM"]


def test_accounts_below_the_manager(google: GoogleSandbox) -> None:
    answer = google.service("CustomerService").list_accessible_customers(timeout=TIMEOUT)
    manager = google.handle.login_customer_id
    assert list(answer.resource_names) == [f"customers/{manager}", f"customers/{google.customer}"]
    rows = google.search(
        "SELECT customer_client.id, customer_client.level, customer_client.manager, "
        "customer_client.currency_code, customer_client.time_zone, customer_client.status "
        "FROM customer_client",
        manager,
    )
    clients = [row.customer_client for row in rows]
    assert [(item.id, item.level, item.manager) for item in clients] == [
        (int(manager), 0, True),
        (int(google.customer), 1, False),
    ]
    assert clients[1].currency_code == "USD"
    assert clients[1].time_zone == "America/New_York"


def test_a_manager_has_no_metrics(google: GoogleSandbox) -> None:
    manager = google.handle.login_customer_id
    with pytest.raises(ERRORS) as refused:
        google.search("SELECT metrics.clicks FROM campaign", manager)
    assert codes(refused.value.failure) == ["query_error.REQUESTED_METRICS_FOR_MANAGER"]


def test_one_purchase_action_is_enabled(google: GoogleSandbox) -> None:
    [row] = google.search(
        "SELECT conversion_action.id, conversion_action.category, conversion_action.status, "
        "conversion_action.primary_for_goal FROM conversion_action "
        "WHERE conversion_action.status = 'ENABLED'"
    )
    assert row.conversion_action.category.name == "PURCHASE"
    assert row.conversion_action.primary_for_goal is True


def test_countries_are_found_by_code_and_by_name(google: GoogleSandbox) -> None:
    rows = google.search(
        "SELECT geo_target_constant.id, geo_target_constant.country_code FROM geo_target_constant "
        "WHERE geo_target_constant.country_code IN ('US', 'DE', 'JP') "
        "ORDER BY geo_target_constant.id"
    )
    assert [row.geo_target_constant.id for row in rows] == [2276, 2392, 2840]
    assert len(google.search("SELECT geo_target_constant.id FROM geo_target_constant")) >= 40
    request = google.client.get_type("SuggestGeoTargetConstantsRequest")
    request.location_names.names.append("united states")
    answer = google.service("GeoTargetConstantService").suggest_geo_target_constants(
        request=request, timeout=TIMEOUT
    )
    [suggestion] = answer.geo_target_constant_suggestions
    assert suggestion.geo_target_constant.resource_name == "geoTargetConstants/2840"
    assert suggestion.search_term == "united states"
