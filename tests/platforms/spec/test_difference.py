"""The difference of two specs leads from one to the other, in an order that is safe to send."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from core.common.money import Money
from platforms.spec.campaign import BiddingSpec, BudgetSpec, CampaignSpec
from platforms.spec.changes.applying import apply, steps
from platforms.spec.changes.change_set import (
    Change,
    ChangeSet,
    Create,
    FieldChange,
    Replace,
    Retire,
    SetStatus,
    Update,
)
from platforms.spec.changes.difference import diff
from platforms.spec.changes.mutability import Mutability
from platforms.spec.changes.nodes import REFERRED, NodeKey, nodes_of
from platforms.spec.platform_parts import MetaCampaign
from platforms.spec.targeting import Audience, Keyword, Locations, NegativeKeyword, Targeting
from tests.platforms.spec.strategies import pairs, specs
from tests.platforms.spec.tree import tree

MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
FIXED = Mutability(
    frozenset({("campaign", "objective"), ("ad_group", "targeting.locations"), ("ad", "body")})
)


def unnamed(spec: CampaignSpec | None) -> Any:
    """Without references: what is replaced has another one. All ad groups in one order."""
    assert spec is not None
    content = spec.model_dump(mode="json")
    for group in content["ad_groups"]:
        for ad in group["ads"]:
            ad["reference"] = ""
        group["reference"] = ""
        group["ads"].sort(key=repr)
    content["ad_groups"].sort(key=repr)
    return content | {"reference": ""}


@MANY
@given(pairs())
def test_applying_the_difference_gives_the_wanted_spec(
    pair: tuple[CampaignSpec, CampaignSpec],
) -> None:
    a, b = pair
    assert unnamed(apply(diff(a, b), a)) == unnamed(b)
    if not diff(a, b).replaced:
        assert apply(diff(a, b), a) == b
    assert unnamed(apply(diff(a, b, FIXED), a)) == unnamed(b)
    assert apply(diff(None, b), None) == b
    assert apply(diff(a, None), a) is None


@MANY
@given(specs())
def test_equal_specs_have_no_difference(spec: CampaignSpec) -> None:
    assert diff(spec, spec.model_copy(deep=True)).is_empty
    assert diff(None, None).is_empty


def lowers(change: Change) -> bool:
    if isinstance(change, SetStatus):
        return change.new == "paused"
    return change.direction == "lowers"


def raises(change: Change) -> bool:
    if isinstance(change, SetStatus):
        return change.new == "active"
    return change.direction == "raises"


def most_per_day(nodes: Mapping[NodeKey, Any]) -> float:
    """What can be spent in a day by what is switched on; a flight's budget on one day."""
    campaign = next((node for key, node in nodes.items() if key.kind == "campaign"), None)
    if campaign is None or campaign.status == "paused":
        return 0
    caps = [
        float(node.budget.micros) if node.budget else math.inf
        for key, node in nodes.items()
        if key.kind == "ad_group" and node.status == "active"
    ]
    amount = campaign.budget.amount
    return min(sum(caps), float(amount.micros) if amount else math.inf)


@MANY
@given(pairs())
def test_no_state_between_can_spend_more_in_a_day_than_either_end(
    pair: tuple[CampaignSpec, CampaignSpec],
) -> None:
    a, b = pair
    for rules in (None, FIXED):
        states = [most_per_day(nodes) for nodes in steps(diff(a, b, rules), a)]
        assert max(states) <= max(states[0], states[-1])


@MANY
@given(pairs())
def test_no_two_nodes_ever_had_one_reference(pair: tuple[CampaignSpec, CampaignSpec]) -> None:
    a, b = pair
    changes = diff(a, b, FIXED, taken=["ae-g1-2", "ae-g2"])
    known = {placed.key.name for placed in nodes_of(a) if placed.key.kind in REFERRED}
    nodes = [c.node for c in changes.changes if isinstance(c, Create | Replace)]
    made = [node.reference for node in nodes if hasattr(node, "reference")]
    assert len(set(made)) == len(made)
    assert not {*made} & {*known, "ae-g1-2", "ae-g2"}
    assert changes == diff(a, b, FIXED, taken=["ae-g2", "ae-g1-2"])


