"""What spends more than its plan is only cut until it is back on it."""

from __future__ import annotations

from campaigns.models import Campaign
from core.models import Advertiser
from optimization.pacing.course import Paced, open_plans, paces
from optimization.stats.budget.pacing import PaceStatus


def over_plan_reasons(advertiser: Advertiser, campaigns: list[Campaign]) -> dict[int, str]:
    """Campaign id to why its budget is not raised: a plan that covers it is over."""
    over = [
        paced for paced in paces(open_plans(advertiser)) if paced.pace.status == PaceStatus.OVER
    ]
    return {
        campaign.pk: f"the plan “{paced.plan}” is over: {paced.says}"
        for paced in over
        for campaign in campaigns
        if _covers(paced, campaign)
    }


def _covers(paced: Paced, campaign: Campaign) -> bool:
    plan = paced.plan
    return plan.currency == campaign.account.currency and plan.brief_id in {
        None,
        campaign.brief_id,
    }
