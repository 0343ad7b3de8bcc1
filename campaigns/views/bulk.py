"""Ticked rows: what a change would do, what came of it, and duplicates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from adsengine.access import actor_of, advertiser_page
from adsengine.common.errors import AdsEngineError
from adsengine.models import Advertiser, Role
from campaigns import bulk
from campaigns.bulk.actions import ON_CAMPAIGNS
from campaigns.listing import LEVELS, Level
from campaigns.listing.filters import read_ids
from campaigns.models import Label
from campaigns.web import is_ours, refuse

REASON = "Changed with others at once."


@advertiser_page(Role.EDITOR)
def bulk_change(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """GET shows what would happen; POST asks for what was shown."""
    given = request.POST if request.method == "POST" else request.GET
    level = LEVELS.get(given.get("level", ""), LEVELS["campaigns"])
    name = given.get("do", "")
    items = _items(advertiser, level, given)
    if not items or (level.key != "campaigns" and name in ON_CAMPAIGNS):
        messages.error(request, "Tick at least one row first.")
        return redirect(level.url, advertiser.slug)
    context = _context(advertiser, level, name, given, items)
    if name == "duplicate":
        context["copies"] = [(item, _copy_url(advertiser, item)) for item in items]
        return render(request, "campaigns/bulk.html", context)
    try:
        return _answered(request, name, given, items, context)
    except AdsEngineError as err:
        if name not in bulk.ACTIONS:
            refuse(request, err)
            return redirect(level.url, advertiser.slug)
        return render(
            request, "campaigns/bulk.html", context | {"problem": err.user_message}, status=422
        )


def _answered(
    request: HttpRequest, name: str, given: QueryDict, items: list[Any], context: dict[str, Any]
) -> HttpResponse:
    actor, asked = actor_of(request), request.method == "POST"
    texts = {key: given.get(key, "") for key in ("how", "value", "label")}
    action = bulk.read_action(name, texts, asked=asked)
    if action is not None:
        reason = given.get("reason", "").strip()[:500] or REASON
        if asked:
            changes = bulk.apply(actor, items, action, given.getlist("change"), reason)
        else:
            changes = bulk.preview(actor, items, action, reason)
        context |= {
            "changes": changes,
            "done": asked,
            "goes": sum(change.goes for change in changes),
            "refused": sum(bool(change.refusal) for change in changes),
            "sums": bulk.sums(changes) if name == "budget" else [],
        }
    return render(request, "campaigns/bulk.html", context)


def _items(advertiser: Advertiser, level: Level, given: QueryDict) -> list[Any]:
    """The ticked rows in the order of the ticks. One foreign id, and none of them is found."""
    ids = read_ids(given, level.key)
    mine = level.rows().filter(pk__in=ids, **{level.on_campaign("account__advertiser"): advertiser})
    if mine.count() != len(ids):
        raise Http404
    by_id = {item.pk: item for item in level.items(list(ids))}
    return [by_id[pk] for pk in ids]


def _context(
    advertiser: Advertiser, level: Level, name: str, given: QueryDict, items: list[Any]
) -> dict[str, Any]:
    return {
        "level": level,
        "do": name,
        "title": bulk.ACTIONS.get(name, "Duplicate with changes"),
        "items": items,
        "given": given,
        "labels": Label.objects.filter(advertiser=advertiser),
        "back_url": _back(given) or reverse(level.url, args=[advertiser.slug]),
    }


def _back(given: QueryDict) -> str:
    """To the list as it was, when that is a page here."""
    target = given.get("back", "")
    return target if is_ours(target) else ""


def _copy_url(advertiser: Advertiser, campaign: Any) -> str:
    """The form of a new brief, filled with that of the campaign; "" where it has none."""
    if campaign.brief_id is None:
        return ""
    try:
        return f"{reverse('brief_new', args=[advertiser.slug])}?copy={campaign.brief_id}"
    except NoReverseMatch:
        return ""
