"""Rows of before are told apart by columns now, not by flags in JSON or by the text of a slot."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from campaigns.models import Campaign
from core.models import Advertiser
from optimization.models import Decision, Rebalance, Run

filling: Any = import_module("optimization.migrations.0006_fill_typed_kinds")


def rebalance(advertiser: Advertiser, **more: Any) -> Rebalance:
    return Rebalance.objects.create(
        advertiser=advertiser, currency="USD", total_micros=1, asked_by="x", **more
    )


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"roll_back": True, "says": "It earned less."}, "roll_back"),
        ({"alternates": True}, "alternation"),
        ({"total": "$300.00"}, "split"),
        ({}, "split"),
    ],
)
def test_flags_of_a_rebalance_become_its_kind(
    advertiser: Advertiser, settings: dict[str, Any], kind: str
) -> None:
    made = rebalance(advertiser, settings=settings)
    filling.fill_rebalances(apps, None)
    made.refresh_from_db()
    assert made.kind == kind


def test_a_rebalance_that_undoes_another_is_an_undo(advertiser: Advertiser) -> None:
    first = rebalance(advertiser)
    back = rebalance(advertiser, undoes=first)
    filling.fill_rebalances(apps, None)
    assert [Rebalance.objects.get(pk=r.pk).kind for r in (first, back)] == ["split", "undo"]


def test_decisions_are_joined_to_their_rebalance(pool: list[Campaign]) -> None:
    mine = rebalance(pool[0].account.advertiser)
    made = [
        Decision.objects.create(
            campaign=pool[0], action="increase", state="done", reason="x", evidence=evidence
        )
        for evidence in ({"rebalance": mine.pk}, {"rebalance": mine.pk + 99}, {"look": 1})
    ]
    filling.fill_decisions(apps, None)
    found = [Decision.objects.get(pk=d.pk).rebalance_id for d in made]
    assert found == [mine.pk, None, None]


def test_amounts_of_a_decision_are_money_of_its_own(pool: list[Campaign]) -> None:
    made = [
        Decision.objects.create(
            campaign=pool[0], action="scale", state="done", reason="x", evidence=evidence
        )
        for evidence in ({"old_micros": 10_000_000, "new_micros": 12_000_000}, {"look": 1})
    ]
    filling.fill_amounts(apps, None)
    raised, none = (Decision.objects.get(pk=d.pk) for d in made)
    assert (str(raised.old_budget), str(raised.new_budget)) == ("$10.00", "$12.00")
    assert (none.old_budget, none.new_budget) == (None, None)


def test_runs_of_one_campaign_are_joined_to_it(pool: list[Campaign]) -> None:
    advertiser, pk = pool[0].account.advertiser, pool[0].pk
    slots = (f"campaign {pk}, task 7", f"campaign {pk + 999}, task 8", "pass 2026-03-02 12")
    made = [Run.objects.create(advertiser=advertiser, kind="optimize", slot=s) for s in slots]
    filling.fill_runs(apps, None)
    assert [Run.objects.get(pk=r.pk).campaign_id for r in made] == [pk, None, None]
