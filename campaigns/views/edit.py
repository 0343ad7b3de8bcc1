"""One field of a campaign, from the list or from its page: the change is shown before it is made.

A dialog and, without scripts, a page of its own.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from campaigns import bulk
from campaigns.bulk import CampaignChangePreview, inline_edit
from campaigns.bulk.inline_edit import FIELDS, Field
from campaigns.models import Campaign
from campaigns.scope import read_scope
from campaigns.views.campaigns import line, row_query
from campaigns.web import campaign_or_404, is_ours
from core.access import actor_of, advertiser_page, is_htmx
from core.action_labels import signed_out_form
from core.common.errors import InvalidInput
from core.models import Advertiser, Role


@signed_out_form("change a campaign", can_spend=True)
@advertiser_page(Role.EDITOR)
def campaign_edit(
    request: HttpRequest, advertiser: Advertiser, pk: int, field: str
) -> HttpResponse:
    """GET takes the new value and shows before and after; POST requests that change."""
    if field not in FIELDS:
        raise Http404
    campaign = campaign_or_404(advertiser, pk)
    context = _context(request, campaign, field)
    if request.method == "POST":
        return _apply(request, advertiser, campaign, field, context)
    if request.GET.get("value") is not None:
        context |= _preview(request, campaign, field)
    return _render(request, context)


def _apply(
    request: HttpRequest,
    advertiser: Advertiser,
    campaign: Campaign,
    field: str,
    context: dict[str, Any],
) -> HttpResponse:
    before, after = request.POST.get("before", ""), request.POST.get("after", "")
    change = inline_edit.apply_change(actor_of(request), campaign, field, before, after)
    if change.refusal:
        return _render(request, context | {"change": change}, status=422)
    messages.success(request, _confirmation(change, field))
    if not is_htmx(request):
        return redirect(context["back_url"] or reverse("campaigns", args=[advertiser.slug]))
    if context["back_url"]:  # a page that shows more of it than a line
        return HttpResponseClientRedirect(context["back_url"])
    answer = line(request, advertiser, campaign.pk)
    answer["HX-Retarget"], answer["HX-Reswap"] = f"#campaign-{campaign.pk}", "outerHTML"
    return trigger_client_event(answer, "close-dialog")


def _confirmation(change: CampaignChangePreview, field: str) -> str:
    of = f"{FIELDS[field].lower()} of {change.campaign.name}"
    if change.same:
        return f"No change: the {of} is {change.after_shown} already."
    return f"Change to {change.after_shown} requested: {of}."


def _preview(request: HttpRequest, campaign: Campaign, field: str) -> dict[str, Any]:
    """Before and after, with the refusal of the service if it would refuse."""
    text = request.GET["value"]
    try:
        action = inline_edit.action_from_input(campaign, field, text)
    except InvalidInput as err:
        return {"value": text, "refusal": err.user_message}
    change = bulk.preview(actor_of(request), [campaign], action)[0]
    return {"value": text, "change": change, "cost": bulk.cost_text(change, field)}


def _context(request: HttpRequest, campaign: Campaign, field: str) -> dict[str, Any]:
    back = request.POST.get("back", "") or request.GET.get("back", "")
    return {
        "campaign": campaign,
        "field": field,
        "label": FIELDS[field],
        "value": inline_edit.current_value(campaign, field),
        "limits": inline_edit.budget_bounds(campaign) if field == Field.DAILY_BUDGET else None,
        "back_url": back if is_ours(back) else "",
        "row_query": row_query(request, read_scope(request, campaign.account.advertiser)),
    }


def _render(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if is_htmx(request):  # which swaps nothing in for an error
        return render(request, "campaigns/edit.html", context | {"in_dialog": True})
    return render(request, "campaigns/edit_page.html", context, status=status)
