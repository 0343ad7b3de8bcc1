"""REST of pacing plans, over the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.campaigns import NewestFirst, check_role, pick_advertiser
from campaigns.models import Brief
from core.access import actor_of, advertisers_of, body_of
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


class NewPlanSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(PacingPlan.Kind.choices, default="month")
    currency = serializers.CharField(max_length=3)
    total = serializers.CharField()
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)
    brief_id = serializers.IntegerField(required=False)
    steers = serializers.BooleanField(default=False)


class PacingPlanViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PacingPlan]
):
    serializer_class = PacingPlanSerializer
    pagination_class = NewestFirst
    queryset = PacingPlan.objects.none()

    def get_queryset(self) -> QuerySet[PacingPlan]:
        mine = advertisers_of(self.request.user)
        return PacingPlan.objects.filter(advertiser__in=mine).select_related("advertiser", "brief")

    def create(self, request: Request) -> Response:
        given = NewPlanSerializer(data=body_of(request))
        given.is_valid(raise_exception=True)
        wish = dict(given.validated_data)
        advertiser = pick_advertiser(request)
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
