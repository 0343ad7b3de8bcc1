"""A spec's text is canonical, and anything that is not exactly a spec is refused with its path."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import SpecMalformed
from platforms.spec.text import hash_of, parse_spec, serialise
from platforms.spec.versions import upgraded
from tests.platforms.spec.strategies import specs
from tests.platforms.spec.tree import tree

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SETS = {"ad_groups", "ads", "keywords", "negative_keywords", "audiences", "countries", "cities"}
Path = tuple[str | int, ...]


@MANY
@given(specs())
def test_a_spec_is_read_as_it_was_written(spec: CampaignSpec) -> None:
    assert parse_spec(serialise(spec)) == spec
    assert serialise(parse_spec(serialise(spec))) == serialise(spec)


def shuffled(value: Any, rng: random.Random, name: str = "") -> Any:
    """The same meaning, written otherwise: keys and sets in another order, sets with repeats."""
    if isinstance(value, dict):
        items = [(key, shuffled(inner, rng, key)) for key, inner in value.items()]
        rng.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        found = [shuffled(inner, rng) for inner in value]
        if name in SETS:
            rng.shuffle(found)
            if name == "countries":
                found += found[:1]
        return found
    return value


@MANY
@given(specs(), st.integers(0, 10**6))
def test_equal_meaning_has_an_equal_hash(spec: CampaignSpec, seed: int) -> None:
    other = json.dumps(shuffled(json.loads(serialise(spec)), random.Random(seed)), indent=1)
    assert hash_of(parse_spec(other)) == hash_of(spec)


def test_a_budget_that_grew_by_one_micro_has_another_hash() -> None:
    assert hash_of(tree(budget="50.000001")) != hash_of(tree(budget="50.00"))
    assert hash_of(tree()) == hash_of(tree())


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of all values in the text, objects and arrays too."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))


def at(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content


def says(path: Path) -> str:
    """How the path of a value within the campaign is written."""
    text = ""
    for step in path[1:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def refused(content: Any, path: Path) -> None:
    with pytest.raises(SpecMalformed) as caught:
        parse_spec(json.dumps(content))
    assert says(path) in [problem.path for problem in caught.value.problems]


@MANY
@given(specs(), st.data())
def test_a_renamed_key_is_refused_with_its_path(spec: CampaignSpec, data: st.DataObject) -> None:
    content = json.loads(serialise(spec))
    paths = [path for path in leaves(content) if len(path) > 1 and isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(paths))
    parent, key = at(content, path[:-1]), path[-1]
    parent[f"{key}_"] = parent.pop(key)
    if key in {"format", "platform"} or (key == "kind" and path[1] == "extensions"):
        refused(content, path)  # without its tag a union is not read further
    else:
        refused(content, (*path[:-1], f"{key}_"))


@MANY
@given(specs(), st.data())
def test_a_value_of_another_type_or_out_of_range_is_refused_with_its_path(
    spec: CampaignSpec, data: st.DataObject
) -> None:
    content = json.loads(serialise(spec))
    numbers = [p for p in leaves(content) if type(at(content, p)) is int and len(p) > 1]
    wrong_numbers: st.SearchStrategy[Any] = st.sampled_from(
        [-(10**12), 2**70, 1.5, "1", None, True, []]
    )
    flags = [p for p in leaves(content) if type(at(content, p)) is bool]
    lists = [p for p in leaves(content) if isinstance(at(content, p), list)]
    cases: list[tuple[list[Path], st.SearchStrategy[Any]]] = [
        (numbers, wrong_numbers),
        (flags, st.sampled_from([0, 1, "true", None, {}])),
        (lists, st.sampled_from([{}, 1, None, "ab"])),
    ]
    for paths, values in cases:
        if paths:
            path, wrong = data.draw(st.sampled_from(paths)), data.draw(values)
            changed = json.loads(serialise(spec))
            if wrong is None and path[-1] in {"duration_ms", "radius_metres", "target_return"}:
                continue  # these may be absent
            at(changed, path[:-1])[path[-1]] = wrong
            refused(changed, path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '"pin":0',
            '"pin":0,"pin":1',
            "read. ad_groups[0].ads[0].descriptions[0].pin: is there",
        ),
        ('"version":1', '"version":2', "version: 2 is not known here; 1 to 1"),
        ('"version":1', '"version":true', "version: True is not known here"),
        ('"version":1', '"version":1,"more":1', "more: is an unknown key"),
        ('"status":"active"', '"status":"on"', "ad_groups[0].ads[0].status: "),
        (
            '"reference":"ae-ad-1"',
            '"reference":"ae-ad-0"',
            "read. ad_groups[0].ads[1].reference: the reference ae-ad-0 is used twice",
        ),
        (
            '"currency":"USD"',
            '"currency":"USX"',
            "budget.amount.currency: 'USX' is not a currency code",
        ),
        ('"micros":50000000', '"micros":NaN', "NaN is no number of JSON"),
        ('"end":"2026-03-31"', '"end":"2026-02-01"', "schedule.end: the last day, 2026-02-01, is"),
        ('["DE","US"]', '["DE","XX"]', "ad_groups[0].targeting.locations.countries[1]: 'XX' is"),
        ('"text":"boots 1"', '"text":"boots 0"', "targeting.keywords"),
        ("Light boots", "Light\\u0000boots", "headlines[0].text: has a character that cannot"),
        ("Light boots", "Light\\ud800boots", "headlines[0].text: has a character that cannot"),
        ('"name":"Boots"', '"name":" "', "name: "),
        ('"start":"2026-03-01"', '"start":"2026-03-01T00:00:00"', "schedule.start: "),
        ('"platform":"google"', '"platform":"goggle"', "part.platform: 'goggle' is not known here"),
        ('"match":"phrase"', '"match":"phrase","bid":{"micros":1}', "bid: is there twice"),
        ("}", "", "no JSON"),
    ],
)
def test_bad_text_is_refused_with_its_reason(old: str, new: str, says: str) -> None:
    text = serialise(tree())
    assert old in text
    changed = text.replace(old, new, 1)
    if says == "targeting.keywords":  # the same keyword twice is one keyword
        assert len(parse_spec(changed).ad_groups[0].targeting.keywords) == 2
        return
    with pytest.raises(SpecMalformed) as caught:
        parse_spec(changed)
    assert says in str(caught.value)


def test_text_that_is_nested_without_end_is_refused() -> None:
    for depth in (100, 100_000):
        with pytest.raises(SpecMalformed):
            parse_spec('{"version":1,"campaign":' + "[" * depth + "]" * depth + "}")


def test_twenty_thousand_keywords_are_read() -> None:
    spec = tree(keywords=20_000)
    assert len(parse_spec(serialise(spec)).ad_groups[0].targeting.keywords) == 20_000


def test_an_older_text_goes_through_every_step() -> None:
    steps = {
        1: lambda content: {**content, "campaign": [*content["campaign"], "one"]},
        2: lambda content: {**content, "campaign": [*content["campaign"], "two"]},
    }
    content = {"version": 1, "campaign": []}
    assert upgraded(content, steps, newest=3) == {"version": 3, "campaign": ["one", "two"]}
    assert upgraded({"version": 3, "campaign": []}, steps, newest=3)["campaign"] == []
    assert content == {"version": 1, "campaign": []}
