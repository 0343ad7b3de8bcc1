"""The campaigns' routes with what optimisation adds to them."""

from __future__ import annotations

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.campaigns import CampaignViewSet
from campaigns.guardrails import gate
from core.api.tenants import check_role
from core.models import Role
from optimization.tasks import request_optimize


class OptimizedCampaignViewSet(CampaignViewSet):
    """The campaigns' routes, with what optimisation adds to them."""

    @action(detail=True, methods=["post"])
    def optimize(self, request: Request, pk: str) -> Response:
        """202 with the id of the task that checks this campaign now."""
        campaign = self.get_object()
        check_role(request, campaign.account.advertiser, Role.EDITOR)
        gate.check_owned(campaign)
        job = request_optimize(campaign)
        return Response(
            {"task_id": job.pk, "campaign_id": campaign.pk}, status=status.HTTP_202_ACCEPTED
        )
