from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from adsengine.access import advertiser_page, advertisers_of
from adsengine.models import Advertiser
from campaigns import badges
from campaigns.models import Asset
from campaigns.scope import read_scope, to_canonical
from campaigns.tables import ad_table, read_wish
from campaigns.views.overview import other_days

SORTS = (
    ("-spend", "Spend, most first"),
    ("-roas", "ROAS, best first"),
    ("-ctr", "CTR, best first"),
    ("cpc", "CPC, cheapest first"),
    ("-conversions", "Conversions, most first"),
    ("name", "Name"),
)


@advertiser_page()
def creatives(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    if moved is not None:
        return moved
    scope, wish = read_scope(request, advertiser), read_wish(request.GET)
    table = ad_table(scope, wish)
    context = {
        "scope": scope,
        "wish": wish,
        "table": table,
        "sorts": SORTS,
        "filtered": bool(wish.search or scope.platform),
        "winner_ids": badges.winner_ad_ids(advertiser),
        "elsewhere": None if table.total.impressions else other_days(advertiser),
    }
    return render(request, "campaigns/creatives.html", context)


@login_required
def asset(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A picture, for members of its advertiser only."""
    found = Asset.objects.filter(pk=pk, advertiser__in=advertisers_of(request.user)).first()
    if found is None:
        raise Http404
    try:
        answer = FileResponse(found.file.open("rb"), content_type=found.mime)
    except FileNotFoundError:
        raise Http404 from None
    answer["X-Content-Type-Options"] = "nosniff"
    # A picture is kept by its content, so that what an address shows never changes.
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["Content-Security-Policy"] = "default-src 'none'"
    return answer
