"""The TikTok emulator's campaigns: made, refused, changed and listed."""

from __future__ import annotations

import pytest

from tests.sandbox.tiktok.client import Body, Tik, refused


def test_request_to_create_disabled_is_ignored_without_a_word(tik: Tik) -> None:
    """Only allow-listed accounts may; a caller must read back and switch off."""
    made = tik.done("campaign/create", tik.campaign(operation_status="DISABLE"))
    assert made["operation_status"] == "ENABLE"
    campaign = made["campaign_id"]
    assert tik.world.campaigns[campaign].status == "active"
    group = tik.done("adgroup/create", tik.group(campaign, operation_status="DISABLE"))
    assert group["operation_status"] == "ENABLE"
    creative = tik.creative(operation_status="DISABLE")
    body = {"adgroup_id": group["adgroup_id"], "creatives": [creative]}
    assert tik.done("ad/create", body)["creatives"][0]["operation_status"] == "ENABLE"


def test_disabled_campaign_reads_back_disabled(tik: Tik) -> None:
    made = tik.new_campaign()
    row = tik.get("campaign/get", filtering={"campaign_ids": [made]})["data"]["list"][0]
    assert row["operation_status"] == "DISABLE"
    assert row["secondary_status"] == "CAMPAIGN_STATUS_DISABLE"
    assert (row["budget"], row["campaign_name"]) == (100.0, "Ours")
    assert tik.world.campaigns[made].status == "paused"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"campaign_name": None}, "Missing required field(s): campaign_name."),
        ({"objective_type": None, "budget_mode": None}, "objective_type, budget_mode"),
        ({"budget": None}, "Missing required field(s): budget."),
        ({"objective_type": "CONVERSIONS"}, "objective_type"),
        ({"budget": 49.99}, "at least 50.00 USD"),
        ({"budget": "100"}, "budget: must be a number"),
        ({"budget": 100.001}, "two decimals"),
        ({"budget_mode": "BUDGET_MODE_DAY"}, "budget_optimize_on"),
        ({"campaign_name": "Sale \U0001f525"}, "emoji"),
        ({"campaign_name": "Sale \u2b50"}, "emoji"),
        ({"campaign_name": "Sale\nnow"}, "control"),
        ({"campaign_name": 7}, "campaign_name"),
        ({"budget_optimize_on": "true"}, "budget_optimize_on: must be a boolean"),
        ({"special_industries": '["HOUSING"]'}, "special_industries: must be a JSON array"),
        ({"objective_type": ["TRAFFIC"]}, "objective_type"),
        ({"campaign_name": "漢" * 257}, "512"),
        ({"operation_status": "DELETE"}, "operation_status"),
        ({"objective_type": "APP_PROMOTION"}, "app_promotion_type"),
        ({"special_industries": ["CATS"]}, "special_industries"),
        ({"request_id": "abc"}, "request_id"),
        ({"request_id": 77}, "request_id: must be a string"),
    ],
)
def test_bad_campaign_is_refused_and_not_made(tik: Tik, changes: Body, words: str) -> None:
    before = set(tik.world.campaigns)
    refused(tik.post("campaign/create", tik.campaign(**changes)), words)
    assert set(tik.world.campaigns) == before


def test_smallest_budget_is_accepted(tik: Tik) -> None:
    made = tik.new_campaign(budget=50)
    assert tik.world.campaigns[made].daily_budget_micros == 50_000_000


def test_minimum_follows_the_currency(tik: Tik) -> None:
    tik.ours.currency = "JPY"
    refused(tik.post("campaign/create", tik.campaign(budget=7499)), "at least 7500.00 JPY")
    tik.new_campaign(budget=7500)


def test_repeated_request_id_makes_one_campaign(tik: Tik) -> None:
    body = tik.campaign(request_id="900719925474099312")
    tik.done("campaign/create", body)
    before = set(tik.world.campaigns)
    refused(tik.post("campaign/create", body), "Duplicate request", 40050)
    assert set(tik.world.campaigns) == before


