"""Drafts of the brief's form: saved while somebody types; files are saved when chosen."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.forms.brief import BriefForm
from agents.forms.choices import launch_accounts
from agents.forms.guide import BriefGuide
from agents.forms.initial import draft_fields
from agents.views.briefs import form_key, is_same_brief, save_pictures
from campaigns.briefs.selectors import draft_by
from campaigns.models import BriefDraft
from campaigns.services import discard_draft, save_draft
from campaigns.web import refuse
from core.access import actor_of, advertiser_page, is_htmx
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, NotAllowed
from core.models import Advertiser, Role


@signed_out_form("keep a draft of a brief", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def brief_draft(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Save the form as a draft. Called by htmx as somebody types, and by the button where scripts
    are off, which also sends files."""
    form = _form(request, advertiser)
    if not is_htmx(request):
        save_pictures(advertiser, form)
    draft, problem = _save(request, advertiser, form)
    if not is_htmx(request):
        return _redirect(request, advertiser, draft, problem)
    context = {
        "draft": draft,
        "problem": problem,
        "guide": BriefGuide(form, advertiser),
        "new_key": draft is not None and draft.key != form_key(request),
    }
    return render(request, "agents/draft_state.html", context)


def _form(request: HttpRequest, advertiser: Advertiser) -> BriefForm:
    usable, _ = launch_accounts(advertiser)
    return BriefForm(request.POST, request.FILES, advertiser=advertiser, accounts=usable)


def _save(
    request: HttpRequest, advertiser: Advertiser, form: BriefForm
) -> tuple[BriefDraft | None, str]:
    """The saved draft, or None with the problem. A draft that was saved as a brief before becomes
    a new draft where it differs."""
    typed: Any = form.data
    actor, key = actor_of(request), form_key(request)
    sent = draft_by(actor.user, advertiser, key)  # type: ignore[arg-type]
    if sent is not None and sent.sent:
        if is_same_brief(form, sent):
            return None, "This brief was saved already."
        key = uuid4()
    try:
        saved = save_draft(actor=actor, advertiser=advertiser, key=key, typed=draft_fields(typed))
        return saved, ""
    except NotAllowed:
        raise Http404 from None
    except AdsEngineError as err:
        return None, err.user_message


def _redirect(
    request: HttpRequest, advertiser: Advertiser, draft: BriefDraft | None, problem: str
) -> HttpResponse:
    if draft is None:
        messages.error(request, problem)
        return redirect("briefs", advertiser.slug)
    messages.success(request, "Draft saved. You find it under Briefs.")
    return redirect(f"{reverse('brief_new', args=[advertiser.slug])}?draft={draft.key}")


@signed_out_form("keep pictures and videos", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def brief_pictures(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Save and select the files that were just chosen; renders the form's part with pictures."""
    form = _form(request, advertiser)
    save_pictures(advertiser, form)
    response = render(request, "agents/brief_pictures.html", {"form": form})
    response["HX-Trigger-After-Settle"] = "pictures-kept"
    return response


@signed_out_form("discard a draft", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def draft_discard(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    actor = actor_of(request)
    found = draft_by(actor.user, advertiser, form_key(request))  # type: ignore[arg-type]
    if found is None or found.sent:
        raise Http404
    try:
        discard_draft(actor=actor, draft=found)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"Discarded: {found}.")
    return redirect("briefs", advertiser.slug)
