"""What spends more than its plan is only cut until it is back on it."""

from __future__ import annotations

from campaigns.models import Campaign
from campaigns.presentation.charts import pacing
from core.models import Advertiser
from optimization.pacing.course import Paced, open_plans, paces
from optimization.stats.budget.pacing import PaceStatus


def over_plan_reasons(advertiser: Advertiser, campaigns: list[Campaign]) -> dict[int, str]:
    """Campaign id to why its budget is not raised: a plan that covers it is over."""
    month = _month_reason(advertiser, campaigns)
    over = [
        paced for paced in paces(open_plans(advertiser)) if paced.pace.status == PaceStatus.OVER
    ]
    return month | {
        campaign.pk: f"the plan “{paced.plan}” is over: {paced.says}"
        for paced in over
        for campaign in campaigns
        if _covers(paced, campaign)
    }


def _month_reason(advertiser: Advertiser, campaigns: list[Campaign]) -> dict[int, str]:
    """Of the advertiser's monthly budget, as the overview shows it. It is that of all platforms:
    what is spent in another currency comes on top."""
    month = pacing(advertiser, advertiser.currency)
    if month is None or not month.is_over:
        return {}
    why = (
        f"the month is over plan: {month.before_today} of {month.budget} was spent until "
        f"yesterday, {month.expected} was planned by then."
    )
    return dict.fromkeys([campaign.pk for campaign in campaigns], why)


def _covers(paced: Paced, campaign: Campaign) -> bool:
    plan = paced.plan
    return plan.currency == campaign.account.currency and plan.brief_id in {
        None,
        campaign.brief_id,
    }
