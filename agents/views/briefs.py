"""The list of briefs, and the form of a new brief."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from agents.forms.brief import BriefForm
from agents.forms.choices import launch_accounts
from agents.forms.guide import BriefGuide
from agents.forms.initial import Origin, draft_fields
from agents.models import Strategy
from agents.selectors import brief_lines, correction_scope, current_strategies
from agents.services import decline, plan_brief
from campaigns.briefs.selectors import draft_by, drafts_of, is_taken, templates_of
from campaigns.models import Asset, Brief, BriefDraft
from campaigns.services import create_brief, same_content, save_asset, save_draft
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.countries import CODES
from core.common.errors import AdsEngineError
from core.models import Actor, Advertiser, Role

OPEN_PLANS = (Strategy.State.BLOCKED, Strategy.State.REVIEW)


@advertiser_page()
def briefs(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    lines, pages = brief_lines(advertiser, request.GET.get("page", ""))
    usable, _ = launch_accounts(advertiser)
    context = {
        "lines": lines,
        "table": pages,
        "has_accounts": bool(usable),
        "drafts": list(drafts_of(actor_of(request).user, advertiser)),  # type: ignore[arg-type]
        "templates": list(templates_of(advertiser)),
    }
    return render(request, "agents/briefs.html", context)


@signed_out_form("save a new brief and plan it", can_spend=False)
@advertiser_page(Role.EDITOR)
def brief_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """A new brief: empty, `?copy=` of an earlier one, to `?correct=` one, from a `?template=`, or a
    `?draft=`."""
    usable, waiting = launch_accounts(advertiser)
    if not usable:
        return render(request, "agents/brief_new.html", {"form": None, "waiting": waiting})
    key = form_key(request)
    draft = draft_by(actor_of(request).user, advertiser, key)  # type: ignore[arg-type]
    if draft is None and request.method == "GET" and "draft" in request.GET:
        raise Http404
    if draft is None and request.method == "POST" and is_taken(key):
        key = uuid4()  # another person's form, sent again by this one: it becomes a new form
    if draft is not None and draft.sent and request.method != "POST":
        return _redirect_to_saved(request, advertiser, draft)
    origin = _origin(request, advertiser, draft)
    page = _Page(request, advertiser, key, origin, waiting)
    arguments: dict[str, Any] = {"advertiser": advertiser, "accounts": usable, "origin": origin}
    if request.method != "POST":
        return page.render(BriefForm(**arguments))
    form = BriefForm(request.POST, request.FILES, **arguments)
    if draft is not None and draft.sent:
        return _handle_resubmission(request, advertiser, draft, form, page)
    brief = _save(actor_of(request), advertiser, form, key)
    if brief is None:
        _save_refused(actor_of(request), advertiser, form, key)
        return page.render(form, status=422)
    if origin.copy_of and request.POST.get("decline_old"):
        _decline_old(actor_of(request), origin.copy_of, brief)
    _plan(request, brief)
    return redirect("brief", advertiser.slug, brief.pk)


class _Page:
    """The page of the form: its context beside the form itself."""

    def __init__(
        self,
        request: HttpRequest,
        advertiser: Advertiser,
        key: UUID,
        origin: Origin,
        waiting: list[Any],
    ) -> None:
        self.request, self.advertiser = request, advertiser
        self.more = {
            "key": key,
            "origin": origin,
            "waiting": waiting,
            "open_plans": _open_plans(origin.copy_of),
            "country_codes": sorted(CODES),
            "templates": list(templates_of(advertiser)),
        }

    def render(self, form: BriefForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "guide": BriefGuide(form, self.advertiser), **self.more}
        return render(self.request, "agents/brief_new.html", context, status=status)


def form_key(request: HttpRequest) -> UUID:
    """The form's key from the request; a new one for a new form."""
    try:
        return UUID(request.POST.get("draft") or request.GET.get("draft") or "")
    except ValueError:
        return uuid4()


def _redirect_to_saved(
    request: HttpRequest, advertiser: Advertiser, draft: BriefDraft
) -> HttpResponse:
    if draft.brief is None:
        messages.info(request, "This draft was saved as a brief, and the brief was deleted.")
        return redirect("briefs", advertiser.slug)
    messages.info(request, "This brief was saved already. To vary it, copy it.")
    return redirect("brief", advertiser.slug, draft.brief.pk)


