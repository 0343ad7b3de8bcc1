"""Creating and changing through GoogleAdsService.Mutate with the official client."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.google.client import ERRORS, codes, found, path_of, result_name

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox


def counts(google: GoogleSandbox) -> tuple[int, int, int, int]:
    world = google.world
    budgets = len(world.list_objects("google", "campaign_budget"))
    return budgets, len(world.campaigns), len(world.ad_groups), len(world.ads)


def test_a_tree_is_created_in_one_request(google: GoogleSandbox) -> None:
    names = google.build()
    budget, campaign, place, language, group, ad, keyword, age = names
    assert place == campaign.replace("campaigns", "campaignCriteria") + "~2840"
    assert language.endswith("~1000")
    assert age.endswith("~503006")
    assert ad.startswith(group.replace("adGroups", "adGroupAds") + "~")
    row = google.world.campaigns[campaign.rpartition("/")[2]]
    assert (row.name, row.status, row.objective) == ("Autumn search", "paused", "SEARCH")
    assert row.daily_budget_micros == 50_000_000
    [found] = google.search(
        "SELECT campaign.campaign_budget, campaign.status, campaign_budget.amount_micros, "
        "campaign_budget.explicitly_shared, campaign_budget.reference_count "
        f"FROM campaign WHERE campaign.id = {row.id}"
    )
    assert found.campaign.resource_name == campaign
    assert found.campaign.campaign_budget == budget
    assert found.campaign.status.name == "PAUSED"
    assert found.campaign_budget.amount_micros == 50_000_000
    assert found.campaign_budget.explicitly_shared is False
    assert found.campaign_budget.reference_count == 1
    [words] = google.search(
        "SELECT ad_group_criterion.keyword.text, ad_group_criterion.keyword.match_type, "
        "ad_group_criterion.negative FROM ad_group_criterion "
        f"WHERE campaign.id = {row.id} AND ad_group_criterion.type = KEYWORD"
    )
    assert words.ad_group_criterion.resource_name == keyword
    assert words.ad_group_criterion.keyword.text == "autumn coats"
    assert words.ad_group_criterion.keyword.match_type.name == "PHRASE"
    assert words.ad_group_criterion.negative is False


def test_one_wrong_operation_takes_back_all(google: GoogleSandbox) -> None:
    before = counts(google)
    operations = google.tree()
    operations[6] = google.keyword(google.name("adGroups", -3), "a" * 81)
    with pytest.raises(ERRORS) as refused:
        google.mutate(operations)
    [error] = refused.value.failure.errors
    assert codes(refused.value.failure) == ["criterion_error.KEYWORD_TEXT_TOO_LONG"]
    path = "mutate_operations[6]/ad_group_criterion_operation/create/keyword/text"
    assert path_of(error) == path
    assert error.trigger.string_value == "a" * 81
    assert refused.value.request_id == refused.value.failure.request_id
    assert counts(google) == before
    assert len(google.world.list_objects("google", "campaign_criterion")) == 0


def test_children_of_a_failed_parent_say_so(google: GoogleSandbox) -> None:
    with pytest.raises(ERRORS) as refused:
        google.mutate(google.tree(contains_eu_political_advertising=None))
    failure = refused.value.failure
    assert codes(failure)[0] == "field_error.REQUIRED"
    expected = "mutate_operations[1]/campaign_operation/create/contains_eu_political_advertising"
    assert path_of(failure.errors[0]) == expected
    assert set(codes(failure)[1:]) == {"new_resource_creation_error.TEMP_ID_RESOURCE_HAD_ERRORS"}


def test_validate_only_stores_nothing(google: GoogleSandbox) -> None:
    before = counts(google)
    answer = google.mutate(google.tree(), validate_only=True)
    assert list(answer.mutate_operation_responses) == []
    assert counts(google) == before
    with pytest.raises(ERRORS) as refused:
        google.mutate(google.tree(name=""), validate_only=True)
    assert codes(refused.value.failure)[0] == "field_error.REQUIRED"


def test_partial_failure_keeps_what_is_right(google: GoogleSandbox) -> None:
    operations = [google.budget(-1), google.budget(-2, amount_micros=1), google.budget(-3)]
    answer = google.mutate(operations, partial_failure=True)
    names = [result_name(item) for item in answer.mutate_operation_responses]
    assert [bool(name) for name in names] == [True, False, True]
    assert answer.partial_failure_error.code == 3
    failure = google.client.get_type("GoogleAdsFailure")
    failure = type(failure).deserialize(answer.partial_failure_error.details[0].value)
    code = "campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"
    assert codes(failure) == [code]
    assert failure.errors[0].location.field_path_elements[0].index == 1


def test_the_changed_resource_comes_back_on_demand(google: GoogleSandbox) -> None:
    kind = google.client.enums.ResponseContentTypeEnum.MUTABLE_RESOURCE
    answer = google.mutate(google.tree(), response_content_type=kind)
    campaign = answer.mutate_operation_responses[1].campaign_result.campaign
    assert campaign.name == "Autumn search"
    assert campaign.bidding_strategy_type.name == "TARGET_SPEND"
    assert campaign.start_date_time == "2026-11-16 00:00:00"


def test_the_services_of_each_resource_work_too(google: GoogleSandbox) -> None:
    budget = google.budget().campaign_budget_operation
    answer = google.service("CampaignBudgetService").mutate_campaign_budgets(
        customer_id=google.customer, operations=[budget], timeout=20
    )
    campaign = google.campaign(campaign_budget=answer.results[0].resource_name)
    made = google.service("CampaignService").mutate_campaigns(
        customer_id=google.customer, operations=[campaign.campaign_operation], timeout=20
    )
    with pytest.raises(ERRORS) as refused:
        google.service("CampaignService").mutate_campaigns(
            customer_id=google.customer, operations=[campaign.campaign_operation], timeout=20
        )
    assert made.results[0].resource_name.startswith(google.name("campaigns", "2"))
    assert found(refused.value.failure) == {
        "campaign_error.DUPLICATE_CAMPAIGN_NAME": "operations[0]/create/name",
        "campaign_budget_error."
        "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS": (
            "operations[0]/create/campaign_budget"
        ),
    }


def test_a_removed_name_is_free_again(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    google.mutate([google.removed("campaign", campaign)])
    assert google.world.campaigns[campaign.rpartition("/")[2]].status == "removed"
    again = google.build()[1]
    assert again != campaign
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.updated("campaign", campaign, ["status"], status="ENABLED")])
    code = "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"
    assert codes(refused.value.failure) == [code]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (-1, -1, "new_resource_creation_error.DUPLICATE_TEMP_IDS"),
        (-1, 7, "new_resource_creation_error.CANNOT_SET_ID_FOR_CREATE"),
    ],
)
def test_temporary_ids_are_negative_and_unique(
    google: GoogleSandbox, first: int, second: int, code: str
) -> None:
    before = counts(google)
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.budget(first), google.budget(second)])
    expected = "mutate_operations[1]/campaign_budget_operation/create/resource_name"
    assert found(refused.value.failure) == {code: expected}
    assert counts(google) == before


def test_temporary_ids_are_not_remembered(google: GoogleSandbox) -> None:
    google.mutate([google.budget(-1)])
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.campaign(budget=-1)])
    path = "mutate_operations[0]/campaign_operation/create/campaign_budget"
    assert found(refused.value.failure) == {"mutate_error.RESOURCE_NOT_FOUND": path}


def test_a_resource_changes_once_in_a_request(google: GoogleSandbox) -> None:
    campaign = google.build()[1]
    operation = google.updated("campaign", campaign, ["status"], status="ENABLED")
    with pytest.raises(ERRORS) as refused:
        google.mutate([operation, operation])
    assert codes(refused.value.failure) == ["mutate_error.ID_EXISTS_IN_MULTIPLE_MUTATES"]
    assert google.world.campaigns[campaign.rpartition("/")[2]].status == "paused"


def test_more_than_ten_thousand_operations_are_refused(google: GoogleSandbox) -> None:
    operation = google.removed("campaign", google.name("campaigns", 1))
    with pytest.raises(ERRORS) as refused:
        google.mutate([operation] * 10_001)
    assert codes(refused.value.failure) == ["request_error.TOO_MANY_MUTATE_OPERATIONS"]


def test_an_unserved_resource_is_refused_by_name(google: GoogleSandbox) -> None:
    with pytest.raises(ERRORS) as refused:
        google.mutate([google.created("asset_group", name="A group")])
    assert codes(refused.value.failure) == ["mutate_error.MUTATE_NOT_ALLOWED"]
    assert "asset_group_operation" in refused.value.failure.errors[0].message


def test_two_at_once_cannot_take_one_name(google: GoogleSandbox) -> None:
    google.service("GoogleAdsService")

    def create(_: int) -> str:
        try:
            google.mutate(google.tree())
        except ERRORS as refused:
            return codes(refused.failure)[0]
        return "made"

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(create, range(6)))
    assert sorted(made) == ["campaign_error.DUPLICATE_CAMPAIGN_NAME"] * 5 + ["made"]
    assert len([row for row in google.world.campaigns.values() if not row.outside]) == 1
