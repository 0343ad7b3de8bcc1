"""The beat's scheduler; its rounds are signs of life."""

from __future__ import annotations

import time
from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler

from core.liveness.heartbeats import BEAT, EVERY_SECONDS, note, tried


class Timetable(DatabaseScheduler):
    """django-celery-beat's, which also writes the beat's row."""

    _noted_at = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() >= self._noted_at + EVERY_SECONDS:
            self._noted_at = time.monotonic()
            tried(lambda: note(BEAT))
        wait: float = super().tick(*args, **kwargs)
        return min(wait, EVERY_SECONDS)
