"""The page of one campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from campaigns import selectors
from campaigns.bulk import inline_edit
from campaigns.lifecycle import MOVES, Delivery
from campaigns.models import (
    Ad,
    AdGroup,
    Campaign,
    DailyMetric,
    Level,
    MetricRevision,
    PublishRequest,
    Wanted,
)
from campaigns.overview import winner_sources
from campaigns.presentation import charts, delivery
from campaigns.presentation.chart_annotations import annotate, annotations_of, history
from campaigns.presentation.vendor_ui_links import vendor_link
from campaigns.publishing.stuck_changes import stuck_changes
from campaigns.restoring.offers import undo_offers
from campaigns.scope import Scope, read_scope, to_canonical
from campaigns.selectors import CampaignRow
from campaigns.spend.summary import summary_of
from campaigns.tables import total_of
from campaigns.web import campaign_or_404, joined_query
from core.access import advertiser_page
from core.common import dates
from core.common.dates import DayRange
from core.models import Advertiser

HISTORY = 40


@advertiser_page()
def campaign(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    moved = to_canonical(request)
    return moved or page(request, advertiser, campaign_or_404(advertiser, pk))


@advertiser_page()
def campaign_state(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Delivery and publishing alone: polled while a change is being published."""
    found = campaign_or_404(advertiser, pk)
    sent = selectors.deciding_request(found)
    context = {
        "campaign": found,
        "publishing": sent.state if sent else "",
        "is_open": sent is not None and sent.state in PublishRequest.OPEN,
        "can": _can(found),
        "why": _why(found, sent),
        "stuck": stuck_changes(found),
        "again": True,
    }
    return render(request, "campaigns/campaign_state.html", context)


def page(request: HttpRequest, advertiser: Advertiser, campaign: Campaign) -> HttpResponse:
    scope = replace(read_scope(request, advertiser), account=campaign.account)
    sent = selectors.deciding_request(campaign)
    context = {
        "scope": scope,
        "campaign": campaign,
        "publishing": sent.state if sent else "",
        "is_open": sent is not None and sent.state in PublishRequest.OPEN,
        "why": _why(campaign, sent),
        "stuck": stuck_changes(campaign),
        "manager": vendor_link(campaign),
        "labels": list(campaign.labels.all()),
        "can": _can(campaign),
        "fields": [
            (f, inline_edit.FIELDS[f], inline_edit.current_value(campaign, f))
            for f in inline_edit.fields_of(campaign)
        ],
        "spend": summary_of(campaign),
        "limits": inline_edit.budget_bounds(campaign),
        "groups": _groups(campaign, scope),
        "winner_ids": winner_sources.winner_ad_ids(advertiser),
        **_numbers(campaign, scope),
        **_history(campaign),
    }
    return render(request, "campaigns/campaign.html", context)


def _why(campaign: Campaign, sent: PublishRequest | None) -> str:
    """Why it runs or does not, and whether its budget holds it back."""
    now = delivery.delivery_of(campaign, sent.state if sent else "")
    text = delivery.reason(campaign, now, sent)
    if now != Delivery.ACTIVE:
        return text
    last = dates.today(campaign.account.time_zone) - timedelta(days=1)
    days = DayRange(last - timedelta(days=delivery.FULL - 1), last)
    by_day = [day for _, day in selectors.campaign_daily(campaign, days)]
    full = " It spends its whole daily budget: the budget holds it back."
    return text + full * delivery.spends_all(campaign, by_day)


def _can(campaign: Campaign) -> dict[str, bool]:
    """What is on offer: the services have the last word."""
    ours = campaign.managed and campaign.origin != Campaign.Origin.IMPORT
    moves = MOVES[campaign.wanted] if ours and campaign.remote_id else frozenset()
    return {
        "change": ours and bool(campaign.remote_id) and campaign.wanted != Wanted.ARCHIVED,
        "enable": Wanted.ACTIVE in moves,
        "pause": Wanted.PAUSED in moves and campaign.wanted == Wanted.ACTIVE,
        "archive": Wanted.ARCHIVED in moves,
        "adopt": not campaign.managed and campaign.origin != Campaign.Origin.IMPORT,
    }


def _numbers(campaign: Campaign, scope: Scope) -> dict[str, Any]:
    now = selectors.campaign_daily(campaign, scope.days)
    before = selectors.campaign_daily(campaign, scope.compared) if scope.compared else []
    currency = campaign.account.currency
    total = total_of((f for _, f in now), currency)
    earlier = total_of((f for _, f in before), currency) if before else None
    restated = MetricRevision.objects.filter(
        metric__campaign=campaign,
        metric__level=Level.CAMPAIGN,
        metric__day__gte=scope.days.first,
        metric__day__lte=scope.days.last,
    )
    changed, days = annotations_of(campaign, scope.days), list(scope.days)
    drawn = [
        charts.spend_chart(now),
        charts.roas_chart(now, before, scope.compares.get(scope.compare)),
    ]
    return {
        "total": total,
        "kpi_base": _analytics(campaign, scope),
        "kpis": charts.kpis(total, earlier, now),
        "charts": [annotate(figure, days, changed) for figure in drawn],
        "restatements": restated.count(),
        "restated_days": restated.values("metric__day").distinct().count(),
        "odd_days": _odd_days(campaign, scope.days),
    }


def _odd_days(campaign: Campaign, days: DayRange) -> list[date]:
    """Days on which the platform reports more clicks than impressions, of the campaign or an ad."""
    rows = DailyMetric.objects.filter(campaign=campaign, day__range=(days.first, days.last))
    odd = rows.filter(clicks__gt=F("impressions"))
    return list(odd.order_by("day").values_list("day", flat=True).distinct())


def _analytics(campaign: Campaign, scope: Scope) -> str:
    """The same days of this campaign in analytics."""
    account = campaign.account
    own = replace(scope, platform="", chosen="", currency=account.currency)
    url = reverse("analytics", args=[account.advertiser.slug]) + own.query
    return joined_query(f"{joined_query(url)}campaign={campaign.pk}")


def _groups(campaign: Campaign, scope: Scope) -> list[tuple[AdGroup, list[CampaignRow]]]:
    ads = Ad.objects.filter(ad_group__campaign=campaign)
    rows = selectors.ad_rows(ads, scope.days, currency=campaign.account.currency)
    groups = list(campaign.ad_groups.all())
    return [(g, [row for row in rows if row.item.ad_group_id == g.pk]) for g in groups]


def _history(campaign: Campaign) -> dict[str, Any]:
    requests = PublishRequest.objects.filter(campaign=campaign).order_by("-pk")
    entries = list(history(campaign)[:HISTORY])
    offers = undo_offers(entries)
    return {
        "entries": [(entry, offers.get(entry.pk)) for entry in entries],
        "requests": requests[:HISTORY],
    }
