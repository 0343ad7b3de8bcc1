"""Forms of pacing plans, of modes, and of the control group."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import Brief
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.models import ActionType, Advertiser, IncrementalityDesign, Mode
from optimization.models import PacingPlan


class _ServiceForm(forms.Form):
    """Shows a service's refusal at its field."""

    FIELDS: dict[str, str] = {}

    def take(self, err: AdsEngineError) -> None:
        field = getattr(err, "field", "") or ""
        field = self.FIELDS.get(field, field)
        self.add_error(field if field in self.fields else None, err.user_message)


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


class PacingPlanForm(_ServiceForm):
    """What may be spent in a month, or from one day to another."""

    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Period", choices=PacingPlan.Kind.choices)
    currency = forms.ChoiceField(label="Currency")
    total = forms.CharField(label="Total", help_text="For the month, or the whole flight.")
    first = _day("First day", "Of a flight.")
    last = _day("Last day", "Of a flight.")
    brief = forms.TypedChoiceField(label="Campaigns", required=False, coerce=int, empty_value=None)
    steers = forms.BooleanField(
        label="Set the daily total",
        required=False,
        help_text="The rebalance then spreads what the plan needs a day, within all limits.",
    )

    def __init__(self, *args: Any, advertiser: Advertiser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.advertiser = advertiser
        currencies = sorted(set(advertiser.accounts.values_list("currency", flat=True)))
        briefs = Brief.objects.filter(advertiser=advertiser).order_by("-pk")[:100]
        self.fields["currency"].choices = [(c, c) for c in currencies]  # type: ignore[attr-defined]
        self.fields["brief"].choices = [  # type: ignore[attr-defined]
            ("", "All of the currency"),
            *((brief.pk, f"Only of “{brief}”") for brief in briefs),
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("currency") and found.get("total"):
            try:
                found["total"] = Money.parse(found["total"], found["currency"], field="total")
            except AdsEngineError as err:
                self.add_error("total", err.user_message)
        return found

    def wish(self) -> dict[str, Any]:
        """The arguments of `create_pacing_plan`, but for actor and advertiser."""
        given = {key: value for key, value in self.cleaned_data.items() if key != "currency"}
        pk = given.pop("brief")
        brief = Brief.objects.filter(advertiser=self.advertiser, pk=pk).first() if pk else None
        return {**given, "brief": brief}


class ModesForm(_ServiceForm):
    """Watch, suggest or act, for all actions or for each."""

    mode = forms.ChoiceField(label="Everything", choices=Mode.choices)
    shadow_until = _day(
        "Only note budget moves until", "That day included. Empty: moves are made as the mode says."
    )

    def __init__(self, *args: Any, advertiser: Advertiser, **kwargs: Any) -> None:
        initial = {"mode": advertiser.mode, "shadow_until": advertiser.shadow_until}
        initial |= {f"mode_{a}": advertiser.modes.get(a, "") for a in ActionType.values}
        super().__init__(*args, **{**kwargs, "initial": initial})
        for action in ActionType:
            self.fields[f"mode_{action.value}"] = forms.ChoiceField(
                label=str(action.label).capitalize(),
                required=False,
                choices=[("", "as everything else"), *Mode.choices],
            )

    def wish(self) -> dict[str, Any]:
        """The arguments of `set_modes`, but for actor and advertiser."""
        return {
            "mode": self.cleaned_data["mode"],
            "shadow_until": self.cleaned_data["shadow_until"],
            "modes": {a: self.cleaned_data[f"mode_{a}"] for a in ActionType.values},
        }


class ProofForm(_ServiceForm):
    """The control group, which separates the gain from chance."""

    proof = forms.ChoiceField(label="Control group", choices=IncrementalityDesign.choices)
    percent = forms.IntegerField(
        label="Percent of the campaigns", initial=10, min_value=1, max_value=50
    )

    def __init__(self, *args: Any, advertiser: Advertiser, **kwargs: Any) -> None:
        initial = {"proof": advertiser.proof, "percent": advertiser.holdout_percent}
        super().__init__(*args, **{**kwargs, "initial": initial})
