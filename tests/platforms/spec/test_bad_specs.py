"""What no platform could carry out is refused with the path of the field, however it is written."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core.common.money import Money
from platforms.spec.campaign import BudgetSpec
from platforms.spec.errors import MOST_PROBLEMS, SpecMalformed
from platforms.spec.text import hash_of, parse_spec, serialise
from tests.platforms.spec.tree import tree

Content = dict[str, Any]
EUR = {"micros": 1_000_000, "currency": "EUR"}
CITY = {"remote_id": "7", "name": "Bonn"}
MEDIA = {"asset": 1, "sha256": "a" * 64, "role": "square"}
PROMOTION = {"kind": "promotion", "text": "Sale", "landing_url": "https://example.com"}
PRICE = {**PROMOTION, "kind": "price", "header": "Boots", "description": "All", "price": EUR}
del PRICE["text"]
ASSET_GROUP = {
    "reference": "ae-assets",
    "name": "All",
    "format": "asset_group",
    "landing_url": "https://example.com",
    "headlines": ["Boots"],
    "descriptions": ["Light"],
    "media": [MEDIA],
}


def campaign() -> Content:
    content: Content = json.loads(serialise(tree()))["campaign"]
    return content


def text_of(content: Content) -> str:
    return json.dumps({"version": 1, "campaign": content})


def put(path: str, value: Any) -> Callable[[Content], None]:
    """Sets what stands at a path such as ad_groups.0.name."""
    *steps, last = path.split(".")

    def act(content: Content) -> None:
        part: Any = content
        for step in steps:
            part = part[int(step)] if step.isdigit() else part[step]
        part[int(last) if last.isdigit() else last] = value

    return act


def both(*acts: Callable[[Content], None]) -> Callable[[Content], None]:
    return lambda content: [act(content) for act in acts].clear()


def problems(content: Content) -> list[str]:
    with pytest.raises(SpecMalformed) as caught:
        parse_spec(text_of(content))
    return [str(problem) for problem in caught.value.problems]


GROUP, AD = "ad_groups.0", "ad_groups.0.ads.1"
PLACES = f"{GROUP}.targeting.locations"
CASES: list[tuple[Callable[[Content], None], str]] = [
    (put("schedule.start", "1767225600"), "schedule.start: '1767225600' is no day"),
    (put("schedule.start", "2026-3-1"), "schedule.start: '2026-3-1' is no day"),
    (put("schedule.start", "2026-02-30"), "schedule.start: day is out of range"),
    (put("schedule.end", 1767225600), "schedule.end: "),
    (
        both(put("schedule.end", None), put("budget.period", "flight")),
        "schedule.end: is missing: a budget for the whole flight needs a last day",
    ),
    (put("kind", "auction"), "kind: auction is not of google; its kinds: demand_gen, display"),
    (put("kind", "performance_max"), "ad_groups[0].ads: of performance_max is exactly one ad"),
    (
        both(put("kind", "performance_max"), put("ad_groups", [])),
        "ad_groups: performance_max needs at least one asset group",
    ),
    (put(AD, ASSET_GROUP), "ad_groups[0].ads: search has no asset groups"),
    (
        put("bidding", {"target_return": 5, "target_cost": EUR | {"currency": "USD"}}),
        "bidding.target_return: a target is either a cost or a return, not both",
    ),
    (put("extensions", [PROMOTION]), "extensions[0]: a promotion takes off either"),
    (
        put("extensions", [PROMOTION | {"percent_millionths": 5, "amount_off": EUR}]),
        "extensions[0]: a promotion takes off either",
    ),
    (put(f"{AD}.landing_url", "javascript:alert(1)"), "ad_groups[0].ads[1].landing_url: 'javasc"),
    (put(f"{AD}.landing_url", "https://"), "ad_groups[0].ads[1].landing_url: 'https://' is no"),
    (put(f"{AD}.landing_url", "https://a b.de"), "ad_groups[0].ads[1].landing_url: "),
    (put(f"{AD}.landing_url", "example.com"), "ad_groups[0].ads[1].landing_url: "),
    (put(f"{GROUP}.targeting.keywords.1.text", " "), "ad_groups[0].targeting.keywords[1].text: "),
    (
        put(
            f"{PLACES}.cities", [CITY, {"remote_id": "8", "name": "Ulm"}, CITY | {"name": "Bonn 2"}]
        ),
        "ad_groups[0].targeting.locations.cities[2]: '7' is there twice",
    ),
    (
        put(f"{PLACES}.excluded_countries", ["FR", "DE"]),
        "ad_groups[0].targeting.locations.excluded_countries: DE is both included and excluded",
    ),
    (
        both(put(f"{PLACES}.cities", [CITY]), put(f"{PLACES}.excluded_places", [CITY])),
        "ad_groups[0].targeting.locations.excluded_places: 7 is both included and excluded",
    ),
    # Of the whole tree: each with the place in the order that was written.
    (put(f"{AD}.reference", "ae-ad-0"), "ad_groups[0].ads[1].reference: the reference ae-ad-0 is"),
    (put(f"{GROUP}.reference", "ae-campaign"), "ad_groups[0].reference: the reference ae-campaign"),
    (put(f"{GROUP}.budget", EUR), "ad_groups[0].budget: is one too many: the campaign's budget is"),
    (
        put("budget", {"level": "ad_group"}),
        "ad_groups[0].budget: is missing: the campaign's budget is on the ad_group",
    ),
    (put("budget.amount", None), "budget.amount: the amount stands where"),
    (put(f"{AD}.part", {"platform": "meta"}), "ad_groups[0].ads[1].part: is of meta, its campaign"),
    (
        both(put("bidding.bid_cap", EUR), put(f"{GROUP}.bid", EUR | {"currency": "USD"})),
        "bidding.bid_cap: is in EUR, other amounts of this campaign in USD",
    ),
    (
        put(f"{GROUP}.targeting.keywords.2.bid", EUR),
        "ad_groups[0].targeting.keywords: 'boots 2' is in EUR",
    ),
    (put("extensions", [PRICE]), "extensions: 'Boots' is in EUR"),
    (
        put(f"{GROUP}.targeting.keywords.2", {"text": "boots 1", "bid": EUR}),
        "ad_groups[0].targeting.keywords[2]: ('phrase', 'boots 1') is there twice",
    ),
    (
        lambda content: content["ad_groups"][0]["ads"][1].pop("format"),
        f"{'ad_groups[0].ads[1]'}.format: is missing",
    ),
    (put(f"{AD}.format", "story"), "ad_groups[0].ads[1].format: 'story' is not known here; one of"),
    (put("extensions", [{"kind": "coupon"}]), "extensions[0].kind: 'coupon' is not known here"),
    (put("budget.amount", {"micros": 1}), "budget.amount.currency: is missing"),
    (put("budget.amount.micros", True), "budget.amount.micros: is no whole number"),
    (put("part", {"platform": "google", "google": 1}), "part.google: is an unknown key"),
]


@pytest.mark.parametrize(("act", "says"), CASES, ids=[says for _, says in CASES])
def test_it_is_refused_with_its_path(act: Callable[[Content], None], says: str) -> None:
    content = campaign()
    parse_spec(text_of(content))  # fine before
    act(content)
    assert any(problem.startswith(says) for problem in problems(content)), problems(content)


def test_a_reference_twice_has_its_place_as_written_though_the_order_has_no_meaning() -> None:
    content = campaign()
    first = content["ad_groups"][0]
    second = json.loads(json.dumps(first)) | {"reference": "ae-before", "ads": []}
    content["ad_groups"] = [first, second | {"ads": [first["ads"][1]]}]
    assert problems(content) == [
        "ad_groups[1].ads[0].reference: the reference ae-ad-1 is used twice"
    ]


def test_an_amount_finer_than_a_micro_is_refused() -> None:
    with pytest.raises(ValueError, match="finer than a millionth"):
        BudgetSpec(amount=Money(Decimal("0.0000001"), "USD"))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_two_writings_of_an_accent_have_one_hash(form: Any) -> None:
    texts, found = ("Grüße é", "한국"), set()
    content = campaign()
    for name in texts:
        content["name"] = unicodedata.normalize(form, name)
        content["ad_groups"][0]["ads"][0]["headlines"][0]["text"] = content["name"]
        content["ad_groups"][0]["targeting"]["keywords"][0]["text"] = content["name"]
        spec = parse_spec(text_of(content))
        found.add(hash_of(spec))
        assert spec.name == name
        assert spec.ad_groups[0].ads[0].headlines[0].text == name  # type: ignore[union-attr]
    assert len(found) == len(texts)


def hours(*spans: tuple[int, int, int]) -> str:
    content = campaign()
    content["schedule"]["hours"] = [
        {"weekday": weekday, "first": first, "end": end} for weekday, first, end in spans
    ]
    return hash_of(parse_spec(text_of(content)))


def test_hours_that_adjoin_or_overlap_are_one_and_the_whole_week_is_no_limit() -> None:
    assert hours((1, 9, 12), (1, 12, 15)) == hours((1, 9, 15))
    assert hours((1, 12, 15), (1, 9, 14), (1, 10, 11)) == hours((1, 9, 15))
    assert hours((1, 9, 12), (1, 13, 15)) != hours((1, 9, 15))
    assert hours((1, 9, 12), (2, 12, 15)) != hours((1, 9, 15))
    assert hours(*((day, 0, 24) for day in range(1, 8))) == hours()


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_a_key_that_cannot_be_stored_is_refused_and_shown_so_that_it_can_be(bad: str) -> None:
    content = campaign()
    content["ad_groups"][0]["targeting"][bad] = 1
    assert problems(content) == [
        "ad_groups[0].targeting.a\ufffdb: is a key with a character that cannot be stored"
    ]


def test_long_keys_and_many_problems_are_cut_and_take_no_time() -> None:
    content = campaign()
    inner: Any = "bad \x00"
    for _ in range(30):
        inner = {"k" * 100_000: inner}
    content["ad_groups"][0]["more"] = [inner] * 2
    started = time.perf_counter()
    found = problems(content)
    assert all(len(problem) < 5_000 for problem in found)

    content = campaign()
    content["ad_groups"][0]["targeting"]["keywords"] = [
        {"text": "a", "k" * 1_000 + str(n): 1} for n in range(5_000)
    ]
    with pytest.raises(SpecMalformed) as caught:
        parse_spec(text_of(content))
    assert len(caught.value.problems) == MOST_PROBLEMS
    assert caught.value.count == 5_000
    assert "and 4,980 more" in str(caught.value)
    assert len(str(caught.value)) < 10_000

    content["ad_groups"][0]["targeting"]["keywords"] = ["bad \x00"] * 50_000
    assert len(problems(content)) == MOST_PROBLEMS
    assert time.perf_counter() - started < 20  # quadratic would be minutes
