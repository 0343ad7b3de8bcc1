"""REST API of briefs and their plans, with the same services as the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agents import services
from agents.models import Strategy
from campaigns.api.campaigns import NewestFirst, check_role, pick_advertiser
from campaigns.models import Brief
from campaigns.services import BriefInput, create_brief
from core.access import actor_of, advertisers_of, body_of
from core.common.money import Money
from core.models import Role


def _ids(**how: Any) -> serializers.ListField:
    """Primary keys, limited to the range that the database can store."""
    child = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    return serializers.ListField(child=child, **how)


class BriefInputSerializer(serializers.Serializer[Any]):
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
    accounts = _ids()
    shares = serializers.ListField(child=serializers.DecimalField(9, 4), required=False)
    age_min = serializers.IntegerField(default=18)
    age_max = serializers.IntegerField(default=65)
    gender = serializers.CharField(default="any")
    call_to_action = serializers.CharField(default="LEARN_MORE")
    political_ads = serializers.BooleanField(default=False)
    images = _ids(default=list, help_text="Ids of assets: pictures and videos.")

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
        ]


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


class BriefViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Brief]
):
    serializer_class = BriefSerializer
    pagination_class = NewestFirst
    queryset = Brief.objects.none()

    def get_queryset(self) -> QuerySet[Brief]:
        mine = Brief.objects.filter(advertiser__in=advertisers_of(self.request.user))
        return mine.select_related("advertiser").prefetch_related("strategies__account")

    def create(self, request: Request) -> Response:
        """Create a brief and plan it; the plans wait for approval."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        serializer = BriefInputSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wish = brief_input(serializer.validated_data, advertiser.currency)
        actor = actor_of(request)
        brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
        services.plan_brief(actor=actor, brief=brief)
        return Response(
            self.get_serializer(self.get_queryset().get(pk=brief.pk)).data,
            status=status.HTTP_201_CREATED,
        )


class StrategyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Strategy]
):
    serializer_class = StrategySerializer
    pagination_class = NewestFirst
    queryset = Strategy.objects.none()

    def get_queryset(self) -> QuerySet[Strategy]:
        mine = advertisers_of(self.request.user)
        rows = Strategy.objects.filter(brief__advertiser__in=mine)
        return rows.select_related("brief__advertiser", "account__advertiser")

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Needs `plan_hash`, so that exactly the plan that was read is approved. A plan about which
        its platform could not be asked (`check_state`) needs `unchecked`: true too."""
        strategy = self.get_object()
        check_role(request, strategy.brief.advertiser, Role.APPROVER)
        services.approve(
            actor=actor_of(request),
            strategy=strategy,
            seen_hash=str(body_of(request).get("plan_hash", "")),
            unchecked=body_of(request).get("unchecked") is True,
        )
        return Response(self.get_serializer(self.get_object()).data)
