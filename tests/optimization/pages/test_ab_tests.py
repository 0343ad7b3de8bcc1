"""The pages of A/B tests, and what is done on them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Ad, Campaign, PublishRequest
from campaigns.overview import winner_sources
from core.models import Advertiser, AuditEntry
from optimization import services
from optimization.models import ABTest, Analysis, Decision
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_ad, make_campaign
from tests.fixtures.clients import said, text
from tests.fixtures.people import People, make_advertiser
from tests.optimization.pages.ab_rows import ACTOR, campaign_with_ads, look_at

pytestmark = pytest.mark.usefixtures("noon")


# ---- the list ----


def test_an_empty_list_offers_one_next_step(editor: Client, viewer: Client) -> None:
    assert 'href="/a/acme/ab-tests/new/">Start a test' in text(editor.get("/a/acme/ab-tests/"))
    assert "ab-tests/new" not in text(viewer.get("/a/acme/ab-tests/"))


def test_the_list_says_verdict_leader_and_next_step(editor: Client, account: AdAccount) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    services.propose_pauses(test, test.analyses.latest())
    young = look_at(campaign_with_ads(account, 3, 2, name="Tents", days=2))
    lines = {line.test.pk: line for line in editor.get("/a/acme/ab-tests/").context["lines"]}
    decided, waiting = lines[test.pk], lines[young.pk]
    assert (decided.word, decided.leader.name, decided.next_step) == (
        "Winner",
        "Ad A",
        "Decide on 1 proposal",
    )
    assert (waiting.word, waiting.leader, waiting.next_step) == (
        "Not enough data",
        None,
        "Wait for more days",
    )


def test_the_list_is_filtered_by_state_and_name(editor: Client, account: AdAccount) -> None:
    boots = look_at(campaign_with_ads(account, 5, 5, name="Boots"))
    tents = look_at(campaign_with_ads(account, 5, 5, name="Tents"))
    services.stop_test(actor=ACTOR, test=boots)

    def shown(query: str) -> list[int]:
        lines = editor.get(f"/a/acme/ab-tests/{query}").context["lines"]
        return [line.test.pk for line in lines]

    assert shown("") == [tents.pk, boots.pk]
    assert shown("?state=stopped") == [boots.pk]
    assert shown("?search=tent") == [tents.pk]
    assert "No test fits this filter" in text(editor.get("/a/acme/ab-tests/?search=nothing"))


def test_more_tests_ask_no_more_queries(
    editor: Client, account: AdAccount, django_assert_max_num_queries: Any
) -> None:
    look_at(campaign_with_ads(account, 9, 5, days=4))
    with django_assert_max_num_queries(40) as few:
        editor.get("/a/acme/ab-tests/")
    for number in range(4):
        look_at(campaign_with_ads(account, 9, 5, 4, name=f"Tents {number}", days=4))
    with django_assert_max_num_queries(len(few)):
        editor.get("/a/acme/ab-tests/")


# ---- starting ----


def test_a_test_is_started_and_looked_at_at_once(
    editor: Client, people: People, account: AdAccount
) -> None:
    campaign = campaign_with_ads(account, 80, 20)
    form = editor.get(f"/a/acme/ab-tests/new/?campaign={campaign.pk}").context["form"]
    assert form["campaign"].value() == campaign.pk
    sent = {"campaign": campaign.pk, "metric": "ctr", "planned_days": "21", "hypothesis": "A"}
    answer = editor.post("/a/acme/ab-tests/new/", sent)
    test = ABTest.objects.get()
    assert answer["Location"] == f"/a/acme/ab-tests/{test.pk}/"
    assert (test.campaign, test.metric, test.planned_days) == (campaign, "ctr", 21)
    assert (test.created_by, test.hypothesis, test.arms.count()) == (str(people.editor), "A", 2)
    assert Analysis.objects.filter(test=test).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("planned_days", "2", "Plan 3 to 90 days."),
        ("campaign", None, "A test on CTR is running for this campaign already."),
        ("metric", "likes", "Select a valid choice. likes is not one of the available choices."),
    ],
)
def test_a_refused_test_is_said_at_its_field(
    editor: Client, account: AdAccount, field: str, value: str | None, refusal: str
) -> None:
    campaign = campaign_with_ads(account, 5, 5)
    if value is None:
        look_at(campaign)
    before = ABTest.objects.count()
    sent = {"campaign": campaign.pk, "metric": "ctr", "planned_days": "14"}
    page = editor.post("/a/acme/ab-tests/new/", sent | ({field: value} if value else {}))
    assert page.status_code == 422
    assert page.context["form"].errors == {field: [refusal]}
    assert ABTest.objects.count() == before


def test_only_campaigns_with_ads_to_compare_are_offered(editor: Client, account: AdAccount) -> None:
    two = campaign_with_ads(account, 5, 5, name="Two")
    make_ad(make_campaign(account, "One"))
    gone = campaign_with_ads(account, 5, 5, name="Gone")
    Ad.objects.filter(ad_group__campaign=gone, name="Ad B").update(wanted="archived")
    form = editor.get("/a/acme/ab-tests/new/").context["form"]
    assert form.fields["campaign"].choices == [(two.pk, "Two (Google Ads)")]


# ---- one test ----


def test_the_verdict_speaks_of_ads_by_their_names(viewer: Client, account: AdAccount) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    page = viewer.get(f"/a/acme/ab-tests/{test.pk}/")
    report = page.context["report"]
    assert report.verdict.sentence.startswith("“Ad A” has the best CTR as delivered")
    assert [(line.subject.name, line.word) for line in report.lines] == [
        ("Ad A", "Winner"),
        ("Ad B", "Proven worse"),
    ]
    assert report.lines[0].rate == "4.04%"
    shown = text(page)
    assert '<svg class="interval good"' in shown
    assert "<form" not in shown.partition("<main")[2]


def test_a_named_winner_keeps_its_verdict_when_later_looks_are_less_sure(
    viewer: Client, account: AdAccount
) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    newest = Analysis.objects.get()
    Analysis.objects.create(
        test=test,
        status="inconclusive",
        result={**newest.result, "status": "inconclusive", "summary": "No arm is proven best."},
        input_hash="x",
        method_version="ab-1",
    )
    report = viewer.get(f"/a/acme/ab-tests/{test.pk}/").context["report"]
    assert report.verdict.sentence.startswith("“Ad A” has the best CTR")
    newest, _ = report.history
    assert newest[1:3] == ("Stands", "good")
    assert "No ad is proven best." not in text(viewer.get(f"/a/acme/ab-tests/{test.pk}/"))
    assert report.lines[0].word == "Winner"


def test_a_test_without_figures_is_shown(viewer: Client, account: AdAccount) -> None:
    campaign = campaign_with_ads(account, 5, 5, days=0)
    test = services.create_test(actor=ACTOR, campaign=campaign)
    before = text(viewer.get(f"/a/acme/ab-tests/{test.pk}/"))
    assert "This test has not been analysed yet." in before
    services.analyse_tests([test])
    page = viewer.get(f"/a/acme/ab-tests/{test.pk}/")
    assert page.context["report"].axis is None
    assert [line.interval for line in page.context["report"].lines] == [None, None]


def test_looking_now_keeps_a_look_and_proposes_pauses(editor: Client, account: AdAccount) -> None:
    test = services.create_test(actor=ACTOR, campaign=campaign_with_ads(account, 80, 20))
    answer = editor.post(f"/a/acme/ab-tests/{test.pk}/run/", follow=True)
    assert Analysis.objects.count() == 1
    decision = Decision.objects.get()
    assert (decision.ad and decision.ad.name, decision.state) == ("Ad B", "proposed")
    assert "Pause it" in text(answer)
    assert not PublishRequest.objects.exists()


def test_in_mode_act_a_look_leaves_the_pause_to_the_next_pass(
    editor: Client, acting: Advertiser, account: AdAccount
) -> None:
    test = services.create_test(actor=ACTOR, campaign=campaign_with_ads(account, 80, 20))
    answer = editor.post(f"/a/acme/ab-tests/{test.pk}/run/", follow=True)
    assert [d.state for d in Decision.objects.all()] == ["proposed"]
    assert not PublishRequest.objects.exists()
    assert "the next run pauses proven losers and scales proven winners" in text(answer)


def test_nothing_is_proposed_for_an_imported_campaign(editor: Client, account: AdAccount) -> None:
    campaign = campaign_with_ads(account, 80, 20)
    Campaign.objects.update(origin="import", managed=False)
    test = services.create_test(actor=ACTOR, campaign=campaign)
    editor.post(f"/a/acme/ab-tests/{test.pk}/run/")
    assert Analysis.objects.count() == 1
    assert not Decision.objects.exists()


def test_a_pause_is_applied_and_undone(editor: Client, people: People, account: AdAccount) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    decision = services.propose_pauses(test, test.analyses.latest())[0]
    editor.post(f"/a/acme/decisions/{decision.pk}/apply/")
    decision.refresh_from_db()
    assert (decision.state, decision.decided_by) == ("done", str(people.editor))
    assert Ad.objects.get(name="Ad B").wanted == "paused"
    assert PublishRequest.objects.get().payload == {"to": "paused", "before": "active"}
    again = editor.post(f"/a/acme/decisions/{decision.pk}/apply/", follow=True)
    assert said(again)[-1:] == ["This proposal was decided already."]
    editor.post(f"/a/acme/decisions/{decision.pk}/undo/")  # the status of an ad is no raise
    assert Ad.objects.get(name="Ad B").wanted == "active"
    assert Decision.objects.get().state == "undone"


def test_a_test_is_ended_once(editor: Client, account: AdAccount) -> None:
    test = look_at(campaign_with_ads(account, 5, 5))
    editor.post(f"/a/acme/ab-tests/{test.pk}/stop/")
    test.refresh_from_db()
    assert (test.state, str(test.ended_on)) == ("stopped", "2026-03-15")
    again = editor.post(f"/a/acme/ab-tests/{test.pk}/stop/", follow=True)
    assert said(again)[-1:] == ["This test has ended already."]
    assert AuditEntry.objects.filter(action="stop A/B test").count() == 1


def test_more_ads_and_looks_ask_no_more_queries(
    editor: Client, account: AdAccount, django_assert_max_num_queries: Any
) -> None:
    small = look_at(campaign_with_ads(account, 9, 5, days=4))
    large = look_at(campaign_with_ads(account, 9, 5, 4, 3, name="Tents", days=4))
    for _ in range(3):
        services.analyse_test(large)
    with django_assert_max_num_queries(40) as few:
        editor.get(f"/a/acme/ab-tests/{small.pk}/")
    with django_assert_max_num_queries(len(few)):
        editor.get(f"/a/acme/ab-tests/{large.pk}/")


def test_a_winner_carries_the_badge(
    advertiser: Advertiser, account: AdAccount, editor: Client
) -> None:
    look_at(campaign_with_ads(account, 80, 20))
    winner = Ad.objects.get(name="Ad A")
    assert winner_sources.winner_ad_ids(advertiser) == {winner.pk}
    assert winner_sources.winner_ad_ids(make_advertiser("rival")) == set()
    assert "winner</span>" in text(editor.get("/a/acme/creatives/?range=28d"))
