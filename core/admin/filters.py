"""Filters that several admins share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.access import advertisers_of

MAX_CHOICES = 200


def advertiser_filter(path: str) -> type[admin.SimpleListFilter]:
    """A filter by one of the user's own advertisers; `path` is the lookup from the row to it.

    Django's own filter would read every row to find the advertisers, and these tables are long.
    """

    class AdvertiserFilter(admin.SimpleListFilter):
        title = "advertiser"
        parameter_name = "advertiser"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            advertisers = advertisers_of(request.user).order_by("name")
            return list(advertisers.values_list("slug", "name")[:MAX_CHOICES])

        def has_output(self) -> bool:
            return len(self.lookup_choices) > 1

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            slug = (self.value() or "").replace("\x00", "")  # PostgreSQL rejects NUL
            return queryset.filter(**{f"{path}__slug": slug}) if slug else queryset

    return AdvertiserFilter
