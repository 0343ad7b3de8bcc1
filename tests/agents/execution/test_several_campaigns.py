"""A plan may make several campaigns; and one of the first edition is carried out as it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents import services
from agents.execution import checks
from agents.models import Strategy
from agents.plans import hash_of_plan, parse_plan
from campaigns.models import Campaign, PublishRequest, SpendApproval
from core import jobs
from core.common.errors import GuardrailExceeded, InvalidInput
from core.models import Actor, Advertiser, Incident
from tests.fixtures.plans import plan_of, planned
from tests.fixtures.world import Launch, Sandbox, strategy_of

PLATFORMS = ["google", "meta", "tiktok"]


def halved(strategy: Strategy) -> Strategy:
    """The same plan with its money in two campaigns."""
    content = json.loads(strategy.plan)
    [campaign] = content["campaigns"]
    campaign["budget"]["amount"]["micros"] //= 2
    second = json.loads(json.dumps(campaign).replace('"ae-', '"ae-b-'))
    second["name"] += " 2"
    content["campaigns"] = [campaign, second]
    text = parse_plan(json.dumps(content)).text
    Strategy.objects.filter(pk=strategy.pk).update(plan=text, plan_hash=hash_of_plan(text))
    strategy.refresh_from_db()
    return strategy


def approve(strategy: Strategy, actor: Actor) -> None:
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_both_campaigns_of_a_plan_are_launched(
    platform: str, plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = halved(strategy_of(plan(platform)))
    approve(strategy, actor)
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    first, second = strategy.launched
    assert (second.name, second.reference) == (f"{first.name} 2", f"ae-b-{first.reference[3:]}")
    there = {one.id: (one.status, one.daily_budget_micros) for one in sandbox.campaigns(platform)}
    assert there == dict.fromkeys((first.remote_id, second.remote_id), ("active", 150_000_000))
    approved = SpendApproval.objects.filter(campaign__in=[first, second], basis="plan")
    assert {row.per_day_micros for row in approved} == {150_000_000}
    assert approved.count() == 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_one_that_may_not_be_switched_on_is_named_and_the_other_stays_on(
    platform: str,
    plan: Launch,
    actor: Actor,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = halved(strategy_of(plan(platform)))
    approve(strategy, actor)

    def bound_meanwhile(*_: Any) -> list[str]:
        Campaign.objects.filter(name__endswith=" 2").update(ceiling_micros=100_000_000)
        return []

    monkeypatch.setattr(checks, "problems", bound_meanwhile)
    jobs.run_due()
    strategy.refresh_from_db()
    first, second = strategy.launched
    assert (strategy.state, first.wanted, second.wanted) == ("failed", "active", "paused")
    states = {one.id: one.status for one in sandbox.campaigns(platform)}
    assert states == {first.remote_id: "active", second.remote_id: "paused"}
    assert strategy.execution.error.startswith(f"“{second.name}”: $150.00 a day is above")
    incident = Incident.objects.get(key=f"launch:{strategy.pk}")
    assert f"“{first.name}” is on and may spend." in incident.at_stake


def test_both_count_under_a_cap_when_they_are_approved(
    plan: Launch, actor: Actor, advertiser: Advertiser
) -> None:
    strategy = halved(strategy_of(plan("meta")))
    Advertiser.objects.filter(pk=advertiser.pk).update(max_daily_total_micros=200_000_000)
    with pytest.raises((InvalidInput, GuardrailExceeded)):
        approve(strategy, actor)
    assert SpendApproval.objects.count() == 0
    assert PublishRequest.objects.count() == 0


def of_first_edition(strategy: Strategy) -> dict[str, Any]:
    """The plan as the first edition wrote it."""
    campaign = planned(strategy)
    content = json.loads(strategy.plan)
    [group] = campaign.ad_groups
    budget = campaign.budget.amount
    assert budget is not None
    targeting = group.targeting
    content["spec"] = {
        "reference": campaign.reference,
        "name": campaign.name,
        "objective": campaign.objective,
        "daily_budget_micros": budget.micros,
        "currency": budget.currency,
        "start": campaign.schedule.start.isoformat(),
        "end": str(campaign.schedule.end),
        "political_ads": False,
        "ad_groups": [
            {
                "reference": group.reference,
                "name": group.name,
                "targeting": {
                    "countries": list(campaign.locations.countries),
                    "age_min": targeting.age_min,
                    "age_max": targeting.age_max,
                    "gender": targeting.gender,
                    "keywords": [word.text for word in targeting.keywords],
                },
                "ads": [first_edition_ad(ad) for ad in group.ads],
            }
        ],
    }
    for key in ("campaigns", "spec_version", "gaps", "rules_version"):
        del content[key]
    return {**content, "version": 1}


def first_edition_ad(ad: Any) -> dict[str, Any]:
    return {
        "reference": ad.reference,
        "name": ad.name,
        "landing_url": ad.landing_url,
        "headlines": [text.text for text in ad.headlines],
        "descriptions": [text.text for text in ad.descriptions],
        "image": None,
        "video": None,
        "call_to_action": "LEARN_MORE",
    }


def as_first_edition(strategy: Strategy) -> Strategy:
    text = json.dumps(of_first_edition(strategy))
    Strategy.objects.filter(pk=strategy.pk).update(plan=text, plan_hash=hash_of_plan(text))
    strategy.refresh_from_db()
    return strategy


def test_an_approved_plan_of_the_first_edition_is_carried_out(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = strategy_of(plan("google"))
    wanted = planned(strategy)
    approve(strategy, actor)
    as_first_edition(strategy)
    strategy.approval.plan_hash = strategy.plan_hash
    strategy.approval.save()
    jobs.run_due()
    strategy.refresh_from_db()
    assert strategy.state == "live"
    [campaign] = strategy.launched
    assert campaign.reference == wanted.reference
    assert [one.daily_budget_micros for one in sandbox.campaigns("google")] == [300_000_000]


def test_an_open_plan_of_the_first_edition_is_planned_again(
    plan: Launch, actor: Actor, sandbox: Sandbox
) -> None:
    strategy = as_first_edition(strategy_of(plan("google")))
    with pytest.raises(InvalidInput, match="An older version made this plan") as refused:
        approve(strategy, actor)
    assert refused.value.field == "plan_hash"
    jobs.run_due()
    assert sandbox.campaigns("google") == []
    services.plan_brief(actor=actor, brief=strategy.brief)
    new = Strategy.objects.exclude(state="replaced").get(brief=strategy.brief)
    assert (new.state, plan_of(new).version) == ("review", 2)
