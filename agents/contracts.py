"""The typed records of the agents app: input and output of planning and execution.

All money is integer micros of the account's currency.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from campaigns.models import Asset, Brief
from campaigns.naming import Patterns
from campaigns.publishing.specs import content_hash
from core.common.errors import AdsEngineError
from platforms.interface import Capabilities
from platforms.models import AdAccount

PLAN_VERSION = 1


class PlanMalformed(AdsEngineError):
    code = "plan_malformed"


@dataclass(frozen=True)
class ExecutionContext:
    """A planner's input: one ad account's part of a brief."""

    brief: Brief
    account: AdAccount
    capabilities: Capabilities
    images: tuple[Asset, ...]
    budget: BudgetValidation
    patterns: Patterns = field(default_factory=Patterns)


@dataclass(frozen=True)
class BudgetValidation:
    """One account's part of the total: micros, days, and what rounding leaves over."""

    total_micros: int
    daily_micros: int
    days: int
    left_over_micros: int
    minimum_micros: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What blocks a plan: the field to correct and the remedy."""

    field: str
    message: str


@dataclass(frozen=True)
class ValidationResult:
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class PlanStep:
    kind: str
    title: str


@dataclass(frozen=True)
class ExecutionPlan:
    """The whole plan for one account; `spec` comes from publishing.specs.campaign_json."""

    platform: str
    account_id: int
    planner: str
    spec: dict[str, Any]
    budget: BudgetValidation
    worst_case_micros: int
    steps: tuple[PlanStep, ...]
    reasoning: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    version: int = PLAN_VERSION

    def to_json(self) -> dict[str, Any]:
        content = asdict(self)
        for key in ("reasoning", "warnings", "steps"):
            content[key] = list(content[key])
        content["budget"]["notes"] = list(content["budget"]["notes"])
        return content

    @property
    def hash(self) -> str:
        return content_hash(self.to_json())

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ExecutionPlan:
        """Strict: unknown, missing or wrongly versioned content raises PlanMalformed."""
        if content.get("version") != PLAN_VERSION:
            raise PlanMalformed(f"This plan has version {content.get('version')!r}. Plan again.")
        try:
            budget = BudgetValidation(
                **{**content["budget"], "notes": tuple(content["budget"]["notes"])}
            )
            steps = tuple(PlanStep(**step) for step in content["steps"])
            rest = {k: v for k, v in content.items() if k not in {"budget", "steps"}}
            rest["reasoning"], rest["warnings"] = tuple(rest["reasoning"]), tuple(rest["warnings"])
            return cls(budget=budget, steps=steps, **rest)
        except (KeyError, TypeError) as err:
            raise PlanMalformed(f"This plan cannot be read ({err}). Plan again.") from err


@dataclass(frozen=True)
class ExecutionResult:
    """The result of an execution: live, waiting, or failed with the reason."""

    state: str
    message: str = ""
    created: tuple[str, ...] = field(default=())
