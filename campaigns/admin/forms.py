"""The campaign form of the admin: what is changed goes through the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from campaigns import services
from campaigns.guardrails import limits
from campaigns.lifecycle import MOVES
from campaigns.models import Campaign, Wanted
from core.admin.forms import AdminChange, AmountField, ServiceForm


class CampaignForm(ServiceForm):
    daily_budget = AmountField(required=False)
    floor = AmountField(
        required=False,
        label="Least daily budget",
        help_text="Of this campaign alone. Empty: the advertiser's.",
    )
    ceiling = AmountField(
        required=False,
        label="Largest daily budget",
        help_text="Of this campaign alone. Empty: the advertiser's.",
    )

    class Meta:
        model = Campaign
        fields = ("name", "start", "end", "wanted", "incrementality")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "wanted" not in self.fields:  # somebody who may only look
            return
        held = self.instance.wanted
        self.fields["wanted"].choices = [  # type: ignore[attr-defined]
            (value, label)
            for value, label in Wanted.choices
            if value == held or value in MOVES[held]
        ]
        account = self.instance.account
        least = limits.minimum_text(account, self.instance)
        self.fields["daily_budget"].help_text = (
            f"{least[0].upper()}{least[1:]}; at most {account.advertiser.max_step:.0%} more at a "
            "time."
        )

    def currency(self) -> str:
        return str(self.instance.account.currency)

    def clean_start(self) -> Any:
        return self._unless_unchanged("start")

    def clean_end(self) -> Any:
        return self._unless_unchanged("end")

    def clean_daily_budget(self) -> Any:
        return self._unless_unchanged("daily_budget")

    def _unless_unchanged(self, name: str) -> Any:
        """The services can move a value, not take it away."""
        value = self.cleaned_data[name]
        if value is None and name in self.changed_data:
            raise forms.ValidationError("This cannot be emptied. Give another value.")
        return value

    def changes(self) -> list[AdminChange]:
        """Pausing comes first, because it always passes; enabling last, under the new values."""
        changes = [
            self._details(),
            self._limits(),
            self._change("daily_budget", services.set_daily_budget, "budget"),
            self._change("wanted", services.set_status, "to"),
        ]
        if self.cleaned_data["wanted"] == Wanted.PAUSED:
            changes.reverse()
        return [change for change in changes if change is not None]

    def _change(self, field: str, service: Callable[..., object], key: str) -> AdminChange | None:
        if field not in self.changed_data:
            return None
        value = self.cleaned_data[field]
        return AdminChange(
            field,
            lambda: service(actor=self.actor, campaign=self.instance, **{key: value}),
        )

    def _limits(self) -> AdminChange | None:
        names = ("floor", "ceiling", "incrementality")
        changed = [name for name in names if name in self.changed_data]
        if not changed:
            return None
        values = {name: self.cleaned_data[name] for name in names}
        return AdminChange(changed[0], lambda: self._set_limits(values))

    def _set_limits(self, values: dict[str, Any]) -> None:
        row = services.set_limits(actor=self.actor, campaign=self.instance, **values)
        wished = values["ceiling"]
        if row.ceiling_micros != (None if wished is None else wished.micros):
            self.notes.append("The higher ceiling waits for a second admin; the old one holds.")

    def _details(self) -> AdminChange | None:
        changed = [name for name in ("name", "start", "end") if name in self.changed_data]
        if not changed:
            return None
        values = {name: self.cleaned_data[name] for name in changed}
        return AdminChange(
            changed[0],
            lambda: services.update_campaign(actor=self.actor, campaign=self.instance, **values),
        )
