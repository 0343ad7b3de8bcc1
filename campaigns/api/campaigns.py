"""REST of campaigns, performance, briefs and report import, over the same services as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import selectors, services
from campaigns.importing.parsing.advice import Caller, text_for
from campaigns.importing.parsing.problems import Problem
from campaigns.lifecycle import delivery
from campaigns.models import Campaign, Label
from campaigns.presentation.chart_annotations import history
from campaigns.restoring.offers import undo_offers
from campaigns.selectors import MetricTotals
from campaigns.tasks import request_sync
from core.access import actor_of, advertisers_of
from core.api.fields import Flag, Id
from core.api.inputs import AdvertiserInput, Input
from core.api.names import shown
from core.api.tenants import AdvertiserFilter, FlagFilter, check_role, pick_advertiser
from core.api.views import StrictView, StrictViewSet, takes
from core.common import dates
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import AuditEntry, Role
from core.retries import retried_on_deadlock
from platforms.models import Platform


def figures_json(values: MetricTotals) -> dict[str, Any]:
    """Money as decimal strings in major units of `currency`; ratios as numbers, null for none."""
    return {
        "impressions": values.impressions,
        "clicks": values.clicks,
        "conversions": f"{values.conversions.normalize():f}",
        "spend": _amount(values.spend),
        "revenue": _amount(values.revenue),
        "ctr": _number(values.ctr),
        "cvr": _number(values.cvr),
        "roas": _number(values.roas),
        "cpc": _amount(values.cpc),
        "cpa": _amount(values.cpa),
        "cpm": _amount(values.cpm),
    }


def _amount(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount:.6f}".rstrip("0").rstrip(".")


def _number(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)


class CampaignFilter(django_filters.FilterSet):
    platform = django_filters.ChoiceFilter(field_name="account__platform", choices=Platform.choices)
    advertiser = AdvertiserFilter(field_name="account__advertiser")
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    label = django_filters.CharFilter(field_name="labels__name", lookup_expr="iexact")
    managed = FlagFilter()

    class Meta:
        model = Campaign
        fields = ["wanted", "remote", "origin"]


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    platform = serializers.CharField(source="account.platform", read_only=True)
    advertiser = serializers.CharField(source="account.advertiser.slug", read_only=True)
    currency = serializers.CharField(source="account.currency", read_only=True)
    labels = serializers.SlugRelatedField[Label](slug_field="name", many=True, read_only=True)
    daily_budget = serializers.SerializerMethodField()
    delivery = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = [
            "id",
            "name",
            "advertiser",
            "platform",
            "remote_id",
            "objective",
            "currency",
            "daily_budget",
            "wanted",
            "remote",
            "delivery",
            "managed",
            "origin",
            "labels",
            "start",
            "end",
        ]

    def get_daily_budget(self, campaign: Campaign) -> str | None:
        return _amount(campaign.daily_budget)

    def get_delivery(self, campaign: Campaign) -> str:
        return delivery(campaign, getattr(campaign, "publishing", "") or "").word


class CampaignChangeInput(Input):
    name = serializers.CharField(max_length=200, required=False)
    daily_budget = serializers.CharField(required=False)
    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False)
    wanted = serializers.ChoiceField(["active", "paused", "archived"], required=False)


class ChangeSerializer(serializers.ModelSerializer[AuditEntry]):
    """One recorded change. `undo` is null where it cannot be undone, or not any more."""

    undo = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "market_at",
            "action",
            "target_type",
            "target_id",
            "target_name",
            "before",
            "after",
            "reason",
            "actor_kind",
            "actor_name",
            "undo",
        ]

    def get_undo(self, entry: AuditEntry) -> str | None:
        offer = self.context["offers"].get(entry.pk)
        return None if offer is None else offer.question


class UndoInput(Input):
    change = Id()


class CampaignViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Campaign]):
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        mine = Campaign.objects.filter(account__advertiser__in=advertisers_of(self.request.user))
        rows = selectors.with_publishing(mine).select_related("account__advertiser")
        return rows.prefetch_related("labels")

    @takes(CampaignChangeInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, daily_budget, start, end or wanted; what is not named stays."""
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        change_campaign(request, campaign, self.fields())
        return Response(self.get_serializer(self.get_object()).data)

    @takes(is_paged=True, responses=ChangeSerializer(many=True))
    @action(detail=True, methods=["get"])
    def changes(self, request: Request, pk: str) -> Response:
        """Its recorded changes, the newest first; `undo` says what an undo would do, where one
        can be made."""
        entries: list[AuditEntry] = self.paginate_queryset(history(self.get_object())) or []  # type: ignore[arg-type]
        offers = undo_offers(entries)
        rows = ChangeSerializer(entries, many=True, context={"offers": offers}).data
        return self.get_paginated_response(rows)

    @takes(UndoInput)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Undo one of its changes: `change` is the id in `changes`."""
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        entry = history(campaign).filter(pk=self.fields()["change"]).first()
        if entry is None:
            raise InvalidInput("Give the id of one of the campaign's changes.", field="change")
        services.restore_change(actor=actor_of(request), entry=entry)
        return Response(self.get_serializer(self.get_object()).data)

    @action(detail=True, methods=["post"])
    def sync(self, request: Request, pk: str) -> Response:
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        job = request_sync(campaign.account)
        return Response({"task_id": job.pk}, status=status.HTTP_202_ACCEPTED)


@retried_on_deadlock
@transaction.atomic
def change_campaign(request: Request, campaign: Campaign, changes: dict[str, Any]) -> None:
    actor = actor_of(request)
    if "daily_budget" in changes:
        budget = Money.parse(
            changes["daily_budget"], campaign.account.currency, field="daily_budget"
        )
        services.set_daily_budget(actor=actor, campaign=campaign, budget=budget)
    details = {k: changes[k] for k in ("name", "start", "end") if k in changes}
    if details:
        services.update_campaign(actor=actor, campaign=campaign, **details)
    if "wanted" in changes:
        services.set_status(actor=actor, campaign=campaign, to=changes["wanted"])


class PerformanceInput(AdvertiserInput):
    range = serializers.CharField(default="28d")
    platform = serializers.ChoiceField(Platform.choices, default="")
    currency = serializers.CharField(required=False)


class PerformanceView(StrictView):
    """GET /performance/?range=7d&platform=&currency=&advertiser="""

    @takes(query=PerformanceInput, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        asked, advertiser = self.parameters(), pick_advertiser(request)
        days = dates.parse_range(asked["range"], advertiser.time_zone)
        currency, platform = asked.get("currency", advertiser.currency), asked["platform"]
        if currency not in selectors.currencies_of(advertiser):
            raise InvalidInput(f"No account here uses {shown(currency)!r}.", field="currency")
        daily = selectors.daily(advertiser, days, currency=currency, platform=platform)
        totals = selectors.totals(advertiser, days, currency=currency, platform=platform)
        platforms = selectors.by_platform(advertiser, days, currency=currency)
        return Response(
            {
                "advertiser": advertiser.slug,
                "currency": currency,
                "time_zone": advertiser.time_zone,
                "range": {"first": days.first, "last": days.last},
                "totals": figures_json(totals),
                "by_platform": {name: figures_json(f) for name, f in platforms.items()},
                "daily_metrics": [{"date": day, **figures_json(f)} for day, f in daily],
            }
        )


class ReportImportInput(AdvertiserInput):
    file = serializers.FileField()
    map = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="field=column, repeated"
    )
    currency = serializers.CharField(required=False)
    skip_bad_rows = Flag(default=False)
    dry_run = Flag(default=False)


class ReportImportView(StrictView):
    """POST /report-imports/ (multipart): file, map[] as field=column, currency, skip_bad_rows,
    dry_run."""

    parser_classes = [MultiPartParser]

    @takes(ReportImportInput, AdvertiserInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        from campaigns.importing.service import import_report, preview_report

        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        given = self.fields()
        options: dict[str, Any] = {
            "advertiser": advertiser,
            "file": given["file"],
            "mapping": _mapping(given["map"]),
            "currency": given.get("currency"),
        }
        with _in_api_terms():
            if given["dry_run"]:
                return Response(_import_json(preview_report(**options)))
            result = import_report(
                **options,
                actor=actor_of(request),
                file_name=given["file"].name,
                skip_bad_rows=given["skip_bad_rows"],
            )
        code = status.HTTP_201_CREATED if result.done else status.HTTP_422_UNPROCESSABLE_ENTITY
        return Response({"done": result.done, **_import_json(result)}, status=code)


@contextmanager
def _in_api_terms() -> Iterator[None]:
    """Refusals of arguments name the API's fields, not the page's."""
    try:
        yield
    except InvalidInput as err:
        text = text_for(err.user_message, Caller.API)
        raise InvalidInput(text, field=err.field, code=err.code) from err


def _mapping(pairs: list[str]) -> dict[str, str] | None:
    for pair in pairs:
        if "=" not in pair:
            raise InvalidInput(f"{shown(pair)!r} is not field=column.", field="map")
    return dict(pair.split("=", 1) for pair in pairs) or None


def _import_json(result: Any) -> dict[str, Any]:
    """A preview or result as JSON; model instances as their ids."""
    from dataclasses import fields, is_dataclass

    def value(item: Any) -> Any:
        if isinstance(item, Problem):
            return list(item.for_caller(Caller.API))
        if is_dataclass(item) and not isinstance(item, type):
            return {f.name: value(getattr(item, f.name)) for f in fields(item)}
        if hasattr(item, "pk"):
            return item.pk
        if isinstance(item, tuple | list):
            return [value(part) for part in item]
        if isinstance(item, dict):
            return {str(k): value(v) for k, v in item.items()}
        return item

    plain: dict[str, Any] = value(result)
    return plain
