"""Admin of advertisers, incidents, jobs, the audit log, exchange rates and the timetable."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from core.access import actor_of
from core.admin.base import LedgerAdmin, ScopedAdmin, SuperuserAdmin, money_column
from core.admin.forms import AmountField, MoneyForm, save_changes
from core.admin.people import AdvertiserMembershipInline, record_member_changes
from core.common.errors import InvalidMove
from core.common.money import currencies
from core.models import (
    Actor,
    Advertiser,
    AuditAction,
    AuditEntry,
    ExchangeRate,
    Heartbeat,
    Incident,
    Job,
    Role,
    record,
)
from core.policy import LOOSER

admin.site.site_header = admin.site.site_title = "AdsEngine administration"
_RATE_NOTE = "Amounts in other currencies are converted at the day's exchange rate."


class AdvertiserForm(MoneyForm):
    monthly_budget = AmountField(required=False, help_text="Budget of all platforms for a month.")
    target_cpa = AmountField(required=False, label="Target CPA", help_text="Spend per conversion.")
    second_person_above = AmountField(
        required=False,
        help_text="Plans above this total need an approver who is not their author. Empty: never.",
    )
    max_daily_total = AmountField(
        required=False,
        help_text="Cap on the sum of all active daily budgets. Empty: no cap. " + _RATE_NOTE,
    )
    campaign_floor = AmountField(
        required=False,
        label="Least daily budget of a campaign",
        help_text="The platform's own minimum applies as well. " + _RATE_NOTE,
    )
    campaign_ceiling = AmountField(
        required=False,
        label="Largest daily budget of a campaign",
        help_text="Empty: no limit. " + _RATE_NOTE,
    )

    def currency(self) -> str:
        """The currency chosen on the form: limits are in the currency of the same page."""
        chosen = self.data.get("currency") if self.is_bound else self.instance.currency
        return chosen if chosen in currencies() else ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in ("max_step", "target_roas"):
            value = self.cleaned_data.get(name)
            if value is not None and value <= 0:
                self.add_error(name, "Give a number above zero.")
        floor, ceiling = (self.cleaned_data.get(f"campaign_{n}") for n in ("floor", "ceiling"))
        if floor and ceiling and ceiling < floor:
            self.add_error("campaign_ceiling", "This is below the least daily budget.")
        self._check_currency()
        return self.cleaned_data

    def has_other_limits(self, stored: Advertiser) -> bool:
        """Whether a higher app keeps limits in the advertiser's currency."""
        return False

    def _check_currency(self) -> None:
        """A limit keeps its number in another currency: 100 yen would become 100 euros."""
        if "currency" not in self.changed_data or self.instance.pk is None:
            return
        stored = Advertiser.objects.get(pk=self.instance.pk)
        columns = [name for name in LOOSER if name.endswith("_micros") and hasattr(stored, name)]
        if self.has_other_limits(stored) or any(
            getattr(stored, name) is not None for name in columns
        ):
            self.add_error(
                "currency",
                "Limits are set in this currency. Empty all amounts under Limits, the caps of "
                "platforms too, and save; then change the currency and set them anew.",
            )


