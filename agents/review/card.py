"""One strategy as a card on the brief's page: plan, cost, progress and next step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from agents.execution.remainder import left_to_do
from agents.execution.remains import what_exists
from agents.execution.retries import RetryBar, retry_bar
from agents.models import Execution, ExecutionStep, Strategy
from agents.planners.drafts import AdDraft, draft_of_ad
from agents.plans import ExecutionPlan, parse_plan
from agents.review.check_words import PlanCheck, plan_check
from agents.selectors import CAN_BE_PLANNED, NEXT_STEPS, RUNNING, STATE_LABELS
from campaigns.models import Campaign, PublishRequest
from campaigns.presentation.vendor_ui_links import vendor_link as campaign_link
from campaigns.spend.max_spend import OVERSPEND
from core.common.errors import AdsEngineError
from core.common.money import Money
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.targeting import Targeting

State = Strategy.State
KEYWORDS_SHOWN = 50
_LABELS = {
    "accounts": "Ad account",
    "age_min": "Ages",
    "age_max": "Ages",
    "daily_budget": "Daily budget",
    "images": "Pictures and videos",
    "political_ads": "Political ads",
    "start": "First day",
    "end": "Last day",
}


@dataclass(frozen=True)
class StepLine:
    title: str
    state: str
    """pending, running, done or failed."""
    done: int = 0
    all: int = 0
    error: str = ""


@dataclass(frozen=True)
class GroupView:
    """One ad group of a plan, as it is shown."""

    campaign: str
    name: str
    countries: tuple[str, ...]
    targeting: Targeting
    ads: list[AdDraft]

    @property
    def keywords(self) -> list[str]:
        return [keyword.text for keyword in self.targeting.keywords[:KEYWORDS_SHOWN]]

    @property
    def more_keywords(self) -> list[str]:
        """Those that a click shows."""
        return [keyword.text for keyword in self.targeting.keywords[KEYWORDS_SHOWN:]]


@dataclass(frozen=True)
class StrategyCard:
    strategy: Strategy

    @cached_property
    def plan(self) -> ExecutionPlan | None:
        """None when an older version wrote the plan: then it has to be planned again."""
        try:
            return parse_plan(self.strategy.plan)
        except AdsEngineError:
            return None

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.strategy.state][0]

    @property
    def tone(self) -> str:
        return STATE_LABELS[self.strategy.state][1]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The field of the brief, and what to correct."""
        return [
            (_LABELS.get(p["field"], p["field"].replace("_", " ").capitalize()), p["message"])
            for p in self.strategy.problems
        ]

    # ---- what was checked ----

    @property
    def check(self) -> PlanCheck:
        return plan_check(self.strategy)

    @property
    def shows_check(self) -> bool:
        """Not of a plan that needs a correction or was declined, nor of one from before there were
        checks."""
        approved = self.is_running or self.strategy.state in {State.LIVE, State.FAILED}
        had = self.strategy.check_state != Strategy.Check.WAITING
        return self.is_waiting or (approved and had)

    @property
    def is_being_checked(self) -> bool:
        """The platform has not answered yet: the page asks again."""
        return self.is_waiting and self.strategy.check_state == Strategy.Check.WAITING

    @property
    def can_be_approved(self) -> bool:
        return self.is_waiting and not self.is_being_checked

    @property
    def unchecked(self) -> bool:
        """The platform could not be asked, which an approver has to be told."""
        return self.strategy.check_state == Strategy.Check.UNREACHABLE

    # ---- money ----

    def _money(self, micros: int) -> Money:
        return self.strategy.account.money(micros)

    @property
    def total(self) -> Money | None:
        return self._money(self.plan.budget.total_micros) if self.plan else None

    @property
    def daily(self) -> Money | None:
        return self._money(self.plan.budget.daily_micros) if self.plan else None

    @property
    def left_over(self) -> Money | None:
        return self._money(self.plan.budget.left_over_micros) if self.plan else None

    @property
    def max_spend(self) -> Money | None:
        return self._money(self.plan.worst_case_micros) if self.plan else None

    @property
    def overspend(self) -> str:
        rule = OVERSPEND.get(self.strategy.account.platform)
        return rule.in_words if rule else ""

    @property
    def part(self) -> float:
        """Share of the brief's total, 0 to 1."""
        whole = self.strategy.brief.total_budget_micros
        return self.plan.budget.total_micros / whole if self.plan and whole else 0.0

    @property
    def ads(self) -> int:
        return self.plan.ads if self.plan else 0

    @cached_property
    def groups(self) -> list[GroupView]:
        campaigns = self.plan.campaigns if self.plan else ()
        return [_group_view(one, group) for one in campaigns for group in one.ad_groups]

    # ---- next steps ----

    @property
    def next_step(self) -> str:
        return NEXT_STEPS[self.strategy.state]

    @property
    def vendor_link(self) -> tuple[str, str] | None:
        """The name and address of the first campaign in the platform's own manager."""
        return campaign_link(self.existing[0]) if self.existing else None

    @property
    def is_waiting(self) -> bool:
        return self.strategy.state == Strategy.State.REVIEW

    @property
    def is_running(self) -> bool:
        return self.strategy.state in RUNNING

    @property
    def can_be_planned(self) -> bool:
        return self.strategy.state in CAN_BE_PLANNED

    @cached_property
    def retry_bar(self) -> RetryBar | None:
        """Why a failed launch cannot be resumed; None where it can."""
        return retry_bar(self.strategy)

    @property
    def can_retry(self) -> bool:
        return self.strategy.state == Strategy.State.FAILED and self.retry_bar is None

    # ---- progress of the launch ----

    @property
    def execution(self) -> Execution | None:
        return getattr(self.strategy, "execution", None)

    @property
    def _steps(self) -> list[ExecutionStep]:
        return list(self.execution.steps.all()) if self.execution else []

    @property
    def steps(self) -> list[StepLine]:
        """The plan's steps with their progress."""
        started = {step.position: step for step in self._steps}
        titles = [step.title for step in self.plan.steps] if self.plan else []
        return [_step_line(title, started.get(i)) for i, title in enumerate(titles)]

    @property
    def waiting_for(self) -> str:
        if not self.is_running:
            return ""
        reason = self.execution.waiting_for if self.execution else ""
        return reason or ("" if self._steps else "A worker takes it up in a moment.")

    @property
    def what_exists(self) -> str:
        return what_exists(self.strategy.launched)

    @cached_property
    def left_to_do(self) -> list[str]:
        """Of a failed launch."""
        return left_to_do(self.strategy)

    @cached_property
    def existing(self) -> list[Campaign]:
        """The campaigns that are on the platform."""
        return [campaign for campaign in self.strategy.launched if campaign.remote_id]

    @property
    def live_text(self) -> str:
        count = len(self.strategy.launched)
        return "The campaign is live." if count == 1 else f"{count} campaigns are live."


def _group_view(campaign: CampaignSpec, group: AdGroupSpec) -> GroupView:
    return GroupView(
        campaign=campaign.name,
        name=group.name,
        countries=group.targeting.locations.countries or campaign.locations.countries,
        targeting=group.targeting,
        ads=sorted(map(draft_of_ad, group.ads), key=lambda ad: ad.name),
    )


def _step_line(title: str, step: ExecutionStep | None) -> StepLine:
    if step is None:
        return StepLine(title, "pending")
    states = [request.state for request in step.requests.all()]
    done = states.count(PublishRequest.State.DONE)
    return StepLine(title, step.state, done, len(states), step.error)
