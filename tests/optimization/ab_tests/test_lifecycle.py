"""Tests on live campaigns: start, look, pause, undo; by mode."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.models import Ad, Campaign, PublishRequest
from core.common import clock
from core.common.errors import InvalidInput, InvalidMove
from core.models import Actor, Advertiser, AuditEntry, Mode
from optimization import services
from optimization.models import ABTest, Analysis, Decision
from platforms.models import AdAccount
from tests.optimization.live import WORKER, fill, make_campaign, passed


def test_clear_difference_names_winner_and_loser(campaign: Campaign) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    analysis = services.analyse_test(test)
    better, worse = Ad.objects.order_by("pk")
    assert analysis.status == "winner"
    assert analysis.result["winner_ids"] == [better.pk]
    assert analysis.result["losing_ids"] == [worse.pk]
    test.refresh_from_db()
    assert (test.status, test.winner_id) == ("winner", better.pk)


def test_looks_keep_the_hash_of_their_input(campaign: Campaign) -> None:
    test = services.create_test(actor=WORKER, campaign=campaign)
    first, again = services.analyse_test(test), services.analyse_test(test)
    assert first.input_hash == again.input_hash
    fill(campaign, [201, 100])
    assert services.analyse_test(test).input_hash != first.input_hash


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "likes"}, "metric"),
        ({"planned_days": 2}, "planned_days"),
        ({"ads": []}, "ads"),
        ({"started_on": date(1, 1, 1)}, "started_on"),
        ({"started_on": date(9999, 12, 31)}, "started_on"),
    ],
)
def test_bad_test_is_refused_at_its_field(
    campaign: Campaign, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_test(actor=WORKER, campaign=campaign, **change)
    assert refused.value.field == field
    assert not ABTest.objects.exists()


def test_second_running_test_on_one_metric_is_refused(campaign: Campaign) -> None:
    services.create_test(actor=WORKER, campaign=campaign)
    with pytest.raises(InvalidInput, match="CTR is running"):
        services.create_test(actor=WORKER, campaign=campaign)
    services.create_test(actor=WORKER, campaign=campaign, metric="cvr")


def test_ad_without_delivery_is_an_answer_not_an_exception(account: AdAccount) -> None:
    empty = make_campaign(account, 2)
    test = services.create_test(actor=WORKER, campaign=empty)
    assert services.analyse_test(test).status == "insufficient_data"


def test_unusable_figures_stop_only_their_own_test(account: AdAccount, campaign: Campaign) -> None:
    broken = make_campaign(account, 2)
    fill(broken, [-200, 100])  # clicks below zero
    tests = [services.create_test(actor=WORKER, campaign=c) for c in (broken, campaign)]
    analyses = services.analyse_tests(tests)
    assert [analysis.is_usable for analysis in analyses] == [False, True]
    assert "clicks" in analyses[0].result["summary"]
    assert analyses[1].status == "winner"


def test_in_mode_act_losers_are_paused_once(acting: Advertiser, campaign: Campaign) -> None:
    run = passed(acting)
    worse = Ad.objects.order_by("pk")[1]
    assert worse.wanted == "paused"
    assert run.said == {
        str(campaign.pk): "done: winner, 1 losing ads paused, decided: test ended, test started"
    }
    assert PublishRequest.objects.filter(operation="set_status").count() == 1
    passed(acting, "b")
    assert PublishRequest.objects.filter(operation="set_status").count() == 1
    entry = AuditEntry.objects.get(action="set ad status")
    assert entry.evidence["decision"] == Decision.objects.get().pk


def test_same_slot_runs_once(acting: Advertiser, campaign: Campaign) -> None:
    assert passed(acting).pk == passed(acting).pk
    assert Analysis.objects.count() == 1


def test_in_mode_suggest_a_pause_waits_for_a_person(
    advertiser: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(advertiser)
    decision = Decision.objects.get()
    assert decision.state == "proposed"
    assert not PublishRequest.objects.exists()
    services.apply_pause(actor=actor, decision=decision)
    worse = Ad.objects.order_by("pk")[1]
    assert worse.wanted == "paused"
    with pytest.raises(InvalidMove):
        services.apply_pause(actor=actor, decision=decision)
    services.undo_pause(actor=actor, decision=decision)
    worse.refresh_from_db()
    assert worse.wanted == "active"


def test_in_mode_watch_nothing_is_proposed_or_changed(
    advertiser: Advertiser, campaign: Campaign
) -> None:
    advertiser.mode = Mode.WATCH
    advertiser.save()
    passed(advertiser)
    assert Decision.objects.get().state == "noted"
    assert not PublishRequest.objects.exists()


def test_last_running_ad_is_never_paused(acting: Advertiser, campaign: Campaign) -> None:
    better = Ad.objects.order_by("pk")[0]
    Ad.objects.filter(pk=better.pk).update(wanted="paused")
    test = services.create_test(actor=WORKER, campaign=campaign)
    assert services.propose_pauses(test, services.analyse_test(test)) == []


def test_stale_figures_skip_the_campaign(acting: Advertiser, campaign: Campaign) -> None:
    AdAccount.objects.update(synced_market_at=clock.market_now() - timedelta(hours=27))
    assert passed(acting).said == {str(campaign.pk): "skipped: the figures are older than 26 hours"}
    assert not ABTest.objects.exists()


def test_undone_pause_does_not_come_back(
    acting: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(acting)
    services.undo_pause(actor=actor, decision=Decision.objects.get())
    passed(acting, "b")
    assert Ad.objects.order_by("pk")[1].wanted == "active"
    assert Decision.objects.count() == 1


def test_watching_notes_a_loser_once(advertiser: Advertiser, campaign: Campaign) -> None:
    Advertiser.objects.filter(pk=advertiser.pk).update(mode=Mode.WATCH)
    advertiser.refresh_from_db()
    for slot in "abc":
        passed(advertiser, slot)
    assert Decision.objects.count() == 1


def test_proposals_of_several_looks_do_not_pause_the_last_ad(
    advertiser: Advertiser, campaign: Campaign, actor: Actor
) -> None:
    passed(advertiser)
    decision = Decision.objects.get()
    assert decision.ad is not None
    Ad.objects.exclude(pk=decision.ad.pk).update(wanted="paused")
    with pytest.raises(InvalidMove, match="last running one"):
        services.apply_pause(actor=actor, decision=decision)
    assert Ad.objects.get(pk=decision.ad.pk).wanted == "active"
