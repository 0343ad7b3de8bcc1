"""What must not follow a verdict: pauses and raises on gone, doubtful or overruled grounds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric, PublishRequest
from core.common import clock, dates
from core.common.errors import InvalidMove
from core.models import Actor, Advertiser, Mode
from optimization import services
from optimization.ab_tests import verdicts
from optimization.models import ABTest, Analysis, Decision, SelfTest
from optimization.stats.ab.engine import analyze
from optimization.worker_runs import campaign_run
from platforms.models import AdAccount
from tests.optimization.live import DAYS, WORKER, fill, make_campaign, passed


def ads_of(campaign: Campaign) -> list[Ad]:
    return list(Ad.objects.filter(ad_group__campaign=campaign).order_by("pk"))


def set_metrics(ad: Ad, **values: Any) -> None:
    DailyMetric.objects.filter(ad=ad, level="ad").update(**values)


def won(campaign: Campaign, **values: Any) -> ABTest:
    test = services.create_test(actor=WORKER, campaign=campaign, **values)
    services.analyse_test(test)
    test.refresh_from_db()
    return test


# ---- doubtful grounds --------------------------------------------------------------------


def test_an_arm_that_is_better_on_the_guard_is_not_paused(
    acting: Advertiser, campaign: Campaign
) -> None:
    better_clicks, better_sales = ads_of(campaign)
    set_metrics(better_clicks, clicks=200, conversions=4)
    set_metrics(better_sales, clicks=100, conversions=60)
    test = services.create_test(actor=WORKER, campaign=campaign, guard_metrics=["cvr"])
    passed(acting)
    analysis = test.analyses.latest()
    assert analysis.status != "winner"
    assert analysis.result["pause_ids"] == []
    better_sales.refresh_from_db()
    assert better_sales.wanted == "active"


def test_money_of_the_newest_days_pauses_nothing_in_a_test_on_clicks(
    acting: Advertiser, account: AdAccount
) -> None:
    acting.target_cpa_micros = 20_000_000
    acting.save()
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 200], days=2)
    for ad in ads_of(campaign):
        set_metrics(ad, conversions=0, spend_micros=130_000_000)
    passed(acting)
    assert not Decision.objects.exists()
    fill(campaign, [200, 200], days=6)
    for ad in ads_of(campaign):
        set_metrics(ad, conversions=0, spend_micros=130_000_000)
    passed(acting, "b")
    reasons = set(Decision.objects.values_list("reason", flat=True))
    assert all("spends without return" in reason for reason in reasons)


def test_nothing_follows_while_the_split_is_proven_off() -> None:
    def arm(number: int, impressions: int, clicks: int) -> dict[str, Any]:
        rows = [
            {
                "date": f"2026-03-{day:02d}",
                "impressions": impressions,
                "clicks": clicks + day % 3,
                "conversions": 5.0,
                "spend": 50.0,
                "revenue": 500.0,
            }
            for day in range(1, 15)
        ]
        return {"id": number, "daily": rows}

    arms = [arm(1, 10_000, 200), arm(2, 5_000, 50)]
    options: dict[str, Any] = {"target_roas": 2.0, "metric": "ctr"}
    assert analyze(arms, **options).pause_ids == (2,)
    found = analyze(arms, design="randomised_split", **options)
    assert found.srm is not None
    assert found.srm.mismatch
    assert (found.pause_ids, found.scale_ids) == ((), ())


# ---- grounds that are gone ---------------------------------------------------------------


@pytest.fixture
def raised(account: AdAccount, advertiser: Advertiser, campaign: Campaign) -> Decision:
    """A raise that waits: the winner has all of the delivery and beats its target."""
    advertiser.target_roas = Decimal("0.5")
    advertiser.save()
    good, loser = ads_of(campaign)
    set_metrics(good, revenue_micros=300_000_000, conversions=60)
    set_metrics(loser, revenue_micros=60_000_000, conversions=12)
    started = dates.today(account.time_zone) - timedelta(days=14)
    assert won(campaign, metric="roas", started_on=started).winner_id == good.pk
    Ad.objects.filter(pk=loser.pk).update(wanted="paused")
    newest = dates.today(account.time_zone) - timedelta(days=3)
    DailyMetric.objects.filter(ad=loser, day__gte=newest).update(spend_micros=0)
    test = ABTest.objects.select_related("campaign__account__advertiser", "winner").get()
    (scale,) = services.propose_scaling(test, test.analyses.latest())
    return scale


def test_a_raise_is_refused_once_the_winner_lost_the_delivery(
    raised: Decision, account: AdAccount, actor: Actor
) -> None:
    newest = dates.today(account.time_zone) - timedelta(days=3)
    DailyMetric.objects.filter(level="ad", day__gte=newest).update(spend_micros=10_000_000)
    with pytest.raises(InvalidMove, match="80% of the delivery"):
        services.apply_decision(actor=actor, decision=raised)
    raised.refresh_from_db()
    assert raised.state == "proposed"
    assert not PublishRequest.objects.exists()
    test = ABTest.objects.get()
    services.propose_scaling(test, test.analyses.latest())
    raised.refresh_from_db()
    assert raised.state == "expired"


def test_a_raise_expires_with_its_test(raised: Decision, actor: Actor) -> None:
    services.stop_test(actor=actor, test=ABTest.objects.get())
    raised.refresh_from_db()
    assert raised.state == "expired"


@pytest.mark.parametrize("how", ["dismissed", "undone"])
def test_a_raise_that_a_person_overruled_does_not_come_back(
    raised: Decision, actor: Actor, how: str
) -> None:
    if how == "dismissed":
        services.dismiss(actor=actor, decision=raised)
    else:
        services.apply_decision(actor=actor, decision=raised)
        services.undo_decision(actor=actor, decision=raised)
    test = ABTest.objects.get()
    with clock.freeze(clock.market_now() + timedelta(days=2)):
        assert services.propose_scaling(test, test.analyses.latest()) == []
    assert Decision.objects.filter(action="scale").count() == 1


def test_losers_whose_days_were_corrected_are_losers_no_more(
    acting: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1, ads=3)
    fill(campaign, [150, 150, 60])
    acting.mode = Mode.SUGGEST
    acting.save()
    passed(acting)
    (pause,) = Decision.objects.all()
    worst = ads_of(campaign)[2]
    assert (pause.ad_id, pause.state) == (worst.pk, "proposed")
    set_metrics(worst, clicks=150)
    acting.mode = Mode.ACT
    acting.save()
    passed(acting, "b")
    pause.refresh_from_db()
    worst.refresh_from_db()
    assert (pause.state, worst.wanted) == ("expired", "active")
    assert ABTest.objects.get().verdict["losing_ids"] == []


def test_a_withdrawn_winner_is_told_until_another_is_named(campaign: Campaign) -> None:
    test = won(campaign)
    assert test.status == "winner"
    set_metrics(ads_of(campaign)[0], clicks=100)
    for _ in range(2):
        services.analyse_test(test)
        test.refresh_from_db()
        assert test.winner_id is None
        assert "no longer name it" in test.verdict["withdrawn"]
    set_metrics(ads_of(campaign)[0], clicks=200)
    services.analyse_test(test)
    test.refresh_from_db()
    assert test.status == "winner"
    assert "withdrawn" not in test.verdict


# ---- one stays ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "off"),
    [
        ("group", {"wanted": "paused"}),
        ("group", {"remote": "rejected"}),
        ("group", {"remote": "paused"}),
        ("group", {"remote": "absent"}),
        ("ad", {"remote": "rejected"}),
        ("ad", {"wanted": "paused"}),
        ("ad", {"remote": "paused"}),
    ],
)
def test_the_last_one_that_runs_is_not_paused_whatever_turned_the_other_off(
    acting: Advertiser, campaign: Campaign, actor: Actor, part: str, off: dict[str, str]
) -> None:
    acting.mode = Mode.SUGGEST
    acting.save()
    passed(acting)
    decision = Decision.objects.get()
    other = ads_of(campaign)[0]
    if part == "group":
        usual = {"wanted": "active", "remote": "active", "remote_id": "g9"}
        group = AdGroup.objects.create(campaign=campaign, name="Off", **{**usual, **off})
        Ad.objects.filter(pk=other.pk).update(ad_group=group)
    else:
        Ad.objects.filter(pk=other.pk).update(**off)
    with pytest.raises(InvalidMove, match="last running one"):
        services.apply_decision(actor=actor, decision=decision)
    assert not PublishRequest.objects.exists()


# ---- people at the same time -------------------------------------------------------------


def test_a_mode_that_is_switched_during_a_pass_holds_at_once(
    acting: Advertiser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = campaign_run.propose_actions  # type: ignore[attr-defined]

    def switched(*args: Any) -> Any:
        Advertiser.objects.update(mode=Mode.WATCH)
        return real(*args)

    monkeypatch.setattr(campaign_run, "propose_actions", switched)
    passed(acting)
    assert Ad.objects.filter(wanted="paused").count() == 0


def test_held_out_campaigns_are_left_alone(acting: Advertiser, campaign: Campaign) -> None:
    Campaign.objects.update(held_out=True)
    run = passed(acting)
    assert run.said == {str(campaign.pk): "skipped: kept out as a control group"}
    assert not PublishRequest.objects.exists()


def test_a_look_with_an_old_copy_does_not_undo_a_verdict(campaign: Campaign) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    old = ABTest.objects.select_related("campaign__account__advertiser").get(pk=test.pk)
    services.analyse_test(test)
    named = ABTest.objects.get()
    set_metrics(ads_of(campaign)[0], clicks=150)  # days after the verdict may differ
    DailyMetric.objects.filter(ad=ads_of(campaign)[0]).update(clicks=200)
    services.analyse_tests([old])
    now = ABTest.objects.get()
    assert now.winner_id == named.winner_id is not None
    assert (now.deciding_id, now.decided_at) == (named.deciding_id, named.decided_at)


def test_a_test_deleted_during_a_look_stays_deleted(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    real = verdicts._lock_tests

    def deleted(tests: list[ABTest]) -> Any:
        ABTest.objects.all().delete()
        return real(tests)

    monkeypatch.setattr(verdicts, "_lock_tests", deleted)
    assert services.analyse_tests([test]) == []
    assert not ABTest.objects.exists()
    assert not Analysis.objects.exists()


def test_two_proposers_at_once_make_one_proposal(campaign: Campaign) -> None:
    test = won(campaign)
    latest = test.analyses.latest()
    assert len(services.propose_actions(test, latest, [])) == 1
    assert services.propose_actions(test, latest, []) == []
    assert Decision.objects.count() == 1


def test_a_deleted_loser_takes_no_winner_with_it(campaign: Campaign) -> None:
    test = won(campaign)
    winner = test.winner_id
    ads_of(campaign)[1].delete()
    services.analyse_test(test)
    test.refresh_from_db()
    assert test.winner_id == winner
    assert "withdrawn" not in test.verdict


# ---- by every way in ---------------------------------------------------------------------


def test_a_stopped_test_is_not_looked_at(campaign: Campaign, actor: Actor) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    services.stop_test(actor=actor, test=test)
    with pytest.raises(InvalidMove, match="ended already"):
        services.analyse_and_propose(test)
    assert not Analysis.objects.exists()


def test_a_test_whose_days_are_over_without_a_winner_ends(
    acting: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [100, 100])
    started = dates.today(account.time_zone) - timedelta(days=DAYS)
    services.create_test(actor=WORKER, campaign=campaign, started_on=started)
    run = passed(acting)
    assert run.said[str(campaign.pk)].endswith("the planned days are over: test ended")
    assert ABTest.objects.get().state == "stopped"
    again = passed(acting, "b")
    assert again.said[str(campaign.pk)] == "done: its test ended today"
    ABTest.objects.update(ended_on=started)
    later = passed(acting, "c")
    assert later.said[str(campaign.pk)] == (
        "skipped: its test has ended; start another one for new ads"
    )


def test_a_negative_figure_in_an_old_test_harms_no_other_look(
    advertiser: Advertiser, account: AdAccount, campaign: Campaign, actor: Actor
) -> None:
    for number in range(20, 41):
        old = make_campaign(account, number)
        fill(old, [100, 100], days=8)
        services.stop_test(
            actor=actor, test=services.create_test(actor=actor, campaign=old, metric="roas")
        )
    DailyMetric.objects.filter(ad=ads_of(old)[0]).update(revenue_micros=-5)
    test = services.create_test(actor=actor, campaign=campaign, metric="roas")
    assert services.analyse_test(test).is_usable


def test_a_self_test_whose_job_died_can_be_asked_for_again(
    advertiser: Advertiser, actor: Actor
) -> None:
    from core.models import Job

    first = services.ask_self_test(actor=actor, advertiser=advertiser)
    Job.objects.update(state="failed")
    assert services.ask_self_test(actor=actor, advertiser=advertiser).pk == first.pk
    assert Job.objects.filter(state="queued").count() == 1
    assert SelfTest.objects.count() == 1
