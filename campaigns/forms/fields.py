"""What the forms of this app share."""

from __future__ import annotations

from django import forms

from core.common.errors import AdsEngineError, InputErrors


def add_refusal(form: forms.Form, err: AdsEngineError) -> None:
    """Put a service's refusal at the field that it names, or above the form."""
    parts = err.errors if isinstance(err, InputErrors) else [err]
    for part in parts:
        field = part.field if part.field in form.fields else None
        form.add_error(field, part.user_message)
