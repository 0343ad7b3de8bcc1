"""The TikTok emulator hides what is deleted, in lists and in reports, unless it is asked for."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.tiktok.client import Body, Tik, refused

KINDS = {"campaign": "AUCTION_CAMPAIGN", "adgroup": "AUCTION_ADGROUP", "ad": "AUCTION_AD"}


def status_rule(kind: str, value: str = "STATUS_ALL") -> Body:
    return {
        "field_name": f"{kind}_status",
        "filter_type": "IN",
        "filter_value": json.dumps([value]),
    }


def figures(tik: Tik, kind: str, *rules: Body) -> dict[str, float]:
    """Spend of each object of that kind over the first week."""
    data = tik.get(
        "report/integrated/get",
        report_type="BASIC",
        service_type="AUCTION",
        data_level=KINDS[kind],
        dimensions=[f"{kind}_id", "stat_time_day"],
        metrics=["spend"],
        start_date="2026-10-01",
        end_date="2026-10-07",
        page_size=1000,
        filtering=list(rules),
    )["data"]["list"]
    spend: dict[str, float] = {}
    for row in data:
        key = row["dimensions"][f"{kind}_id"]
        spend[key] = round(spend.get(key, 0.0) + float(row["metrics"]["spend"]), 2)
    return spend


def listed(tik: Tik, kind: str, **filtering: object) -> set[str]:
    rows = tik.get(f"{kind}/get", page_size=1000, filtering=filtering)["data"]["list"]
    return {row[f"{kind}_id"] for row in rows}


@pytest.fixture
def tree(tik: Tik) -> dict[str, str]:
    campaign, group, (ad, _) = tik.tree()
    tik.world.clock.advance(days=10)
    return {"campaign": campaign, "adgroup": group, "ad": ad}


@pytest.mark.parametrize("kind", KINDS)
def test_deleted_object_leaves_lists_and_reports_unless_asked_for(
    tik: Tik, tree: dict[str, str], kind: str
) -> None:
    key, before = tree[kind], figures(tik, kind)
    assert before[key] > 0
    tik.switch(kind, key, "DELETE")
    assert key not in listed(tik, kind)
    assert key in listed(tik, kind, primary_status="STATUS_ALL")
    assert figures(tik, kind) == {other: spend for other, spend in before.items() if other != key}
    assert figures(tik, kind, status_rule(kind)) == before


@pytest.mark.parametrize(("deleted", "kind"), [("campaign", "adgroup"), ("campaign", "ad")])
def test_what_lies_in_a_deleted_object_is_deleted_with_it(
    tik: Tik, tree: dict[str, str], deleted: str, kind: str
) -> None:
    before = figures(tik, kind)
    tik.switch(deleted, tree[deleted], "DELETE")
    assert tree[kind] not in listed(tik, kind)
    assert tree[kind] not in figures(tik, kind)
    assert figures(tik, kind, status_rule(kind)) == before
    answer = tik.post(
        f"{kind}/status/update", {f"{kind}_ids": [tree[kind]], "operation_status": "DISABLE"}
    )
    refused(answer, "is deleted")


def test_ad_goes_into_no_deleted_tree(tik: Tik, tree: dict[str, str]) -> None:
    tik.switch("campaign", tree["campaign"], "DELETE")
    before = set(tik.world.ads)
    body = {"adgroup_id": tree["adgroup"], "creatives": [tik.creative()]}
    refused(tik.post("ad/create", body), "is deleted")
    assert set(tik.world.ads) == before


@pytest.mark.parametrize("other", ["campaign", "adgroup"])
def test_status_filter_of_another_level_does_not_bring_back_a_deleted_ad(
    tik: Tik, tree: dict[str, str], other: str
) -> None:
    tik.switch("ad", tree["ad"], "DELETE")
    assert tree["ad"] not in figures(tik, "ad", status_rule(other))


@pytest.mark.parametrize("value", ["STATUS_NOT_DELETE", "STATUS_ALL_BUT_DELETED"])
def test_only_the_exact_word_asks_for_deleted_ads(
    tik: Tik, tree: dict[str, str], value: str
) -> None:
    tik.switch("ad", tree["ad"], "DELETE")
    assert tree["ad"] not in figures(tik, "ad", status_rule("ad", value))
