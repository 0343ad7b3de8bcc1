"""Proposals, verdicts, plans off course and passes, as the overview tells of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.services import create_brief
from core.common import clock
from core.models import Actor, Advertiser
from optimization import services
from optimization.attention import off_course, proposals, rebalances, verdicts
from optimization.models import ABTest, BudgetProposal, Decision, PacingPlan, Rebalance
from optimization.pacing.course import open_plans, pace_of, paces
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account
from tests.campaigns.page_rows import make_campaign as plain_campaign
from tests.fixtures.people import People, make_advertiser
from tests.fixtures.world import brief_wish
from tests.optimization.live import WORKER, passed

pytestmark = pytest.mark.usefixtures("noon")

TOLD: frozenset[str] = frozenset()


def decided(campaign: Campaign, status: str = "inconclusive") -> ABTest:
    test = services.create_test(actor=WORKER, campaign=campaign)
    ABTest.objects.filter(pk=test.pk).update(status=status)
    return test


def plan(advertiser: Advertiser, **more: Any) -> PacingPlan:
    values: dict[str, Any] = {
        "name": "Month",
        "currency": "USD",
        "total_micros": 1_000_000_000,
        "created_by": "ann",
        **more,
    }
    return PacingPlan.objects.create(advertiser=advertiser, **values)


# ---- proposals and rebalances ----


def test_a_proposed_pause_waits_with_its_reason_and_its_test(
    advertiser: Advertiser, campaign: Campaign
) -> None:
    test = decided(campaign)
    ad = campaign.ad_groups.get().ads.first()
    Decision.objects.create(
        campaign=campaign, ad=ad, test=test, action="pause_ad", state="proposed", reason="Worse."
    )
    Decision.objects.create(campaign=campaign, action="keep", state="noted", reason="x")
    group = proposals(advertiser, TOLD)
    assert group.count == 1
    line = group.lines[0]
    assert (line.title, line.says) == ("Pause ad: Ad 0", "Worse.")
    assert line.url == f"/a/acme/ab-tests/{test.pk}/"
    assert proposals(make_advertiser("rival"), TOLD).count == 0


def test_a_rebalance_waits_until_it_expires(advertiser: Advertiser, pool: list[Campaign]) -> None:
    rebalance = Rebalance.objects.create(
        advertiser=advertiser,
        currency="USD",
        total_micros=300_000_000,
        asked_by="optimiser",
        expires_at=NOW + timedelta(hours=1),
    )
    for campaign, state in zip(pool, ("proposed", "proposed", "kept"), strict=True):
        BudgetProposal.objects.create(
            rebalance=rebalance,
            campaign=campaign,
            old_micros=100_000_000,
            new_micros=90_000_000,
            reason="x",
            state=state,
        )
    (line,) = rebalances(advertiser, TOLD).lines
    assert line.says == "2 budgets would change, of $300.00 a day."
    assert line.url == "/a/acme/optimisation/"
    with clock.freeze(NOW + timedelta(hours=2)):
        assert rebalances(advertiser, TOLD).count == 0


# ---- tests ----


def test_a_decided_test_waits_until_it_is_ended(advertiser: Advertiser, campaign: Campaign) -> None:
    test = decided(campaign)
    (line,) = verdicts(advertiser, TOLD).lines
    assert line.says == "This test has not been analysed yet."
    assert line.url == f"/a/acme/ab-tests/{test.pk}/"
    services.analyse_test(test)
    test.refresh_from_db()
    assert test.status == "winner"
    said = verdicts(advertiser, TOLD).lines[0].says
    result = test.analyses.latest().stored_result.result
    assert result is not None
    assert result.lead is not None
    assert said.startswith(
        f"“Ad 0” has the best CTR as delivered, {result.lead.lift:.0%} ahead of “Ad 1” (between "
    )
    services.stop_test(actor=WORKER, test=test)
    assert verdicts(advertiser, TOLD).count == 0


@pytest.mark.parametrize("status", ["insufficient_data", "collecting", "likely_leader"])
def test_an_undecided_test_needs_nobody(
    status: str, advertiser: Advertiser, campaign: Campaign
) -> None:
    decided(campaign, status)
    assert verdicts(advertiser, TOLD).count == 0


def test_a_test_whose_proposal_waits_is_told_once(
    advertiser: Advertiser, campaign: Campaign
) -> None:
    test = decided(campaign)
    ad = campaign.ad_groups.get().ads.first()
    Decision.objects.create(
        campaign=campaign, ad=ad, test=test, action="pause_ad", state="proposed", reason="Worse."
    )
    assert (proposals(advertiser, TOLD).count, verdicts(advertiser, TOLD).count) == (1, 0)


# ---- pacing ----


def test_a_plan_off_course_is_told_unless_an_incident_does(advertiser: Advertiser) -> None:
    campaign = plain_campaign(make_account(advertiser))
    for back in range(14):
        deliver(campaign, YESTERDAY - timedelta(days=back), spend=100)
    made = plan(advertiser)
    group = off_course(advertiser, TOLD)
    assert group is not None
    assert (group.count, group.lines[0].title) == (1, "Month: over plan")
    assert group.lines[0].says.startswith("The plan is used up")
    told = off_course(advertiser, frozenset({f"pacing:{made.pk}"}))
    assert told is not None
    assert told.count == 0


def test_many_plans_are_read_in_two_queries_and_each_as_if_alone(
    advertiser: Advertiser, people: People
) -> None:
    accounts = [
        make_account(advertiser),
        make_account(advertiser, "google", time_zone="Asia/Tokyo"),
        make_account(advertiser, "tiktok", currency="EUR"),
    ]
    wish = brief_wish(advertiser, accounts[:1])
    brief = create_brief(actor=Actor.person(people.admin), advertiser=advertiser, content=wish)
    owned = plain_campaign(accounts[0], "Owned", brief=brief)
    for number, campaign in enumerate([owned, *map(plain_campaign, accounts)]):
        for back in range(30):
            deliver(campaign, YESTERDAY - timedelta(days=back), spend=10 + number)
    theirs = plain_campaign(make_account(make_advertiser("rival")))
    deliver(theirs, spend=999)
    first = YESTERDAY - timedelta(days=20)
    plan(advertiser)
    plan(advertiser, currency="EUR")
    plan(advertiser, brief=brief, kind="flight", first=first, last=first + timedelta(days=40))
    plans = open_plans(advertiser)
    with CaptureQueriesContext(connection) as asked:
        together = paces(plans)
    assert len(asked) == 2
    assert together == [pace_of(each) for each in plans]
    spent = {paced.plan.currency: str(paced.spent) for paced in together if not paced.plan.brief}
    assert spent == {"USD": "$462.00", "EUR": "€182.00"}
    assert [str(paced.spent) for paced in together if paced.plan.brief] == ["$210.00"]


# ---- the overview ----


def test_the_newest_passes_are_told_with_their_outcomes(
    viewer: Client, advertiser: Advertiser, campaign: Campaign, account: AdAccount
) -> None:
    run = passed(advertiser)
    (deed,) = viewer.get("/a/acme/").context["activity"].runs
    assert (deed.name, deed.url) == ("Optimisation run", f"/a/acme/runs/{run.pk}/")
    assert deed.says == (
        "checked 1 campaign: 0 changed, "
        "1 left alone (its test was analysed: winner, 1 pauses proposed, test started)"
    )
    with clock.freeze(NOW + timedelta(days=3)):
        assert viewer.get("/a/acme/").context["activity"].runs == ()
