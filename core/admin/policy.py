"""Admin of looser limits that wait for a second admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core import policy
from core.admin.base import LedgerAdmin
from core.models import Actor, PolicyChange, Role


@admin.register(PolicyChange)
class PolicyChangeAdmin(LedgerAdmin):
    """Looser limits; another admin than who asked confirms them."""

    change_role = Role.ADMIN
    list_display = ("asked_at", "advertiser", "setting", "before", "after", "state", "asked_by")
    list_filter = ("state",)
    list_select_related = ("advertiser", "asked_by")
    search_fields = ("setting", "target_name")
    actions = ("confirm", "decline")

    @admin.action(description="Confirm as the second admin")
    def confirm(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _confirm, "Confirmed")

    @admin.action(description="Decline: the stricter limit stays")
    def decline(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _decline, "Declined")


def _confirm(actor: Actor, change: PolicyChange) -> None:
    policy.decide(actor=actor, change=change, confirm=True)


def _decline(actor: Actor, change: PolicyChange) -> None:
    policy.decide(actor=actor, change=change, confirm=False)
