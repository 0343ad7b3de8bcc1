"""The review of a plan before it is shown for approval."""

from agents.execution.preflight.rules import preflight

__all__ = ["preflight"]
