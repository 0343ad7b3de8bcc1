"""REST of proposals: what waits, and deciding on it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import actor_of, advertisers_of
from core.api.tenants import AdvertiserFilter, IdFilter, check_role
from core.api.views import StrictViewSet
from core.models import Role
from optimization import services
from optimization.models import Decision


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    old_budget = serializers.SerializerMethodField()
    new_budget = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id",
            "campaign_id",
            "test_id",
            "ad_id",
            "ad_group_id",
            "action",
            "state",
            "reason",
            "evidence",
            "old_budget",
            "new_budget",
            "error",
            "decided_by",
            "market_at",
        ]

    def get_old_budget(self, decision: Decision) -> str | None:
        return None if decision.old_budget is None else str(decision.old_budget.amount)

    def get_new_budget(self, decision: Decision) -> str | None:
        return None if decision.new_budget is None else str(decision.new_budget.amount)


class DecisionFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="campaign__account__advertiser")
    campaign = IdFilter(field_name="campaign")
    test = IdFilter(field_name="test")

    class Meta:
        model = Decision
        fields = ["state"]


class DecisionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Decision]):
    """What was proposed, by ?advertiser=, ?campaign=, ?test= and ?state=, and what became of it."""

    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    queryset = Decision.objects.none()

    def get_queryset(self) -> QuerySet[Decision]:
        mine = advertisers_of(self.request.user)
        rows = Decision.objects.filter(campaign__account__advertiser__in=mine)
        return rows.select_related("campaign__account__advertiser", "ad", "ad_group", "test")

    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        return self._act(request, services.apply_decision)

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        return self._act(request, services.undo_decision)

    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        return self._act(request, services.dismiss)

    def _act(self, request: Request, service: Any) -> Response:
        decision = self.get_object()
        check_role(request, decision.campaign.account.advertiser, Role.EDITOR)
        service(actor=actor_of(request), decision=decision)
        return Response(self.get_serializer(self.get_object()).data)
