"""Planners by name. `rules` is the default and the fallback."""

from __future__ import annotations

from agents.planners.interface import Planner
from agents.planners.rules import RulePlanner

PLANNERS: dict[str, type[Planner]] = {RulePlanner.name: RulePlanner}


def planner(name: str = RulePlanner.name) -> Planner:
    return PLANNERS[name]()
