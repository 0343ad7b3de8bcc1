"""The form of a brief. It parses the input; the service checks the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms

from agents.forms.choices import (
    action_choices,
    age_choices,
    currency_choices,
    gender_choices,
    objective_choices,
    text_limits,
)
from agents.forms.fields import AccountLine, PicturesField, share_field
from agents.forms.initial import Origin, initial_of
from campaigns.guardrails import limits
from campaigns.models import Asset
from campaigns.services import BriefInput
from core.common.errors import AdsEngineError, InputErrors, InvalidInput
from core.common.money import Money, minor_digits
from core.models import Advertiser
from platforms.models import AdAccount

MAX_PICTURES = 24
_ID = re.compile(r"[0-9]{1,15}")
_BETWEEN_CODES = re.compile(r"[\s,;]+")
# Fields of a service's error that belong to another field of the form.
_ERROR_FIELDS = {"shares": "accounts", "currency": "accounts"}


class BriefForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="Campaigns are named after it; how is set under Names and URL tags.",
        error_messages={"required": "Give the brief a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    objective = forms.ChoiceField(label="Objective")
    total_budget = forms.CharField(
        label="Total budget",
        max_length=24,
        error_messages={"required": "Say what may be spent in all."},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label="Currency", required=False)
    start = forms.DateField(
        label="First day",
        error_messages={"required": "Choose the first day."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    end = forms.DateField(
        label="Last day",
        error_messages={"required": "Choose the last day."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    landing_url = forms.CharField(
        label="Landing page",
        max_length=2000,
        error_messages={"required": "Say where a click leads."},
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "url", "placeholder": "https://"}
        ),
    )
    countries = forms.CharField(
        label="Countries",
        max_length=1000,
        help_text="Two-letter codes, with commas between.",
        error_messages={"required": "Choose at least one country."},
        widget=forms.TextInput(attrs={"list": "country-codes", "autocomplete": "off"}),
    )
    age_min = forms.TypedChoiceField(
        label="Ages from",
        coerce=int,
        widget=forms.Select(attrs={"aria-label": "Youngest age"}),
    )
    age_max = forms.TypedChoiceField(
        label="to", coerce=int, widget=forms.Select(attrs={"aria-label": "Oldest age"})
    )
    gender = forms.ChoiceField(label="Shown to")
    headlines = forms.CharField(
        label="Headlines",
        error_messages={"required": "Write at least one headline."},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    descriptions = forms.CharField(
        label="Descriptions",
        error_messages={"required": "Write at least one description."},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    keywords = forms.CharField(
        label="Keywords", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    call_to_action = forms.ChoiceField(label="Call to action")
    political_ads = forms.BooleanField(label="These are political ads", required=False)
    images = PicturesField(label="Upload pictures or videos", required=False)
    chosen = forms.TypedMultipleChoiceField(label="Pictures", required=False, coerce=int)
    accounts = forms.TypedMultipleChoiceField(
        label="Ad accounts",
        coerce=int,
        error_messages={"required": "Choose at least one ad account."},
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        advertiser: Advertiser,
        accounts: Sequence[AdAccount],
        origin: Origin | None = None,
    ) -> None:
        self.advertiser, self.usable = advertiser, list(accounts)
        super().__init__(
            data, files, initial=initial_of(advertiser, self.usable, origin or Origin())
        )
        self.assets = self._available_pictures()
        self._fill_choices()
        self.limits = text_limits(self.usable)
        for name, allowed in self.limits.items():
            limits_json = json.dumps([asdict(limit) for limit in allowed])
            self.fields[name].widget.attrs["data-limits"] = limits_json
        for account in self.usable:
            self.fields[f"share_{account.pk}"] = share_field(account)

    def _available_pictures(self) -> list[Asset]:
        """The selected ones, then the newest."""
        mine, selected = self.advertiser.assets, self._selected_picture_ids()
        return [*mine.filter(pk__in=selected), *mine.exclude(pk__in=selected)[:MAX_PICTURES]]

    def _fill_choices(self) -> None:
        starts, ends = age_choices(self.usable)
        choices: dict[str, Any] = {
            "objective": objective_choices(self.usable),
            "currency": currency_choices(self.advertiser, self.usable),
            "age_min": starts,
            "age_max": ends,
            "gender": gender_choices(),
            "call_to_action": action_choices(),
            "chosen": [(asset.pk, asset.name) for asset in self.assets],
            "accounts": [(account.pk, str(account)) for account in self.usable],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    # ---- parsing ----

    def clean_currency(self) -> str:
        codes = [code for code, _ in self.fields["currency"].choices]  # type: ignore[attr-defined]
        return str(self.cleaned_data["currency"] or codes[0])

    def clean_countries(self) -> tuple[str, ...]:
        codes = _BETWEEN_CODES.split(self.cleaned_data["countries"].strip())
        return tuple(dict.fromkeys(code.upper() for code in codes if code))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "total_budget" in data and "currency" in data:
            try:
                data["budget"] = Money.parse(
                    data["total_budget"], data["currency"], field="total_budget"
                )
            except InvalidInput as err:
                self.add_error("total_budget", err.user_message)
        return data

    def brief_input(self) -> BriefInput:
        """The input of the service; only of a valid form."""
        data = self.cleaned_data
        same = ("name", "objective", "start", "end", "landing_url", "countries", "age_min")
        more = ("age_max", "gender", "call_to_action", "political_ads")
        return BriefInput(
            **{key: data[key] for key in (*same, *more)},
            total_budget=data["budget"],
            headlines=_lines(data["headlines"]),
            descriptions=_lines(data["descriptions"]),
            keywords=_lines(data["keywords"]),
            shares={pk: data[f"share_{pk}"] or Decimal(1) for pk in data["accounts"]},
            image_ids=tuple(data["chosen"]),
        )

    # ---- errors ----

    def refuse(self, err: AdsEngineError) -> None:
        """Add each error of a service to the field that it names, or above the form."""
        parts = err.errors if isinstance(err, InputErrors) else [err]
        for part in parts:
            field = part.field if part.field in self.fields else _ERROR_FIELDS.get(part.field or "")
            self.add_error(field, part.user_message)

    def select_pictures(self, assets: Iterable[Asset]) -> None:
        """Select the pictures uploaded with this form, also when it is shown again."""
        new = [asset for asset in assets if asset.pk not in {a.pk for a in self.assets}]
        self.assets = [*new, *self.assets]
        ticked = dict.fromkeys([*self._selected_picture_ids(), *(asset.pk for asset in assets)])
        if "chosen" in self.cleaned_data:
            self.cleaned_data["chosen"] = list(ticked)
        sent: Any = self.data.copy()  # type: ignore[attr-defined]
        sent.setlist("chosen", [str(pk) for pk in ticked])
        self.data = sent

    # ---- for the template ----

    def _selected_picture_ids(self) -> list[int]:
        found = self["chosen"].value() or []
        return [int(pk) for pk in found if _ID.fullmatch(str(pk))]

    @property
    def pictures(self) -> list[tuple[Asset, bool]]:
        """Each picture that can be chosen, and whether it is."""
        ticked = set(self._selected_picture_ids())
        return [(asset, asset.pk in ticked) for asset in self.assets]

    @property
    def account_lines(self) -> list[AccountLine]:
        ticked = {str(pk) for pk in self["accounts"].value() or []}
        return [
            AccountLine(
                account,
                str(account.pk) in ticked,
                self[f"share_{account.pk}"],
                limits.known_minimum(account),
                limits.minimum_text(account),
            )
            for account in self.usable
        ]

    @property
    def zones(self) -> list[tuple[str, str]]:
        """Time zone, and the platforms whose accounts use it."""
        named: dict[str, list[str]] = {}
        for account in self.usable:
            named.setdefault(account.time_zone, []).append(account.get_platform_display())
        return [(zone, ", ".join(dict.fromkeys(names))) for zone, names in named.items()]

    @property
    def minor_digits(self) -> int:
        return minor_digits(self.fields["currency"].choices[0][0])  # type: ignore[attr-defined]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
