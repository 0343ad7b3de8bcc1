"""What the emulator refuses by quota and by policy, and texts and constants that are none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from google.api_core.exceptions import ResourceExhausted

from sandbox.google.server import quota
from tests.sandbox.google.client import ERRORS, codes
from tests.sandbox.google.refusals import refused

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

COUNT = "SELECT campaign.id FROM campaign"


def test_operations_above_the_access_level_are_refused_for_24_hours(
    google: GoogleSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quota._OPERATIONS, "explorer", 10)
    google.world.account("google").raw["access_level"] = "explorer"
    google.build()  # eight items
    google.world.clock.advance(hours=20)
    for _ in range(2):
        google.search(COUNT)
    before = set(google.world.campaigns)
    with pytest.raises(ResourceExhausted):
        google.search(COUNT)
    with pytest.raises(ResourceExhausted):
        google.build(name="Another")
    assert set(google.world.campaigns) == before
    google.world.clock.advance(hours=4)
    google.search(COUNT)


def test_call_that_only_validates_counts_its_operations(
    google: GoogleSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quota._OPERATIONS, "basic", 15)
    google.world.account("google").raw["access_level"] = "basic"
    google.mutate(google.tree(), validate_only=True)
    with pytest.raises(ResourceExhausted):
        google.mutate(google.tree(), validate_only=True)


def test_levels_are_googles() -> None:
    assert quota._OPERATIONS == {
        "test": 15_000,
        "explorer": 2_880,
        "basic": 15_000,
        "standard": None,
    }


def test_prohibited_ad_is_refused_at_once_with_its_topic(google: GoogleSandbox) -> None:
    group = google.build()[4]
    before = len(google.world.ads)
    ad = google.search_ad(group, headlines=["Counterfeit bags", "Made to last", "Free returns"])
    with pytest.raises(ERRORS) as caught:
        google.mutate([ad])
    assert codes(caught.value.failure) == ["policy_finding_error.POLICY_FINDING"]
    [entry] = caught.value.failure.errors[0].details.policy_finding_details.policy_topic_entries
    assert entry.topic == "DANGEROUS_OR_DERIVATIVE_PRODUCTS"
    assert list(entry.evidences[0].text_list.texts) == ["counterfeit"]
    assert len(google.world.ads) == before


def test_prohibited_keyword_is_refused_at_once_with_its_key(google: GoogleSandbox) -> None:
    group = google.build()[4]
    with pytest.raises(ERRORS) as caught:
        google.mutate([google.keyword(group, "counterfeit bags")])
    assert codes(caught.value.failure) == ["policy_violation_error.POLICY_ERROR"]
    key = caught.value.failure.errors[0].details.policy_violation_details.key
    assert key.violating_text == "counterfeit"


@pytest.mark.parametrize("sign", "!@%,*()={};~`<>?\\|^―")
def test_keyword_with_a_forbidden_sign_is_refused(google: GoogleSandbox, sign: str) -> None:
    group = google.build()[4]
    problems = refused(google, [google.keyword(group, f"shoes{sign}")])
    assert set(problems) == {"criterion_error.KEYWORD_HAS_INVALID_CHARS"}


def test_language_is_no_place_and_a_place_is_no_language(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    place = {"location__geo_target_constant": "languageConstants/1001"}
    language = {"language__language_constant": "geoTargetConstants/2840"}
    for wrong in (place, language):
        operation = google.created("campaign_criterion", campaign=campaign, **wrong)
        assert set(refused(google, [operation])) == {"criterion_error.INVALID_CRITERION_ID"}


def test_ad_group_name_is_counted_in_bytes(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    fits = {"campaign": campaign, "name": "ä" * 127, "type_": "SEARCH_STANDARD"}
    google.mutate([google.created("ad_group", **fits)])
    long = google.created("ad_group", **{**fits, "name": "ä" * 127 + "x"})
    assert set(refused(google, [long])) == {"string_length_error.TOO_LONG"}


def test_text_of_an_asset_is_fixed(google: GoogleSandbox) -> None:
    answer = google.mutate([google.created("asset", text_asset__text="Sale")])
    name = answer.mutate_operation_responses[0].asset_result.resource_name
    change = google.updated("asset", name, ["text_asset.text"], text_asset__text="Other")
    assert set(refused(google, [change])) == {"field_error.IMMUTABLE_FIELD"}


def test_change_history_and_planning_are_not_served(google: GoogleSandbox) -> None:
    """So no client can rely on a history that lags, nor on an unlimited planner."""
    with pytest.raises(ERRORS) as caught:
        google.search("SELECT change_event.resource_name FROM change_event LIMIT 10")
    assert codes(caught.value.failure) == ["query_error.PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE"]


def test_figures_of_the_last_three_hours_are_not_there_yet(google: GoogleSandbox) -> None:
    """It is ten in the morning in New York: what is reported ends at seven."""
    query = (
        "SELECT metrics.impressions, metrics.cost_micros FROM customer "
        "WHERE segments.date = '2026-11-16'"
    )
    [before] = google.search(query)
    now = google.world.now()
    earlier = now - timedelta(hours=3)
    day = date(2026, 11, 16)
    rows = google.market.rows(google.customer, day, day, earlier)
    assert before.metrics.impressions == sum(row.impressions for row in rows) > 0
    assert before.metrics.cost_micros == sum(row.spend_micros for row in rows)
    delivered = google.market.rows(google.customer, day, day, now)
    assert before.metrics.impressions < sum(row.impressions for row in delivered)
