"""The last steps of campaigns.overview.onboarding: a brief approved, and a campaign live."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse

from agents.models import Strategy
from campaigns.overview.onboarding import APPROVE, LIVE, Step
from core.models import Advertiser, Role
from platforms.models import AdAccount


def steps(advertiser: Advertiser, accounts: list[AdAccount]) -> list[Step]:
    found = Strategy.objects.filter(brief__advertiser=advertiser).aggregate(
        approved=Count("approval"),
        live=Count("pk", filter=Q(state=Strategy.State.LIVE)),
        brief=Max("brief_id", filter=~Q(state=Strategy.State.REPLACED)),
    )
    url, link = reverse("brief_new", args=[advertiser.slug]), "Write a brief"
    role, quick = Role.EDITOR, None
    if found["brief"] is None and settings.SANDBOX:
        quick = ("Plan an example", reverse("brief_example", args=[advertiser.slug]))
    if found["brief"] is not None:
        url, link = reverse("brief", args=[advertiser.slug, found["brief"]]), "See the plans"
        role = Role.VIEWER
    return [
        Step(
            APPROVE,
            "Approve the first brief",
            "Write what you want; a plan for each account follows. Nothing is sent before an "
            "approver has read and approved it.",
            bool(found["approved"]),
            url,
            link,
            role,
            quick,
        ),
        Step(
            LIVE,
            "The first campaign is live",
            "It is created paused, compared with the plan, and switched on last.",
            bool(found["live"]),
            url,
            "Watch the launch" if found["brief"] else link,
            role,
        ),
    ]
