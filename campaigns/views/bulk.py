"""Ticked rows: what a change would do, what came of it, duplicates, and the levels below them."""

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
from campaigns.views.campaigns import CARRIED
from campaigns.web import is_ours, refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, InvalidInput
from core.models import Advertiser, Role

REASON = "Changed with others at once."


@signed_out_form("change the ticked campaigns", can_spend=True)
@advertiser_page(Role.EDITOR)
def bulk_change(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """GET shows what would happen; POST asks for what was shown."""
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
            "sums": bulk.sums(changes) if name == Do.BUDGET else [],
        }
    return render(request, "campaigns/bulk.html", context)


def _items(request: HttpRequest, advertiser: Advertiser, level: Level) -> list[Any]:
    """The ticked rows in their order. One foreign id, and none of them is found.

    A filter counts only while looking: what is asked for are the rows that were shown by name.
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
        "kept": _kept(given, level),
        "labels": Label.objects.filter(advertiser=advertiser),
        "back_url": _back(given) or reverse(level.url, args=[advertiser.slug]),
    }


def _kept(given: QueryDict, level: Level) -> list[tuple[str, str]]:
    """What says which rows are ticked, for the form that asks how much."""
    names = (level.key, "filter", "seen")
    return [(name, text) for name in names for text in given.getlist(name)]


@advertiser_page()
@require_safe
def go_down(request: HttpRequest, advertiser: Advertiser, to: str) -> HttpResponse:
    """From all that fit a filter to what is in them."""
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
    for name in set(query) - set(CARRIED):
        del query[name]
    query[level.key] = ",".join(map(str, ids))
    url = reverse(LEVELS[to].url, args=[advertiser.slug])
    return redirect(f"{url}?{query.urlencode(safe='.,')}")


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
