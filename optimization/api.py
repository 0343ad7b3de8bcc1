"""REST of optimisation and rebalances, over the same services as the pages."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from adsengine.access import actor_of, advertisers_of
from adsengine.models import Role
from campaigns import guardrails
from campaigns.api import CampaignViewSet, NewestFirst, check_role
from optimization import services
from optimization.models import BudgetChange, Rebalance
from optimization.tasks import request_optimize


class OptimizedCampaignViewSet(CampaignViewSet):
    """The campaigns' routes, with what optimisation adds to them."""

    @action(detail=True, methods=["post"])
    def optimize(self, request: Request, pk: str) -> Response:
        """202 with the id of the task that looks at this campaign now."""
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        guardrails.check_owned(campaign)
        job = request_optimize(campaign)
        return Response(
            {"task_id": job.pk, "campaign_id": campaign.pk}, status=status.HTTP_202_ACCEPTED
        )


class BudgetChangeSerializer(serializers.ModelSerializer[BudgetChange]):
    old = serializers.CharField(source="old.amount")
    new = serializers.CharField(source="new.amount")

    class Meta:
        model = BudgetChange
        fields = ["campaign_id", "old", "new", "percent", "reason", "binding", "state", "error"]


class RebalanceSerializer(serializers.ModelSerializer[Rebalance]):
    total = serializers.CharField(source="total.amount")
    changes = BudgetChangeSerializer(many=True)

    class Meta:
        model = Rebalance
        fields = ["id", "currency", "total", "state", "market_at", "changes"]


class RebalanceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Rebalance]
):
    serializer_class = RebalanceSerializer
    pagination_class = NewestFirst
    queryset = Rebalance.objects.none()

    def get_queryset(self) -> QuerySet[Rebalance]:
        mine = advertisers_of(self.request.user)
        rows = Rebalance.objects.filter(advertiser__in=mine).select_related("advertiser")
        return rows.prefetch_related("changes__rebalance")

    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        rebalance = self.get_object()
        check_role(request, rebalance.advertiser, Role.APPROVER)
        services.apply_rebalance(actor=actor_of(request), rebalance=rebalance)
        return Response(self.get_serializer(self.get_object()).data)
