"""Filters that several admins share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.access import advertisers_of

MOST = 200


def advertiser_filter(path: str) -> type[admin.SimpleListFilter]:
    """By one of the reader's own advertisers; `path` leads from the row to it.

    Django's own filter would read every row to find the advertisers among them: ledgers are long.
    """

    class AdvertiserFilter(admin.SimpleListFilter):
        title = "advertiser"
        parameter_name = "advertiser"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            mine = advertisers_of(request.user).order_by("name")
            return list(mine.values_list("slug", "name")[:MOST])

        def has_output(self) -> bool:
            return len(self.lookup_choices) > 1

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            slug = (self.value() or "").replace("\x00", "")  # PostgreSQL takes no NUL
            return queryset.filter(**{f"{path}__slug": slug}) if slug else queryset

    return AdvertiserFilter
