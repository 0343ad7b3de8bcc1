"""The library: ads with their results, and the pictures and videos that they are made of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from campaigns.library.library import ad_cards, asset_table
from campaigns.library.media import file_response
from campaigns.models import Asset
from campaigns.overview import winner_sources
from campaigns.scope import read_scope, to_canonical
from campaigns.services import save_asset
from campaigns.tables import ad_table, read_table_query
from campaigns.views.overview import other_days
from core.access import advertiser_page, advertisers_of
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, Role

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
    scope, table_query = read_scope(request, advertiser), read_table_query(request.GET)
    table = ad_table(scope, table_query)
    idle = table.count and not table.total.impressions
    context = {
        "scope": scope,
        "table_query": table_query,
        "table": table,
        "sorts": SORTS,
        "filtered": bool(
            table_query.search or scope.platform or scope.account or table_query.picture
        ),
        "picture": Asset.objects.filter(advertiser=advertiser, pk=table_query.picture or 0).first(),
        "cards": ad_cards(table.rows, winner_sources.winner_ad_ids(advertiser)),
        "elsewhere": other_days(advertiser) if idle else None,
    }
    return render(request, "campaigns/creatives.html", context)


@advertiser_page()
def pictures(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moved = to_canonical(request)
    return moved if moved is not None else _pictures(request, advertiser, [])


def _pictures(request: HttpRequest, advertiser: Advertiser, refusals: list[str]) -> HttpResponse:
    scope, table_query = read_scope(request, advertiser), read_table_query(request.GET)
    context = {
        "scope": scope,
        "table_query": table_query,
        "table": asset_table(scope, table_query, winner_sources.winner_ad_ids(advertiser)),
        "sorts": SORTS,
        "filtered": bool(table_query.search or scope.platform or scope.account),
        "refusals": refusals,
    }
    status = 422 if refusals else 200
    return render(request, "campaigns/pictures.html", context, status=status)


@signed_out_form("upload pictures and videos", can_spend=False)
@advertiser_page(Role.EDITOR)
def picture_upload(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Keep pictures and videos for later briefs. Those that can be used are kept, each other one
    is named."""
    if request.method != "POST":  # links and the search of a page that shows a refusal
        return redirect(f"{reverse('pictures', args=[advertiser.slug])}?{request.GET.urlencode()}")
    files: list[Any] = request.FILES.getlist("images")
    saved: list[Asset] = []
    refusals: list[str] = []
    for file in files:
        try:
            saved.append(save_asset(advertiser=advertiser, file=file, name=file.name))
        except AdsEngineError as err:
            refusals.append(err.user_message)
    if saved:
        messages.success(request, f"{_count_text(saved)} saved.")
    elif not refusals:
        refusals.append("Choose a picture or a video first.")
    if refusals:
        return _pictures(request, advertiser, refusals)
    return redirect("pictures", advertiser.slug)


def _count_text(assets: list[Asset]) -> str:
    """1 picture and 2 videos."""
    videos = sum(1 for asset in assets if asset.is_video)
    counts = ((len(assets) - videos, "picture"), (videos, "video"))
    return " and ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts if n)


@login_required
def asset(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A picture or a video, for members of its advertiser only."""
    found = _asset_of(request, pk)
    return file_response(request, found.file, found.mime)


@login_required
def asset_poster(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _asset_of(request, pk)
    if not found.is_video:
        raise Http404
    return file_response(request, found.poster, "image/jpeg")


def _asset_of(request: HttpRequest, pk: int) -> Asset:
    found = Asset.objects.filter(pk=pk, advertiser__in=advertisers_of(request.user)).first()
    if found is None:
        raise Http404
    return found