@admin.register(Advertiser)
class AdvertiserAdmin(ScopedAdmin):
    """Settings and limits; each change writes an audit entry."""

    advertiser_path = "pk"
    dashboard = "overview"
    change_role = Role.ADMIN
    form = AdvertiserForm
    list_display = ["name", "mode", "currency", "time_zone", "monthly_budget", "max_daily_total"]
    list_filter = ("mode",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (AdvertiserMembershipInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "currency", "time_zone")}),
        (
            "Workers",
            {
                "description": "The modes of single actions and the comparison group are set on "
                "the dashboard under Automation and results.",
                "fields": ("mode", "shadow_until"),
            },
        ),
        ("Budget and targets", {"fields": ("monthly_budget", "target_roas", "target_cpa")}),
        (
            "Limits",
            {
                "description": "These apply to everyone: people, programs, workers and agents.",
                "fields": (
                    "max_daily_total",
                    "campaign_floor",
                    "campaign_ceiling",
                    "max_step",
                    "cool_down_hours",
                    "second_person_above",
                ),
            },
        ),
    )
    monthly_budget = money_column("monthly_budget_micros", "Monthly budget")
    target_cpa = money_column("target_cpa_micros", "Target CPA")
    second_person_above = money_column("second_person_above_micros", "Second person above")
    max_daily_total = money_column("max_daily_total_micros", "Cap on daily budgets")
    campaign_floor = money_column("campaign_floor_micros", "Least daily budget")
    campaign_ceiling = money_column("campaign_ceiling_micros", "Largest daily budget")

    def advertiser_of(self, row: Any) -> Advertiser | None:
        return row if isinstance(row, Advertiser) else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes only changed columns: the stop switch may be pressed in the meantime."""
        if change:
            save_changes(request, obj, form, AuditAction.CHANGE_SETTINGS, obj)
        else:
            obj.save()
            record(actor_of(request), AuditAction.ADD_ADVERTISER, obj, advertiser=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        record_member_changes(request, formset)


@admin.register(Incident)
class IncidentAdmin(LedgerAdmin):
    dashboard = "incidents"
    list_display = ("title", "advertiser", "since", "last_seen_at", "times_seen", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter),)
    list_select_related = ("advertiser",)
    search_fields = ("title", "key")
    date_hierarchy = "since"
    actions = ("resolve",)

    @admin.action(description="Mark as resolved")
    def resolve(self, request: HttpRequest, queryset: Any) -> None:
        self.apply(request, queryset, _resolve, "Resolved")


def _resolve(actor: Actor, incident: Incident) -> None:
    if not Incident.resolve(incident.advertiser, incident.key):
        raise InvalidMove("It is already resolved.")
    record(actor, AuditAction.RESOLVE_INCIDENT, incident, advertiser=incident.advertiser)


@admin.register(Job)
class JobAdmin(LedgerAdmin):
    list_display = (
        "kind",
        "key",
        "advertiser",
        "lane",
        "state",
        "attempt",
        "not_before",
        "finished_at",
    )
    list_filter = ("state", "lane")
    list_select_related = ("advertiser",)
    search_fields = ("kind", "key")
    search_help_text = "Kind or key, e.g. publish."


@admin.register(Heartbeat)
class HeartbeatAdmin(SuperuserAdmin):
    """When each background process was last alive: the beat, and each queue of workers."""

    list_display = ("name", "at", "first_at")
    search_fields = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(LedgerAdmin):
    list_display = ("at", "actor_name", "action", "target_type", "target_name", "reason")
    list_filter = ("at",)
    list_select_related = ("advertiser",)
    search_fields = ("target_name", "actor_name", "action")
    date_hierarchy = "at"


@admin.register(ExchangeRate)
class ExchangeRateAdmin(SuperuserAdmin):
    """Rates by day; a day without a rate uses the newest one of the week before."""

    list_display = ("day", "base", "quote", "rate", "source")
    list_filter = ("base", "quote")
    date_hierarchy = "day"
    search_fields = ("base", "quote")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save()
        record(actor_of(request), AuditAction.SET_EXCHANGE_RATE, obj, advertiser=None)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(actor_of(request), AuditAction.DELETE_EXCHANGE_RATE, obj, advertiser=None)
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for rate in queryset:
            self.delete_model(request, rate)


admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class TimetableAdmin(PeriodicTaskAdmin):
    """django-celery-beat's own page, with a note about AdsEngine's entries."""

    note = (
        "The intervals of AdsEngine's own entries are reset at the next start of beat; a disabled "
        "entry stays disabled."
    )
    search_help_text = note
    # The package's own template needs an inline script, which the content security policy blocks.
    change_form_template = "admin/change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        (title, options), *others = super().get_fieldsets(request, obj)
        return [(title, {**options, "description": self.note}), *others]
