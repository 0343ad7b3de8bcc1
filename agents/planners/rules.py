"""The built-in planner: deterministic except for references, needs no key, gives reasons."""

from __future__ import annotations

from typing import Any

from agents.contracts import ExecutionContext, ExecutionPlan, PlanStep
from agents.planners.interface import Planner
from agents.planners.names import PLATFORMS, ad_group_name, campaign_name
from agents.planners.variants import ad_variants
from campaigns.publishing.specs import campaign_json
from campaigns.spend.max_spend import max_spend
from core.common.money import Money
from platforms.common.references import new_reference


class RulePlanner(Planner):
    name = "rules"

    def plan(self, context: ExecutionContext) -> ExecutionPlan:
        brief, account = context.brief, context.account
        ads, notes = ad_variants(context)
        spec = campaign_json(
            reference=new_reference(),
            name=campaign_name(context),
            objective=brief.objective,
            daily_budget=Money.from_micros(context.budget.daily_micros, account.currency),
            start=brief.start,
            end=brief.end,
            ad_groups=[_ad_group(context, ads)],
            political_ads=brief.political_ads,
        )
        return ExecutionPlan(
            platform=account.platform,
            account_id=account.pk,
            planner=self.name,
            spec=spec,
            budget=context.budget,
            worst_case_micros=max_spend(
                account.platform, context.budget.daily_micros, brief.start, brief.end
            ),
            steps=_steps(context, len(ads)),
            reasoning=tuple(_reasons(context, len(ads))),
            warnings=tuple(notes),
        )


def _ad_group(context: ExecutionContext, ads: list[dict[str, Any]]) -> dict[str, Any]:
    brief = context.brief
    return {
        "reference": new_reference(),
        "name": ad_group_name(context),
        "targeting": {
            "countries": list(brief.countries),
            "age_min": brief.age_min,
            "age_max": brief.age_max,
            "gender": brief.gender,
            "keywords": list(brief.keywords) if context.capabilities.keywords else [],
        },
        "ads": [{"reference": new_reference(), **ad} for ad in ads],
    }


def _steps(context: ExecutionContext, ads: int) -> tuple[PlanStep, ...]:
    name = PLATFORMS[context.account.platform]
    one_by_one = "in one piece" if context.capabilities.atomic_tree else "one after the other"
    return (
        PlanStep("prerequisites", f"Check that {context.account.name} can deliver ads"),
        PlanStep("create", f"Create campaign, ad group and {ads} ads {one_by_one}, paused"),
        PlanStep("verify", f"Read everything back from {name} and compare it with this plan"),
        PlanStep("enable", "Switch the campaign on, last of all"),
        PlanStep("confirm", "Confirm that it is on or in review"),
    )


def _keywords(count: int) -> str:
    return f"{count} phrase-match keyword{'' if count == 1 else 's'}"


def _reasons(context: ExecutionContext, ads: int) -> list[str]:
    budget, account = context.budget, context.account
    reasons = [
        f"{account.money(budget.daily_micros)} a day for {budget.days} days comes from this "
        f"account's part of the total, {account.money(budget.total_micros)}.",
        f"{ads} ads share one ad group, so that they compete on equal terms and can be tested.",
    ]
    if context.capabilities.keywords:
        reasons.append(
            f"A search campaign with {_keywords(len(context.brief.keywords))}; the "
            "display network stays off, since it spends apart from search intent."
        )
        reasons.append("Bids aim at most clicks: conversion bidding needs a history first.")
    else:
        reasons.append("The budget sits on the campaign, and bids aim at most link clicks.")
    if budget.left_over_micros:
        reasons.append(f"{account.money(budget.left_over_micros)} is left over by rounding down.")
    reasons.extend(budget.notes)
    return reasons
