"""The form that schedules a report by e-mail."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import ReportSchedule
from campaigns.presentation.number_format import STYLES
from core.models import Advertiser, User


class ReportScheduleForm(forms.Form):
    """The view that is sent goes along as `query`."""

    name = forms.CharField(max_length=120, label="Name")
    cadence = forms.ChoiceField(
        choices=ReportSchedule.Cadence.choices, label="Sent", initial="weekly"
    )
    hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, label="At", initial=8
    )
    style = forms.ChoiceField(
        choices=[(style.code, style.label) for style in STYLES.values()], label="Numbers like"
    )
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(), label="To", widget=forms.CheckboxSelectMultiple
    )
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, advertiser: Advertiser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__advertiser=advertiser, is_active=True)
        field: Any = self.fields["recipients"]
        field.queryset = members.exclude(email="").order_by("username")
        self.fields["hour"].help_text = f"In {advertiser.time_zone}."
