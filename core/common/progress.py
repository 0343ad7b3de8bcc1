"""Progress of the demo: written while it plays, shown on the pages."""

from __future__ import annotations

from django.core.cache import cache

KEY = "demo-progress"
_EXPIRES_SECONDS = 300


def report(text: str, percent: int) -> None:
    cache.set(KEY, {"text": text, "percent": percent}, _EXPIRES_SECONDS)


def get() -> dict[str, object] | None:
    """`text` and `percent` while the demo plays, else None."""
    found: dict[str, object] | None = cache.get(KEY)
    return found


def clear() -> None:
    cache.delete(KEY)
