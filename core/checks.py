"""Deployment checks: settings that must not be used in production, each with an id and a hint."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def check_live_calls_without_debug(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.LIVE_CALLS and settings.DEBUG:
        return [
            Error(
                "Live platform calls are on while ADSENGINE_DEBUG is true.",
                hint="Set ADSENGINE_DEBUG=false: debug pages show settings.",
                id="adsengine.E002",
            )
        ]
    return []
