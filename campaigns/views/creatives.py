"""The library: ads with their results, and the pictures that they are made of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from adsengine.access import advertiser_page, advertisers_of
from adsengine.common.errors import AdsEngineError
from adsengine.models import Advertiser, Role
from campaigns import badges
from campaigns.library import ad_cards, picture_table
from campaigns.models import Asset
from campaigns.scope import read_scope, to_canonical
from campaigns.services import keep_image
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
    idle = table.count and not table.total.impressions
    context = {
        "scope": scope,
        "wish": wish,
        "table": table,
        "sorts": SORTS,
        "filtered": bool(wish.search or scope.platform or scope.account or wish.picture),
        "picture": Asset.objects.filter(advertiser=advertiser, pk=wish.picture or 0).first(),
        "cards": ad_cards(table.rows, badges.winner_ad_ids(advertiser)),
        "elsewhere": other_days(advertiser) if idle else None,
    }
    return render(request, "campaigns/creatives.html", context)


@advertiser_page()
def pictures(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    return moved if moved is not None else _pictures(request, advertiser, [])


def _pictures(request: HttpRequest, advertiser: Advertiser, refusals: list[str]) -> HttpResponse:
    scope, wish = read_scope(request, advertiser), read_wish(request.GET)
    context = {
        "scope": scope,
        "wish": wish,
        "table": picture_table(scope, wish, badges.winner_ad_ids(advertiser)),
        "sorts": SORTS,
        "filtered": bool(wish.search or scope.platform or scope.account),
        "refusals": refusals,
    }
    status = 422 if refusals else 200
    return render(request, "campaigns/pictures.html", context, status=status)


@advertiser_page(Role.EDITOR)
def picture_upload(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Keep pictures for later briefs. Those that can be used are kept, each other one is named."""
    if request.method != "POST":  # links and the search of a page that shows a refusal
        return redirect(f"{reverse('pictures', args=[advertiser.slug])}?{request.GET.urlencode()}")
    files: list[Any] = request.FILES.getlist("images")
    kept, refusals = 0, []
    for file in files:
        try:
            keep_image(advertiser=advertiser, file=file, name=file.name)
        except AdsEngineError as err:
            refusals.append(err.user_message)
        else:
            kept += 1
    if kept:
        messages.success(request, f"{kept} picture{'' if kept == 1 else 's'} kept.")
    elif not refusals:
        refusals.append("Choose a picture first.")
    if refusals:
        return _pictures(request, advertiser, refusals)
    return redirect("pictures", advertiser.slug)


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
