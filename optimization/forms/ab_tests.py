from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from core.form_fields import PlainDecimalField
from optimization.models import DESIGNS, METRICS, ABTest


class ABTestForm(forms.Form):
    """Start a test. The campaigns offered are those that the page has found."""

    campaign = forms.TypedChoiceField(
        label="Campaign",
        coerce=int,
        help_text="All its ads that are not archived are compared.",
        error_messages={"required": "Choose a campaign."},
    )
    metric = forms.ChoiceField(
        label="Decided by",
        choices=METRICS,
        help_text="One measure decides; the others only guard against a bad trade.",
    )
    smallest_effect = PlainDecimalField(
        label="Smallest difference worth finding, in percent",
        initial=20,
        required=False,
        help_text="Smaller differences take much longer: half the difference, four times the days.",
        widget=forms.NumberInput(attrs={"min": 1, "max": 500, "step": 1}),
    )
    planned_days = forms.IntegerField(
        label="Planned days",
        initial=14,
        help_text="3 to 90; two full weeks have every weekday twice. Analyse it at any time.",
    )
    hypothesis = forms.CharField(
        label="What you expect",
        required=False,
        max_length=500,
        help_text="One sentence, to compare with the outcome later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    subject = forms.ChoiceField(
        label="Compare", choices=ABTest.Subject.choices, required=False, initial="ad"
    )
    guard_metrics = forms.MultipleChoiceField(
        label="Guarded by",
        choices=METRICS,
        required=False,
        help_text="A winner must not be proven worse on these.",
        widget=forms.CheckboxSelectMultiple,
    )
    design = forms.ChoiceField(
        label="Who sees which ad",
        choices=DESIGNS,
        required=False,
        initial="delivery",
        help_text="Choose the split only if the platform runs one: then an uneven split is an "
        "error and is flagged.",
    )

    MORE = ("subject", "guard_metrics", "design")

    def __init__(self, *args: Any, campaigns: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].choices = campaigns  # type: ignore[attr-defined]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.MORE and field.name != "campaign"]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    @property
    def more_is_open(self) -> bool:
        return any(self[name].errors for name in self.MORE)

    def wish(self) -> dict[str, Any]:
        """The arguments of `create_test`, but for actor and campaign."""
        given = {key: value for key, value in self.cleaned_data.items() if key != "campaign"}
        return {
            **given,
            "subject": given["subject"] or "ad",
            "design": given["design"] or "delivery",
            "smallest_effect": as_fraction(given["smallest_effect"]),
        }


def as_fraction(percent: Decimal | None) -> Decimal:
    """20 (percent) is 0.2; nothing given is the default."""
    return Decimal("0.2") if percent is None else percent / 100
