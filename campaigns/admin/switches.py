"""What this app adds to a platform's limits in the admin: pressing and lifting its stop switch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaigns import services
from core.common.errors import InvalidMove
from core.models import Actor, Role
from platforms.admin import PlatformLimitsAdmin
from platforms.models import PlatformLimits

admin.site.unregister(PlatformLimits)


@admin.register(PlatformLimits)
class StoppablePlatformAdmin(PlatformLimitsAdmin):
    """A platform's cap with its stop switch."""

    actions = ["press_stop", "lift_stop"]

    @admin.action(description="Press the stop switch of the platform")
    def press_stop(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _press, "Stopped", role=Role.EDITOR)

    @admin.action(description="Lift the stop switch of the platform")
    def lift_stop(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _lift, "Lifted the stop switch of", role=Role.APPROVER)


def _press(actor: Actor, limits: PlatformLimits) -> None:
    if limits.stopped_at is not None:
        raise InvalidMove("The stop switch is on already.")
    services.stop(
        actor=actor,
        advertiser=limits.advertiser,
        reason="Pressed in the admin.",
        platform=limits.platform,
    )


def _lift(actor: Actor, limits: PlatformLimits) -> None:
    if limits.stopped_at is None:
        raise InvalidMove("The stop switch is off already.")
    services.lift_stop(actor=actor, advertiser=limits.advertiser, platform=limits.platform)