def _handle_resubmission(
    request: HttpRequest, advertiser: Advertiser, draft: BriefDraft, form: BriefForm, page: _Page
) -> HttpResponse:
    """A form sent twice is one brief. If it was changed since, the person decides."""
    if is_same_brief(form, draft):
        return _redirect_to_saved(request, advertiser, draft)
    page.more |= {"key": uuid4(), "saved": draft.brief}
    save_pictures(advertiser, form)
    return page.render(form, status=409)


def is_same_brief(form: BriefForm, draft: BriefDraft) -> bool:
    """Whether the form has the same content as the brief saved from this draft."""
    if draft.brief is None or not form.is_valid():
        return False
    return same_content(draft.brief, form.brief_input())


def _origin(request: HttpRequest, advertiser: Advertiser, draft: BriefDraft | None) -> Origin:
    typed = draft.fields if draft else {}
    copied = (typed.get("copy_of") or [""])[0]
    correct = request.GET.get("correct") or ""
    source = request.POST.get("copy_of") or request.GET.get("copy") or correct or copied
    mine = Brief.objects.filter(advertiser=advertiser).prefetch_related("shares")
    template = _pk(request.GET.get("template"))
    copy_of = mine.filter(pk=_pk(source)).first() if source else None
    running, parts = correction_scope(copy_of) if copy_of and correct else ([], {})
    return Origin(
        copy_of=copy_of,
        running=running,
        corrected=parts,
        template=mine.filter(templates__pk=template).first() if template else None,
        typed=typed,
    )


def _pk(text: str | None) -> int:
    """The text as a primary key; 0, which no row has, where it is not a number."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _open_plans(brief: Brief | None) -> list[Strategy]:
    if brief is None:
        return []
    rows = current_strategies().filter(brief=brief, state__in=OPEN_PLANS)
    return list(rows.select_related("account"))


def _save(actor: Actor, advertiser: Advertiser, form: BriefForm, key: UUID) -> Brief | None:
    """The brief, or None with each error in the form. Pictures and videos are saved in both
    cases, so that nobody uploads them twice."""
    valid = form.is_valid()
    refused = save_pictures(advertiser, form)
    if not valid or refused:
        return None
    try:
        return create_brief(
            actor=actor, advertiser=advertiser, content=form.brief_input(), draft_key=key
        )
    except AdsEngineError as err:
        form.refuse(err)
        return None


def save_pictures(advertiser: Advertiser, form: BriefForm) -> list[AdsEngineError]:
    """Save and select the form's files. Returns the errors, which are also in the form."""
    saved: list[Asset] = []
    refused: list[AdsEngineError] = []
    form.is_valid()
    for file in form.cleaned_data.get("images") or []:
        try:
            saved.append(save_asset(advertiser=advertiser, file=file, name=file.name))
        except AdsEngineError as err:
            refused.append(err)
    form.select_pictures(saved)
    for refusal in refused:
        form.refuse(refusal)
    return refused


def _save_refused(actor: Actor, advertiser: Advertiser, form: BriefForm, key: UUID) -> None:
    """Save a refused form as a draft. If that fails, the page still shows the input."""
    typed: Any = form.data
    try:
        save_draft(actor=actor, advertiser=advertiser, key=key, typed=draft_fields(typed))
    except AdsEngineError as err:
        form.refuse(err)


def _decline_old(actor: Actor, old: Brief, new: Brief) -> None:
    for strategy in _open_plans(old):
        decline(actor=actor, strategy=strategy, reason=f"Corrected in the brief “{new}”.")


def _plan(request: HttpRequest, brief: Brief) -> None:
    try:
        strategies = plan_brief(actor=actor_of(request), brief=brief)
    except AdsEngineError as err:
        refuse(request, err)
        return
    blocked = sum(1 for strategy in strategies if strategy.problems)
    if blocked:
        messages.warning(request, f"{blocked} of {len(strategies)} plans need a correction.")
    else:
        messages.success(request, "Planned. Nothing is sent before somebody approves it.")
