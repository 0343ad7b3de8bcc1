"""REST of A/B tests, their analyses and proposals, over the same services as the pages."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Ad, Campaign
from core.access import actor_of, advertisers_of
from core.api.fields import Id, PlainDecimal, Whole
from core.api.inputs import Input
from core.api.tenants import AdvertiserFilter, IdFilter, check_role
from core.api.views import StrictViewSet, takes
from core.common.errors import InvalidInput
from core.models import Role
from optimization import services
from optimization.ab_tests.planning import plan_for
from optimization.models import DESIGNS, METRICS, ABTest, Analysis, Arm
from optimization.presentation.verdict_reading import LabelledLead, VerdictReading


class ABTestSerializer(serializers.ModelSerializer[ABTest]):
    campaign_id = serializers.IntegerField(read_only=True)
    arm_ids = serializers.SerializerMethodField()
    winner_id = serializers.IntegerField(source="winner_subject_id", read_only=True)
    verdict = serializers.SerializerMethodField()
    reading = serializers.SerializerMethodField()
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
            "reading",
            "result",
        ]

    def get_arm_ids(self, test: ABTest) -> list[int]:
        """Ids of the ads, or of the ad groups, as `subject` says."""
        return [arm.subject_id for arm in test.arms.all()]

    def get_verdict(self, test: ABTest) -> dict[str, Any]:
        """What stands; `stored_in_older_form` where it cannot be read any more."""
        return test.standing.to_json()

    def get_reading(self, test: ABTest) -> dict[str, Any]:
        """The verdict as every page tells it: its sentence, the lead with the days that it is of,
        what has come since a decision, and the confidence of a winner (0 to 1)."""
        names = {arm.subject_id: arm.subject.name for arm in test.arms.all()}
        reading = VerdictReading(test, test.analyses.first(), names)
        latched = test.standing.latched if reading.is_decided else None
        return {
            "sentence": reading.sentence,
            "leader_id": reading.leader_id,
            "lead": _lead_json(reading.lead),
            "since": _lead_json(reading.since),
            "confidence": latched.confidence if latched else None,
            "would_change": reading.would_change,
        }

    def get_result(self, test: ABTest) -> dict[str, Any] | None:
        """The newest analysis; `stored_in_older_form` where it cannot be read any more."""
        newest = test.analyses.first()
        return None if newest is None else newest.stored_result.to_json()


def _lead_json(found: LabelledLead | None) -> dict[str, Any] | None:
    """`lift`, `low` and `high` are fractions: 0.1 is 10 %."""
    if found is None:
        return None
    lead = asdict(found.lead)
    return {"label": found.label, "text": found.text, "days": found.days, "at": found.at, **lead}


class NewTestInput(Input):
    campaign_id = Id(required=False)
    campaign = Id(required=False, help_text="The same as campaign_id.")
    metric = serializers.ChoiceField(
        METRICS, required=False, help_text="Without one the advertiser's targets say which."
    )
    planned_days = Whole(default=14)
    name = serializers.CharField(default="", max_length=200, allow_blank=True)
    hypothesis = serializers.CharField(default="", max_length=500, allow_blank=True)
    guard_metrics = serializers.ListField(
        child=serializers.ChoiceField(METRICS),
        required=False,
        help_text="Without any the metrics of the targets; an empty list for none.",
    )
    smallest_effect = PlainDecimal(4, 3, default=Decimal("0.2"))
    design = serializers.ChoiceField(DESIGNS, default="delivery")
    subject = serializers.ChoiceField(ABTest.Subject.choices, default="ad")
    arm_ids = serializers.ListField(child=Id(), required=False)
    started_on = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = {attrs.pop(name) for name in ("campaign_id", "campaign") if name in attrs}
        if len(named) != 1:
            raise serializers.ValidationError({"campaign_id": "Name one campaign."})
        return {**attrs, "campaign_id": named.pop()}


class LookSerializer(serializers.ModelSerializer[Analysis]):
    result = serializers.SerializerMethodField()

    class Meta:
        model = Analysis
        fields = ["id", "at", "status", "settings", "input_hash", "method_version", "result"]

    def get_result(self, analysis: Analysis) -> dict[str, Any]:
        """`stored_in_older_form` where it cannot be read any more."""
        return analysis.stored_result.to_json()


class PlanInput(Input):
    campaign = Id()
    metric = serializers.ChoiceField(METRICS, default="ctr")
    smallest_effect = PlainDecimal(4, 3, default=Decimal("0.2"))
    subject = serializers.ChoiceField(ABTest.Subject.choices, default="ad")


class ABTestFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="campaign__account__advertiser")
    campaign = IdFilter(field_name="campaign")


class ABTestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[ABTest]):
    serializer_class = ABTestSerializer
    filterset_class = ABTestFilter
    queryset = ABTest.objects.none()

    def get_queryset(self) -> QuerySet[ABTest]:
        mine = advertisers_of(self.request.user)
        tests = ABTest.objects.filter(campaign__account__advertiser__in=mine)
        arms = Prefetch("arms", Arm.objects.select_related("ad", "ad_group"))
        return tests.select_related(
            "campaign__account__advertiser", "winner", "winner_group", "deciding"
        ).prefetch_related(arms)

    @takes(NewTestInput, responses={201: ABTestSerializer})
    def create(self, request: Request) -> Response:
        """Start a test on a campaign's ads or ad groups and analyse it at once."""
        wish = self.fields()
        campaign = _campaign(request, wish.pop("campaign_id"))
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        wish |= _chosen(campaign, wish["subject"], wish.pop("arm_ids", None))
        test = services.create_test(actor=actor_of(request), campaign=campaign, **wish)
        services.analyse_test(test)
        return Response(self.get_serializer(test).data, status=status.HTTP_201_CREATED)

    @takes(query=PlanInput, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["get"])
    def plan(self, request: Request) -> Response:
        """How long a test of `campaign` would take: ?metric=, ?smallest_effect=, ?subject=."""
        wish = self.parameters()
        answer = plan_for(_campaign(request, wish.pop("campaign")), **wish)
        return Response(asdict(answer))

    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        """Analyse now; what the analysis supports becomes proposals."""
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.analyse_and_propose(test)
        return Response(self.get_serializer(self.get_object()).data)

    @action(detail=True, methods=["post"], url_path="pause-losers")
    def pause_losers(self, request: Request, pk: str) -> Response:
        """Pause every ad that the test proposes to pause. What is refused goes on, with why."""
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        found = services.pause_losers(actor=actor_of(request), test=test)
        return Response(
            {
                "paused_ids": [one.target.pk for one in found.paused],
                "refused": [
                    {"id": one.target.pk, "reason": err.user_message} for one, err in found.refused
                ],
                "ended": found.ended,
                "test": self.get_serializer(self.get_object()).data,
            }
        )

    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        test = self.get_object()
        check_role(request, test.campaign.account.advertiser, Role.EDITOR)
        services.stop_test(actor=actor_of(request), test=test)
        return Response(self.get_serializer(self.get_object()).data)

    @takes(is_paged=True, responses=LookSerializer(many=True))
    @action(detail=True, methods=["get"])
    def looks(self, request: Request, pk: str) -> Response:
        """Every analysis, the newest first, with what is needed to compute it again."""
        rows: list[Analysis] = self.paginate_queryset(self.get_object().analyses.all()) or []  # type: ignore[arg-type]
        return self.get_paginated_response(LookSerializer(rows, many=True).data)

    @action(detail=True, methods=["get"], url_path=r"looks/(?P<look>[0-9]{1,15})/replay")
    def replay(self, request: Request, pk: str, look: str) -> Response:
        """Compute an analysis again from the data as it stood then."""
        found = get_object_or_404(self.get_object().analyses, pk=int(look))
        again = services.reproduce(found)
        return Response({**asdict(again), "holds": again.holds})


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


def _campaign(request: Request, pk: int) -> Campaign:
    mine = Campaign.objects.filter(account__advertiser__in=advertisers_of(request.user))
    return get_object_or_404(mine.select_related("account__advertiser"), pk=pk)
