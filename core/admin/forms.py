"""Forms of the admin: money in major units, only changed columns, service errors at fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django import forms
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from core.access import actor_of
from core.admin.second_admin import keep_for_second
from core.common.errors import AdsEngineError, InputErrors, InvalidInput
from core.common.money import Money, minor_digits
from core.models import Actor, Advertiser, AuditAction, record


class AdminChange(NamedTuple):
    """One service call, and the field for an error that names no field."""

    field: str
    call: Callable[[], object]


class AmountField(forms.Field):
    """An amount in major units, as Money or None. Its form sets `currency`."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    currency = ""

    def to_python(self, value: Any) -> Money | None:
        text = str(value or "").strip()
        if not text or not self.currency:
            return None
        try:
            money = Money.parse(text, self.currency)
        except InvalidInput as err:
            raise forms.ValidationError(err.user_message) from err
        if money.amount < 0:
            raise forms.ValidationError("An amount cannot be below zero.")
        return money

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Money):
            return f"{value.amount:.{minor_digits(value.currency)}f}"
        return value


class MoneyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form in which an AmountField `x` edits the column `x_micros`, in the row's currency.

    Hidden fields hold the values that the page showed, so `changed_data` is what this person
    changed: a value that somebody else changed in the meantime is not overwritten.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = self.currency()
        for name, field in self.fields.items():
            field.show_hidden_initial = True
            if isinstance(field, AmountField):
                self._set_currency(name, field, currency)

    def currency(self) -> str:
        """The currency of the row's amounts; "" while it is unknown."""
        return str(self.instance.currency)

    def _set_currency(self, name: str, field: AmountField, currency: str) -> None:
        field.currency = currency
        if not currency:
            return
        field.label = f"{field.label or name.replace('_', ' ').capitalize()} ({currency})"
        micros = getattr(self.instance, f"{name}_micros")
        if micros is not None:
            self.initial[name] = Money.from_micros(micros, currency)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name in self.changed_data:
            if isinstance(self.fields[name], AmountField):
                self._set_micros(name, self.cleaned_data.get(name))

    def _set_micros(self, name: str, amount: Money | None) -> None:
        column = self._meta.model._meta.get_field(f"{name}_micros")
        empty = None if column.null else 0
        setattr(self.instance, column.name, empty if amount is None else amount.micros)


class ServiceForm(MoneyForm):
    """A form whose changes services make during validation, so that an error appears at its field.
    ServiceAdmin rolls everything back unless the whole page is valid."""

    actor: Actor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []
        """What the person should know of a change that was made, for the page to say."""

    def changes(self) -> Iterable[AdminChange]:
        """The changes that this person requested, in the order in which to make them."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            self._make_changes()
        return self.cleaned_data

    def _make_changes(self) -> None:
        field = ""
        try:
            with transaction.atomic():
                for change in self.changes():
                    field = change.field
                    change.call()
        except AdsEngineError as err:
            add_service_error(self, err, field)


def add_service_error(form: forms.BaseForm, err: AdsEngineError, default: str = "") -> None:
    """Add a service's error at the field that it names, else at `default`, else above the form."""
    for part in err.errors if isinstance(err, InputErrors) else [err]:
        field = part.field if part.field in form.fields else default
        form.add_error(field if field in form.fields else None, part.user_message)


def save_changes(
    request: HttpRequest,
    row: Model,
    form: MoneyForm,
    action: AuditAction,
    advertiser: Advertiser,
) -> None:
    """Write only the columns that this person changed, with an audit entry. A looser limit of more
    than one person may add is kept for a second admin."""
    if not form.changed_data:
        return
    rows = type(row)._default_manager.select_for_update()
    stored = rows.get(pk=row.pk)
    amounts = {n for n in form.changed_data if isinstance(form.fields[n], AmountField)}
    before, after = (
        {n: _to_json(r, n, n in amounts) for n in form.changed_data} for r in (stored, row)
    )
    columns = {n: f"{n}_micros" if n in amounts else n for n in form.changed_data}
    done = {
        name: column
        for name, column in columns.items()
        if not keep_for_second(
            request, row, advertiser, column, stored, (_text(before[name]), _text(after[name]))
        )
    }
    if not done:
        return
    row.save(update_fields=list(done.values()))
    old, new = ({n: each[n] for n in done} for each in (before, after))
    record(actor_of(request), action, row, advertiser=advertiser, before=old, after=new)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _to_json(row: Any, name: str, is_amount: bool) -> Any:
    value = getattr(row, f"{name}_micros" if is_amount else name)
    if is_amount and value is not None:
        return str(Money.from_micros(value, row.currency))
    return value if isinstance(value, str | int | None) else str(value)
