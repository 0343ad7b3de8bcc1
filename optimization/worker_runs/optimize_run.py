"""The run of every four hours: tests, losers, winners, and a recommendation for each budget.

One outcome row per campaign is created before any work, with the optimiser's recommendation.
Batches of an account then fill the rows in; a batch that was killed resumes with those that wait.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from campaigns.lifecycle import IS_OPTIMISED
from campaigns.models import Campaign
from core.common.memory import without_garbage_collection
from core.models import Advertiser
from optimization.ab_tests.pauses import propose_campaign_pauses
from optimization.budgets.advice import advice_on
from optimization.findings.incidents import sync_incidents
from optimization.loading import with_accounts
from optimization.models import Run, RunOutcome
from optimization.worker_runs.campaign_findings import end_unchecked, save_campaign_findings
from optimization.worker_runs.campaign_run import CampaignOutcome, optimize_campaigns
from optimization.worker_runs.worker_health import check_worker
from optimization.worker_runs.worker_summary import close_run

log = logging.getLogger(__name__)
BATCH, CHUNK = 500, 250
State = RunOutcome.State
_REPLACED = "the next run replaced it"


@without_garbage_collection()
def start_run(advertiser: Advertiser, slot: str, only: Campaign | None = None) -> Run:
    """The slot's run with a waiting outcome for every optimised campaign, or for `only` one; once
    per slot."""
    run, _ = Run.objects.get_or_create(
        advertiser=advertiser, kind=Run.Kind.OPTIMIZE, slot=slot, defaults={"campaign": only}
    )
    if run.finished_at is None and not run.outcomes.exists():
        campaigns = Campaign.objects.filter(IS_OPTIMISED, account__advertiser=advertiser)
        if only is not None:
            campaigns = campaigns.filter(account__currency=only.account.currency)
        pool = with_accounts(campaigns.order_by("pk"))
        _create_outcomes(run, pool, pool if only is None else [only])
    if only is None:
        _close_earlier(run)
    finish(run)
    return run


def _create_outcomes(run: Run, pool: list[Campaign], campaigns: list[Campaign]) -> None:
    """Create the outcomes of `campaigns`, with recommendations computed over the whole pool: a
    campaign by itself would always keep its budget. Two workers may do this at once: the rows are
    the same, and the first ones stay."""
    views = advice_on(run.advertiser, pool)
    propose_campaign_pauses(campaigns, views)
    rows = [
        RunOutcome(
            run=run,
            campaign=c,
            key=str(c.pk),
            state=State.WAITING,
            view=views[c.pk].to_json() if c.pk in views else {},
        )
        for c in campaigns
    ]
    RunOutcome.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)


def _close_earlier(run: Run) -> None:
    """Close earlier unfinished runs: this one covers what they did not reach."""
    earlier = Run.objects.filter(
        advertiser=run.advertiser,
        kind=run.kind,
        campaign=None,
        pk__lt=run.pk,
        finished_at=None,
    )
    for old in earlier:
        old.outcomes.filter(state=State.WAITING).update(
            state=State.SKIPPED, said=_REPLACED, changed=False
        )
        finish(old)


def batches(run: Run) -> Iterator[tuple[int, list[int]]]:
    """Account id and campaign ids of what still waits, at most 500 at a time."""
    rows = run.outcomes.filter(state=State.WAITING).order_by("campaign__account_id", "campaign_id")
    accounts: dict[int, list[int]] = defaultdict(list)
    for account, campaign in rows.values_list("campaign__account_id", "campaign_id"):
        accounts[account].append(campaign)
    for account, ids in accounts.items():
        for start in range(0, len(ids), BATCH):
            yield account, ids[start : start + BATCH]


def work_batch(run: Run, ids: list[int], still_mine: Callable[[], None]) -> int:
    """Optimise those of the campaigns that still wait; returns how many that were. `still_mine`
    renews the lease, and raises where another worker has the batch now."""
    waiting = _waiting(run, ids)
    campaigns = Campaign.objects.filter(pk__in=waiting.values("campaign_id"))
    found = with_accounts(campaigns.order_by("pk"))
    for start in range(0, len(found), CHUNK):
        still_mine()
        with without_garbage_collection():
            _save_outcomes(run, _optimize_safely(found[start : start + CHUNK]))
    finish(run)
    return len(found)


def _waiting(run: Run, ids: list[int]) -> QuerySet[RunOutcome]:
    return run.outcomes.filter(state=State.WAITING, campaign_id__in=ids)


def _optimize_safely(campaigns: list[Campaign]) -> dict[int, CampaignOutcome]:
    """The outcomes; a campaign with an unforeseen fault is isolated by halving and fails alone."""
    if not campaigns:
        return {}
    try:
        return optimize_campaigns(campaigns)
    except (OSError, OperationalError, InterfaceError):
        raise  # the whole batch is retried
    except Exception as err:
        log.exception("optimisation run over %d campaigns", len(campaigns))
        if len(campaigns) == 1:
            return {
                campaigns[0].pk: CampaignOutcome(State.FAILED, f"unforeseen: {type(err).__name__}")
            }
    middle = len(campaigns) // 2
    return _optimize_safely(campaigns[:middle]) | _optimize_safely(campaigns[middle:])


@transaction.atomic
def _save_outcomes(run: Run, outcomes: dict[int, CampaignOutcome]) -> None:
    rows = [
        RunOutcome(
            run=run,
            campaign_id=pk,
            key=str(pk),
            state=one.state,
            said=one.text[:300],
            changed=one.changed,
        )
        for pk, one in outcomes.items()
    ]
    RunOutcome.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["run", "key"],
        update_fields=["state", "said", "changed"],
    )
    save_campaign_findings(run, outcomes)


def finish(run: Run) -> bool:
    """Close the run once none of its campaigns waits."""
    if run.outcomes.filter(state=State.WAITING).exists():
        return False
    _close(run)
    run.refresh_from_db(fields=["finished_at"])
    return True


@transaction.atomic
def _close(run: Run) -> None:
    """Once, whoever comes first; what it found for good goes to a person."""
    if not close_run(run):
        return
    if run.campaign_id is None:
        end_unchecked(run)
        check_worker(run)
    sync_incidents(run.advertiser)
