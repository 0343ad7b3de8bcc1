"""The difference of two specs leads from one to the other, in an order that is safe to send."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from core.common.money import Money
from platforms.spec.campaign import BudgetSpec, CampaignSpec
from platforms.spec.changes.applying import apply
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
from platforms.spec.changes.nodes import nodes_of
from tests.platforms.spec.strategies import pairs, specs
from tests.platforms.spec.tree import tree

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FIXED = Mutability(
    frozenset({("campaign", "objective"), ("ad_group", "targeting.locations"), ("ad", "body")})
)


@MANY
@given(pairs())
def test_applying_the_difference_gives_the_wanted_spec(
    pair: tuple[CampaignSpec, CampaignSpec],
) -> None:
    a, b = pair
    assert apply(diff(a, b), a) == b
    assert apply(diff(a, b, FIXED), a) == b
    assert apply(diff(None, b), None) == b
    assert apply(diff(a, None), a) is None


@MANY
@given(specs())
def test_equal_specs_have_no_difference(spec: CampaignSpec) -> None:
    assert diff(spec, spec.model_copy(deep=True)).is_empty
    assert diff(None, None).is_empty


def lowers(change: Change) -> bool:
    """Whether it can only lower what is spent."""
    if isinstance(change, SetStatus):
        return change.new == "paused"
    return isinstance(change, Retire) or (
        isinstance(change, Update) and change.direction == "lowers"
    )


def raises(change: Change) -> bool:
    if isinstance(change, SetStatus):
        return change.new == "active"
    return isinstance(change, Update) and change.direction == "raises"


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
        made = [c.key for c in changes if isinstance(c, Create | Replace)]
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
    made = [change.key for change in changes.changes if isinstance(change, Create)]
    assert sorted(made) == sorted([placed.key for placed in nodes_of(after)][1:])
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
