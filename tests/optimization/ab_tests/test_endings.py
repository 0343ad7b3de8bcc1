"""A test with nothing left to find ends by itself; losers are paused in the run that decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.services import set_ad_status
from core.common import clock
from core.common.errors import InvalidMove
from core.models import Actor, ActorKind, Advertiser, AuditAction, AuditEntry, Mode
from optimization import services
from optimization.ab_tests import endings
from optimization.models import ABTest, Analysis, Decision, RunOutcome
from platforms.models import AdAccount
from tests.optimization.live import fill, make_campaign, passed, today

PERSON = Actor(ActorKind.PERSON, "ann")


@pytest.fixture
def three(account: AdAccount) -> Campaign:
    """A winner, one far behind, and one only a little behind, as the noise allows."""
    campaign = make_campaign(account, 1, ads=3)
    fill(campaign, [300, 100, 200])
    return campaign


def mode(advertiser: Advertiser, mode: Mode) -> None:
    advertiser.mode = mode
    advertiser.save()


def wanted(campaign: Campaign) -> list[str]:
    return list(
        Ad.objects.filter(ad_group__campaign=campaign)
        .order_by("pk")
        .values_list("wanted", flat=True)
    )


def test_the_run_that_decides_pauses_all_losers_and_ends_the_test(
    advertiser: Advertiser, three: Campaign
) -> None:
    mode(advertiser, Mode.ACT)
    passed(advertiser)
    test = ABTest.objects.get()
    assert wanted(three) == ["active", "paused", "paused"]
    assert (test.status, test.state) == ("winner", "stopped")
    assert test.ended_on is not None
    assert "2 losing ads paused, decided: test ended" in RunOutcome.objects.get(campaign=three).said


def test_what_waits_for_a_person_keeps_a_decided_test_open(
    advertiser: Advertiser, three: Campaign
) -> None:
    mode(advertiser, Mode.SUGGEST)
    passed(advertiser)
    test = ABTest.objects.get()
    assert wanted(three) == ["active"] * 3
    assert (test.status, test.state) == ("winner", "running")
    assert test.decisions.filter(state="proposed").count() == 2


def test_after_the_planned_days_a_decided_test_ends_and_its_pauses_still_wait(
    advertiser: Advertiser, account: AdAccount
) -> None:
    mode(advertiser, Mode.SUGGEST)
    campaign = make_campaign(account, 1)
    fill(campaign, [300, 100], days=8)
    services.create_test(
        actor=PERSON,
        campaign=campaign,
        metric="ctr",
        guard_metrics=(),
        planned_days=7,
        started_on=today(account) - timedelta(days=8),
    )
    passed(advertiser)
    test, decision = ABTest.objects.get(), Decision.objects.get()
    assert (test.status, test.state, decision.state) == ("winner", "stopped", "proposed")
    services.apply_decision(actor=PERSON, decision=decision)
    assert wanted(campaign) == ["active", "paused"]


def test_one_button_pauses_all_losers_and_ends_the_test(
    advertiser: Advertiser, three: Campaign
) -> None:
    mode(advertiser, Mode.SUGGEST)
    passed(advertiser)
    found = services.pause_losers(actor=PERSON, test=ABTest.objects.get())
    assert [len(found.paused), len(found.refused), found.ended] == [2, 0, True]
    assert wanted(three) == ["active", "paused", "paused"]
    assert ABTest.objects.get().state == "stopped"
    assert set(Decision.objects.values_list("decided_by", flat=True)) == {"ann"}


def test_pausing_losers_where_none_waits_changes_nothing(
    advertiser: Advertiser, three: Campaign
) -> None:
    test = services.create_test(actor=PERSON, campaign=three)
    with pytest.raises(InvalidMove, match="No ad of this test waits"):
        services.pause_losers(actor=PERSON, test=test)
    assert wanted(three) == ["active"] * 3


def test_a_refused_pause_stays_open_and_the_others_are_made(
    advertiser: Advertiser, three: Campaign
) -> None:
    mode(advertiser, Mode.SUGGEST)
    passed(advertiser)
    refused = Decision.objects.order_by("pk").first()
    assert refused is not None
    assert refused.ad is not None
    Ad.objects.filter(pk=refused.ad.pk).update(wanted="archived")
    found = services.pause_losers(actor=PERSON, test=ABTest.objects.get())
    assert [one.pk for one, _ in found.refused] == [refused.pk]
    refused.refresh_from_db()
    assert refused.state == "proposed"
    assert refused.error != ""
    assert ABTest.objects.get().state == "running"


def test_a_dismissed_pause_ends_a_decided_test_at_the_next_run(
    advertiser: Advertiser, three: Campaign
) -> None:
    mode(advertiser, Mode.SUGGEST)
    passed(advertiser)
    for decision in Decision.objects.all():
        services.dismiss(actor=PERSON, decision=decision)
    passed(advertiser, "b")
    assert wanted(three) == ["active"] * 3
    assert ABTest.objects.get().state == "stopped"


def test_a_test_with_one_live_arm_ends(advertiser: Advertiser, account: AdAccount) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 199])
    services.create_test(actor=PERSON, campaign=campaign)
    Ad.objects.filter(name="Ad 1").update(wanted="paused")
    passed(advertiser)
    test = ABTest.objects.get()
    assert (test.status, test.state) == ("collecting", "stopped")
    assert (
        "only one of its arms still runs: test ended"
        in RunOutcome.objects.get(campaign=campaign).said
    )


@pytest.mark.parametrize(("days", "state"), [(6, "running"), (7, "stopped")])
def test_a_test_whose_ads_are_all_paused_ends_after_seven_days_without_delivery(
    advertiser: Advertiser, account: AdAccount, days: int, state: str
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 199], days=3)
    services.create_test(actor=PERSON, campaign=campaign, planned_days=30)
    Ad.objects.update(wanted="paused")
    with clock.freeze(clock.market_now() + timedelta(days=days)):
        AdAccount.objects.update(synced_market_at=clock.market_now())
        passed(advertiser)
    test = ABTest.objects.get()
    assert (test.status, test.state) == ("collecting", state)
    said = RunOutcome.objects.get(campaign=campaign).said
    assert ("none of its arms has run for 7 days: test ended" in said) == (state == "stopped")
    entries = AuditEntry.objects.filter(action=AuditAction.STOP_AB_TEST)
    assert [entry.reason for entry in entries] == (
        ["It ends by itself: none of its arms has run for 7 days."] if state == "stopped" else []
    )


def test_an_arm_that_is_being_switched_on_again_keeps_its_test(
    advertiser: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 199])
    services.create_test(actor=PERSON, campaign=campaign)
    ad = Ad.objects.get(name="Ad 1")
    Ad.objects.filter(pk=ad.pk).update(wanted="paused", remote="paused")
    ad.refresh_from_db()
    set_ad_status(actor=PERSON, ad=ad, to="active")
    passed(advertiser)
    assert ABTest.objects.get().state == "running"
    PublishRequest.objects.update(state="refused")
    passed(advertiser, "b")
    assert ABTest.objects.get().state == "stopped"


def test_an_arm_that_somebody_paused_on_the_platform_does_not_run(
    advertiser: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [300, 100])
    services.create_test(actor=PERSON, campaign=campaign)
    Ad.objects.filter(name="Ad 0").update(remote="paused")
    mode(advertiser, Mode.ACT)
    passed(advertiser)
    assert wanted(campaign) == ["active", "active"]


@pytest.mark.parametrize(
    ("status", "why"), [("winner", "decided"), ("collecting", "it had been ended before")]
)
def test_a_test_that_ended_meanwhile_is_called_decided_only_where_it_is(
    advertiser: Advertiser, account: AdAccount, status: str, why: str
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 199])
    test = services.create_test(actor=PERSON, campaign=campaign)
    ABTest.objects.update(state="stopped", status=status)
    assert endings.end_if_over_now(actor=PERSON, test=test) == why


@pytest.mark.parametrize(("days", "state"), [(5, "running"), (8, "stopped")])
def test_a_decided_test_with_a_target_waits_for_the_day_from_which_a_raise_is_judged(
    advertiser: Advertiser, account: AdAccount, days: int, state: str
) -> None:
    advertiser.target_cpa_micros = 1_000_000  # out of reach, so no raise follows
    mode(advertiser, Mode.WATCH)
    campaign = make_campaign(account, 1)
    fill(campaign, [300, 100], days=days)
    services.create_test(actor=PERSON, campaign=campaign, metric="ctr", guard_metrics=())
    passed(advertiser)
    test = ABTest.objects.get()
    assert (test.status, test.state) == ("winner", state)


def test_an_arm_that_was_deleted_on_the_platform_is_not_live(
    advertiser: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [200, 199])
    services.create_test(actor=PERSON, campaign=campaign)
    Ad.objects.filter(name="Ad 1").update(remote="absent")
    passed(advertiser)
    test = ABTest.objects.get()
    assert (test.status, test.state) == ("collecting", "stopped")


def test_the_last_ad_is_not_paused_when_the_winner_was_deleted_on_the_platform(
    advertiser: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, 1)
    fill(campaign, [300, 100])
    services.create_test(actor=PERSON, campaign=campaign)
    Ad.objects.filter(name="Ad 0").update(remote="absent")
    mode(advertiser, Mode.ACT)
    passed(advertiser)
    assert wanted(campaign) == ["active", "active"]


def test_a_test_that_somebody_ends_at_this_moment_fails_no_pause_of_its_losers(
    advertiser: Advertiser, three: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode(advertiser, Mode.SUGGEST)
    passed(advertiser)
    test = ABTest.objects.get()
    found = endings.reason_to_end

    def ended_meanwhile(test: ABTest, newest: Analysis, running: int) -> str:
        why = found(test, newest, running)
        ABTest.objects.filter(pk=test.pk).update(state=ABTest.State.STOPPED)
        return why

    monkeypatch.setattr(endings, "reason_to_end", ended_meanwhile)
    result = services.pause_losers(actor=PERSON, test=test)
    assert (len(result.paused), result.ended) == (2, True)
    assert wanted(three) == ["active", "paused", "paused"]
