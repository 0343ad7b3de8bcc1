"""How far the demo is: written while it plays, shown on the pages meanwhile."""

from __future__ import annotations

from django.core.cache import cache

KEY = "demo-progress"
_KEEP_SECONDS = 300


def report(text: str, percent: int) -> None:
    cache.set(KEY, {"text": text, "percent": percent}, _KEEP_SECONDS)


def current() -> dict[str, object] | None:
    """`text` and `percent` while it plays, else None."""
    found: dict[str, object] | None = cache.get(KEY)
    return found


def done() -> None:
    cache.delete(KEY)
