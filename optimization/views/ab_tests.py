from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from campaigns.forms.fields import add_refusal
from campaigns.models import Campaign
from campaigns.web import back, campaign_or_404, refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, InvalidInput
from core.models import Advertiser, Mode, Role
from optimization import services
from optimization.ab_tests.goals.goal import Goal, goal_of
from optimization.ab_tests.page.arm_charts import CHARTED_ANALYSES, figures_of
from optimization.ab_tests.page.challengers import challengers
from optimization.ab_tests.page.early_sign import early_sign
from optimization.ab_tests.page.reading import ABTestReport
from optimization.ab_tests.page.remedies import remedies_for
from optimization.ab_tests.planning import plan_for
from optimization.forms.ab_tests import ABTestForm, as_fraction
from optimization.models import METRICS, ABTest, Analysis, Decision
from optimization.presentation.labels import decision_message
from optimization.selectors import (
    CANDIDATES,
    arms_of,
    decisions_of,
    self_tests_of,
    test_lines,
    testable_campaigns,
    tests_of,
)

SHOWN_ANALYSES = 20
OVER = frozenset({ABTest.Status.WINNER, ABTest.Status.INCONCLUSIVE})
STATES = (("", "All"), ("running", "Running"), ("stopped", "Ended"))


def _search(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()[:200]


@advertiser_page()
def ab_tests(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    state, search = request.GET.get("state", ""), _search(request)
    page = request.GET.get("page", "")
    self_tests, waits = self_tests_of(advertiser)
    lines, pages = test_lines(advertiser, state=state, search=search, page=page)
    context = {
        "lines": lines,
        "table": pages,
        "states": STATES,
        "state": state,
        "search": search,
        "filtered": bool(state or search),
        "self_tests": self_tests,
        "self_test_waits": waits,
        "metrics": METRICS,
    }
    return render(request, "optimization/ab_tests.html", context)


@signed_out_form("start an A/B test", can_spend=False)
@advertiser_page(Role.EDITOR)
def ab_test_new(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """Choose a campaign and start; `?campaign=` comes with it chosen."""
    search = _search(request)
    found = testable_campaigns(advertiser, search)
    offered = list(found[:CANDIDATES])
    chosen = _chosen(request, advertiser)
    if chosen is not None and chosen.pk not in {c.pk for c in offered}:
        offered.insert(0, chosen)
    proposed = chosen or next(iter(offered), None)
    goal = goal_of(proposed) if proposed else None
    choices = [(c.pk, f"{c.name} ({c.account.get_platform_display()})") for c in offered]
    form = ABTestForm(
        request.POST or None,
        campaigns=choices,
        initial=_initial(chosen, goal),
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
        "goal": goal,
        **_answer(advertiser, form.data or form.initial, offered),
    }
    status = 422 if form.errors else 200
    return render(request, "optimization/ab_test_new.html", context, status=status)


@advertiser_page(Role.EDITOR)
def ab_test_plan(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    """How long a test would take, for what the form says now."""
    return render(request, "optimization/plan.html", _answer(advertiser, request.GET, []))


def _answer(
    advertiser: Advertiser, said: Mapping[str, Any], offered: list[Campaign]
) -> dict[str, Any]:
    """The plan for what is chosen, else for the first campaign on offer."""
    first = str(offered[0].pk) if offered else ""
    campaign = _named(advertiser, str(said.get("campaign") or first))
    if campaign is None:
        return {"answer": None}
    try:
        answer = plan_for(
            campaign,
            metric=str(said.get("metric") or "ctr"),
            smallest_effect=_percent(said.get("smallest_effect")),
            subject=str(said.get("subject") or "ad"),
        )
    except AdsEngineError as err:
        return {"answer": None, "refusal": err.user_message}
    return {"answer": answer, "campaign": campaign}


def _percent(given: Any) -> Decimal:
    try:
        found = as_fraction(Decimal(str(given or 20)))
    except InvalidOperation:
        found = Decimal(0)
    if not Decimal("0.01") <= found <= 5:
        raise InvalidInput("The smallest difference is 1 to 500 percent.", field="smallest_effect")
    return found


def _initial(chosen: Campaign | None, goal: Goal | None) -> dict[str, Any]:
    """What the advertiser's goal says of the campaign that the form begins with."""
    found: dict[str, Any] = {"campaign": chosen.pk} if chosen else {}
    if goal is not None:
        found |= {"metric": goal.metric, "guard_metrics": list(goal.guard_metrics)}
    return found


def _chosen(request: HttpRequest, advertiser: Advertiser) -> Campaign | None:
    return _named(advertiser, request.POST.get("campaign") or request.GET.get("campaign") or "")


def _named(advertiser: Advertiser, text: str) -> Campaign | None:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    return campaign_or_404(advertiser, int(text))


def _start(request: HttpRequest, advertiser: Advertiser, form: ABTestForm) -> ABTest | None:
    """The test with its first analysis, or None with the refusals in the form."""
    campaign = campaign_or_404(advertiser, form.cleaned_data["campaign"])
    try:
        test = services.create_test(actor=actor_of(request), campaign=campaign, **form.wish())
    except AdsEngineError as err:
        add_refusal(form, err)
        return None
    services.analyse_tests([test])
    messages.success(request, "Started. You can analyse it at any time: the verdict stays valid.")
    return test


def _test(advertiser: Advertiser, pk: int) -> ABTest:
    found = tests_of(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@advertiser_page()
def ab_test(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    test = _test(advertiser, pk)
    analyses = list(Analysis.objects.filter(test=test)[:CHARTED_ANALYSES])
    decisions = list(decisions_of(advertiser).filter(test=test))
    test.waiting = sum(1 for d in decisions if d.state == Decision.State.PROPOSED)  # type: ignore[attr-defined]
    arms = arms_of(test)
    over = test.state == ABTest.State.STOPPED or test.status in OVER
    report = ABTestReport(
        test,
        arms,
        analyses[:SHOWN_ANALYSES],
        decisions,
        challengers(test, analyses[0] if analyses else None) if over else (),
    )
    context = {
        "test": test,
        "report": report,
        "charts": figures_of(test, analyses, report.names),
        "early_sign": early_sign(test, report.names),
        "remedies": None if over else remedies_for(test, report.analysis),
        "acts": any(advertiser.mode_for(a) == Mode.ACT for a in ("pause", "scale")),
        "can_raise": request.role >= Role.APPROVER,  # type: ignore[attr-defined]
    }
    return render(request, "optimization/ab_test.html", context)


@signed_out_form("analyse an A/B test now", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def ab_test_run(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Analyse now. What follows becomes proposals; in mode act the next run applies them."""
    test = _test(advertiser, pk)
    try:
        latest, made = services.analyse_and_propose(test)
    except AdsEngineError as err:
        refuse(request, err)
        return redirect("ab_test", advertiser.slug, pk)
    if not latest.is_usable:
        messages.error(request, f"The figures cannot be analysed: {latest.stored_result.summary}")
        return redirect("ab_test", advertiser.slug, pk)
    proposed = len(made)
    below = f" {proposed} proposal{'' if proposed == 1 else 's'} below." if proposed else ""
    messages.success(request, f"Analysed the newest data.{below}")
    return redirect("ab_test", advertiser.slug, pk)


@signed_out_form("end an A/B test", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def ab_test_stop(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    test = _test(advertiser, pk)
    try:
        services.stop_test(actor=actor_of(request), test=test)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "The test has ended. Its verdict and its analyses stay.")
    return redirect("ab_test", advertiser.slug, pk)


@signed_out_form("pause the losers of an A/B test", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def losers_pause(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Pause every ad that the test proposes to pause."""
    test = _test(advertiser, pk)
    try:
        found = services.pause_losers(actor=actor_of(request), test=test)
    except AdsEngineError as err:
        refuse(request, err)
        return redirect("ab_test", advertiser.slug, pk)
    for decision, why in found.refused:
        messages.error(request, f"{decision.target} goes on: {why.user_message}")
    names = ", ".join(str(one.target) for one in found.paused)
    ended = f" The test has ended: {found.why_ended}." if found.ended else ""
    messages.success(request, f"Being paused: {names}.{ended}")
    return redirect("ab_test", advertiser.slug, pk)


@signed_out_form("answer a proposal", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def decision_act(request: HttpRequest, advertiser: Advertiser, pk: int, act: str) -> HttpResponse:
    """Apply or dismiss a proposal, or undo one that was made."""
    decision = decisions_of(advertiser).filter(pk=pk).first()
    acts: dict[str, Callable[..., Decision]] = {
        "apply": services.apply_decision,
        "undo": services.undo_decision,
        "dismiss": services.dismiss,
    }
    if decision is None or act not in acts:
        raise Http404
    try:
        acts[act](actor=actor_of(request), decision=decision)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, decision_message(decision, act))
    if decision.test_id is None:
        return back(request, "optimisation", advertiser.slug)
    return back(request, "ab_test", advertiser.slug, decision.test_id)
