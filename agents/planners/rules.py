"""The built-in planner: deterministic except for references, needs no key, gives reasons."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from agents.contracts import ExecutionContext
from agents.planners.drafts import ad_of_draft
from agents.planners.interface import Planner
from agents.planners.names import PLATFORMS, ad_group_name, campaign_name
from agents.planners.variants import ad_variants
from agents.plans import ExecutionPlan, PlanGap, PlanStep
from campaigns.spend.max_spend import max_spend
from core.common.money import Money
from platforms.common.references import new_reference
from platforms.models import Platform
from platforms.rules.pack import RULES_VERSION
from platforms.spec.ads import Ad
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.errors import malformed
from platforms.spec.platform_parts import (
    GoogleCampaign,
    MetaAdGroup,
    MetaCampaign,
    TikTokAdGroup,
    TikTokCampaign,
)
from platforms.spec.settings import BudgetSpec, Declarations, Schedule
from platforms.spec.targeting import Keyword, Locations, Targeting


class RulePlanner(Planner):
    name = "rules"

    def plan(self, context: ExecutionContext) -> ExecutionPlan:
        brief, account = context.brief, context.account
        ads, notes, gaps = _ads(context)
        campaign, found = _campaign(context, ads)
        return ExecutionPlan(
            platform=account.platform,
            account_id=account.pk,
            planner=self.name,
            campaigns=(campaign,) if campaign and not gaps else (),
            budget=context.budget,
            worst_case_micros=max_spend(
                account.platform, context.budget.daily_micros, brief.start, brief.end
            ),
            steps=_steps(context, len(ads)),
            reasoning=tuple(_reasons(context, len(ads))),
            warnings=tuple(notes),
            gaps=(*gaps, *found),
            rules_version=RULES_VERSION[account.platform],
        )


def _ads(context: ExecutionContext) -> tuple[tuple[Ad, ...], list[str], tuple[PlanGap, ...]]:
    """The ads, what was left out of them or added, and why one cannot be written. Where a platform
    shows pictures and there are none, there are no ads."""
    drafts, notes = ad_variants(context)
    if context.capabilities.image:
        drafts = [draft for draft in drafts if draft.media]
    try:
        return tuple(map(ad_of_draft, drafts)), notes, ()
    except ValidationError as error:
        return (), notes, _gaps(error)


def _campaign(
    context: ExecutionContext, ads: tuple[Ad, ...]
) -> tuple[CampaignSpec | None, tuple[PlanGap, ...]]:
    brief, platform = context.brief, context.account.platform
    daily = Money.from_micros(context.budget.daily_micros, context.account.currency)
    objective: Any = brief.objective
    try:
        return (
            CampaignSpec(
                reference=new_reference(),
                name=campaign_name(context),
                objective=objective,
                kind="search" if platform == Platform.GOOGLE else "auction",
                budget=BudgetSpec(amount=daily),
                schedule=Schedule(start=brief.start, end=brief.end),
                locations=_places(context) if platform == Platform.GOOGLE else Locations(),
                declarations=Declarations(political_ads=brief.political_ads),
                ad_groups=(_ad_group(context, ads),),
                part=_campaign_part(platform),
            ),
            (),
        )
    except ValidationError as error:
        return None, _gaps(error)


def _gaps(error: ValidationError) -> tuple[PlanGap, ...]:
    return tuple(PlanGap(path=one.path, message=one.message) for one in malformed(error).problems)


def _places(context: ExecutionContext) -> Locations:
    return Locations(countries=tuple(context.brief.countries))


def _ad_group(context: ExecutionContext, ads: tuple[Ad, ...]) -> AdGroupSpec:
    brief, platform = context.brief, context.account.platform
    words = brief.keywords if context.capabilities.keywords else ()
    gender: Any = brief.gender
    return AdGroupSpec(
        reference=new_reference(),
        name=ad_group_name(context),
        targeting=Targeting(
            # Google keeps places on the campaign.
            locations=Locations() if platform == Platform.GOOGLE else _places(context),
            age_min=brief.age_min,
            age_max=brief.age_max,
            gender=gender,
            keywords=tuple(Keyword(text=word) for word in words),
        ),
        ads=ads,
        part=_group_part(platform),
    )


def _campaign_part(platform: str) -> GoogleCampaign | MetaCampaign | TikTokCampaign:
    """Google: the display network stays off, and people who are interested in a place count as
    those in it."""
    if platform == Platform.GOOGLE:
        return GoogleCampaign(platform="google", presence="presence_or_interest")
    return MetaCampaign(platform="meta") if platform == Platform.META else _TIKTOK


def _group_part(platform: str) -> MetaAdGroup | TikTokAdGroup | None:
    """Clicks for the lowest cost."""
    if platform == Platform.META:
        return MetaAdGroup(platform="meta", goal="LINK_CLICKS", billing="IMPRESSIONS")
    if platform == Platform.TIKTOK:
        return TikTokAdGroup(platform="tiktok", goal="CLICK", billing="CPC")
    return None


_TIKTOK = TikTokCampaign(platform="tiktok")


def _steps(context: ExecutionContext, ads: int) -> tuple[PlanStep, ...]:
    name = PLATFORMS[context.account.platform]
    one_by_one = "in one piece" if context.capabilities.atomic_tree else "one after the other"
    return (
        PlanStep(kind="prerequisites", title=f"Check that {context.account.name} can deliver ads"),
        PlanStep(
            kind="create", title=f"Create campaign, ad group and {ads} ads {one_by_one}, paused"
        ),
        PlanStep(
            kind="verify", title=f"Read everything back from {name} and compare it with this plan"
        ),
        PlanStep(kind="enable", title="Switch the campaign on, last of all"),
        PlanStep(kind="confirm", title="Confirm that it is on or in review"),
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
