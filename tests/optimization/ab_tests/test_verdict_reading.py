"""One verdict, one number: sentence, table, list, API, overview and the engine say the same."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from campaigns.models import Ad, DailyMetric
from campaigns.reports.mail import message_of
from campaigns.services import schedule_report
from core.common import clock
from core.models import Actor, ActorKind, Advertiser
from optimization import services
from optimization.ab_tests.page.reading import ABTestReport
from optimization.models import ABTest
from optimization.presentation.verdict_reading import lead_of
from optimization.selectors import newest_analyses, verdict_readings
from optimization.stats.ab.engine import analyze
from optimization.stats.ab.results import PairFigures
from optimization.stats.ab.sentences import lift_range_text
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.people import People, client_of
from tests.optimization.ab_tests.analyses import analysis, arm_figures

pytestmark = pytest.mark.usefixtures("noon")
ACTOR = Actor(ActorKind.PERSON, "ann")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")


def started(account: AdAccount, *clicks: int, days: int = 7) -> ABTest:
    campaign = make_campaign(account)
    for number, count in enumerate(clicks):
        ad = make_ad(campaign, f"Ad {'ABCDEFGH'[number]}")
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), clicks=count + (back + number) % 3)
    test = services.create_test(actor=ACTOR, campaign=campaign, metric="ctr")
    services.analyse_test(test)
    test.refresh_from_db()
    return test


def report_of(test: ABTest) -> ABTestReport:
    analyses = list(test.analyses.all())
    arms = list(test.arms.select_related("ad__creative", "ad__ad_group", "ad_group"))
    return ABTestReport(test, arms, analyses, list(test.decisions.all()))


def percent_in(text: str) -> list[str]:
    return re.findall(r"-?\d+%", text)


def test_sentence_table_list_and_api_have_one_lead(account: AdAccount, people: People) -> None:
    test = started(account, 80, 60, 40)
    result = test.analyses.latest().stored_result.result
    assert result is not None
    assert result.lead is not None
    assert result.lead.lift is not None
    lead = f"{result.lead.lift:.0%}"
    report = report_of(test)
    assert percent_in(report.verdict.sentence)[0] == lead
    runner_up = next(line for line in report.lines if line.subject.pk == result.lead.over_id)
    assert runner_up.behind == lift_range_text(result.lead)
    (reading,) = verdict_readings([test], newest_analyses([test])).values()
    assert reading.lead is not None
    assert percent_in(reading.lead.text)[0] == lead
    found = client_of(people.viewer).get(f"/api/v1/ab-tests/{test.pk}/").json()["reading"]
    assert found["lead"]["lift"] == result.lead.lift
    assert found["sentence"] == report.verdict.sentence
    assert found["confidence"] == result.confidence


def test_the_runner_up_is_the_next_best_estimate_not_the_least_known_arm() -> None:
    def rows(clicks: int, days: int, impressions: int) -> list[dict[str, object]]:
        return [
            {
                "date": YESTERDAY - timedelta(days=back),
                "impressions": impressions,
                "clicks": clicks + back % 2,
                "conversions": 0,
                "spend": 0,
                "revenue": 0,
            }
            for back in range(days)
        ]

    found = analyze(
        [
            {"id": 1, "daily": rows(800, 10, 40_000)},
            {"id": 2, "daily": rows(640, 10, 40_000)},
            {"id": 3, "daily": rows(3, 10, 300)},
        ]
    )
    assert found.lead is not None
    assert (found.lead.leader_id, found.lead.over_id) == (1, 2)
    assert found.lead.lift == pytest.approx(0.25, abs=0.005)
    assert "arm 2" in found.summary


def test_a_decision_that_stands_is_told_with_its_own_figures_and_what_came_since(
    account: AdAccount,
) -> None:
    test = started(account, 80, 40)
    decided = report_of(test).verdict
    assert decided.since is None
    sentence, before = decided.sentence, decided.lead
    with clock.freeze(NOW + timedelta(days=7)):
        for ad in Ad.objects.all():
            for ahead in range(1, 8):
                deliver(ad, YESTERDAY + timedelta(days=ahead), clicks=60 + ahead % 3)
        services.analyse_test(test)
        test = ABTest.objects.get()
        report = report_of(test)
    assert report.verdict.sentence == sentence
    assert report.verdict.lead == before
    since = report.verdict.since
    assert since is not None
    assert before is not None
    assert (before.label, before.days) == ("When it was decided", 7)
    assert (since.label, since.days) == ("Over all days by now", 14)
    assert since.lead.lift is not None
    assert before.lead.lift is not None
    assert since.lead.lift < before.lead.lift
    assert report.verdict.would_change == ""
    newest, first = report.history
    assert newest[1] == "Stands"
    assert "No ad is proven best" not in newest[3]
    assert first[3] == sentence
    assert [line.rate for line in report.lines] == ["4.04%", "2.05%"]


def test_the_lead_of_a_winner_that_fell_behind_is_negative() -> None:
    pair = PairFigures(2, 1, 0.2231, 0.25, (0.0, 0.5625), 2.0, 9.0, 1.0, 0.04)
    lead = lead_of(analysis(arm_figures(1), arm_figures(2), pairs=(pair,)), 1)
    assert lead is not None
    assert (lead.leader_id, lead.over_id) == (1, 2)
    assert (lead.lift, lead.low, lead.high) == pytest.approx((-0.2, -0.36, 0.0))


def test_what_would_decide_is_told_only_while_nothing_is_decided(account: AdAccount) -> None:
    test = started(account, 50, 49, days=4)
    assert test.status == "collecting"
    assert report_of(test).verdict.would_change != ""
    services.stop_test(actor=ACTOR, test=test)
    assert report_of(ABTest.objects.get()).verdict.would_change == ""


def test_a_paused_loser_reads_paused_lost(account: AdAccount) -> None:
    test = started(account, 80, 40)
    services.propose_pauses(test, test.analyses.latest())
    services.pause_losers(actor=ACTOR, test=test)
    words = {line.subject.name: line.word for line in report_of(ABTest.objects.get()).lines}
    assert words == {"Ad A": "Winner", "Ad B": "Paused: lost"}


def test_an_ad_that_a_person_paused_is_no_loser(account: AdAccount) -> None:
    test = started(account, 50, 49, days=4)
    Ad.objects.filter(name="Ad B").update(wanted="paused")
    words = {
        line.subject.name: line.word for line in report_of(ABTest.objects.get(pk=test.pk)).lines
    }
    assert words == {"Ad A": "Undecided", "Ad B": "Undecided"}


def test_page_and_list_show_the_confidence_of_a_winner(
    viewer: Client, account: AdAccount, advertiser: Advertiser
) -> None:
    test = started(account, 80, 40)
    confidence = report_of(test).verdict.confidence
    assert re.fullmatch(r"(over )?\d\d\.\d%", confidence)
    for path in (f"/a/{advertiser.slug}/ab-tests/", f"/a/{advertiser.slug}/ab-tests/{test.pk}/"):
        assert confidence in viewer.get(path).content.decode()


def test_an_arm_that_was_removed_on_the_platform_is_said(account: AdAccount) -> None:
    test = started(account, 60, 59)
    Ad.objects.filter(name="Ad B").update(remote="absent")
    report = report_of(test)
    assert {line.subject.name: line.state for line in report.lines} == {
        "Ad A": "On",
        "Ad B": "Removed on the platform",
    }
    (said,) = [text for text in report.warnings if "removed on the platform" in text]
    assert said.startswith("“Ad B” was removed on the platform")


def test_what_is_wrong_with_figures_since_the_decision_is_said(account: AdAccount) -> None:
    test = started(account, 90, 40)
    assert test.status == "winner"
    DailyMetric.objects.filter(ad__name="Ad B", day=YESTERDAY).update(clicks=5000)
    services.analyse_test(test)
    test.refresh_from_db()
    report = report_of(test)
    assert report.is_as_decided
    (said,) = [text for text in report.warnings if "more clicks than impressions" in text]
    assert said.startswith("Since the decision: Left out")


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("range=7d", True),
        ("range=7d&platform=meta", False),
        ("range=last_month", False),
    ],
)
def test_a_report_mail_tells_the_decided_tests_of_its_days_with_the_sentence_of_the_page(
    account: AdAccount, people: People, query: str, is_told: bool
) -> None:
    test = started(account, 80, 40)
    assert test.winner is not None
    started(account, 60, 60)
    ABTest.objects.filter(pk=test.pk).update(decided_at=NOW - timedelta(days=1))
    schedule = schedule_report(
        actor=ACTOR,
        advertiser=account.advertiser,
        name="Week",
        cadence="weekly",
        hour=8,
        style="en",
        recipients=[people.viewer],
        query=query,
    )
    sent = message_of(schedule, ["ann@example.com"])
    line = f"{test.name}: {report_of(test).verdict.sentence}"
    html = str(sent.alternatives[0][0])
    if is_told:
        assert f"Tests that were decided in these days:\n14 Mar 2026, {line}\n" in sent.body
        assert sent.body.count("which ad is better?") == 1
    else:
        assert "decided" not in sent.body
    assert ("Tests that were decided" in html) == is_told


@pytest.mark.parametrize(
    ("target", "change", "why"),
    [
        (
            {"target_roas": Decimal("2.5")},
            {"target_roas": None},
            "a target ROAS of 2.5, since then they are not: the target was removed, or conversions "
            "carry no value any more.",
        ),
        (
            {"target_cpa_micros": 30_000_000},
            {"target_cpa_micros": None},
            "a target cost per action of 30, since then they are not: the target was removed, or "
            "it is in another currency than the account now.",
        ),
        (
            {"target_cpa_micros": 30_000_000},
            {"currency": "EUR"},
            "a target cost per action of 30, since then they are not: the target was removed, or "
            "it is in another currency than the account now.",
        ),
    ],
)
def test_a_target_that_goes_while_a_test_runs_is_said_and_turns_no_verdict(
    account: AdAccount,
    target: dict[str, object],
    change: dict[str, object],
    why: str,
) -> None:
    Advertiser.objects.filter(pk=account.advertiser_id).update(**target)
    account.advertiser.refresh_from_db()
    test = started(account, 80, 40)
    winner, sentence = test.winner, report_of(test).verdict.sentence
    assert winner is not None
    Advertiser.objects.filter(pk=account.advertiser_id).update(**change)
    with clock.freeze(NOW + timedelta(hours=4)):
        fresh = ABTest.objects.select_related("campaign__account__advertiser").get(pk=test.pk)
        services.analyse_test(fresh)
        fresh.refresh_from_db()
        said = report_of(fresh).warnings
    assert f"Until 15 Mar 2026 ads were held against {why} What was decided stands." in said
    assert (fresh.status, fresh.winner) == ("winner", winner)
    assert report_of(fresh).verdict.sentence == sentence
