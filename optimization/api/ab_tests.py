"""REST of A/B tests, their analyses and proposals, over the same services as the pages."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.campaigns import NewestFirst, check_role
from campaigns.models import Ad, Campaign
from core.access import actor_of, advertisers_of, body_of
from core.common.errors import InvalidInput
from core.models import Role
from optimization import services
from optimization.ab_tests.planning import plan_for
from optimization.models import DESIGNS, METRICS, ABTest, Analysis, Arm


class ABTestSerializer(serializers.ModelSerializer[ABTest]):
    campaign_id = serializers.IntegerField(read_only=True)
    arm_ids = serializers.SerializerMethodField()
    winner_id = serializers.IntegerField(source="winner_subject_id", read_only=True)
    verdict = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()

    class Meta:
        model = ABTest
        fields = [
            "id",
            "campaign_id",
            "name",
            "hypothesis",
            "subject",
            "arm_ids",
            "metric",
            "guard_metrics",
            "smallest_effect",
            "design",
            "planned_days",
            "started_on",
            "ended_on",
            "state",
            "status",
            "winner_id",
            "decided_at",
            "verdict",
            "result",
        ]

    def get_arm_ids(self, test: ABTest) -> list[int]:
        """Ids of the ads, or of the ad groups, as `subject` says."""
        return [arm.subject_id for arm in test.arms.all()]

    def get_verdict(self, test: ABTest) -> dict[str, Any]:
        """What stands; `stored_in_older_form` where it cannot be read any more."""
        return test.standing.to_json()

    def get_result(self, test: ABTest) -> dict[str, Any] | None:
        """The newest analysis; `stored_in_older_form` where it cannot be read any more."""
        newest = test.analyses.first()
        return None if newest is None else newest.stored_result.to_json()


class NewTestSerializer(serializers.Serializer[Any]):
    campaign_id = serializers.IntegerField()
    metric = serializers.ChoiceField(METRICS, default="ctr")
    planned_days = serializers.IntegerField(default=14)
    name = serializers.CharField(default="", max_length=200, allow_blank=True)
    hypothesis = serializers.CharField(default="", max_length=500, allow_blank=True)
    guard_metrics = serializers.ListField(child=serializers.ChoiceField(METRICS), default=list)
    smallest_effect = serializers.DecimalField(4, 3, default=Decimal("0.2"))
    design = serializers.ChoiceField(DESIGNS, default="delivery")
    subject = serializers.ChoiceField(ABTest.Subject.choices, default="ad")
    arm_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False
    )
    started_on = serializers.DateField(required=False)


class LookSerializer(serializers.ModelSerializer[Analysis]):
    result = serializers.SerializerMethodField()

    class Meta:
        model = Analysis
        fields = ["id", "at", "status", "settings", "input_hash", "method_version", "result"]

    def get_result(self, analysis: Analysis) -> dict[str, Any]:
        """`stored_in_older_form` where it cannot be read any more."""
        return analysis.stored_result.to_json()


class ABTestViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ABTest]
):
    serializer_class = ABTestSerializer
    pagination_class = NewestFirst
    queryset = ABTest.objects.none()

    def get_queryset(self) -> QuerySet[ABTest]:
        mine = advertisers_of(self.request.user)
        tests = ABTest.objects.filter(campaign__account__advertiser__in=mine)
        arms = Prefetch("arms", Arm.objects.select_related("ad", "ad_group"))
        return tests.select_related(
            "campaign__account__advertiser", "winner", "winner_group", "deciding"
        ).prefetch_related(arms)

    def create(self, request: Request) -> Response:
        """Start a test on a campaign's ads or ad groups and analyse it at once."""
        given = NewTestSerializer(
            data={"campaign_id": body_of(request).get("campaign"), **_flat(request)}
        )
        given.is_valid(raise_exception=True)
        wish = dict(given.validated_data)
        campaign = _campaign(request, wish.pop("campaign_id"))
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        wish |= _chosen(campaign, wish["subject"], wish.pop("arm_ids", None))
        test = services.create_test(actor=actor_of(request), campaign=campaign, **wish)
        services.analyse_test(test)
        return Response(self.get_serializer(test).data, status=status.HTTP_201_CREATED)

    @action(detail=False, methods=["get"])
    def plan(self, request: Request) -> Response:
        """How long a test of `campaign` would take: ?metric=, ?smallest_effect=, ?subject=."""
        asked = PlanSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wish = dict(asked.validated_data)
        answer = plan_for(_campaign(request, wish.pop("campaign")), **wish)
        return Response(asdict(answer))

    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        """Analyse now; what the analysis supports becomes proposals."""
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.analyse_and_propose(test)
        return Response(self.get_serializer(self.get_object()).data)

    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.stop_test(actor=actor_of(request), test=test)
        return Response(self.get_serializer(self.get_object()).data)

    @action(detail=True, methods=["get"])
    def looks(self, request: Request, pk: str) -> Response:
        """Every analysis, the newest first, with what is needed to compute it again."""
        rows: list[Analysis] = self.paginate_queryset(self.get_object().analyses.all()) or []  # type: ignore[arg-type]
        return self.get_paginated_response(LookSerializer(rows, many=True).data)

    @action(detail=True, methods=["get"], url_path=r"looks/(?P<look>\d{1,15})/replay")
    def replay(self, request: Request, pk: str, look: str) -> Response:
        """Compute an analysis again from the data as it stood then."""
        found = get_object_or_404(self.get_object().analyses, pk=int(look))
        again = services.reproduce(found)
        return Response({**asdict(again), "holds": again.holds})


class PlanSerializer(serializers.Serializer[Any]):
    campaign = serializers.IntegerField()
    metric = serializers.ChoiceField(METRICS, default="ctr")
    smallest_effect = serializers.DecimalField(4, 3, default=Decimal("0.2"))
    subject = serializers.ChoiceField(ABTest.Subject.choices, default="ad")


def _chosen(campaign: Campaign, subject: str, ids: list[int] | None) -> dict[str, Any]:
    """The arms asked for, of the test's own campaign. Raises InvalidInput on `arm_ids`."""
    if ids is None:
        return {}
    groups = campaign.ad_groups.filter(pk__in=ids).order_by("pk")
    ads = Ad.objects.filter(ad_group__campaign=campaign, pk__in=ids).select_related("ad_group")
    of_groups = subject == ABTest.Subject.AD_GROUP
    found: list[Any] = list(groups if of_groups else ads.order_by("pk"))
    if len(found) != len(ids):
        what = "ad groups" if of_groups else "ads"
        raise InvalidInput(f"Give different {what} of this campaign.", field="arm_ids")
    return {"ad_groups" if of_groups else "ads": found}


def _flat(request: Request) -> dict[str, Any]:
    return {key: value for key, value in body_of(request).items() if key != "campaign"}


def _campaign(request: Request, pk: int) -> Campaign:
    mine = Campaign.objects.filter(account__advertiser__in=advertisers_of(request.user))
    return get_object_or_404(mine.select_related("account__advertiser"), pk=pk)
