"""One small form for each thing that can be changed in place; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms

from adsengine.common.errors import AdsEngineError, InputErrors, InvalidInput
from adsengine.common.money import Money, minor_digits
from campaigns.models import Campaign
from platforms.registry import capabilities_of, launch_platforms


class NameForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name")


class BudgetForm(forms.Form):
    daily_budget = forms.CharField(
        max_length=20,
        label="Daily budget",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_daily_budget(self) -> Money:
        text = self.cleaned_data["daily_budget"]
        try:
            return Money.parse(text, self.currency, field="daily_budget")
        except InvalidInput as err:
            raise forms.ValidationError(err.user_message) from err


class EndForm(forms.Form):
    end = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def change_forms(campaign: Campaign) -> dict[str, forms.Form]:
    """The forms of a campaign's settings, each with the present value."""
    budget = campaign.daily_budget
    digits = minor_digits(campaign.account.currency)
    amount = f"{budget.amount:.{digits}f}" if budget else ""
    found: dict[str, forms.Form] = {
        "name": NameForm(initial={"name": campaign.name}),
        "daily_budget": BudgetForm(
            initial={"daily_budget": amount}, currency=campaign.account.currency
        ),
    }
    if _dates_may_move(campaign):
        found["end"] = EndForm(initial={"end": campaign.end})
    return found


def _dates_may_move(campaign: Campaign) -> bool:
    platform = campaign.account.platform
    return platform in launch_platforms() and capabilities_of(platform).update_schedule


def bound_form(campaign: Campaign, field: str, data: Any) -> forms.Form:
    """The form of one field with what was sent. Raises KeyError for an unknown field."""
    if field == "daily_budget":
        return BudgetForm(data, currency=campaign.account.currency)
    return {"name": NameForm, "end": EndForm}[field](data)


def add_refusal(form: forms.Form, err: AdsEngineError) -> None:
    """Put a service's refusal at the field that it names, or above the form."""
    parts = err.errors if isinstance(err, InputErrors) else [err]
    for part in parts:
        field = part.field if part.field in form.fields else None
        form.add_error(field, part.user_message)
