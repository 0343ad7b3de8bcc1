"""A planner turns a context into a plan. It only proposes: whatever it returns passes preflight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from agents.contracts import ExecutionContext, ExecutionPlan


class Planner(ABC):
    name: ClassVar[str]

    @abstractmethod
    def plan(self, context: ExecutionContext) -> ExecutionPlan:
        """One account's part of a brief as a complete plan, with reasons a marketer can follow."""
