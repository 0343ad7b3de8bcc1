"""The pass that a person asks for of one campaign: its view is that of the whole pool."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Campaign
from core import jobs
from core.models import Advertiser, AuditEntry
from optimization.ab_tests import pauses
from optimization.models import Decision, Run, RunOutcome
from optimization.stats.budget.optimizer import Verb
from optimization.stored_results.budgets import BudgetView
from optimization.tasks import request_optimize
from optimization.worker_runs.optimize_run import start_run
from platforms.models import AdAccount
from tests.optimization.live import fill, make_campaign, passed


def views(run: Run) -> dict[str, dict[str, Any]]:
    return dict(run.outcomes.values_list("key", "view"))


def test_one_campaigns_view_is_the_one_of_the_full_pass(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    full = views(passed(advertiser))
    assert {view["verb"] for view in full.values()} >= {"increase", "decrease"}
    for campaign in pool:
        run = start_run(advertiser, f"campaign {campaign.pk}, task 1", campaign)
        assert views(run) == {str(campaign.pk): full[str(campaign.pk)]}


def test_the_job_of_one_campaign_leaves_the_others_alone(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    job = request_optimize(pool[0])
    jobs.run_due()
    job.refresh_from_db()
    outcome = RunOutcome.objects.get()
    assert (outcome.campaign_id, outcome.view["verb"]) == (pool[0].pk, "increase")
    assert not AuditEntry.objects.filter(action="set daily budget").exists()


def test_another_currencys_campaigns_are_another_pool(
    advertiser: Advertiser, pool: list[Campaign], account: AdAccount
) -> None:
    euros = AdAccount.objects.create(
        advertiser=advertiser,
        platform="google",
        external_id="2",
        name="Shop",
        currency="EUR",
        time_zone=account.time_zone,
        synced_market_at=account.synced_market_at,
    )
    other = make_campaign(euros, 4, ads=1)
    fill(other, [300], 400)
    run = start_run(advertiser, f"campaign {other.pk}, task 1", other)
    view = views(run)[str(other.pk)]
    assert (view["verb"], view["currency"]) == ("keep", "EUR")


def test_a_campaign_outside_the_pool_gets_no_view(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    Campaign.objects.filter(pk=pool[0].pk).update(wanted="paused")
    run = start_run(advertiser, f"campaign {pool[0].pk}, task 1", pool[0])
    assert views(run) == {str(pool[0].pk): {}}


# ---- proposals to pause a campaign -------------------------------------------------------


def proposed(campaign: Campaign) -> Decision:
    return Decision.objects.create(
        campaign=campaign,
        action=Decision.Action.PAUSE_CAMPAIGN,
        state=Decision.State.PROPOSED,
        reason="It loses money.",
    )


def test_one_campaigns_pass_expires_its_own_outdated_proposal_alone(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    mine, others = proposed(pool[0]), proposed(pool[1])
    start_run(advertiser, f"campaign {pool[0].pk}, task 1", pool[0])
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.state, others.state) == ("expired", "proposed")


@pytest.mark.parametrize(
    ("view", "state"),
    [
        (BudgetView(Verb.KEEP, "No exchange rate."), "proposed"),
        (BudgetView(Verb.KEEP, "Best as it is.", new=Decimal(100)), "expired"),
        (BudgetView(Verb.PAUSE, "It loses.", new=Decimal(5)), "proposed"),
    ],
)
def test_a_pool_that_could_not_be_split_says_nothing_of_a_pause(
    pool: list[Campaign], view: BudgetView, state: str
) -> None:
    decision = proposed(pool[0])
    assert pauses.propose_campaign_pauses([pool[0]], {pool[0].pk: view}) == 0
    decision.refresh_from_db()
    assert decision.state == state


def test_a_pass_of_one_proposes_no_pause_of_another(pool: list[Campaign]) -> None:
    seen = {c.pk: BudgetView(Verb.PAUSE, "It loses.", new=Decimal(5)) for c in pool}
    assert pauses.propose_campaign_pauses([pool[0]], seen) == 1
    assert Decision.objects.get().campaign_id == pool[0].pk
