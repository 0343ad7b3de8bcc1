"""REST of the workers' runs: what they did and found, and a request for one."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import advertisers_of
from core.api.inputs import AdvertiserInput, Input
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictViewSet, takes
from core.models import Role
from optimization import selectors
from optimization.models import Run, RunOutcome, WorkerFinding
from optimization.tasks import request_run


class RunSerializer(serializers.ModelSerializer[Run]):
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = ["id", "kind", "slot", "market_at", "started_at", "finished_at", "counts"]

    def get_counts(self, run: Run) -> dict[str, int]:
        return {state: getattr(run, state) for state in RunOutcome.State.values}


class RunOutcomeSerializer(serializers.ModelSerializer[RunOutcome]):
    class Meta:
        model = RunOutcome
        fields = ["campaign_id", "key", "state", "said", "view"]


class OutcomesInput(Input):
    state = serializers.ChoiceField(RunOutcome.State.choices, required=False)


class FindingSerializer(serializers.ModelSerializer[WorkerFinding]):
    class Meta:
        model = WorkerFinding
        fields = [
            "id",
            "worker",
            "kind",
            "key",
            "campaign_id",
            "ad_id",
            "decision_id",
            "title",
            "text",
            "first_at",
            "last_at",
            "times",
            "outcome",
            "outcome_text",
            "outcome_at",
            "closed_at",
        ]


class FindingsInput(AdvertiserInput):
    worker = serializers.ChoiceField(Run.Kind.choices, required=False)
    state = serializers.ChoiceField([("open", "open"), ("ended", "ended")], required=False)


class RunFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")


class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Run]):
    serializer_class = RunSerializer
    filterset_class = RunFilter
    queryset = Run.objects.none()

    def get_queryset(self) -> QuerySet[Run]:
        return selectors.with_outcome_counts(
            Run.objects.filter(advertiser__in=advertisers_of(self.request.user))
        )

    @takes(AdvertiserInput, AdvertiserInput, responses={202: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """202 with the id of the task that starts a run over all campaigns now."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        job = request_run(advertiser)
        return Response({"task_id": job.pk}, status=status.HTTP_202_ACCEPTED)

    @takes(query=OutcomesInput, is_paged=True)
    @action(detail=True, methods=["get"])
    def outcomes(self, request: Request, pk: str) -> Response:
        """One row for each campaign, or pool; by ?state=."""
        rows = self.get_object().outcomes.filter(**self.parameters())
        page: list[RunOutcome] = self.paginate_queryset(rows) or []  # type: ignore[arg-type]
        return self.get_paginated_response(RunOutcomeSerializer(page, many=True).data)

    @takes(query=FindingsInput, is_paged=True, responses=FindingSerializer(many=True))
    @action(detail=False, methods=["get"], filterset_class=None)
    def findings(self, request: Request) -> Response:
        """What the workers of an advertiser found and how it ended, by ?worker= and ?state=."""
        given = self.parameters()
        rows = WorkerFinding.objects.filter(advertiser=pick_advertiser(request))
        if "worker" in given:
            rows = rows.filter(worker=given["worker"])
        if "state" in given:
            rows = rows.filter(closed_at__isnull=given["state"] == "open")
        page: list[WorkerFinding] = self.paginate_queryset(rows) or []  # type: ignore[arg-type]
        return self.get_paginated_response(FindingSerializer(page, many=True).data)
