"""The Meta emulator pages, filters and nests what it is asked for."""

from __future__ import annotations

from typing import Any

from tests.sandbox.meta.client import Body, Graph


def test_pages_cover_everything_once_and_end_without_next(graph: Graph) -> None:
    made = [graph.make("campaigns", graph.campaign(name=f"C{n}")) for n in range(5)]
    seen, after, pages = [], None, 0
    while pages < 10:
        extra: Body = {"after": after} if after else {}
        page = graph.get(f"{graph.act}/campaigns", limit=2, **extra)
        seen += [row["id"] for row in page["data"]]
        pages += 1
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    assert pages == 3
    assert sorted(seen) == sorted([*made, *{c.id for c in _outside(graph)}])


def _outside(graph: Graph) -> list[Any]:
    return [c for c in graph.world.list_campaigns(graph.ours.id) if c.outside]


def test_next_address_leads_to_the_next_page(graph: Graph) -> None:
    for number in range(3):
        graph.make("campaigns", graph.campaign(name=f"C{number}"))
    first = graph.get(f"{graph.act}/campaigns", limit=3, fields="name")
    second = graph.http.get(first["paging"]["next"]).json()
    assert [row["name"] for row in second["data"]] == [_outside(graph)[0].name]


def test_campaign_is_found_by_a_part_of_its_name(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign(name="Autumn #ref-77"))
    graph.make("campaigns", graph.campaign(name="Autumn #ref-78"))
    rule = [{"field": "name", "operator": "CONTAIN", "value": "#ref-77"}]
    found = graph.get(f"{graph.act}/campaigns", filtering=rule)["data"]
    assert [row["id"] for row in found] == [made]


def test_nested_fields_show_children_and_parents(graph: Graph) -> None:
    campaign, ad_set, ads = graph.tree()
    shown = graph.get(campaign, fields="adsets{name,ads.limit(1){id}}")
    assert shown["adsets"]["data"][0] == {
        "name": "Everyone",
        "ads": {"data": [{"id": ads[0]}]},
        "id": ad_set,
    }
    creative = graph.get(ads[0], fields="creative{body},adset{name}")
    assert creative["creative"]["body"] == "New season 1"
    assert creative["adset"] == {"name": "Everyone", "id": ad_set}


def test_unknown_field_and_unknown_node_are_errors(graph: Graph) -> None:
    made = graph.make("campaigns", graph.campaign())
    assert "colour" in graph.get(made, fields="colour")["error"]["message"]
    error = graph.get("123")["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)
    assert graph.get("act_999")["error"]["error_subcode"] == 33


def test_account_shows_what_pre_flight_needs(graph: Graph) -> None:
    fields = "account_status,currency,timezone_name,funding_source,min_daily_budget"
    shown = graph.get(graph.act, fields=fields)
    assert (shown["account_status"], shown["currency"]) == (1, "USD")
    assert shown["timezone_name"] == "America/Los_Angeles"
    row = graph.get(f"{graph.act}/minimum_budgets")["data"][0]
    assert (row["min_daily_budget_imp"], row["min_daily_budget_low_freq"]) == (100, 4000)
    pixels = graph.get(f"{graph.act}/adspixels", fields="id,name")["data"]
    assert [pixel["id"] for pixel in pixels] == [graph.ours.pixel_id]
    assert graph.get("me/accounts", fields="tasks")["data"][0]["id"] == graph.ours.page_id


def test_interests_and_places_are_searchable(graph: Graph) -> None:
    found = graph.get("search", type="adinterest", q="running")["data"]
    assert found[0]["name"] == "Running"
    assert found[0]["id"].isdigit()
    places = graph.get("search", type="adgeolocation", q="germany")["data"]
    assert places[0]["country_code"] == "DE"
    countries = graph.get("search", type="adcountry", limit=1000)["data"]
    assert len(countries) == 245
    assert not {"CU", "SY"} & {row["country_code"] for row in countries}
    assert len(graph.get("search", type="adcountry")["data"]) == 25
    assert graph.get("search", type="adlocale", q="x") == {"data": []}
    assert graph.get("search", type="adinterest", q="no such interest") == {"data": []}


def test_lists_have_25_rows_unless_a_limit_is_given(graph: Graph) -> None:
    for number in range(26):
        graph.make("campaigns", graph.campaign(name=f"C{number}"))
    page = graph.get(f"{graph.act}/campaigns")
    assert len(page["data"]) == 25
    assert "next" in page["paging"]
    whole = graph.get(f"{graph.act}/campaigns", limit=500)
    assert len(whole["data"]) == 27
    assert "next" not in whole["paging"]


def test_filter_by_a_field_that_the_node_has_not_is_refused(graph: Graph) -> None:
    rule = [{"field": "colour", "operator": "EQUAL", "value": "red"}]
    error = graph.get(f"{graph.act}/campaigns", filtering=rule)["error"]
    assert (error["code"], "colour" in error["message"]) == (100, True)


def test_children_of_a_deleted_campaign_are_in_no_list(graph: Graph) -> None:
    campaign, ad_set, ads = graph.tree()
    graph.http.delete(f"/{campaign}")
    shown = graph.get(campaign, fields="adsets{id},ads{id}")
    assert shown == {"id": campaign, "adsets": [], "ads": []}
    for edge, node in (("adsets", ad_set), ("ads", ads[0])):
        for parent in (campaign, graph.act):
            assert node not in [row["id"] for row in graph.get(f"{parent}/{edge}")["data"]]
    assert graph.get(f"{ad_set}/ads")["data"] == []
    assert graph.get(ads[0], fields="effective_status")["effective_status"] == "DELETED"
