"""Whose data a request is about, and whether its role suffices."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from core.access import advertisers_of, api_ceiling, body_of, require
from core.api.fields import LARGEST_ID, Flag
from core.common.errors import InvalidInput
from core.models import Advertiser, Role


def pick_advertiser(request: Request) -> Advertiser:
    """The advertiser named by `advertiser` (its slug), in the query or in the body, or the only one
    that the caller has. Raises Http404 for one of others, InvalidInput where none is meant."""
    mine = advertisers_of(request.user).order_by("pk")
    both = (request.query_params, body_of(request))
    given = [names["advertiser"] for names in both if "advertiser" in names]
    if not all(isinstance(slug, str) for slug in given):
        raise InvalidInput("Write the advertiser's slug.", field="advertiser")
    named = set(given)
    if len(named) > 1:
        raise InvalidInput("The query and the body name different ones.", field="advertiser")
    if named:
        return get_object_or_404(mine, slug=named.pop())
    first = mine.first()
    if first is None:
        raise InvalidInput("You belong to no advertiser yet.", field="advertiser")
    if request.method not in {"GET", "HEAD"} and mine.count() > 1:
        raise InvalidInput("Say which advertiser is meant.", field="advertiser")
    return first


def check_role(request: Request, advertiser: Advertiser, role: Role) -> None:
    require(request.user, advertiser, role, ceiling=api_ceiling(request))


class IdFormField(forms.IntegerField):
    """A primary key in digits."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how, min_value=1, max_value=LARGEST_ID)

    def to_python(self, value: Any) -> int | None:
        """Raises ValidationError for what int() reads too: 1_000, other scripts' digits."""
        if value and not (value.isascii() and value.isdigit()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class AdvertiserFilter(django_filters.CharFilter):
    """Rows of one advertiser, by its slug. Raises Http404 for one that is not the caller's."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        found = advertisers_of(self.parent.request.user).filter(slug=value).first()
        if found is None:
            raise Http404
        return qs.filter(**{self.field_name: found})


class FlagFormField(forms.Field):
    """true or false, in the forms that core.api.fields.Flag takes."""

    def to_python(self, value: Any) -> bool | None:
        """Raises ValidationError for anything else, which a form field of Django would read as
        "not given"."""
        if value is None:
            return None
        text = value.strip().lower()
        if text in Flag.TRUE_VALUES:
            return True
        if text in Flag.FALSE_VALUES:
            return False
        raise forms.ValidationError("Write true or false.", code="invalid")


class FlagFilter(django_filters.BooleanFilter):
    """Rows that are so, or are not."""

    field_class = FlagFormField


class IdFilter(django_filters.Filter):
    """Rows that belong to one other row, by its id."""

    field_class = IdFormField
