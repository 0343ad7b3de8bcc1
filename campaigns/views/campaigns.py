from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from adsengine.access import advertiser_page
from adsengine.models import Advertiser
from campaigns.scope import read_scope, to_canonical
from campaigns.tables import STATUSES, campaign_row, campaign_table, read_wish
from campaigns.views.overview import other_days

COLUMNS = (
    ("budget", "Daily budget"),
    ("spend", "Spend"),
    ("revenue", "Revenue"),
    ("roas", "ROAS"),
    ("conversions", "Conversions"),
    ("cpa", "CPA"),
    ("ctr", "CTR"),
    ("cpc", "CPC"),
)


@advertiser_page()
def campaigns(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    if moved is not None:
        return moved
    scope, wish = read_scope(request, advertiser), read_wish(request.GET)
    table = campaign_table(scope, wish)
    empty = not table.total.impressions and not table.total.spend_micros
    context = {
        "scope": scope,
        "wish": wish,
        "table": table,
        "columns": COLUMNS,
        "statuses": STATUSES,
        "filtered": bool(wish.search or wish.status or scope.platform),
        "elsewhere": other_days(advertiser) if empty else None,
    }
    return render(request, "campaigns/campaigns.html", context)


@advertiser_page()
def campaign_line(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """One line of the list: asked for again while a change is on its way."""
    return line(request, advertiser, pk)


def line(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    scope = read_scope(request, advertiser)
    row = campaign_row(scope, pk)
    if row is None:
        raise Http404
    return render(request, "campaigns/campaign_line.html", {"scope": scope, "row": row})
