"""The brief's page: its plans, their approval and their launch."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from agents import services
from agents.models import Strategy
from agents.review.card import StrategyCard
from agents.review.summary import BriefSummary
from agents.selectors import strategies_to_show
from campaigns.models import Brief
from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.common.money import total
from core.models import Advertiser, Role


def _brief(advertiser: Advertiser, pk: int) -> Brief:
    found = Brief.objects.filter(pk=pk, advertiser=advertiser).select_related("author").first()
    if found is None:
        raise Http404
    return found


def _strategy(advertiser: Advertiser, pk: int) -> Strategy:
    found = strategies_to_show(advertiser).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _current_strategies(advertiser: Advertiser, brief: Brief) -> QuerySet[Strategy]:
    rows = strategies_to_show(advertiser).filter(brief=brief)
    return rows.exclude(state=Strategy.State.REPLACED)


@advertiser_page()
def brief(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    found = _brief(advertiser, pk)
    cards = [StrategyCard(strategy) for strategy in _current_strategies(advertiser, found)]
    waiting = [card for card in cards if card.can_be_approved and card.max_spend]
    context = {
        "brief": found,
        "cards": cards,
        "summary": BriefSummary(cards, found.currency) if cards else None,
        "waiting": waiting,
        "max_spend": total([c.max_spend for c in waiting if c.max_spend], found.currency),
        "can_plan": any(card.can_be_planned for card in cards) or not cards,
        "is_waiting": any(card.is_waiting for card in cards),
        "needs_correction": any(card.strategy.problems for card in cards if card.can_be_planned),
        "second_person_above": _second_person_above(advertiser, found),
    }
    return render(request, "agents/brief.html", context)


def _second_person_above(advertiser: Advertiser, brief: Brief) -> str:
    limit = advertiser.second_person_above_micros
    return "" if limit is None else str(type(brief.total_budget).from_micros(limit, brief.currency))


@advertiser_page()
def strategy_progress(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """The platform's check or the launch; htmx polls it until that ends, then gets the card."""
    card = StrategyCard(_strategy(advertiser, pk))
    if card.is_running:
        return render(request, "agents/progress.html", {"card": card})
    if card.is_being_checked:
        return render(request, "agents/check.html", {"card": card})
    brief = card.strategy.brief
    cards = [StrategyCard(strategy) for strategy in _current_strategies(advertiser, brief)]
    context = {"card": card, "brief": brief, "summary": BriefSummary(cards, brief.currency)}
    response = render(request, "agents/card_done.html", context)
    was_checked = card.strategy.state in {Strategy.State.REVIEW, Strategy.State.BLOCKED}
    if was_checked and not any(other.is_being_checked for other in cards):
        response["HX-Refresh"] = "true"  # now all can be approved at once, above the cards
    response["HX-Retarget"] = f"#strategy-{pk}"
    response["HX-Reswap"] = "outerHTML"
    return response


@signed_out_form("approve a plan and launch", can_spend=True)
@advertiser_page(Role.APPROVER)
@require_POST
def strategy_approve(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    strategy = _strategy(advertiser, pk)
    unchecked = request.POST.get("unchecked") == str(strategy.pk)
    if _approve(request, strategy, request.POST.get("plan_hash", ""), unchecked=unchecked):
        messages.success(request, f"Approved: {strategy.account} is being launched.")
    return redirect("brief", advertiser.slug, strategy.brief_id)


@signed_out_form("approve all plans of a brief and launch", can_spend=True)
@advertiser_page(Role.APPROVER)
@require_POST
def brief_approve(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Approve all plans that were on the page, each with the hash that was shown."""
    found = _brief(advertiser, pk)
    seen = dict(text.partition(":")[::2] for text in request.POST.getlist("plan"))
    plans = [s for s in strategies_to_show(advertiser).filter(brief=found) if str(s.pk) in seen]
    told = set(request.POST.getlist("unchecked"))
    done = [s for s in plans if _approve(request, s, seen[str(s.pk)], unchecked=str(s.pk) in told)]
    if done:
        messages.success(
            request, f"{len(done)} plan{'' if len(done) == 1 else 's'} approved, being launched."
        )
    return redirect("brief", advertiser.slug, pk)


def _approve(request: HttpRequest, strategy: Strategy, seen_hash: str, *, unchecked: bool) -> bool:
    try:
        services.approve(
            actor=actor_of(request), strategy=strategy, seen_hash=seen_hash, unchecked=unchecked
        )
    except AdsEngineError as err:
        messages.error(request, f"{strategy.account}: {err.user_message}")
        return False
    return True


@signed_out_form("decline a plan", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def strategy_decline(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    strategy = _strategy(advertiser, pk)
    reason = request.POST.get("reason", "").strip()
    try:
        services.decline(actor=actor_of(request), strategy=strategy, reason=reason)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"Declined: nothing is sent to {strategy.account}.")
    return redirect("brief", advertiser.slug, strategy.brief_id)


@signed_out_form("try a launch again", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def strategy_retry(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """Resume a failed launch within its approval."""
    strategy = _strategy(advertiser, pk)
    try:
        services.retry(actor=actor_of(request), strategy=strategy)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"{strategy.account}: the launch resumes.")
    return redirect("brief", advertiser.slug, strategy.brief_id)


@signed_out_form("take a launch back", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def strategy_take_back(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """End a failed launch and archive what it made."""
    strategy = _strategy(advertiser, pk)
    try:
        services.take_back(actor=actor_of(request), strategy=strategy)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, f"{strategy.account}: the launch is taken back.")
    return redirect("brief", advertiser.slug, strategy.brief_id)


@signed_out_form("plan a brief again", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def brief_plan(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    found = _brief(advertiser, pk)
    try:
        strategies = services.plan_brief(actor=actor_of(request), brief=found)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        waiting = sum(1 for strategy in strategies if strategy.state == Strategy.State.REVIEW)
        messages.success(
            request, f"Planned again: {waiting} of {len(strategies)} wait for approval."
        )
    return redirect("brief", advertiser.slug, pk)
