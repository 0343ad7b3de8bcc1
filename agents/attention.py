"""Plans that wait for a person, for campaigns.overview.attention."""

from __future__ import annotations

from django.urls import reverse

from agents.models import Strategy
from agents.selectors import STATE_LABELS, current_strategies
from campaigns.overview.attention import AttentionItem, Group, group
from core.models import Advertiser

WAITING = (Strategy.State.REVIEW, Strategy.State.BLOCKED)


def plans(advertiser: Advertiser, told: frozenset[str]) -> Group:
    """To be approved or corrected. A launch that failed has an incident."""
    rows = current_strategies().filter(brief__advertiser=advertiser, state__in=WAITING)
    return group(
        rows.select_related("brief", "account").order_by("-pk"),
        lambda strategy: AttentionItem(
            f"{strategy.brief} on {strategy.account.get_platform_display()}",
            STATE_LABELS[strategy.state][0],
            reverse("brief", args=[advertiser.slug, strategy.brief_id]),
        ),
        name="Plans to approve or correct",
        tone="wait",
        url=reverse("briefs", args=[advertiser.slug]),
    )
