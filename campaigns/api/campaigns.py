"""REST of campaigns, performance, briefs and report import, over the same services as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns import selectors, services
from campaigns.importing.parsing.advice import Caller, text_for
from campaigns.importing.parsing.problems import Problem
from campaigns.lifecycle import delivery
from campaigns.models import Campaign, Label
from campaigns.selectors import MetricTotals
from campaigns.tasks import request_sync
from core.access import actor_of, advertisers_of, api_ceiling, body_of, require, values_of
from core.common import dates
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Advertiser, Role
from core.retries import retried_on_deadlock
from platforms.models import Platform


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


def pick_advertiser(request: Request) -> Advertiser:
    """The advertiser named by ?advertiser=slug, or the only one the caller has."""
    mine = advertisers_of(request.user).order_by("pk")
    slug = request.query_params.get("advertiser") or body_of(request).get("advertiser", "")
    if slug:
        return get_object_or_404(mine, slug=str(slug).replace("\x00", ""))
    first = mine.first()
    if first is None:
        raise InvalidInput("You belong to no advertiser yet.", field="advertiser")
    if request.method != "GET" and mine.count() > 1:
        raise InvalidInput("Say which advertiser is meant.", field="advertiser")
    return first


def check_role(request: Request, advertiser: Advertiser, role: Role) -> None:
    require(request.user, advertiser, role, ceiling=api_ceiling(request))


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
    platform = django_filters.CharFilter(field_name="account__platform")
    advertiser = django_filters.CharFilter(field_name="account__advertiser__slug")
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    label = django_filters.CharFilter(field_name="labels__name", lookup_expr="iexact")

    class Meta:
        model = Campaign
        fields = ["wanted", "remote", "managed", "origin"]


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


class CampaignChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    daily_budget = serializers.CharField(required=False)
    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False)
    wanted = serializers.ChoiceField(["active", "paused", "archived"], required=False)


class CampaignViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Campaign]
):
    serializer_class = CampaignSerializer
    pagination_class = NewestFirst
    filterset_class = CampaignFilter
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        mine = Campaign.objects.filter(account__advertiser__in=advertisers_of(self.request.user))
        rows = selectors.with_publishing(mine).select_related("account__advertiser")
        return rows.prefetch_related("labels")

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, daily_budget, start, end or wanted; what is not named stays."""
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        given = CampaignChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        change_campaign(request, campaign, given.validated_data)
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


class PerformanceView(APIView):
    """GET /performance/?range=7d&platform=&currency=&advertiser="""

    @extend_schema(
        parameters=[
            OpenApiParameter(name) for name in ("range", "platform", "currency", "advertiser")
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        advertiser = pick_advertiser(request)
        days = dates.parse_range(request.query_params.get("range", "28d"), advertiser.time_zone)
        currency = request.query_params.get("currency", advertiser.currency)
        if currency not in selectors.currencies_of(advertiser):
            raise InvalidInput(f"No account here uses {currency!r}.", field="currency")
        platform = request.query_params.get("platform", "")
        if platform not in {"", *Platform.values}:
            raise InvalidInput(f"{platform[:60]!r} is no platform.", field="platform")
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


class ReportImportView(APIView):
    """POST /report-imports/ (multipart): file, map[] as field=column, currency, skip_bad_rows,
    dry_run."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        from campaigns.importing.service import import_report, preview_report

        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        upload = body_of(request).get("file")
        if upload is None or isinstance(upload, str):
            raise InvalidInput("Send the report as the file field.", field="file")
        options: dict[str, Any] = {
            "actor": actor_of(request),
            "advertiser": advertiser,
            "file": upload,
            "file_name": upload.name,
            "mapping": _mapping(values_of(request, "map")),
            "currency": body_of(request).get("currency") or None,
        }
        if body_of(request).get("dry_run") == "true":
            for name in ("actor", "file_name"):
                options.pop(name)
            with _in_api_terms():
                return Response(_import_json(preview_report(**options)))
        skip = body_of(request).get("skip_bad_rows") == "true"
        with _in_api_terms():
            result = import_report(**options, skip_bad_rows=skip)
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
            raise InvalidInput(f"{pair!r} is not field=column.", field="map")
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
