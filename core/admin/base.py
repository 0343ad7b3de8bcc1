"""Base classes of every app's admin: tenant isolation, roles, read-only logs, service forms."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from core.access import actor_of, advertisers_of, require
from core.admin.filters import advertiser_filter
from core.common.charts import Chart
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.form_fields import PlainDecimalField
from core.models import Actor, Advertiser, Membership, Role

DASH = "–"


def _roles(request: HttpRequest) -> dict[int, int]:
    """Advertiser id to the user's role; cached on the request, as the side bar needs it often."""
    if not hasattr(request, "admin_roles"):
        memberships = Membership.objects.filter(user_id=int(request.user.pk or 0))
        roles = dict(memberships.values_list("advertiser_id", "role"))
        request.admin_roles = roles  # type: ignore[attr-defined]
    return request.admin_roles  # type: ignore[attr-defined, no-any-return]


class StrictAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A row that is not in get_queryset is a 404; Django would redirect with a message."""

    formfield_overrides = {models.DecimalField: {"form_class": PlainDecimalField}}
    show_full_result_count = False
    list_per_page = 50
    empty_value_display = DASH

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found


class ScopedAdmin(StrictAdmin):
    """Rows of the user's own advertisers only; a change needs a role at the row's advertiser.

    Django's own model permissions are not used: permissions come from Memberships.
    """

    advertiser_path = "advertiser"  # from the row to its advertiser, as in a query
    change_role = Role.EDITOR
    # The URL name of the dashboard page of a row, and the attribute of the row that the URL needs.
    dashboard = ""
    dashboard_key = ""

    def get_list_filter(self, request: HttpRequest) -> Any:
        if self.advertiser_path == "pk":
            return self.list_filter
        return [*self.list_filter, advertiser_filter(self.advertiser_path)]

    def view_on_site(self, row: Any) -> str | None:
        """The link to the dashboard; Django gives the method this name."""
        advertiser = self.advertiser_of(row)
        if not self.dashboard or advertiser is None:
            return None
        keys = [attrgetter(self.dashboard_key)(row)] if self.dashboard_key else []
        return reverse(self.dashboard, args=[advertiser.slug, *keys])

    def charts_of(self, row: Any) -> list[Chart]:
        """Charts above the form of a row, each with its numbers as a table."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        # When a form is shown again with an error, its row contains the invalid values.
        more = {"charts": self.charts_of(row) if row and request.method == "GET" else []}
        return super().render_change_form(request, context | more, *args, **kwargs)

    def advertiser_of(self, row: Any) -> Advertiser | None:
        for name in self.advertiser_path.split("__"):
            row = getattr(row, name, None)
        return row if isinstance(row, Advertiser) else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(**{f"{self.advertiser_path}__in": advertisers_of(request.user)})

    def has_role(self, request: HttpRequest, row: Any, role: Role) -> bool:
        """Whether the user has the role at the row's advertiser, or at any without a row."""
        if request.user.is_superuser:
            return True
        roles = _roles(request)
        if row is None:
            return max(roles.values(), default=0) >= role
        advertiser = self.advertiser_of(row)
        return advertiser is not None and roles.get(advertiser.pk, 0) >= role

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, None, Role.VIEWER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, obj, Role.VIEWER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, obj, self.change_role)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def apply(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        do: Callable[[Actor, Any], object],
        message: str,
        *,
        role: Role | None = None,
    ) -> None:
        """Call `do` for each row for which the user has the role; show how many, and the error of
        each other row. `message` comes before the number, e.g. "Asked to pause"."""
        done, actor = 0, actor_of(request)
        for row in rows:
            try:
                self._check_role(request, row, role or self.change_role)
                do(actor, row)
                done += 1
            except AdsEngineError as err:
                self.message_user(request, f"{row}: {err.user_message}", messages.ERROR)
        if done:
            name = self.opts.verbose_name if done == 1 else self.opts.verbose_name_plural
            self.message_user(request, f"{message}: {done} {name}.", messages.SUCCESS)

    def _check_role(self, request: HttpRequest, row: Any, role: Role) -> None:
        advertiser = self.advertiser_of(row)
        if advertiser is not None:
            require(request.user, advertiser, role)


class LedgerAdmin(ScopedAdmin):
    """Read-only for everyone: records of the past are not edited. Micros are shown as money where
    the class has a money_column of that name."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        columns = [*self.opts.fields, *self.opts.many_to_many]
        return [self._display_name(field.name) for field in columns]

    def _display_name(self, column: str) -> str:
        bare = column.removesuffix("_micros")
        return bare if hasattr(self, bare) else column


class ServiceAdmin(ScopedAdmin):
    """Its form is a ServiceForm: services make the change during the form's validation."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.actor = actor_of(request)  # type: ignore[attr-defined]
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A page that is shown again with an error must not have changed anything."""
        with transaction.atomic():
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if request.method == "POST" and not getattr(request, "page_accepted", False):
                transaction.set_rollback(True)
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The services have already saved the row; Django calls this when the page is valid."""
        request.page_accepted = True  # type: ignore[attr-defined]
        for note in form.notes:
            messages.warning(request, note)


class SuperuserAdmin(StrictAdmin):
    """Rows that belong to no advertiser: for superusers only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


class _ReadOnlyFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The first rows, read-only: posted data is ignored."""

    limit = 50

    def __init__(self, *args: Any, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_first"):
            self._first = super().get_queryset()[: self.limit]
        return self._first

    def is_valid(self) -> bool:
        return True

    def save(self, commit: bool = True) -> list[Any]:
        return []


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """The first 50 rows of a parent, in the model's order; visible to all who see the parent."""

    formset = _ReadOnlyFormSet
    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return list(self.fields or ())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


def money_column(column: str, label: str, *, currency: str = "currency") -> Callable[..., str]:
    """A column of micros as money, for lists and pages. `currency` is its path from the row."""
    currency_of = attrgetter(currency)

    @admin.display(description=label, ordering=column)
    def show(self: Any, row: Any) -> str:
        micros = getattr(row, column)
        if micros is None:
            return DASH
        amount = Money.from_micros(micros, currency_of(row))
        return format_html('<div class="money">{}</div>', str(amount))

    return show
