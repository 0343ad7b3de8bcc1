"""How far workers may go, and whether what they do pays."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError
from core.models import Advertiser, IncrementalityDesign, Role
from optimization import services
from optimization.automation import incrementality
from optimization.budgets.pool import pool_currencies
from optimization.forms.automation import ModesForm, ProofForm
from optimization.stats.budget.incrementality import Headroom, Uplift


@dataclass(frozen=True)
class PoolProof:
    """One currency: what could be gained, what was, and how good the predictions were."""

    currency: str
    headroom: Headroom | None
    uplift: Uplift | None
    record: incrementality.Record

    @property
    def word(self) -> str:
        status = None if self.uplift is None else self.uplift.status
        return {"gain": "Gain", "loss": "Loss"}.get(str(status), "Cannot tell yet")

    @property
    def tone(self) -> str:
        status = None if self.uplift is None else self.uplift.status
        return {"gain": "good", "loss": "bad"}.get(str(status), "off")


@advertiser_page()
def automation(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    return _page(request, advertiser)


def _page(
    request: HttpRequest,
    advertiser: Advertiser,
    *,
    modes: ModesForm | None = None,
    leave: ProofForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "modes": modes or ModesForm(advertiser=advertiser),
        "leave": leave or ProofForm(advertiser=advertiser),
        "pools": [_proof(advertiser, currency) for currency in pool_currencies(advertiser)],
        "held_out": incrementality.holdout_campaigns(advertiser),
    }
    return render(request, "optimization/automation.html", context, status=status)


def _proof(advertiser: Advertiser, currency: str) -> PoolProof:
    return PoolProof(
        currency,
        incrementality.headroom_of(advertiser, currency),
        incrementality.uplift_of(advertiser, currency),
        incrementality.record_of(advertiser, currency),
    )


@signed_out_form("set what the workers may do", can_spend=True)
@advertiser_page(Role.EDITOR)
@require_POST
def modes_set(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    form = ModesForm(request.POST, advertiser=advertiser)
    if form.is_valid():
        try:
            services.set_modes(actor=actor_of(request), advertiser=advertiser, **form.wish())
        except AdsEngineError as err:
            form.take(err)
        else:
            messages.success(request, "Saved. It applies from the next run on.")
            return redirect("automation", advertiser.slug)
    return _page(request, advertiser, modes=form, status=422)


@signed_out_form("set the control group", can_spend=False)
@advertiser_page(Role.APPROVER)
@require_POST
def proof_set(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    form = ProofForm(request.POST, advertiser=advertiser)
    if form.is_valid():
        try:
            count = services.set_incrementality(
                actor=actor_of(request), advertiser=advertiser, **form.cleaned_data
            )
        except AdsEngineError as err:
            form.take(err)
        else:
            messages.success(request, _saved_text(advertiser, count))
            return redirect("automation", advertiser.slug)
    return _page(request, advertiser, leave=form, status=422)


def _saved_text(advertiser: Advertiser, count: int) -> str:
    advertiser.refresh_from_db(fields=["proof", "proof_since"])
    if advertiser.proof == IncrementalityDesign.NONE or advertiser.proof_since is None:
        return "Saved: there is no control group."
    left = f": {count} campaigns are kept out as a control group" if count else ""
    return f"Saved{left}. The comparison counts from {advertiser.proof_since:%-d %B %Y} on."
