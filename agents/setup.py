"""The last of an advertiser's first steps, for campaigns.setup: a brief approved, and live."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from adsengine.models import Advertiser, Role
from agents.models import Strategy
from agents.selectors import present
from campaigns.setup import APPROVE, LIVE, Step


def steps(advertiser: Advertiser) -> list[Step]:
    done = Strategy.objects.filter(brief__advertiser=advertiser).aggregate(
        approved=Count("approval"), live=Count("pk", filter=Q(state=Strategy.State.LIVE))
    )
    newest = present().filter(brief__advertiser=advertiser).order_by("-pk").first()
    url, link = reverse("brief_new", args=[advertiser.slug]), "Write a brief"
    role, quick = Role.EDITOR, None
    if newest is None and settings.SANDBOX:
        quick = ("Plan an example", reverse("brief_example", args=[advertiser.slug]))
    if newest is not None:
        url, link = reverse("brief", args=[advertiser.slug, newest.brief_id]), "See the plans"
        role = Role.VIEWER
    return [
        Step(
            APPROVE,
            "Approve the first brief",
            "Write what you want; a plan for each account follows. Nothing is sent before an "
            "approver has read and approved it.",
            bool(done["approved"]),
            url,
            link,
            role,
            quick,
        ),
        Step(
            LIVE,
            "The first campaign is live",
            "It is created paused, compared with the plan, and switched on last.",
            bool(done["live"]),
            url,
            "Watch the launch" if newest is not None else link,
            role,
        ),
    ]
