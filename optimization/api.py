"""REST of A/B tests, optimisation and rebalances, over the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from adsengine.access import actor_of, advertisers_of, body_of
from adsengine.models import Role
from campaigns import guardrails
from campaigns.api import CampaignViewSet, NewestFirst, check_role
from campaigns.models import Campaign
from optimization import services
from optimization.models import METRICS, ABTest, BudgetChange, Rebalance
from optimization.tasks import request_optimize


class ABTestSerializer(serializers.ModelSerializer[ABTest]):
    campaign_id = serializers.IntegerField(read_only=True)
    result = serializers.SerializerMethodField()

    class Meta:
        model = ABTest
        fields = [
            "id",
            "campaign_id",
            "name",
            "hypothesis",
            "metric",
            "planned_days",
            "started_on",
            "ended_on",
            "state",
            "status",
            "winner_id",
            "result",
        ]

    def get_result(self, test: ABTest) -> dict[str, Any] | None:
        newest = test.looks.first()
        return None if newest is None else newest.result


class NewTestSerializer(serializers.Serializer[Any]):
    campaign_id = serializers.IntegerField()
    metric = serializers.ChoiceField(METRICS, default="ctr")
    planned_days = serializers.IntegerField(default=14)
    name = serializers.CharField(default="", max_length=200, allow_blank=True)
    hypothesis = serializers.CharField(default="", max_length=500, allow_blank=True)


class ABTestViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ABTest]
):
    serializer_class = ABTestSerializer
    pagination_class = NewestFirst
    queryset = ABTest.objects.none()

    def get_queryset(self) -> QuerySet[ABTest]:
        mine = advertisers_of(self.request.user)
        tests = ABTest.objects.filter(campaign__account__advertiser__in=mine)
        return tests.select_related("campaign__account__advertiser")

    def create(self, request: Request) -> Response:
        """Start a test on a campaign's ads and look at once."""
        given = NewTestSerializer(
            data={"campaign_id": body_of(request).get("campaign"), **_flat(request)}
        )
        given.is_valid(raise_exception=True)
        wish = dict(given.validated_data)
        campaign = _campaign(request, wish.pop("campaign_id"))
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        test = services.create_test(actor=actor_of(request), campaign=campaign, **wish)
        services.look(test)
        return Response(self.get_serializer(test).data, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.look(test)
        return Response(self.get_serializer(self.get_object()).data)

    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.stop_test(actor=actor_of(request), test=test)
        return Response(self.get_serializer(self.get_object()).data)


def _flat(request: Request) -> dict[str, Any]:
    return {key: value for key, value in body_of(request).items() if key != "campaign"}


def _campaign(request: Request, pk: int) -> Campaign:
    mine = Campaign.objects.filter(account__advertiser__in=advertisers_of(request.user))
    return get_object_or_404(mine.select_related("account__advertiser"), pk=pk)


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