def test_request_id_of_a_campaign_serves_no_ad_group(tik: Tik) -> None:
    made = tik.new_campaign(request_id="900719925474099312")
    before = set(tik.world.ad_groups)
    body = tik.group(made, request_id="900719925474099312")
    refused(tik.post("adgroup/create", body), "Duplicate request", 40050)
    assert set(tik.world.ad_groups) == before


def test_refused_request_does_not_use_up_its_request_id(tik: Tik) -> None:
    body = tik.campaign(request_id="77")
    assert tik.post("campaign/create", {**body, "budget": 1})["code"] == 40002
    tik.done("campaign/create", body)


def test_duplicate_name_needs_a_request_id(tik: Tik) -> None:
    tik.new_campaign()
    refused(tik.post("campaign/create", tik.campaign()), "exists", 40052)
    tik.new_campaign(request_id="1")


def test_update_changes_name_and_budget_only(tik: Tik) -> None:
    made = tik.new_campaign()
    changes = {"campaign_id": made, "campaign_name": "New", "budget": 120.0}
    tik.done("campaign/update", {**changes, "objective_type": "WEB_CONVERSIONS"})
    campaign = tik.world.campaigns[made]
    assert (campaign.name, campaign.daily_budget_micros) == ("New", 120_000_000)
    assert campaign.objective == "WEB_CONVERSIONS"
    refused(tik.post("campaign/update", changes), "Nothing to update", 40012)
    refused(tik.post("campaign/update", {"campaign_id": made, "budget": 10.0}), "at least 50.00")
    assert campaign.daily_budget_micros == 120_000_000


@pytest.mark.parametrize(
    "change",
    [
        {"objective_type": "TRAFFIC"},
        {"budget_mode": "BUDGET_MODE_TOTAL"},
        {"budget_optimize_on": False},
    ],
)
def test_nature_of_a_campaign_cannot_change(tik: Tik, change: Body) -> None:
    made = tik.new_campaign()
    body = {"campaign_id": made, "campaign_name": "New", **change}
    refused(tik.post("campaign/update", body), "cannot be changed")
    assert tik.world.campaigns[made].name == "Ours"


def test_daily_budget_covers_what_today_has_cost(tik: Tik) -> None:
    campaign, _, _ = tik.tree()
    tik.world.clock.advance(days=3, hours=17)
    spent = tik.spend(campaign, days=1)
    assert spent > 55
    low = {"campaign_id": campaign, "budget": round(spent - 0.01, 2)}
    refused(tik.post("campaign/update", low), f"{spent:.2f} USD that are spent already")
    assert tik.world.campaigns[campaign].daily_budget_micros == 100_000_000
    tik.done("campaign/update", {"campaign_id": campaign, "budget": round(spent + 0.01, 2)})


def test_deleted_campaign_is_hidden_and_cannot_be_changed(tik: Tik) -> None:
    made = tik.new_campaign()
    switch = {"campaign_ids": [made], "operation_status": "DELETE"}
    tik.done("campaign/status/update", switch)
    rule = {"campaign_ids": [made]}
    assert tik.get("campaign/get", filtering=rule)["data"]["list"] == []
    shown = tik.get("campaign/get", filtering={**rule, "primary_status": "STATUS_ALL"})
    assert shown["data"]["list"][0]["operation_status"] == "DELETE"
    refused(tik.post("campaign/status/update", {**switch, "operation_status": "ENABLE"}), "deleted")


def test_status_of_many_is_all_or_nothing(tik: Tik) -> None:
    made = tik.new_campaign()
    switch = {"campaign_ids": [made, "1"], "operation_status": "ENABLE"}
    refused(tik.post("campaign/status/update", switch), "1 doesn't exist", 40007)
    assert tik.world.campaigns[made].status == "paused"


def test_pages_have_numbers(tik: Tik) -> None:
    made = {tik.new_campaign(campaign_name=f"C{number}") for number in range(5)}
    seen = []
    for number in (1, 2, 3, 4):
        data = tik.get("campaign/get", page=number, page_size=2)["data"]
        assert data["page_info"] == {
            "page": number,
            "page_size": 2,
            "total_number": 7,
            "total_page": 4,
        }
        seen += [row["campaign_id"] for row in data["list"]]
    assert made <= set(seen)
    assert len(seen) == len(set(seen)) == 7
