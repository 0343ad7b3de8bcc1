"""REST API of briefs and their plans, with the same services as the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agents import services
from agents.models import Strategy
from campaigns.models import Brief
from campaigns.services import BriefInput, create_brief
from core.access import actor_of, advertisers_of
from core.api.fields import Flag, Id, PlainDecimal, Whole
from core.api.inputs import AdvertiserInput, Input
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictViewSet, takes
from core.common.money import Money
from core.models import Role


class NewBriefInput(AdvertiserInput):
    name = serializers.CharField(max_length=120)
    objective = serializers.CharField()
    total_budget = serializers.CharField()
    currency = serializers.CharField(required=False)
    start = serializers.DateField()
    end = serializers.DateField()
    landing_url = serializers.CharField(max_length=2000)
    countries = serializers.ListField(child=serializers.CharField())
    headlines = serializers.ListField(child=serializers.CharField())
    descriptions = serializers.ListField(child=serializers.CharField())
    keywords = serializers.ListField(child=serializers.CharField(), default=list)
    accounts = serializers.ListField(child=Id())
    shares = serializers.ListField(child=PlainDecimal(9, 4), required=False)
    age_min = Whole(default=18)
    age_max = Whole(default=65)
    gender = serializers.CharField(default="any")
    call_to_action = serializers.CharField(default="LEARN_MORE")
    political_ads = Flag(default=False)
    images = serializers.ListField(
        child=Id(), default=list, help_text="Ids of assets: pictures and videos."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        shares = attrs.get("shares")
        if shares is not None and len(shares) != len(attrs["accounts"]):
            raise serializers.ValidationError({"shares": "Give one share per account."})
        return attrs


def brief_input(data: dict[str, Any], currency: str) -> BriefInput:
    """The validated request data as the service's input."""
    shares = data.get("shares") or [Decimal(1)] * len(data["accounts"])
    money = Money.parse(data["total_budget"], data.get("currency", currency), field="total_budget")
    same = ("name", "objective", "start", "end", "landing_url", "age_min", "age_max", "gender")
    return BriefInput(
        **{key: data[key] for key in same},
        total_budget=money,
        countries=tuple(data["countries"]),
        headlines=tuple(data["headlines"]),
        descriptions=tuple(data["descriptions"]),
        keywords=tuple(data["keywords"]),
        shares=dict(zip(data["accounts"], shares, strict=True)),
        call_to_action=data["call_to_action"],
        political_ads=data["political_ads"],
        image_ids=tuple(data["images"]),
    )


class StrategySerializer(serializers.ModelSerializer[Strategy]):
    platform = serializers.CharField(source="account.platform")
    plan = serializers.SerializerMethodField()
    campaign_id = serializers.SerializerMethodField(help_text="The first of campaign_ids.")
    campaign_ids = serializers.SerializerMethodField()

    class Meta:
        model = Strategy
        fields = [
            "id",
            "brief_id",
            "account_id",
            "platform",
            "state",
            "plan",
            "plan_hash",
            "problems",
            "check_state",
            "check_says",
            "checked_at",
            "campaign_id",
            "campaign_ids",
        ]

    def get_plan(self, strategy: Strategy) -> dict[str, Any]:
        """As it was stored and is approved, of its own version."""
        content: dict[str, Any] = json.loads(strategy.plan)
        return content

    def get_campaign_id(self, strategy: Strategy) -> int | None:
        return next(iter(self.get_campaign_ids(strategy)), None)

    def get_campaign_ids(self, strategy: Strategy) -> list[int]:
        return [campaign.pk for campaign in strategy.launched]


class BriefSerializer(serializers.ModelSerializer[Brief]):
    strategies = StrategySerializer(many=True)
    total_budget = serializers.CharField(source="total_budget.amount")

    class Meta:
        model = Brief
        fields = [
            "id",
            "name",
            "objective",
            "total_budget",
            "currency",
            "start",
            "end",
            "strategies",
        ]


class BriefFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")


class BriefViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Brief]):
    serializer_class = BriefSerializer
    filterset_class = BriefFilter
    queryset = Brief.objects.none()

    def get_queryset(self) -> QuerySet[Brief]:
        mine = Brief.objects.filter(advertiser__in=advertisers_of(self.request.user))
        return mine.select_related("advertiser").prefetch_related(
            "strategies__account", "strategies__campaigns"
        )

    @takes(NewBriefInput, AdvertiserInput, responses={201: BriefSerializer})
    def create(self, request: Request) -> Response:
        """Create a brief and plan it; the plans wait for approval."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        wish = brief_input(self.fields(), advertiser.currency)
        actor = actor_of(request)
        brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
        services.plan_brief(actor=actor, brief=brief)
        return Response(
            self.get_serializer(self.get_queryset().get(pk=brief.pk)).data,
            status=status.HTTP_201_CREATED,
        )


class ApprovalInput(Input):
    plan_hash = serializers.CharField(default="", allow_blank=True)
    unchecked = Flag(default=False)


class StrategyFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="brief__advertiser")


class StrategyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Strategy]):
    serializer_class = StrategySerializer
    filterset_class = StrategyFilter
    queryset = Strategy.objects.none()

    def get_queryset(self) -> QuerySet[Strategy]:
        mine = advertisers_of(self.request.user)
        rows = Strategy.objects.filter(brief__advertiser__in=mine)
        return rows.select_related("brief__advertiser", "account__advertiser").prefetch_related(
            "campaigns"
        )

    @takes(ApprovalInput)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Needs `plan_hash`, so that exactly the plan that was read is approved. A plan about which
        its platform could not be asked (`check_state`) needs `unchecked`: true too."""
        strategy = self.get_object()
        check_role(request, strategy.brief.advertiser, Role.APPROVER)
        given = self.fields()
        services.approve(
            actor=actor_of(request),
            strategy=strategy,
            seen_hash=given["plan_hash"],
            unchecked=given["unchecked"],
        )
        return Response(self.get_serializer(self.get_object()).data)

    @takes(Input)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Resume a failed launch within its approval."""
        return self._answered(request, services.retry)

    @takes(Input)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """End a failed launch; what it made is archived on the platform."""
        return self._answered(request, services.take_back)

    def _answered(self, request: Request, act: Callable[..., None]) -> Response:
        strategy = self.get_object()
        check_role(request, strategy.brief.advertiser, Role.EDITOR)
        self.fields()
        act(actor=actor_of(request), strategy=strategy)
        return Response(self.get_serializer(self.get_object()).data)
