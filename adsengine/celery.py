"""The Celery application of `celery -A adsengine`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adsengine.settings")

from core.celery import app

__all__ = ["app"]
