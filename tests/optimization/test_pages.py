"""The pages of A/B tests and of the optimisation, and what is done on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from adsengine.common import clock
from adsengine.models import Actor, Advertiser, AuditEntry, Mode
from campaigns import badges
from campaigns.models import Ad, Campaign, PublishRequest
from optimization import services
from optimization.figures import Axis, axis_of, bars, interval, rate_shown
from optimization.models import (
    ABTest,
    Arm,
    BudgetChange,
    Decision,
    Look,
    Rebalance,
    Run,
    RunOutcome,
)
from optimization.reading_runs import OutcomeLine
from optimization.services.rebalance import go_on
from optimization.words import named
from platforms.models import AdAccount
from tests.campaigns.page_rows import (
    YESTERDAY,
    deliver,
    make_account,
    make_ad,
    make_campaign,
)
from tests.fixtures.clients import said, text
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon")

ACTOR = Actor("person", "ann")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return make_account(advertiser, "google")


def campaign_with_ads(
    account: AdAccount, *clicks: int, name: str = "Boots", days: int = 14
) -> Campaign:
    """One ad for each number of clicks a day, of 2,000 impressions."""
    campaign = make_campaign(account, name)
    for number, count in enumerate(clicks):
        ad = make_ad(campaign, f"Ad {'ABCDEFGH'[number]}")
        for back in range(days):
            deliver(ad, YESTERDAY - timedelta(days=back), clicks=count + (back + number) % 3)
    return campaign


def look_at(campaign: Campaign) -> ABTest:
    test = services.create_test(actor=ACTOR, campaign=campaign)
    services.look(test)
    return test


# ---- the list ----


def test_an_empty_list_offers_one_next_step(editor: Client, viewer: Client) -> None:
    assert 'href="/a/acme/ab-tests/new/">Start a test' in text(editor.get("/a/acme/ab-tests/"))
    assert "ab-tests/new" not in text(viewer.get("/a/acme/ab-tests/"))


def test_the_list_says_verdict_leader_and_next_step(editor: Client, account: AdAccount) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    services.propose_pauses(test, test.looks.latest())
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
    assert Look.objects.filter(test=test).count() == 1


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
    assert report.verdict.startswith("“Ad A” has the best CTR as delivered")
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
    newest = Look.objects.get()
    Look.objects.create(
        test=test,
        status="inconclusive",
        result={**newest.result, "status": "inconclusive", "summary": "No arm is proven best."},
        input_hash="x",
        method_version="ab-1",
    )
    report = viewer.get(f"/a/acme/ab-tests/{test.pk}/").context["report"]
    assert report.verdict.startswith("“Ad A” has the best CTR")
    assert report.since_then == "No ad is proven best."
    assert report.lines[0].word == "Winner"


def test_a_test_without_figures_is_shown(viewer: Client, account: AdAccount) -> None:
    campaign = campaign_with_ads(account, 5, 5, days=0)
    test = services.create_test(actor=ACTOR, campaign=campaign)
    before = text(viewer.get(f"/a/acme/ab-tests/{test.pk}/"))
    assert "Nobody has looked at this test yet." in before
    services.look_many([test])
    page = viewer.get(f"/a/acme/ab-tests/{test.pk}/")
    assert page.context["report"].axis is None
    assert [line.interval for line in page.context["report"].lines] == [None, None]


def test_looking_now_keeps_a_look_and_proposes_pauses(editor: Client, account: AdAccount) -> None:
    test = services.create_test(actor=ACTOR, campaign=campaign_with_ads(account, 80, 20))
    answer = editor.post(f"/a/acme/ab-tests/{test.pk}/run/", follow=True)
    assert Look.objects.count() == 1
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
    assert "the next pass pauses proven losers and scales proven winners" in text(answer)


def test_nothing_is_proposed_for_an_imported_campaign(editor: Client, account: AdAccount) -> None:
    campaign = campaign_with_ads(account, 80, 20)
    Campaign.objects.update(origin="import", managed=False)
    test = services.create_test(actor=ACTOR, campaign=campaign)
    editor.post(f"/a/acme/ab-tests/{test.pk}/run/")
    assert Look.objects.count() == 1
    assert not Decision.objects.exists()


def test_a_pause_is_applied_and_undone(
    editor: Client, approver: Client, people: People, account: AdAccount
) -> None:
    test = look_at(campaign_with_ads(account, 80, 20))
    decision = services.propose_pauses(test, test.looks.latest())[0]
    editor.post(f"/a/acme/decisions/{decision.pk}/apply/")
    decision.refresh_from_db()
    assert (decision.state, decision.decided_by) == ("done", str(people.editor))
    assert Ad.objects.get(name="Ad B").wanted == "paused"
    assert PublishRequest.objects.get().payload == {"to": "paused", "before": "active"}
    again = editor.post(f"/a/acme/decisions/{decision.pk}/apply/", follow=True)
    assert said(again)[-1:] == ["This proposal was decided already."]
    editor.post(f"/a/acme/decisions/{decision.pk}/undo/")
    assert Ad.objects.get(name="Ad B").wanted == "paused"
    approver.post(f"/a/acme/decisions/{decision.pk}/undo/")
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
        services.look(large)
    with django_assert_max_num_queries(40) as few:
        editor.get(f"/a/acme/ab-tests/{small.pk}/")
    with django_assert_max_num_queries(len(few)):
        editor.get(f"/a/acme/ab-tests/{large.pk}/")


def test_a_winner_carries_the_badge(
    advertiser: Advertiser, account: AdAccount, editor: Client
) -> None:
    look_at(campaign_with_ads(account, 80, 20))
    winner = Ad.objects.get(name="Ad A")
    assert badges.winner_ad_ids(advertiser) == {winner.pk}
    assert badges.winner_ad_ids(make_advertiser("rival")) == set()
    assert "winner</span>" in text(editor.get("/a/acme/creatives/?range=28d"))


# ---- budgets ----


@pytest.fixture
def pool(account: AdAccount) -> list[Campaign]:
    """One campaign that returns much and one that returns little, over six weeks."""
    campaigns = [
        make_campaign(account, "Strong", daily_budget_micros=100_000_000),
        make_campaign(account, "Weak", daily_budget_micros=100_000_000),
    ]
    for campaign, revenue in zip(campaigns, (400, 60)):
        for back in range(42):
            deliver(
                campaign,
                YESTERDAY - timedelta(days=back),
                spend=97 + back % 6,
                revenue=revenue + back % 9,
            )
    return campaigns


def budgets() -> dict[str, int]:
    return {c.name: (c.daily_budget_micros or 0) // 1_000_000 for c in Campaign.objects.all()}


def test_an_empty_page_offers_one_next_step(editor: Client, account: AdAccount) -> None:
    page = editor.get("/a/acme/optimisation/")
    assert 'href="/a/acme/briefs/new/">Write a brief' in text(page)
    assert page.context["pools"] == []


def test_an_editor_proposes_and_nothing_changes(
    editor: Client, people: People, pool: list[Campaign]
) -> None:
    editor.post("/a/acme/optimisation/propose/", {"currency": "USD"})
    rebalance = Rebalance.objects.get()
    assert (rebalance.state, rebalance.asked_by) == ("proposed", str(people.editor))
    assert budgets() == {"Strong": 100, "Weak": 100}
    page = editor.get("/a/acme/optimisation/")
    move = page.context["pools"][0].proposal
    assert {line.change.campaign.name: line.direction for line in move.lines} == {
        "Strong": "up",
        "Weak": "down",
    }
    assert "an approver can apply it" in text(page)
    assert "/apply/" not in text(page)


def test_an_approver_applies_the_proposal(
    approver: Client, people: People, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    assert rebalance is not None
    wanted = {c.campaign.name: c.new_micros // 1_000_000 for c in rebalance.changes.all()}
    going = approver.post(f"/a/acme/optimisation/{rebalance.pk}/apply/", follow=True)
    rebalance.refresh_from_db()
    assert (rebalance.state, rebalance.decided_by) == ("applying", str(people.approver))
    assert budgets() == {"Strong": 100, "Weak": wanted["Weak"]}
    shown = text(going)
    assert 'hx-select="#budgets-USD"' in shown
    assert "/apply/" not in shown
    PublishRequest.objects.update(state="done")
    assert go_on(rebalance)
    page = approver.get("/a/acme/optimisation/")
    assert budgets() == wanted
    assert page.context["pools"][0].proposal is None
    assert [move.rebalance for move in page.context["history"]] == [rebalance]
    assert "hx-select" not in text(page)


def test_a_refused_change_is_said(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    assert rebalance is not None
    Campaign.objects.filter(name="Weak").update(daily_budget_micros=90_000_000)
    answer = approver.post(f"/a/acme/optimisation/{rebalance.pk}/apply/", follow=True)
    assert said(answer) == ["1 change refused; see what and why below."]
    assert "The budget was changed since this proposal was made." in text(answer)
    assert budgets()["Weak"] == 90


def test_an_editor_does_not_apply_and_a_viewer_does_nothing(
    editor: Client, viewer: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    assert rebalance is not None
    assert editor.post(f"/a/acme/optimisation/{rebalance.pk}/apply/").status_code == 403
    assert viewer.post(f"/a/acme/optimisation/{rebalance.pk}/dismiss/").status_code == 403
    assert viewer.post("/a/acme/optimisation/propose/", {"currency": "USD"}).status_code == 403
    assert "<form" not in text(viewer.get("/a/acme/optimisation/")).partition("<main")[2]
    assert Rebalance.objects.get().state == "proposed"
    assert budgets() == {"Strong": 100, "Weak": 100}


def test_a_proposal_is_dismissed(
    editor: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    rebalance = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    assert rebalance is not None
    editor.post(f"/a/acme/optimisation/{rebalance.pk}/dismiss/", {"reason": "Sale week."})
    rebalance.refresh_from_db()
    assert rebalance.state == "dismissed"
    assert AuditEntry.objects.get(action="dismiss rebalance").reason == "Sale week."
    assert budgets() == {"Strong": 100, "Weak": 100}


def test_one_campaign_alone_has_nothing_to_move(editor: Client, account: AdAccount) -> None:
    make_campaign(account)
    answer = editor.post("/a/acme/optimisation/propose/", {"currency": "USD"}, follow=True)
    assert said(answer) == ["Nothing to move: that needs two running campaigns."]
    assert not Rebalance.objects.exists()


def log_outcome(run: Run, campaign: Campaign, said: str) -> None:
    RunOutcome.objects.create(
        run=run, campaign=campaign, key=str(campaign.pk), state="done", said=said
    )


def test_mode_runs_and_decisions_are_readable(
    viewer: Client, advertiser: Advertiser, account: AdAccount
) -> None:
    campaign = make_campaign(account, "Boots")
    run = Run.objects.create(
        advertiser=advertiser, kind="optimize", slot="2026-03-15T12", finished_at=clock.wall()
    )
    log_outcome(run, campaign, "collecting, 1 pauses proposed")
    Decision.objects.create(
        campaign=campaign, action="increase", state="done", reason="Raised from 10 to 12 USD."
    )
    Advertiser.objects.update(mode=Mode.WATCH)
    page = viewer.get("/a/acme/optimisation/")
    shown = text(page)
    assert shown.count(">watch<") == 3
    assert "1 done" in shown
    page_of_run = text(viewer.get(f"/a/acme/runs/{run.pk}/"))
    assert "Looked at its test: collecting, 1 pauses proposed" in page_of_run
    assert "Raised from 10 to 12 USD." in shown
    assert page.context["last_look"].slot == "2026-03-15T12"


def test_more_campaigns_ask_no_more_queries(
    editor: Client,
    advertiser: Advertiser,
    account: AdAccount,
    pool: list[Campaign],
    django_assert_max_num_queries: Any,
) -> None:
    def fill(slot: str) -> None:
        run = Run.objects.create(advertiser=advertiser, kind="optimize", slot=slot)
        for c in Campaign.objects.all():
            log_outcome(run, c, "winner")
        move = Rebalance.objects.create(
            advertiser=advertiser, currency="USD", total_micros=1, state="applied", asked_by="x"
        )
        for c in Campaign.objects.all():
            BudgetChange.objects.create(rebalance=move, campaign=c, old_micros=1, new_micros=2)
            ad = make_ad(c, "Blue")
            Decision.objects.create(
                campaign=c, ad=ad, action="pause_ad", state="proposed", reason="x"
            )

    fill("1")
    services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    with django_assert_max_num_queries(60) as few:
        editor.get("/a/acme/optimisation/")
    for number in range(4):
        make_campaign(account, f"More {number}")
    fill("2")
    with django_assert_max_num_queries(len(few)):
        editor.get("/a/acme/optimisation/")


# ---- walls ----


def test_what_belongs_to_others_is_not_found(
    approver: Client, people: People, account: AdAccount
) -> None:
    other = make_advertiser("rival")
    test = look_at(campaign_with_ads(make_account(other, "google"), 80, 20))
    decision = services.propose_pauses(test, test.looks.latest())[0]
    move = Rebalance.objects.create(advertiser=other, currency="USD", total_micros=1, asked_by="x")
    assert approver.get(f"/a/acme/ab-tests/{test.pk}/").status_code == 404
    assert approver.get(f"/a/acme/ab-tests/new/?campaign={test.campaign_id}").status_code == 404
    for path in (
        f"ab-tests/{test.pk}/run/",
        f"ab-tests/{test.pk}/stop/",
        f"decisions/{decision.pk}/apply/",
        f"decisions/{decision.pk}/undo/",
        f"optimisation/{move.pk}/apply/",
        f"optimisation/{move.pk}/dismiss/",
    ):
        assert approver.post(f"/a/acme/{path}").status_code == 404
        assert approver.get(f"/a/acme/{path}").status_code == 405
    sent = {"campaign": test.campaign_id, "metric": "cvr", "planned_days": "14"}
    assert approver.post("/a/acme/ab-tests/new/", sent).status_code == 404
    assert ABTest.objects.count() == 1
    assert Arm.objects.count() == 2
    assert Decision.objects.get().state == "proposed"


# ---- drawings and words ----


def test_all_arms_share_one_axis_and_unbounded_ends_are_marked() -> None:
    arms = [
        {"rate": 0.02, "ci_low": 1e-10, "ci_high": 1.0},
        {"rate": 0.03, "ci_low": 0.028, "ci_high": 0.032},
    ]
    axis = axis_of(arms)
    assert axis is not None
    assert (axis.low, axis.high) == pytest.approx((0.008, 0.054))
    wide, tight = interval(arms[0], axis), interval(arms[1], axis)
    assert wide is not None
    assert tight is not None
    assert (wide.open_low, wide.open_high, wide.low, wide.high) == (True, True, 0.0, 240.0)
    assert (tight.open_low, tight.open_high) == (False, False)
    assert 10 < wide.middle < tight.low < tight.middle < tight.high < 230


def test_an_axis_needs_a_rate() -> None:
    assert axis_of([{"rate": None, "ci_low": None, "ci_high": None}]) is None
    assert axis_of([{"rate": 0.0, "ci_low": None, "ci_high": None}]) is None
    assert interval({"rate": None}, Axis(0, 1)) is None


def test_bars_are_parts_of_the_largest_budget() -> None:
    assert (bars(50, 100, 200).old, bars(50, 100, 200).new) == (25.0, 50.0)
    assert bars(0, 0, 0).old == 0.0


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("ctr", 0.0234, "2.34%"),
        ("roas", 3.456, "3.46x"),
        ("cpa", 12.5, "$12.50"),
        ("ctr", None, "–"),
    ],
)
def test_a_rate_is_shown_in_its_unit(metric: str, value: float | None, shown: str) -> None:
    assert rate_shown(metric, value, "USD") == shown


def test_arms_are_named_after_their_ads() -> None:
    names = {3: "Blue", 14: "Red"}
    assert named("Arm 3 leads; keep arm 3, arm 14.", names) == "“Blue” leads; keep “Blue”, “Red”."
    assert named("Arm '14' has no clicks.", names) == "“Red” has no clicks."
    assert named("No arm is best; two arms need 3 days.", names) == (
        "No ad is best; two ads need 3 days."
    )


def test_an_outcome_is_a_sentence_with_a_tone() -> None:
    def line(state: str, said: str) -> tuple[str, str]:
        row = OutcomeLine(RunOutcome(state=state, said=said))
        return row.says, row.tone

    assert line("done", "winner, 2 losing ads paused") == (
        "looked at its test: winner, 2 losing ads paused",
        "good",
    )
    assert line("skipped", "nothing to move") == ("nothing to move", "off")
    assert line("failed", "no answer") == ("no answer", "bad")
