"""The optimisation page: what the budgets are, what is proposed, what was done."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from campaigns.web import refuse
from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, InvalidInput
from core.models import ActionType, Advertiser, Role
from optimization import selectors, services
from optimization.ab_tests.page.reading import Proposal
from optimization.budgets.pool import pool_campaigns, pool_currencies
from optimization.budgets.reading import Move, Pool
from optimization.models import Decision, Rebalance, Run
from optimization.presentation.labels import DECISION
from optimization.worker_runs.reading import run_lines

DECISIONS = 25
OPEN = (Rebalance.State.PROPOSED, Rebalance.State.APPLYING)
TONES = {"watch": "off", "suggest": "wait", "act": "good"}


@advertiser_page()
def optimisation(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    moves = selectors.rebalances_of(advertiser)
    decisions = selectors.decisions_of(advertiser)
    waiting = decisions.filter(state=Decision.State.PROPOSED)
    done = moves.exclude(state__in=OPEN)[: selectors.HISTORY]
    undone = selectors.undone_rebalance_ids(advertiser)
    recent = list(decisions[:DECISIONS])
    offers = selectors.undo_offers_of(advertiser, recent)
    context = {
        "modes": modes_of(advertiser),
        "pools": _pools(advertiser),
        "history": [Move(rebalance, undone) for rebalance in done],
        "waiting": [Proposal(decision, decision.reason) for decision in waiting[:DECISIONS]],
        "can_raise": request.role >= Role.APPROVER,  # type: ignore[attr-defined]
        "decisions": [(d, DECISION[d.state], offers.get(d.pk)) for d in recent],
        "runs": run_lines(selectors.runs_of(advertiser)[: selectors.HISTORY]),
        "last_analysis": selectors.last_finished(advertiser, Run.Kind.OPTIMIZE),
        "last_rebalance": selectors.last_finished(advertiser, Run.Kind.REBALANCE),
    }
    return render(request, "optimization/optimisation.html", context)


def modes_of(advertiser: Advertiser) -> list[tuple[str, str, str]]:
    """What workers may do by themselves: the action, its mode, the mode's tone."""
    found = [(str(a.label), advertiser.mode_for(a)) for a in ActionType]
    return [(label, mode, TONES[mode]) for label, mode in found]


def _pools(advertiser: Advertiser) -> list[Pool]:
    """One for each currency that has campaigns to move, or a proposal still open."""
    still_open = selectors.rebalances_of(advertiser).filter(state__in=OPEN)
    proposals = {rebalance.currency: Move(rebalance) for rebalance in reversed(still_open)}
    pools = [
        Pool(currency, list(pool_campaigns(advertiser, currency)), proposals.get(currency))
        for currency in sorted({*pool_currencies(advertiser), *proposals})
    ]
    return [pool for pool in pools if pool.campaigns or pool.proposal]


@signed_out_form("propose budgets", can_spend=False)
@advertiser_page(Role.EDITOR)
@require_POST
def propose(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    currency = request.POST.get("currency", "")
    if currency not in pool_currencies(advertiser):
        raise Http404
    try:
        services.propose_rebalance(
            actor=actor_of(request), advertiser=advertiser, currency=currency
        )
    except services.NothingToMove as err:
        messages.info(request, err.user_message)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        messages.success(request, "Proposed. Nothing changes before an approver applies it.")
    return redirect("optimisation", advertiser.slug)


def _rebalance(advertiser: Advertiser, pk: int) -> Rebalance:
    found = Rebalance.objects.filter(advertiser=advertiser, pk=pk).first()
    if found is None:
        raise Http404
    return found


@signed_out_form("apply proposed budgets", can_spend=True)
@advertiser_page(Role.APPROVER)
@require_POST
def rebalance_apply(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rebalance = _rebalance(advertiser, pk)
    try:
        services.apply_rebalance(
            actor=actor_of(request), rebalance=rebalance, only=_ticked(request)
        )
    except AdsEngineError as err:
        refuse(request, err)
        return redirect("optimisation", advertiser.slug)
    _say_applied(request, Move(selectors.rebalances_of(advertiser).get(pk=pk)))
    return redirect("optimisation", advertiser.slug)


def _ticked(request: HttpRequest) -> list[int] | None:
    """The changes that were ticked; None where the form had no boxes."""
    if "some" not in request.POST:
        return None
    try:
        return [int(pk) for pk in request.POST.getlist("change")]
    except ValueError:
        raise InvalidInput("A change is named by its number.", field="changes") from None


def _say_applied(request: HttpRequest, move: Move) -> None:
    if move.refused:
        count = f"{move.refused} change{'' if move.refused == 1 else 's'}"
        messages.warning(request, f"{count} refused; see what and why below.")
    elif move.rebalance.state == Rebalance.State.APPLYING:
        messages.success(request, "The cuts are being sent; the raises follow.")
    else:
        messages.success(request, f"{move.sent} budgets are being changed.")


@signed_out_form("turn proposed budgets down", can_spend=False)
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


@signed_out_form("take budgets back", can_spend=True)
@advertiser_page(Role.APPROVER)
@require_POST
def rebalance_undo(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    rebalance = _rebalance(advertiser, pk)
    try:
        back = services.undo_rebalance(actor=actor_of(request), rebalance=rebalance)
    except AdsEngineError as err:
        refuse(request, err)
    else:
        _say_applied(request, Move(selectors.rebalances_of(advertiser).get(pk=back.pk)))
    return redirect("optimisation", advertiser.slug)
