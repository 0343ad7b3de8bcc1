"""The form with which the first person creates the first advertiser."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from core.common.money import currencies
from core.models import (
    Actor,
    Advertiser,
    AuditAction,
    Membership,
    Role,
    User,
    filter_by_name,
    record,
)


class FirstAdvertiserForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name of the business")
    currency = forms.ChoiceField(label="Report currency")
    time_zone = forms.ChoiceField(label="Time zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, codes in (("currency", currencies()), ("time_zone", available_timezones())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "Choose"), *((code, code) for code in sorted(codes))]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if filter_by_name(Advertiser.objects.all(), name).exists():
            raise ValidationError("There is an advertiser of this name already.")
        return name


def create_first_advertiser(form: FirstAdvertiserForm, user: User) -> Advertiser | None:
    """Create the advertiser with this person as its admin.

    Returns None, with the error in the form, where the name is taken.
    """
    try:
        with transaction.atomic():
            advertiser = Advertiser.objects.create(
                slug=_free_slug(form.cleaned_data["name"]), **form.cleaned_data
            )
            Membership.objects.create(user=user, advertiser=advertiser, role=Role.ADMIN)
            record(
                Actor.person(user), AuditAction.ADD_ADVERTISER, advertiser, advertiser=advertiser
            )
    except IntegrityError:
        form.add_error("name", "There is an advertiser of this name already.")
        return None
    return advertiser


def _free_slug(name: str) -> str:
    """The name as a slug, with a number added where it is taken."""
    base = slugify(name)[:50].strip("-") or "advertiser"
    taken = set(Advertiser.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)
