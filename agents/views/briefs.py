from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from adsengine.access import actor_of, advertiser_page
from adsengine.common.countries import CODES
from adsengine.common.errors import AdsEngineError
from adsengine.models import Actor, Advertiser, Role
from agents.form_choices import launch_accounts
from agents.forms import BriefForm
from agents.models import Strategy
from agents.selectors import brief_lines, present
from agents.services import decline, plan_brief
from campaigns.models import Asset, Brief
from campaigns.services import create_brief, keep_asset
from campaigns.web import refuse

OPEN_PLANS = (Strategy.State.BLOCKED, Strategy.State.REVIEW)


@advertiser_page()
def briefs(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    lines, pages = brief_lines(advertiser, request.GET.get("page", ""))
    usable, _ = launch_accounts(advertiser)
    context = {"lines": lines, "table": pages, "has_accounts": bool(usable)}
    return render(request, "agents/briefs.html", context)


@advertiser_page(Role.EDITOR)
def brief_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """A new brief, or `?copy=` of an earlier one to be corrected or varied."""
    usable, waiting = launch_accounts(advertiser)
    copy_of = _copied(request, advertiser)
    more: dict[str, Any] = {
        "waiting": waiting,
        "copy_of": copy_of,
        "open_plans": _open_plans(copy_of),
    }
    if not usable:
        return render(request, "agents/brief_new.html", {"form": None, **more})
    given: dict[str, Any] = {"advertiser": advertiser, "accounts": usable, "copy_of": copy_of}
    more["country_codes"] = sorted(CODES)
    if request.method != "POST":
        return render(request, "agents/brief_new.html", {"form": BriefForm(**given), **more})
    form = BriefForm(request.POST, request.FILES, **given)
    brief = _save(actor_of(request), advertiser, form)
    if brief is None:
        return render(request, "agents/brief_new.html", {"form": form, **more}, status=422)
    if copy_of and request.POST.get("decline_old"):
        _decline_old(actor_of(request), copy_of, brief)
    _plan(request, brief)
    return redirect("brief", advertiser.slug, brief.pk)


def _copied(request: HttpRequest, advertiser: Advertiser) -> Brief | None:
    pk = request.POST.get("copy_of") or request.GET.get("copy") or ""
    mine = Brief.objects.filter(advertiser=advertiser).prefetch_related("shares")
    return mine.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 16 else None


def _open_plans(brief: Brief | None) -> list[Strategy]:
    if brief is None:
        return []
    rows = present().filter(brief=brief, state__in=OPEN_PLANS)
    return list(rows.select_related("account"))


def _save(actor: Actor, advertiser: Advertiser, form: BriefForm) -> Brief | None:
    """The brief, or None with each refusal in the form. Pictures and videos are kept either
    way, so that nobody uploads them twice."""
    valid = form.is_valid()
    kept, refused = _keep_pictures(advertiser, form)
    form.keep_chosen(kept)
    for err in refused:
        form.refuse(err)
    if not valid or refused:
        return None
    try:
        return create_brief(actor=actor, advertiser=advertiser, wish=form.wish())
    except AdsEngineError as err:
        form.refuse(err)
        return None


def _keep_pictures(
    advertiser: Advertiser, form: BriefForm
) -> tuple[list[Asset], list[AdsEngineError]]:
    kept: list[Asset] = []
    refused: list[AdsEngineError] = []
    for file in form.cleaned_data.get("images") or []:
        try:
            kept.append(keep_asset(advertiser=advertiser, file=file, name=file.name))
        except AdsEngineError as err:
            refused.append(err)
    return kept, refused


def _decline_old(actor: Actor, old: Brief, new: Brief) -> None:
    for strategy in _open_plans(old):
        decline(actor=actor, strategy=strategy, reason=f"Corrected in the brief “{new}”.")


def _plan(request: HttpRequest, brief: Brief) -> None:
    try:
        made = plan_brief(actor=actor_of(request), brief=brief)
    except AdsEngineError as err:
        refuse(request, err)
        return
    blocked = sum(1 for strategy in made if strategy.problems)
    if blocked:
        messages.warning(request, f"{blocked} of {len(made)} plans need a correction.")
    else:
        messages.success(request, "Planned. Nothing is sent before somebody approves it.")
