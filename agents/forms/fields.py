"""Form fields that Django does not have: several files at once, and a share of the total."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from core.common.money import Money
from core.form_fields import PlainDecimalField
from platforms.models import AdAccount


class PicturesInput(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Any number of files. The service checks their content."""

    widget = PicturesInput(attrs={"accept": "image/png,image/jpeg,video/mp4,video/quicktime"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(PicturesField, self).clean(file, initial) for file in files]


@dataclass(frozen=True)
class AccountLine:
    """One ad account to choose, with its share of the total."""

    account: AdAccount
    chosen: bool
    share: forms.BoundField
    minimum: Money
    """Smallest daily budget of a campaign there, as far as it is known."""
    minimum_text: str


def share_field(account: AdAccount) -> forms.DecimalField:
    return PlainDecimalField(
        label=f"Share of {account}",
        required=False,
        max_digits=7,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        initial=1,
        error_messages={"min_value": "A share is above zero."},
        widget=forms.NumberInput(attrs={"step": "any", "min": "0", "inputmode": "decimal"}),
    )
