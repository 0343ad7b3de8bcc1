"""Ticked rows: preview of a change, its result, duplicates, and the levels below them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from campaigns import bulk
from campaigns.bulk.actions import ON_CAMPAIGNS, Do
from campaigns.lists import LEVELS, MOST_AT_ONCE, Level, selected_rows
from campaigns.lists.filter_parsing import read_ids
from campaigns.lists.filters import MOST
from campaigns.models import Label
from campaigns.views.campaigns import SHARED_PARAMETERS
from campaigns.web import is_ours, refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, InvalidInput
from core.models import Advertiser, Role

REASON = "Bulk change."


@signed_out_form("change the ticked campaigns", can_spend=True)
@advertiser_page(Role.EDITOR)
def bulk_change(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """GET previews the changes; POST requests those that were shown."""
    given = request.POST if request.method == "POST" else request.GET
    level = LEVELS.get(given.get("level", ""), LEVELS["campaigns"])
    name = given.get("do", "")
    try:
        items = _items(request, advertiser, level)
    except InvalidInput as err:
        refuse(request, err)
        return redirect(_back(given) or reverse(level.url, args=[advertiser.slug]))
    if not items or (level.key != "campaigns" and name in ON_CAMPAIGNS):
        messages.error(request, "Tick at least one row first.")
        return redirect(level.url, advertiser.slug)
    context = _context(advertiser, level, name, given, items)
    if name == "duplicate":
        context["copies"] = [(item, _copy_url(advertiser, item)) for item in items]
        return render(request, "campaigns/bulk.html", context)
    try:
        return _preview_or_apply(request, name, given, items, context)
    except AdsEngineError as err:
        if name not in bulk.ACTIONS:
            refuse(request, err)
            return redirect(level.url, advertiser.slug)
        return render(
            request, "campaigns/bulk.html", context | {"problem": err.user_message}, status=422
        )


def _preview_or_apply(
    request: HttpRequest, name: str, given: QueryDict, items: list[Any], context: dict[str, Any]
) -> HttpResponse:
    actor, confirmed = actor_of(request), request.method == "POST"
    texts = {key: given.get(key, "") for key in ("how", "value", "label")}
    action = bulk.read_action(name, texts, confirmed=confirmed)
    if action is not None:
        reason = given.get("reason", "").strip()[:500] or REASON
        if confirmed:
            changes = bulk.apply(actor, items, action, given.getlist("change"), reason)
        else:
            changes = bulk.preview(actor, items, action, reason)
        context |= {
            "changes": changes,
            "done": confirmed,
            "goes": sum(change.goes for change in changes),
            "refused": sum(bool(change.refusal) for change in changes),
            "sums": bulk.sums(changes) if name == Do.BUDGET else [],
        }
    return render(request, "campaigns/bulk.html", context)


def _items(request: HttpRequest, advertiser: Advertiser, level: Level) -> list[Any]:
    """The ticked rows in their order. Raises Http404 if one id is not the advertiser's.

    A filter selects rows for the preview only: a POST changes the rows that were shown.
    """
    if request.method == "POST":
        ids = list(read_ids(request.POST, level.key, MOST_AT_ONCE))
    else:
        ids = selected_rows(request.GET, advertiser, level)
    mine = level.rows().filter(pk__in=ids, **{level.on_campaign("account__advertiser"): advertiser})
    if mine.count() != len(ids):
        raise Http404
    by_id = {item.pk: item for item in level.items(ids)}
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
        "ids": ",".join(str(item.pk) for item in items),
        "hidden_fields": _selection_fields(given, level),
        "labels": Label.objects.filter(advertiser=advertiser),
        "back_url": _back(given) or reverse(level.url, args=[advertiser.slug]),
    }


def _selection_fields(given: QueryDict, level: Level) -> list[tuple[str, str]]:
    """The parameters that select the rows, for the form that takes the amount or label."""
    names = (level.key, "filter", "seen")
    return [(name, text) for name in names for text in given.getlist(name)]


@advertiser_page()
@require_safe
def lower_level(request: HttpRequest, advertiser: Advertiser, to: str) -> HttpResponse:
    """From all rows of a filter to the ad groups or ads in them."""
    level = LEVELS.get(request.GET.get("level", ""), LEVELS["campaigns"])
    try:
        ids = selected_rows(request.GET, advertiser, level, MOST)
    except InvalidInput as err:
        refuse(request, err)
        return redirect(_back(request.GET) or reverse(level.url, args=[advertiser.slug]))
    if not ids:  # an empty list of ids would filter nothing
        messages.error(request, "Nothing is ticked. Tick at least one row first.")
        return redirect(_back(request.GET) or reverse(level.url, args=[advertiser.slug]))
    query = QueryDict(request.GET.get("filter", ""), mutable=True)
    for name in set(query) - set(SHARED_PARAMETERS):
        del query[name]
    query[level.key] = ",".join(map(str, ids))
    url = reverse(LEVELS[to].url, args=[advertiser.slug])
    return redirect(f"{url}?{query.urlencode(safe='.,')}")


def _back(given: QueryDict) -> str:
    """The URL of the list to return to; "" unless it is a page of this site."""
    target = given.get("back", "")
    return target if is_ours(target) else ""


def _copy_url(advertiser: Advertiser, campaign: Any) -> str:
    """The form of a new brief, filled from the campaign's brief; "" where it has none."""
    if campaign.brief_id is None:
        return ""
    try:
        return f"{reverse('brief_new', args=[advertiser.slug])}?copy={campaign.brief_id}"
    except NoReverseMatch:
        return ""
