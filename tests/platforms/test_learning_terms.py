"""A digest of what a platform learns for changes when somebody edits it, and at nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from platforms.common.digests import digest_of
from platforms.google import learning_terms as google
from platforms.meta import learning_terms as meta
from platforms.tiktok import learning_terms as tiktok


def audience(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"targeting": {"interests": [{"id": key, "name": name} for key, name in pairs]}}


def search_ad(*headlines: str) -> Any:
    texts = [SimpleNamespace(text=text) for text in headlines]
    shown = SimpleNamespace(headlines=texts, descriptions=[])
    return SimpleNamespace(final_urls=["https://x.example"], responsive_search_ad=shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"y": 2, "x": 1}]}),
        ({"a": 2}, {"a": 2.0}),
        ({"a": 1, "b": False}, {"a": 1}),
        ({"a": 1, "b": []}, {"a": 1, "b": None}),
    ],
)
def test_two_writings_of_one_thing_have_one_digest(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert digest_of(one, ["a", "b"]) == digest_of(other, ["a", "b"]) != ""


def test_nothing_has_no_digest() -> None:
    assert digest_of({"a": None, "b": [], "c": 5}, ["a", "b"]) == ""


def test_an_audience_is_known_by_its_id_and_not_by_its_name() -> None:
    named = meta.of_ad_set(audience(("6003", "Running"), ("7", "Boots"))).targeting
    assert meta.of_ad_set(audience(("7", "Boots!"), ("6003", "Running (sport)"))).targeting == named
    assert meta.of_ad_set(audience(("6003", "Running"))).targeting != named


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("deep_cpa_bid", "bidding"),
        ("secondary_optimization_event", "goal"),
        ("location_ids", "targeting"),
    ],
)
def test_an_edit_of_an_ad_group_changes_its_part_alone(field: str, part: str) -> None:
    row = {"bid_type": "B", "optimization_goal": "CLICK", "gender": "G"}
    old, new = tiktok.of_ad_group(row), tiktok.of_ad_group({**row, field: ["1"]})
    changed = [
        name
        for name in ("targeting", "bidding", "goal", "content")
        if getattr(old, name) != getattr(new, name)
    ]
    assert changed == [part]


def test_another_post_is_another_content() -> None:
    first, second = ({"ad_text": "x", "tiktok_item_id": post} for post in ("1", "2"))
    assert tiktok.of_ad(first) != tiktok.of_ad(second)


def test_texts_of_a_search_ad_in_another_order_are_the_same() -> None:
    assert google.of_ad(search_ad("A", "B")) == google.of_ad(search_ad("B", "A"))
    assert google.of_ad(search_ad("A", "B")) != google.of_ad(search_ad("A", "C"))
