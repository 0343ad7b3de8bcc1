from __future__ import annotations

from typing import Any

from django import forms

from optimization.models import METRICS


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
    planned_days = forms.IntegerField(
        label="Planned days",
        initial=14,
        help_text="3 to 90; two full weeks see every weekday twice. You may look at any time.",
    )
    hypothesis = forms.CharField(
        label="What you expect",
        required=False,
        max_length=500,
        help_text="One sentence, to compare with the outcome later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, campaigns: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].choices = campaigns  # type: ignore[attr-defined]
