"""What may become of a form that was sent after its author's session had ended.

Each view that takes a form says it itself, with `signed_out_form`: what sending does, in words, and
whether it can spend. What cannot is offered to be sent again after the sign-in. What can is sent
only from the page that shows what it is about: nothing reaches a platform before a person saw
exactly that. A view that says nothing counts as one that can spend.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.urls import Resolver404, ResolverMatch, resolve

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True)
class FormAction:
    label: str
    """Follows "Sending it will"."""
    can_spend: bool = True


UNDESCRIBED = FormAction("send the form again")
ADMIN = FormAction("send a form of the admin")


def signed_out_form(label: str, *, can_spend: bool) -> Callable[[ViewT], ViewT]:
    """Say at a view what sending its form does. It stands above all other decorators."""

    def decorate(view: ViewT) -> ViewT:
        view.form_action = FormAction(label, can_spend)  # type: ignore[attr-defined]
        return view

    return decorate


def form_action_of(match: ResolverMatch) -> FormAction:
    described = getattr(match.func, "form_action", None)
    if isinstance(described, FormAction):
        return described
    return ADMIN if "admin" in match.app_names else UNDESCRIBED


def match_of(address: str) -> ResolverMatch | None:
    """The page behind an address of ours, without its query; None where there is none."""
    try:
        return resolve(address.partition("?")[0])
    except Resolver404:
        return None
