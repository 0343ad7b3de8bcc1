"""The typed records of the agents app: input and output of planning and execution.

All money is integer micros of the account's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.plans import BudgetValidation
from campaigns.models import Asset, Brief
from campaigns.naming import Patterns
from platforms.models import AdAccount
from platforms.rules.capabilities import Capabilities


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
class ExecutionResult:
    """The result of an execution: live, waiting, or failed with the reason."""

    state: str
    message: str = ""
    created: tuple[str, ...] = field(default=())
