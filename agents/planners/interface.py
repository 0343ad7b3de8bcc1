"""The planner interface. A planner only proposes: the preflight checks every plan it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from agents.contracts import ExecutionContext
from agents.plans import ExecutionPlan


class Planner(ABC):
    name: ClassVar[str]

    @abstractmethod
    def plan(self, context: ExecutionContext) -> ExecutionPlan:
        """One account's part of a brief as a complete plan, with reasons a marketer can follow."""
