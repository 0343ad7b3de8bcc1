"""The optimisation page: what the budgets are, what is proposed, what was done."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from adsengine.access import actor_of, advertiser_page
from adsengine.common.errors import AdsEngineError
from adsengine.models import Advertiser, Role
from campaigns.web import refuse
from optimization import selectors, services
from optimization.models import Decision, Rebalance, Run
from optimization.pool import pool_campaigns, pool_currencies
from optimization.reading import Proposal
from optimization.reading_budgets import Move, Pool
from optimization.words import DECISION, outcome

DECISIONS = 25
OPEN = (Rebalance.State.PROPOSED, Rebalance.State.APPLYING)
MODES = {
    "watch": ("off", "Workers look and note; nothing is changed."),
    "suggest": ("wait", "Workers propose; nothing is changed before a person says so."),
    "act": ("good", "Workers pause losing ads and move budgets by themselves, within the limits."),
}


@advertiser_page()
def optimisation(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moves = selectors.rebalances_of(advertiser)
    decisions = selectors.decisions_of(advertiser)
    waiting = decisions.filter(state=Decision.State.PROPOSED)
    tone, means = MODES[advertiser.mode]
    context = {
        "mode_word": f"Mode {advertiser.mode}",
        "mode_tone": tone,
        "mode_means": means,
        "pools": _pools(advertiser),
        "history": [Move(r) for r in moves.exclude(state__in=OPEN)[: selectors.HISTORY]],
        "waiting": [Proposal(decision, decision.reason) for decision in waiting[:DECISIONS]],
        "can_raise": request.role >= Role.APPROVER,  # type: ignore[attr-defined]
        "decisions": [(d, DECISION[d.state]) for d in decisions[:DECISIONS]],
        "runs": [
            (run, [(key, *outcome(text)) for key, text in lines])
            for run, lines in selectors.runs_of(advertiser)
        ],
        "last_look": selectors.last_finished(advertiser, Run.Kind.OPTIMIZE),
        "last_rebalance": selectors.last_finished(advertiser, Run.Kind.REBALANCE),
    }
    return render(request, "optimization/optimisation.html", context)


def _pools(advertiser: Advertiser) -> list[Pool]:
    """One for each currency that has campaigns to move, or a proposal still open."""
    still_open = selectors.rebalances_of(advertiser).filter(state__in=OPEN)
    proposals = {rebalance.currency: Move(rebalance) for rebalance in reversed(still_open)}
    pools = [
        Pool(currency, list(pool_campaigns(advertiser, currency)), proposals.get(currency))
        for currency in sorted({*pool_currencies(advertiser), *proposals})
    ]
    return [pool for pool in pools if pool.campaigns or pool.proposal]


@advertiser_page(Role.EDITOR)
@require_POST
def propose(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    currency = request.POST.get("currency", "")
    if currency not in pool_currencies(advertiser):
        raise Http404
    try:
        made = services.propose_rebalance(
            actor=actor_of(request), advertiser=advertiser, currency=currency
        )
    except AdsEngineError as err:
        refuse(request, err)
    else:
        if made is not None:
            messages.success(request, "Proposed. Nothing changes before an approver applies it.")
        elif pool_campaigns(advertiser, currency).count() < 2:
            messages.info(request, "Nothing to move: that needs two running campaigns.")
        else:
            messages.info(request, "Nothing to move: the present split is the best one known.")
    return redirect("optimisation", advertiser.slug)


def _rebalance(advertiser: Advertiser, pk: int) -> Rebalance:
    found = Rebalance.objects.filter(advertiser=advertiser, pk=pk).first()
    if found is None:
        raise Http404
    return found


@advertiser_page(Role.APPROVER)
@require_POST
def rebalance_apply(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rebalance = _rebalance(advertiser, pk)
    try:
        services.apply_rebalance(actor=actor_of(request), rebalance=rebalance)
    except AdsEngineError as err:
        refuse(request, err)
        return redirect("optimisation", advertiser.slug)
    _say_applied(request, Move(selectors.rebalances_of(advertiser).get(pk=pk)))
    return redirect("optimisation", advertiser.slug)


def _say_applied(request: HttpRequest, move: Move) -> None:
    if move.refused:
        count = f"{move.refused} change{'' if move.refused == 1 else 's'}"
        messages.warning(request, f"{count} refused; see what and why below.")
    elif move.rebalance.state == Rebalance.State.APPLYING:
        messages.success(request, "The cuts are being sent; the raises follow.")
    else:
        messages.success(request, f"{len(move.moving)} budgets are being changed.")


@advertiser_page(Role.EDITOR)
@require_POST
def rebalance_dismiss(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rebalance = _rebalance(advertiser, pk)
    reason = request.POST.get("reason", "").strip()
    try:
        services.dismiss_rebalance(actor=actor_of(request), rebalance=rebalance, reason=reason)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "Dismissed: the budgets stay as they are.")
    return redirect("optimisation", advertiser.slug)
