"""Decisions, rebalances, scores and views of an older form: named, and no worker dies of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from campaigns.models import Ad, Campaign, CampaignBudgetChange, PublishRequest
from core.common.errors import InvalidMove
from core.models import Actor, Advertiser, AuditEntry
from optimization import services
from optimization.automation.incrementality import record_of
from optimization.budgets import budget_holds
from optimization.budgets.scoring import score_advertiser
from optimization.models import BudgetProposal, Decision, Rebalance, RunOutcome
from optimization.stats.budget.optimizer import Verb
from optimization.stats.budget.results import Interval
from optimization.stored_results.budgets import (
    OLDER_PROPOSAL,
    OLDER_REBALANCE,
    OLDER_SCORE,
    OLDER_VIEW,
    BudgetView,
    ChangeDetails,
    Evidence,
    RebalanceSettings,
)
from tests.fixtures.admin import superuser, url
from tests.fixtures.clients import signed_in, text
from tests.fixtures.people import People, client_of
from tests.optimization.live import moved, passed, rebalanced

ODD: list[Any] = [[], "x", 7, ["predicted"], {"view": 3, "freezes": 5, "verb": "rise"}]


def scale(campaign: Campaign, evidence: Any, **more: Any) -> Decision:
    values = {"action": "scale", "state": "proposed", "reason": "It won.", **more}
    return Decision.objects.create(campaign=campaign, evidence=evidence, **values)


# ---- what is written ----


def test_what_is_at_its_default_is_not_stored() -> None:
    assert Evidence(look=3, input_hash="a").to_json() == {"look": 3, "input_hash": "a"}
    assert RebalanceSettings(says="Back.").to_json() == {"says": "Back."}
    predicted = Interval(1.0, 2.0, 3.0)
    assert ChangeDetails(predicted=predicted, predicted_days=1).to_json() == {
        "predicted": {"low": 1.0, "mean": 2.0, "high": 3.0},
        "predicted_days": 1,
    }


def test_a_view_is_stored_whole() -> None:
    view = BudgetView(Verb.INCREASE, "It earns.", Decimal("100.00"), Decimal("110.50"), "USD")
    assert view.to_json() == {
        "verb": "increase",
        "reason": "It earns.",
        "old": "100.00",
        "new": "110.50",
        "currency": "USD",
        "gain": None,
        "stop_chance": None,
        "pace": None,
    }
    assert BudgetView.from_json(view.to_json()) == view
    assert view.move == "100.00 → 110.50 USD"


# ---- decisions ----


@pytest.mark.parametrize("evidence", [*ODD[:3], {"new_micros": "many"}, {"old_micros": 1.5}])
def test_a_raise_that_cannot_be_read_is_named_and_never_carried_out(
    evidence: Any, campaign: Campaign, actor: Actor, approver: Client, people: People
) -> None:
    decision = scale(campaign, evidence)
    page = text(approver.get("/a/acme/optimisation/"))
    assert "Raise the budget of Campaign 1" in page
    assert OLDER_PROPOSAL in page
    api: APIClient = client_of(people.approver)
    (row,) = api.get("/api/v1/decisions/").json()["results"]
    assert (row["old_budget"], row["new_budget"], row["evidence"]) == (None, None, evidence)
    with pytest.raises(InvalidMove, match="stored in an older form"):
        services.apply_decision(actor=actor, decision=decision)
    decision.refresh_from_db()
    assert decision.state == "proposed"
    assert not PublishRequest.objects.exists()
    assert signed_in(superuser()).get(url(decision)).status_code == 200


def test_a_raise_that_was_made_and_cannot_be_read_is_not_undone(
    campaign: Campaign, actor: Actor
) -> None:
    decision = scale(campaign, ["odd"], state="done")
    with pytest.raises(InvalidMove, match="stored in an older form"):
        services.undo_decision(actor=actor, decision=decision)
    assert not PublishRequest.objects.exists()


@pytest.mark.parametrize("evidence", ODD, ids=repr)
def test_a_pause_needs_no_evidence_that_can_be_read(
    evidence: Any, campaign: Campaign, actor: Actor
) -> None:
    ad = Ad.objects.order_by("pk").last()
    decision = scale(campaign, evidence, action="pause_ad", ad=ad)
    services.apply_decision(actor=actor, decision=decision)
    assert PublishRequest.objects.get().payload["to"] == "paused"
    assert AuditEntry.objects.get(action="set ad status").evidence == {"decision": decision.pk}


# ---- rebalances ----


@pytest.mark.parametrize("settings", ODD, ids=repr)
def test_a_rebalance_whose_settings_cannot_be_read_says_so_and_can_be_applied(
    settings: Any, advertiser: Advertiser, pool: list[Campaign], actor: Actor, approver: Client
) -> None:
    made = services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")
    Rebalance.objects.update(settings=settings)
    BudgetProposal.objects.update(details=settings)
    page = text(approver.get("/a/acme/optimisation/"))
    assert OLDER_REBALANCE in page
    assert budget_holds._roll_back_holds(advertiser, "USD") == ()
    made.refresh_from_db()
    services.apply_rebalance(actor=actor, rebalance=made)
    assert {row.origin for row in CampaignBudgetChange.objects.all()} == {"rebalance"}


def test_readable_freezes_are_said(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor, approver: Client
) -> None:
    services.propose_rebalance(actor=actor, advertiser=advertiser, currency="USD")
    stored = RebalanceSettings(freezes=("The figures are old.",)).to_json()
    Rebalance.objects.update(settings=stored)
    page = text(approver.get("/a/acme/optimisation/"))
    assert "The figures are old. Workers move nothing while this holds." in page


@pytest.mark.parametrize(
    "details",
    [
        *ODD,
        {"predicted": None},
        {"predicted": {"low": 1.0}},
        {"predicted": {"low": 1.0, "mean": 2.0, "high": 3.0}},
        {"predicted": {"low": 1.0, "mean": 2.0, "high": 3.0}, "predicted_days": 0},
        {"predicted": {"low": 1.0, "mean": 2.0, "high": 3.0}, "predicted_days": "1"},
    ],
    ids=repr,
)
def test_a_prediction_that_cannot_be_read_is_not_scored(
    details: Any, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    moved(advertiser, pool[:2], days_ago=18)
    BudgetProposal.objects.filter(campaign=pool[0]).update(details=details)
    score_advertiser(advertiser)
    odd, whole = BudgetProposal.objects.order_by("campaign_id")
    assert odd.scored is None
    assert odd.score in ({}, {"missing": True})
    assert whole.score != {}


@pytest.mark.parametrize("score", [["actual"], {"actual": "much"}, {"actual": 3.0}], ids=repr)
def test_a_score_that_cannot_be_read_is_named_and_not_counted(
    score: Any, advertiser: Advertiser, pool: list[Campaign], viewer: Client
) -> None:
    moved(advertiser, pool[:2], days_ago=18)
    BudgetProposal.objects.update(score=score)
    assert record_of(advertiser, "USD").scored == 0
    assert OLDER_SCORE in text(viewer.get("/a/acme/optimisation/"))


# ---- passes ----


@pytest.mark.parametrize("view", [*ODD, {"verb": "keep"}, {"verb": "keep", "reason": 3}], ids=repr)
def test_a_view_that_cannot_be_read_is_named(
    view: Any, advertiser: Advertiser, pool: list[Campaign], viewer: Client, people: People
) -> None:
    run = passed(advertiser)
    RunOutcome.objects.filter(campaign=pool[0]).update(view=view)
    page = viewer.get(f"/a/acme/runs/{run.pk}/")
    assert text(page).count(OLDER_VIEW) == 1
    rows = client_of(people.viewer).get(f"/api/v1/runs/{run.pk}/outcomes/").json()["results"]
    assert view in [row["view"] for row in rows]


def test_a_pass_over_odd_rows_says_what_it_did_for_every_campaign(
    acting: Advertiser, pool: list[Campaign]
) -> None:
    scale(pool[0], ["odd"])
    moved(acting, pool[:2], days_ago=3)
    Rebalance.objects.update(settings=["odd"])
    BudgetProposal.objects.update(details=["odd"], score=["odd"])
    run = passed(acting)
    assert {row.state for row in run.outcomes.all()} == {"skipped"}
    assert rebalanced(acting).said["USD"].startswith("done: applies the rebalance of")
