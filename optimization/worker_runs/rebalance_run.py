"""The daily rebalance of an advertiser's pools: proposed, and in mode act applied."""

from __future__ import annotations

import logging

from django.db import transaction

from core.common import clock
from core.common.errors import AdsEngineError
from core.models import ActionType, Advertiser, Mode
from optimization.automation.switchback import propose_switchback
from optimization.budgets.cut_to_total import propose_cut
from optimization.budgets.pool import pool_currencies
from optimization.budgets.rebalance import apply_rebalance
from optimization.budgets.rebalance_proposal import NothingToMove, propose_rebalance
from optimization.budgets.roll_back import propose_roll_back
from optimization.findings.incidents import sync_incidents
from optimization.models import BudgetProposal, Rebalance, Run, RunOutcome
from optimization.worker_runs.campaign_run import OPTIMIZER, CampaignOutcome
from optimization.worker_runs.rebalance_findings import save_rebalance_findings
from optimization.worker_runs.slots import rebalance_slot
from optimization.worker_runs.worker_health import check_worker
from optimization.worker_runs.worker_summary import close_run

log = logging.getLogger(__name__)
State = RunOutcome.State


def rebalance_advertiser(advertiser: Advertiser, slot: str) -> Run:
    """The slot's run with an outcome for each pool. Once per slot."""
    run, _ = Run.objects.get_or_create(advertiser=advertiser, kind=Run.Kind.REBALANCE, slot=slot)
    if run.finished_at is not None:
        return run
    late = slot != rebalance_slot(advertiser, clock.market_now())
    for currency in pool_currencies(advertiser):
        outcome = (
            CampaignOutcome(State.SKIPPED, "its day was over before a worker came to it")
            if late
            else _rebalance_pool(advertiser, currency, slot)
        )
        RunOutcome.objects.update_or_create(
            run=run,
            key=currency,
            defaults={
                "state": outcome.state,
                "said": outcome.text[:300],
                "changed": outcome.changed,
            },
        )
    _close(run)
    run.refresh_from_db(fields=["finished_at"])
    return run


@transaction.atomic
def _close(run: Run) -> None:
    """Once, whoever comes first; what it found for good goes to a person."""
    if close_run(run):
        save_rebalance_findings(run)
        check_worker(run)
        sync_incidents(run.advertiser)


def _rebalance_pool(advertiser: Advertiser, currency: str, slot: str) -> CampaignOutcome:
    try:
        rebalance = _rebalance_of_slot(advertiser, currency, slot)
        if rebalance.state == Rebalance.State.SHADOW:
            return CampaignOutcome(
                State.DONE, f"noted {rebalance.in_words}, nothing is changed yet"
            )
        if advertiser.mode_for(ActionType.BUDGET) != Mode.ACT:
            return CampaignOutcome(State.DONE, f"{rebalance.in_words} waits for a person")
        if rebalance.state == Rebalance.State.PROPOSED:
            apply_rebalance(actor=OPTIMIZER, rebalance=rebalance)
    except NothingToMove as err:
        return CampaignOutcome(State.SKIPPED, err.user_message)
    except AdsEngineError as err:
        log.warning("rebalance of %s failed: %s", advertiser, err)
        return CampaignOutcome(State.FAILED, err.user_message)
    requested = rebalance.changes.filter(state=BudgetProposal.State.ASKED).exists()
    return CampaignOutcome(State.DONE, f"applies {rebalance.in_words}", changed=requested)


def _rebalance_of_slot(advertiser: Advertiser, currency: str, slot: str) -> Rebalance:
    """The proposal that this slot made before it was killed, or a new one."""
    made = Rebalance.objects.filter(advertiser=advertiser, currency=currency, slot=slot).first()
    if made is not None:
        return made
    for propose in (propose_switchback, propose_roll_back):
        made = propose(actor=OPTIMIZER, advertiser=advertiser, currency=currency, slot=slot)
        if made is not None:
            return made
    return _propose(advertiser, currency, slot)


def _propose(advertiser: Advertiser, currency: str, slot: str) -> Rebalance:
    """A better split; where none may be made, at least the cut to what was approved."""
    try:
        return propose_rebalance(
            actor=OPTIMIZER, advertiser=advertiser, currency=currency, slot=slot
        )
    except NothingToMove:
        cut = propose_cut(actor=OPTIMIZER, advertiser=advertiser, currency=currency, slot=slot)
        if cut is None:
            raise
        return cut