@MANY
@given(pairs())
def test_lowering_comes_before_raising_parents_first_and_switching_on_last(
    pair: tuple[CampaignSpec, CampaignSpec],
) -> None:
    for changes in (diff(*pair).changes, diff(None, pair[1]).changes):
        last_lowering = max((n for n, c in enumerate(changes) if lowers(c)), default=-1)
        first_raising = min((n for n, c in enumerate(changes) if raises(c)), default=len(changes))
        assert last_lowering < first_raising
        on = [isinstance(c, SetStatus) and c.new == "active" for c in changes]
        assert on == sorted(on)
        made = [
            c.new_key if isinstance(c, Replace) else c.key
            for c in changes
            if isinstance(c, Create | Replace)
        ]
        names = {key.name: n for n, key in enumerate(made)}
        assert all(names.get(key.within, -1) < n for n, key in enumerate(made))
        nodes = [c.node for c in changes if isinstance(c, Create | Replace)]
        assert {node.status for node in nodes if hasattr(node, "status")} <= {"paused"}


@MANY
@given(specs())
def test_a_launch_creates_each_node_once_and_the_campaign_is_switched_on_last(
    spec: CampaignSpec,
) -> None:
    changes = diff(None, spec).changes
    made = [change.key for change in changes if isinstance(change, Create)]
    assert sorted(made) == sorted(placed.key for placed in nodes_of(spec))
    if spec.status == "active":
        assert changes[-1] == SetStatus(made[0], "paused", "active")


def test_a_budget_and_an_end_are_one_update_each_by_what_they_do() -> None:
    before = tree()
    after = before.model_copy(
        update={
            "budget": BudgetSpec(amount=Money(Decimal("40.00"), "USD")),
            "schedule": before.schedule.model_copy(update={"end": dt.date(2026, 4, 30)}),
        }
    )
    key = next(nodes_of(before)).key
    assert diff(before, after) == ChangeSet(
        (
            Update(
                key,
                (
                    FieldChange(
                        "budget.amount", Money(Decimal("50.00"), "USD"), after.budget.amount
                    ),
                ),
                "lowers",
            ),
            Update(
                key,
                (FieldChange("schedule.end", dt.date(2026, 3, 31), dt.date(2026, 4, 30)),),
                "raises",
            ),
        )
    )


def test_a_field_that_is_set_once_replaces_its_node_and_names_it() -> None:
    before = tree()
    after = before.model_copy(update={"objective": "conversions"})
    changes = diff(before, after, FIXED)
    [replaced] = changes.replaced
    assert replaced.fields == (FieldChange("objective", "traffic", "conversions"),)
    assert replaced.node.status == "paused"
    assert replaced.new_key.name == "ae-campaign-2"
    made = [change.key for change in changes.changes if isinstance(change, Create)]
    assert len(made) == len(list(nodes_of(after))) - 1
    assert {(key.within, key.name) for key in made if key.kind != "keyword"} == {
        ("ae-campaign-2", "ae-group-2"),
        ("ae-group-2", "ae-ad-0-2"),
        ("ae-group-2", "ae-ad-1-2"),
    }
    assert not any(isinstance(change, Retire) for change in changes.changes)


def test_an_ad_group_that_is_left_out_is_retired_with_all_below_it() -> None:
    before = tree()
    after = before.model_copy(update={"ad_groups": ()})
    [change] = diff(before, after).changes
    assert isinstance(change, Retire)
    assert (change.key.kind, change.key.name) == ("ad_group", "ae-group")


def test_two_campaigns_are_not_compared() -> None:
    with pytest.raises(ValueError, match="ae-campaign and ae-other are two campaigns"):
        diff(tree(), tree().model_copy(update={"reference": "ae-other"}))


def updates(a: CampaignSpec, b: CampaignSpec) -> list[tuple[list[str], str]]:
    return [
        ([field.path for field in change.fields], change.direction)
        for change in diff(a, b).changes
        if isinstance(change, Update)
    ]


