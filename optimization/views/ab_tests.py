from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from adsengine.access import actor_of, advertiser_page
from adsengine.common.errors import AdsEngineError
from adsengine.models import Advertiser, Mode, Role
from campaigns.forms import add_refusal
from campaigns.models import Campaign
from campaigns.web import back, campaign_or_404, refuse
from optimization import services
from optimization.figures import chance_figure
from optimization.forms import ABTestForm
from optimization.models import ABTest, Decision, Look
from optimization.reading import TestReport
from optimization.selectors import (
    CANDIDATES,
    arms_of,
    decisions_of,
    test_lines,
    testable_campaigns,
    tests_of,
)

LOOKS, CHART_LOOKS = 20, 200
STATES = (("", "All"), ("running", "Running"), ("stopped", "Ended"))


def _search(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()[:200]


@advertiser_page()
def ab_tests(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    state, search = request.GET.get("state", ""), _search(request)
    page = request.GET.get("page", "")
    lines, pages = test_lines(advertiser, state=state, search=search, page=page)
    context = {
        "lines": lines,
        "table": pages,
        "states": STATES,
        "state": state,
        "search": search,
        "filtered": bool(state or search),
    }
    return render(request, "optimization/ab_tests.html", context)


@advertiser_page(Role.EDITOR)
def ab_test_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Choose a campaign and start; `?campaign=` comes with it chosen."""
    search = _search(request)
    found = testable_campaigns(advertiser, search)
    offered = list(found[:CANDIDATES])
    chosen = _chosen(request, advertiser)
    if chosen is not None and chosen.pk not in {c.pk for c in offered}:
        offered.insert(0, chosen)
    choices = [(c.pk, f"{c.name} ({c.account.get_platform_display()})") for c in offered]
    form = ABTestForm(
        request.POST or None,
        campaigns=choices,
        initial={"campaign": chosen.pk} if chosen else None,
    )
    if request.method == "POST" and form.is_valid():
        test = _start(request, advertiser, form)
        if test is not None:
            return redirect("ab_test", advertiser.slug, test.pk)
    context = {
        "form": form,
        "search": search,
        "shown": len(offered),
        "count": found.count(),
        "chosen": chosen,
    }
    status = 422 if form.errors else 200
    return render(request, "optimization/ab_test_new.html", context, status=status)


def _chosen(request: HttpRequest, advertiser: Advertiser) -> Campaign | None:
    text = request.POST.get("campaign") or request.GET.get("campaign") or ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    return campaign_or_404(advertiser, int(text))


def _start(request: HttpRequest, advertiser: Advertiser, form: ABTestForm) -> ABTest | None:
    """The test with its first look, or None with the refusals in the form."""
    wish: dict[str, Any] = dict(form.cleaned_data)
    campaign = campaign_or_404(advertiser, wish.pop("campaign"))
    try:
        test = services.create_test(actor=actor_of(request), campaign=campaign, **wish)
    except AdsEngineError as err:
        add_refusal(form, err)
        return None
    services.look_many([test])
    messages.success(request, "Started. Look as often as you like: the verdict stays true.")
    return test


def _test(advertiser: Advertiser, pk: int) -> ABTest:
    found = tests_of(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@advertiser_page()
def ab_test(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    test = _test(advertiser, pk)
    looks = list(Look.objects.filter(test=test)[:CHART_LOOKS])
    decisions = list(decisions_of(advertiser).filter(test=test))
    test.waiting = sum(1 for d in decisions if d.state == Decision.State.PROPOSED)  # type: ignore[attr-defined]
    report = TestReport(test, arms_of(test), looks[:LOOKS], decisions, _deciding(test, looks))
    figure = chance_figure(test, looks, report.names)
    context = {
        "test": test,
        "report": report,
        "charts": [figure] if figure else [],
        "acts": advertiser.mode == Mode.ACT,
    }
    return render(request, "optimization/ab_test.html", context)


def _deciding(test: ABTest, looks: list[Look]) -> Look | None:
    won = ABTest.Status.WINNER
    if test.status != won or not looks or looks[0].status == won.value:
        return None
    return Look.objects.filter(test=test, status=won).order_by("pk").first()


@advertiser_page(Role.EDITOR)
@require_POST
def ab_test_run(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Look now. Losers become proposals, but for mode act, where the next pass pauses them."""
    test = _test(advertiser, pk)
    looks = services.look_many([test])
    proposed = 0
    if looks and advertiser.mode != Mode.ACT and _can_be_changed(test.campaign):
        proposed = len(services.propose_pauses(test, looks[0]))
    said = f" {proposed} losing ads can be paused." if proposed else ""
    messages.success(request, f"Looked at the newest figures.{said}")
    return redirect("ab_test", advertiser.slug, pk)


def _can_be_changed(campaign: Campaign) -> bool:
    return campaign.managed and campaign.origin != Campaign.Origin.IMPORT


@advertiser_page(Role.EDITOR)
@require_POST
def ab_test_stop(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    test = _test(advertiser, pk)
    try:
        services.stop_test(actor=actor_of(request), test=test)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "The test has ended. Its verdict and its looks stay.")
    return redirect("ab_test", advertiser.slug, pk)


@advertiser_page(Role.EDITOR)
@require_POST
def decision_act(request: HttpRequest, advertiser: Advertiser, pk: int, act: str) -> HttpResponse:
    """Apply a proposed pause, or undo one that was made."""
    decision = decisions_of(advertiser).filter(pk=pk).first()
    service = {"apply": services.apply_pause, "undo": services.undo_pause}.get(act)
    if decision is None or service is None:
        raise Http404
    try:
        service(actor=actor_of(request), decision=decision)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        done = "is being paused" if act == "apply" else "is being switched on again"
        messages.success(request, f"{decision.ad} {done}.")
    if decision.test_id is None:
        return back(request, "optimisation", advertiser.slug)
    return back(request, "ab_test", advertiser.slug, decision.test_id)
