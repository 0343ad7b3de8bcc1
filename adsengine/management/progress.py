"""How far the demo is: written by `play`, shown on the pages while it runs."""

from __future__ import annotations

from django.core.cache import cache

KEY = "demo-progress"
_KEEP_SECONDS = 300


def report(text: str, fraction: float) -> None:
    cache.set(KEY, {"text": text, "percent": round(100 * fraction)}, _KEEP_SECONDS)


def done() -> None:
    cache.delete(KEY)
