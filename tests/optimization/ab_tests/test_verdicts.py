"""Verdicts that stand, looks that can be computed again, ad groups, guards, plans, challengers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Ad, AdGroup, Asset, Campaign, DailyMetric
from campaigns.sync.metric_store import MetricValues, store_metrics
from core.common import clock
from core.common.errors import InvalidInput
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests.noise import known_noise
from optimization.ab_tests.page.challengers import challengers
from optimization.ab_tests.planning import plan_for
from optimization.models import ABTest, Analysis
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign

pytestmark = pytest.mark.usefixtures("noon")

ACTOR = Actor(ActorKind.PERSON, "ann")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")


def filled(account: AdAccount, *clicks: int, days: int = 7, **more: Any) -> Campaign:
    campaign = make_campaign(account, **more)
    for number, count in enumerate(clicks):
        ad = make_ad(campaign, f"Ad {'ABCDEFGH'[number]}")
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), clicks=count + (back + number) % 3)
    return campaign


def started(campaign: Campaign, **more: Any) -> ABTest:
    test = services.create_test(actor=ACTOR, campaign=campaign, **more)
    services.analyse_test(test)
    return test


def restate(campaign: Campaign, clicks: int) -> None:
    """Both ads get the same clicks on every day that is known."""
    rows = [
        MetricValues(
            level="ad",
            campaign_id=campaign.pk,
            ad_id=row.ad_id,
            day=row.day,
            impressions=row.impressions,
            clicks=clicks + row.day.day % 3,
            conversions=row.conversions,
            spend_micros=row.spend_micros,
            revenue_micros=row.revenue_micros,
        )
        for row in DailyMetric.objects.filter(campaign=campaign, level="ad")
    ]
    store_metrics(campaign.account, rows, seen_at=clock.market_now())


def later(days: int) -> Any:
    return clock.freeze(NOW + timedelta(days=days))


def test_a_named_winner_stays_named_on_days_that_prove_nothing(account: AdAccount) -> None:
    campaign = filled(account, 80, 40)
    test = started(campaign)
    assert test.status == "winner"
    named = test.winner_id
    with later(7):
        for ad in Ad.objects.all():
            for ahead in range(1, 8):
                deliver(ad, YESTERDAY + timedelta(days=ahead), clicks=60 + ahead % 3)
        latest = services.analyse_test(test)
    test.refresh_from_db()
    assert (test.status, test.winner_id, test.verdict["change"]) == ("winner", named, "kept")
    assert latest.pk != test.deciding_id


def test_a_winner_is_withdrawn_when_the_days_that_named_it_are_corrected(
    account: AdAccount,
) -> None:
    campaign = filled(account, 80, 40)
    test = started(campaign)
    with later(1):
        restate(campaign, 60)
        services.analyse_test(test)
    test.refresh_from_db()
    assert (test.status, test.winner, test.deciding, test.decided_at) == (
        "collecting",
        None,
        None,
        None,
    )
    assert test.verdict["change"] == "withdrawn"
    assert "corrected" in test.verdict["reason"]


def test_a_winner_is_withdrawn_when_newer_days_prove_another_better(account: AdAccount) -> None:
    campaign = filled(account, 60, 40, days=7)
    test = started(campaign)
    first, second = Ad.objects.order_by("pk")
    assert test.winner == first
    with later(60):
        for ahead in range(1, 61):
            day = YESTERDAY + timedelta(days=ahead)
            deliver(first, day, clicks=40 + ahead % 3)
            deliver(second, day, clicks=60 + ahead % 3)
        services.analyse_test(test)
    test.refresh_from_db()
    assert test.winner != first
    assert test.verdict["change"] == "withdrawn"


def test_proposals_that_newer_figures_no_longer_support_expire(account: AdAccount) -> None:
    campaign = filled(account, 80, 40)
    test = started(campaign)
    (made,) = services.propose_actions(test, test.analyses.latest())
    with later(1):
        restate(campaign, 60)
        assert services.propose_actions(test, services.analyse_test(test)) == []
    made.refresh_from_db()
    assert made.state == "expired"


def test_a_look_is_computed_again_from_the_figures_of_then(account: AdAccount) -> None:
    campaign = filled(account, 80, 40)
    test = started(campaign, guard_metrics=["cpa"])
    analysis = test.analyses.latest()
    with later(2):
        restate(campaign, 60)
        for ad in Ad.objects.all():
            deliver(ad, YESTERDAY + timedelta(days=1), clicks=60)
        again = services.reproduce(Analysis.objects.get(pk=analysis.pk))
    assert (again.same_figures, again.same_verdict, again.holds) == (True, True, True)
    assert analysis.settings["guard_metrics"] == ["cpa"]


def test_a_look_whose_ad_is_gone_says_that_it_cannot_be_computed_again(account: AdAccount) -> None:
    test = started(filled(account, 80, 40))
    Ad.objects.order_by("pk")[0].delete()
    again = services.reproduce(Analysis.objects.get(test=test))
    assert not again.same_figures
    assert not again.holds


def test_a_test_whose_ads_are_deleted_is_answered(account: AdAccount) -> None:
    test = started(filled(account, 80, 40))
    for ad in Ad.objects.all():
        ad.delete()
        latest = services.analyse_test(ABTest.objects.get(pk=test.pk))
        assert latest.status == "insufficient_data"
    assert "at least one arm" in latest.result["summary"]


def test_ad_groups_are_compared_by_the_sums_of_their_ads(account: AdAccount) -> None:
    campaign = make_campaign(account)
    for name, clicks in (("Walkers", 80), ("Runners", 30)):
        group = AdGroup.objects.create(
            campaign=campaign,
            name=name,
            wanted="active",
            remote="active",
            remote_id=f"g{name}",
        )
        for _ in range(2):
            ad = make_ad(campaign, name)
            Ad.objects.filter(pk=ad.pk).update(ad_group=group)
            for back in range(7):
                deliver(ad, YESTERDAY - timedelta(days=back), clicks=clicks // 2 + back % 3)
    AdGroup.objects.filter(name="Everyone").delete()
    test = started(campaign, subject="ad_group")
    walkers, runners = AdGroup.objects.order_by("pk")
    assert (test.status, test.winner_group, test.winner) == ("winner", walkers, None)
    arm = test.analyses.latest().result["arms"][0]
    assert (arm["id"], arm["impressions"], arm["clicks"]) == (walkers.pk, 28_000, 572)
    (pause,) = services.propose_actions(test, test.analyses.latest())
    assert (pause.action, pause.ad_group) == ("pause_group", runners)
    services.apply_decision(actor=Actor(ActorKind.WORKER, "optimiser"), decision=pause)
    runners.refresh_from_db()
    assert runners.wanted == "paused"
    request = campaign.requests.get()
    assert (request.operation, request.target_type, request.target_id) == (
        "set_status",
        "ad_group",
        runners.pk,
    )


def test_a_leader_that_is_proven_worse_on_a_guard_is_not_named(account: AdAccount) -> None:
    campaign = make_campaign(account)
    for name, clicks, conversions in (("A", 80, "4"), ("B", 40, "24")):
        ad = make_ad(campaign, name)
        for back in range(14):
            day = YESTERDAY - timedelta(days=back)
            deliver(ad, day, clicks=clicks + back % 3, conversions=conversions)
    free = started(campaign, guard_metrics=())
    assert free.status == "winner"
    services.stop_test(actor=ACTOR, test=free)
    guarded = started(campaign, guard_metrics=["cvr"])
    assert guarded.status != "winner"
    assert any("proven worse on CVR" in w for w in guarded.analyses.latest().result["warnings"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"guard_metrics": ["ctr"]}, "guard_metrics"),
        ({"guard_metrics": ["cpa", "cpa"]}, "guard_metrics"),
        ({"guard_metrics": ["likes"]}, "guard_metrics"),
        ({"smallest_effect": Decimal(0)}, "smallest_effect"),
        ({"design": "coin"}, "design"),
        ({"subject": "audience"}, "subject"),
        ({"subject": "ad_group"}, "subject"),
    ],
)
def test_a_bad_plan_is_refused_at_its_field(
    account: AdAccount, change: dict[str, Any], field: str
) -> None:
    campaign = filled(account, 5, 5, days=1)
    with pytest.raises(InvalidInput) as refused:
        services.create_test(actor=ACTOR, campaign=campaign, **change)
    assert refused.value.field == field
    assert not ABTest.objects.exists()


def test_the_same_ad_twice_and_a_foreign_ad_are_refused(account: AdAccount) -> None:
    campaign, other = filled(account, 5, 5, days=1), filled(account, 5, 5, days=1, name="Tents")
    mine = list(Ad.objects.filter(ad_group__campaign=campaign))
    for ads in ([mine[0], mine[0]], [mine[0], *Ad.objects.filter(ad_group__campaign=other)]):
        with pytest.raises(InvalidInput) as refused:
            services.create_test(actor=ACTOR, campaign=campaign, ads=ads)
        assert refused.value.field == "ads"
    assert not ABTest.objects.exists()


def test_on_an_old_campaign_the_last_week_of_the_plan_is_still_to_come(account: AdAccount) -> None:
    campaign = filled(account, 50, 50, days=60)
    test = started(campaign)
    today = YESTERDAY + timedelta(days=1)
    assert test.started_on == today - timedelta(days=7)
    assert test.status == "collecting"


def test_conversions_of_the_newest_days_are_not_judged(account: AdAccount) -> None:
    campaign = filled(account, 50, 50, days=7)
    test = started(campaign, metric="cpa")
    assert test.analyses.latest().result["boundary"]["elapsed_days"] == 5


def test_period_totals_are_looked_at_with_their_label_and_pause_nothing(
    account: AdAccount,
) -> None:
    campaign = make_campaign(account, origin="import", managed=False)
    for name, clicks in (("A", 900), ("B", 300)):
        row = deliver(make_ad(campaign, name), clicks=clicks, impressions=30_000)
        row.period_first = YESTERDAY - timedelta(days=6)
        row.save()
    make_ad(campaign, "C")
    test = started(campaign)
    result = test.analyses.latest().result
    assert (test.status, result["confidence_basis"]) == ("winner", "assumed_dispersion")
    assert (result["pause_ids"], result["scale_ids"]) == ([], [])


def test_a_plan_answers_with_days_and_needs_more_for_less(account: AdAccount) -> None:
    campaign = filled(account, 50, 50, days=10)
    large = plan_for(campaign, metric="ctr", smallest_effect=Decimal("0.4")).plan
    small = plan_for(campaign, metric="ctr", smallest_effect=Decimal("0.1")).plan
    assert large is not None
    assert small is not None
    assert large.days_needed is not None
    assert small.days_needed is not None
    assert large.days_needed < small.days_needed
    assert round(large.events_per_arm_day) == 51


def test_a_plan_without_figures_says_so(account: AdAccount) -> None:
    answer = plan_for(filled(account, 5, 5, days=0), metric="ctr", smallest_effect=Decimal("0.2"))
    assert answer.plan is None
    assert answer.why_not.startswith("There are no clicks yet to plan from")


def test_noise_is_known_only_after_twenty_finished_tests(account: AdAccount) -> None:
    for number in range(20):
        campaign = filled(account, 60 + number % 5, 55, days=7, name=f"C{number}")
        services.stop_test(actor=ACTOR, test=started(campaign))
        noise = known_noise(account.advertiser, "ctr")
        assert (noise.v0 > 0) == (number == 19)
    assert noise.s0 is not None
    assert known_noise(account.advertiser, "roas").s0 is None
    newest = started(filled(account, 60, 50, name="Next"))
    assert newest.analyses.latest().settings["v0"] == noise.v0


def test_challengers_change_one_thing_of_the_winner(
    account: AdAccount, advertiser: Advertiser
) -> None:
    campaign = filled(account, 80, 40)
    second = Ad.objects.order_by("pk").select_related("creative")[1]
    picture = Asset.objects.create(advertiser=advertiser, name="b.png", sha256="b" * 64)
    assert second.creative is not None
    second.creative.assets.add(picture)
    test = started(campaign)
    found = challengers(test, test.analyses.latest())
    shown = [(one.headline, one.image) for one in found]
    assert shown == [("Ad A headline", picture), ("Ad B headline", None)]
    assert found[0].why == "the texts of the best, the picture of “Ad B”"


def test_the_self_test_runs_on_the_advertisers_own_history(
    account: AdAccount, advertiser: Advertiser
) -> None:
    filled(account, 60, 50, 40, 30, days=60)
    test = services.ask_self_test(actor=ACTOR, advertiser=advertiser)
    assert services.ask_self_test(actor=ACTOR, advertiser=advertiser) == test
    done = services.run_self_test(test)
    assert (done.state, done.result["tests"], done.result["outcome"]) == ("done", 1000, "holds")
    assert done.result["histories"] == 1


def test_the_self_test_cannot_tell_without_history(advertiser: Advertiser) -> None:
    test = services.ask_self_test(actor=ACTOR, advertiser=advertiser)
    assert services.run_self_test(test).result["outcome"] == "cannot_tell"
    with pytest.raises(InvalidInput):
        services.ask_self_test(actor=ACTOR, advertiser=advertiser, metric="likes")
