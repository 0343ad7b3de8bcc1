"""Public API of the A/B engine."""

from optimization.stats.ab.engine import InvalidArms, analyze, analyze_many

__all__ = ["InvalidArms", "analyze", "analyze_many"]
