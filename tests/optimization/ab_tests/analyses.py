"""Analyses as the engine gives them, without running it."""

from __future__ import annotations

from typing import Any

from optimization.stats.ab.results import METHOD_VERSION, ABResult, ArmFigures, Boundary


def arm_figures(
    pk: int = 1,
    *,
    rate: float | None = 0.02,
    ci_low: float | None = None,
    ci_high: float | None = None,
) -> ArmFigures:
    """One arm that is still being measured."""
    return ArmFigures(
        id=pk,
        status="collecting",
        rate=rate,
        ci_low=ci_low,
        ci_high=ci_high,
        prob_best=None,
        expected_loss=None,
        events=200.0,
        days=3,
        impressions=10_000.0,
        clicks=200.0,
        conversions=10.0,
        spend=50.0,
        revenue=100.0,
    )


def analysis(*arms: ArmFigures, **other: Any) -> ABResult:
    """Of a test that is collecting; `other` are further fields."""
    values: dict[str, Any] = {
        "status": "collecting",
        "winner_ids": (),
        "losing_ids": (),
        "pause_ids": (),
        "scale_ids": (),
        "confidence": None,
        "summary": "Not enough data yet.",
        "warnings": ("Wait.",),
        "pairs": (),
        "dispersion": None,
        "boundary": Boundary(3 / 14, 2.3, 14, 3, None),
        "srm": None,
        "delivery_skew": None,
        "days_to_decision_estimate": None,
        "confidence_basis": "estimated_dispersion",
        "metric": "ctr",
        "method_version": METHOD_VERSION,
    }
    return ABResult(arms=arms, **(values | other))
