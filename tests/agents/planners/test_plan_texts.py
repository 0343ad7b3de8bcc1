"""A plan's text is strict: what it cannot say is refused with its path; older ones are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.models import Strategy
from agents.plans import PlanMalformed, hash_of_plan, parse_plan
from platforms.spec.first_edition import spec_of_first_edition
from tests.fixtures.first_edition import plan_content
from tests.fixtures.world import Launch, strategy_of

PLATFORMS = ["google", "meta", "tiktok"]
Content = dict[str, Any]


@pytest.fixture
def stored(plan: Launch) -> Strategy:
    return strategy_of(plan("meta"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_plan_is_read_as_it_was_written(plan: Launch, platform: str) -> None:
    stored = strategy_of(plan(platform))
    read = parse_plan(stored.plan)
    assert (read.text, hash_of_plan(read.text)) == (stored.plan, stored.plan_hash)
    [campaign] = read.campaigns
    assert campaign.platform == platform


def test_another_writing_of_the_text_is_the_same_plan(stored: Strategy) -> None:
    other = json.dumps(dict(reversed(json.loads(stored.plan).items())), indent=3)
    assert hash_of_plan(other) == stored.plan_hash
    assert parse_plan(other) == parse_plan(stored.plan)


def test_a_budget_that_is_one_micro_larger_is_another_plan(stored: Strategy) -> None:
    content = json.loads(stored.plan)
    content["campaigns"][0]["budget"]["amount"]["micros"] += 1
    assert hash_of_plan(json.dumps(content)) != stored.plan_hash


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_plan_of_the_first_edition_is_read(platform: str) -> None:
    content = plan_content(platform, 7)
    read = parse_plan(json.dumps(content))
    assert (read.version, read.account_id, read.budget.days) == (1, 7, 31)
    assert read.campaigns == (spec_of_first_edition(platform, content["spec"]),)


def _set(*path: str | int, to: Any) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        part: Any = content
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("version", to=3), "This plan has version 3. Plan again."),
        (_set("version", to=True), "This plan has version True. Plan again."),
        (_set("spec_version", to=99), "(version: 99 is not known here; 1 to 1)"),
        (_set("colour", to="red"), "(colour: is an unknown key)"),
        (_set("budget", "colour", to="red"), "(budget.colour: is an unknown key)"),
        (_set("budget", "days", to=0), "(budget.days: "),
        (_set("campaigns", to={}), "(campaigns: is no list)"),
        (_set("campaigns", 0, "name", to=5), "(campaigns[0].name: "),
        (_set("campaigns", 0, "budget", "amount", "micros", to=1.5), "amount.micros: "),
        (_set("steps", 0, "kind", to="dance"), "(steps[0].kind: "),
        (_set("worst_case_micros", to=2**64), "(worst_case_micros: "),
    ],
)
def test_what_it_does_not_say_is_refused_with_its_path(
    stored: Strategy, change: Callable[[Content], None], says: str
) -> None:
    content = json.loads(stored.plan)
    change(content)
    with pytest.raises(PlanMalformed) as caught:
        parse_plan(json.dumps(content))
    assert says in caught.value.user_message


def test_a_key_that_stands_twice_is_refused(stored: Strategy) -> None:
    twice = stored.plan.replace('"planner":', '"planner":"x","planner":', 1)
    with pytest.raises(PlanMalformed, match="is there twice"):
        parse_plan(twice)


@pytest.mark.parametrize("text", ["", "[]", "nothing", "[" * 100_000])
def test_no_plan_at_all_is_refused(text: str) -> None:
    with pytest.raises(PlanMalformed):
        parse_plan(text)
