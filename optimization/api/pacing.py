"""REST of pacing plans, over the same services as the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Brief
from core.access import actor_of, advertisers_of
from core.api.fields import Flag, Id
from core.api.inputs import AdvertiserInput
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictViewSet, takes
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Role
from optimization import services
from optimization.models import PacingPlan
from optimization.pacing.course import pace_of


class PacingPlanSerializer(serializers.ModelSerializer[PacingPlan]):
    total = serializers.CharField(source="total.amount")
    pace = serializers.SerializerMethodField()

    class Meta:
        model = PacingPlan
        fields = [
            "id",
            "name",
            "kind",
            "currency",
            "total",
            "first",
            "last",
            "brief_id",
            "steers",
            "ended_at",
            "pace",
        ]

    def get_pace(self, plan: PacingPlan) -> dict[str, Any] | None:
        """How spend keeps to it; null once it has ended."""
        if plan.ended_at is not None:
            return None
        paced = pace_of(plan)
        low, middle, high = paced.landing
        needed = paced.needed_per_day
        return {
            "status": paced.pace.status,
            "spent": str(paced.spent.amount),
            "expected": str(paced.expected.amount),
            "landing": {
                "low": str(low.amount),
                "mean": str(middle.amount),
                "high": str(high.amount),
            },
            "needed_per_day": None if needed is None else str(needed.amount),
            "days_left": paced.pace.days_left,
        }


class NewPlanInput(AdvertiserInput):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(PacingPlan.Kind.choices, default="month")
    currency = serializers.CharField(max_length=3)
    total = serializers.CharField()
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)
    brief_id = Id(required=False)
    steers = Flag(default=False)


class PacingPlanFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")


class PacingPlanViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[PacingPlan]
):
    serializer_class = PacingPlanSerializer
    filterset_class = PacingPlanFilter
    queryset = PacingPlan.objects.none()

    def get_queryset(self) -> QuerySet[PacingPlan]:
        mine = advertisers_of(self.request.user)
        return PacingPlan.objects.filter(advertiser__in=mine).select_related("advertiser", "brief")

    @takes(NewPlanInput, AdvertiserInput, responses={201: PacingPlanSerializer})
    def create(self, request: Request) -> Response:
        wish, advertiser = self.fields(), pick_advertiser(request)
        wish.pop("advertiser", None)
        check_role(request, advertiser, Role.EDITOR)
        wish["total"] = Money.parse(wish["total"], wish.pop("currency"), field="total")
        if (brief := wish.pop("brief_id", None)) is not None:
            wish["brief"] = Brief.objects.filter(advertiser=advertiser, pk=brief).first()
            if wish["brief"] is None:
                raise InvalidInput("There is no such brief.", field="brief_id")
        plan = services.create_pacing_plan(actor=actor_of(request), advertiser=advertiser, **wish)
        return Response(self.get_serializer(plan).data, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        plan = self.get_object()
        check_role(request, plan.advertiser, Role.EDITOR)
        services.end_pacing_plan(actor=actor_of(request), plan=plan)
        return Response(self.get_serializer(plan).data)
