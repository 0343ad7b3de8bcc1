"""Admin of wrong passwords: who is locked out for a while, and how a superuser unlocks them."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import StrictAdmin, SuperuserAdmin


@admin.register(AccessAttempt)
class WrongPasswordAdmin(SuperuserAdmin, StrictAdmin):
    """Wrong passwords of one name from one address since the last right one. Deleting a row unlocks
    the name at that address; rows older than the cool-off count no more."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = readonly_fields = (*list_display, "user_agent", "path_info")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