def test_fields_that_belong_together_are_one_update_by_their_joint_effect() -> None:
    before = tree()
    days = before.schedule.model_copy(
        update={"start": dt.date(2026, 5, 1), "end": dt.date(2026, 5, 2)}
    )
    moved = before.model_copy(update={"schedule": days})
    assert updates(before, moved) == [(["schedule.start", "schedule.end"], "raises")]
    target = BiddingSpec(strategy="conversions", target_cost=Money(Decimal(5), "USD"))
    aimed = before.model_copy(update={"bidding": target})
    assert updates(before, aimed) == [(["bidding.strategy", "bidding.target_cost"], "raises")]
    flight = BudgetSpec(period="flight", amount=Money(Decimal(40), "USD"))
    whole = before.model_copy(update={"budget": flight})
    assert updates(before, whole) == [(["budget.period", "budget.amount"], "lowers")]
    assert updates(whole, before) == [(["budget.period", "budget.amount"], "raises")]


def with_targeting(**fields: Any) -> CampaignSpec:
    spec = tree()
    [group] = spec.ad_groups
    inner = Targeting.model_validate(dict(group.targeting) | fields)
    groups = (group.model_copy(update={"targeting": inner}),)
    return spec.model_copy(update={"ad_groups": groups})


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"age_min": 20}, {"age_min": 18}),
        ({"age_max": 50}, {"age_max": 65}),
        ({"may_expand": False}, {"may_expand": True}),
        ({"devices": ("phone",)}, {}),
        ({"devices": ("phone",)}, {"devices": ("phone", "tablet")}),
        ({"negative_lists": ("1", "2")}, {"negative_lists": ("1",)}),
        ({"locations": Locations(countries=("DE",))}, {"locations": Locations()}),
        (
            {"locations": Locations(countries=("DE",), excluded_countries=("FR",))},
            {"locations": Locations(countries=("DE", "US"))},
        ),
    ],
)
def test_narrowing_lowers_and_widening_raises(narrow: Any, wide: Any) -> None:
    a, b = with_targeting(**narrow), with_targeting(**wide)
    assert [direction for _, direction in updates(a, b)] == ["raises"]
    assert [direction for _, direction in updates(b, a)] == ["lowers"]


def test_what_is_not_known_raises_and_names_are_harmless() -> None:
    before = with_targeting()
    assert updates(before, before.model_copy(update={"name": "New"})) == [(["name"], "neutral")]
    other = with_targeting(gender="male")
    assert [direction for _, direction in updates(other, before)] == ["raises"]
    limits = [MetaCampaign(platform="meta", spending_limit_micros=n) for n in (5, 9, None)]
    a, b, c = (
        before.model_copy(update={"kind": "auction", "part": limit, "ad_groups": ()})
        for limit in limits
    )
    assert [updates(*pair)[0][1] for pair in ((a, b), (b, a), (b, c), (c, b))] == [
        "raises",
        "lowers",
        "raises",
        "lowers",
    ]


def test_what_widens_comes_after_what_narrows_though_it_is_a_removal() -> None:
    negative, audience = NegativeKeyword(text="free"), Audience(remote_id="1", name="Fans")
    excluded = audience.model_copy(update={"use": "excluded"})
    plain = with_targeting()
    less = with_targeting(negative_keywords=(negative,), audiences=(excluded,))
    assert {type(c) for c in diff(plain, less).changes} == {Create}
    assert {c.direction for c in diff(plain, less).changes if isinstance(c, Create)} == {"lowers"}
    assert {c.direction for c in diff(less, plain).changes if isinstance(c, Retire)} == {"raises"}
    more = with_targeting(keywords=(*plain.ad_groups[0].targeting.keywords, Keyword(text="new")))
    [created] = diff(plain, more).changes
    assert isinstance(created, Create)
    assert created.direction == "raises"
    fans = with_targeting(audiences=(audience,))
    others = with_targeting(audiences=(Audience(remote_id="2", name="Others"),))
    assert [(type(c), getattr(c, "direction", "")) for c in diff(fans, others).changes] == [
        (Create, "raises"),  # first: without any audience everybody would see the ads
        (Retire, "raises"),
    ]
    [first] = diff(plain, fans).changes
    assert isinstance(first, Create)
    assert first.direction == "lowers"


def test_a_part_that_comes_as_a_whole_changes_what_is_fixed_in_it() -> None:
    rules = Mutability(frozenset({("ad_group", "part.goal")}))
    assert not rules.allows("ad_group", "part")
    assert rules.allows("ad_group", "part.pacing")
    assert rules.allows("campaign", "part")
