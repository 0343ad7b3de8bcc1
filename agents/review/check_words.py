"""What a plan was checked for, in sentences: here, and by its platform."""

from __future__ import annotations

from dataclasses import dataclass

from agents.models import Strategy
from platforms.registry import capabilities_of
from platforms.types import Validates

HERE = (
    "Checked here: limits and caps with all that runs, exchange rates, minimum budgets, texts, "
    "keywords, pictures, ages, dates and the landing page."
)
_COVERS: dict[Validates, str] = {
    "tree": "the whole campaign with its ad groups, keywords, places and ads",
    "campaign": "the campaign; its ad sets and ads can only be checked once it exists, paused",
    "nothing": "the countries; it offers no check of the rest",
}


@dataclass(frozen=True)
class PlanCheck:
    tone: str
    label: str
    """Whether the platform was asked, in a few words."""
    here: str
    platform: str


def plan_check(strategy: Strategy) -> PlanCheck:
    account, state = strategy.account, strategy.check_state
    name, check = account.get_platform_display(), Strategy.Check
    covers = _COVERS[capabilities_of(account.platform).validates]
    if state == check.PASSED:
        return PlanCheck("good", f"Checked by {name}", HERE, f"{name} checked {covers}.")
    if state == check.REFUSED:
        return PlanCheck("bad", f"Refused by {name}", HERE, f"{name} was asked and refused it.")
    if state == check.UNREACHABLE and strategy.state != Strategy.State.REVIEW:
        return PlanCheck(
            "wait",
            f"Not checked by {name}",
            HERE,
            f"{name} could not be asked before the approval: {strategy.check_says}",
        )
    if state == check.UNREACHABLE:
        return PlanCheck(
            "wait",
            f"Not checked by {name}",
            HERE,
            f"{name} could not be asked: {strategy.check_says} It is asked again every minute.",
        )
    return PlanCheck(
        "wait", f"Not checked by {name} yet", HERE, f"{name} is being asked about this plan."
    )
