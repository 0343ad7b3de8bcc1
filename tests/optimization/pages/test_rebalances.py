"""The page of the optimisation, and what is done on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, PublishRequest
from core.common import clock
from core.models import Advertiser, AuditEntry, Mode
from optimization import services
from optimization.budgets.rebalance import resume
from optimization.models import BudgetProposal, Decision, Rebalance, Run, RunOutcome
from platforms.models import AdAccount
from tests.campaigns.page_rows import YESTERDAY, deliver, make_ad, make_campaign
from tests.fixtures.clients import said, text
from tests.fixtures.people import People
from tests.optimization.pages.ab_rows import ACTOR

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def pool(account: AdAccount) -> list[Campaign]:
    """One campaign that returns much and one that returns little, over six weeks."""
    campaigns = [
        make_campaign(account, "Strong", daily_budget_micros=100_000_000),
        make_campaign(account, "Weak", daily_budget_micros=100_000_000),
    ]
    for campaign, revenue in zip(campaigns, (400, 60), strict=True):
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


def test_a_proposal_says_what_it_would_do_and_each_step_without_a_sign(
    editor: Client, pool: list[Campaign]
) -> None:
    editor.post("/a/acme/optimisation/propose/", {"currency": "USD"})
    shown = text(editor.get("/a/acme/optimisation/"))
    assert "Raise from 100.00 to 119.00 USD" in shown
    assert "Lower from 100.00 to 81.00 USD" in shown
    assert "▼</span> 19.0%" in shown
    assert "▲</span> 19.0%" in shown


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
    assert resume(rebalance)
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
        advertiser=advertiser, kind="optimize", slot="2026-03-15T12", finished_at=clock.real_now()
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
    assert "Its test was analysed: collecting, 1 pauses proposed" in page_of_run
    assert "Raised from 10 to 12 USD." in shown
    assert page.context["last_analysis"].slot == "2026-03-15T12"


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
            BudgetProposal.objects.create(rebalance=move, campaign=c, old_micros=1, new_micros=2)
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


@pytest.fixture
def four(account: AdAccount, pool: list[Campaign]) -> list[Campaign]:
    """A second pair beside the first."""
    more = [
        make_campaign(account, name, daily_budget_micros=100_000_000) for name in ("Good", "Poor")
    ]
    for campaign, revenue in zip(more, (380, 70), strict=True):
        for back in range(42):
            deliver(
                campaign,
                YESTERDAY - timedelta(days=back),
                spend=97 + back % 6,
                revenue=revenue + back % 9,
            )
    return [*pool, *more]


def test_a_rebalance_applied_in_part_tells_what_it_moved_and_no_gain_of_the_whole(
    approver: Client, advertiser: Advertiser, four: list[Campaign]
) -> None:
    made = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    steps = {c.campaign.name: c for c in made.changes.select_related("campaign")}
    assert {name: c.new_micros // 1_000_000 for name, c in steps.items()} == {
        "Strong": 119,
        "Good": 119,
        "Weak": 81,
        "Poor": 81,
    }
    whole = approver.get(f"/api/v1/rebalances/{made.pk}/").json()
    assert (whole["moved"], whole["applied_in_part"]) == ("38", False)
    assert whole["expected_gain"] is not None
    ticked = [steps["Strong"].pk, steps["Weak"].pk]
    approver.post(
        f"/a/acme/optimisation/{made.pk}/apply/", {"some": "1", "change": ticked}, follow=True
    )
    assert "Some of its changes were refused or left out" in text(
        approver.get("/a/acme/optimisation/")
    )
    PublishRequest.objects.update(state="done")
    assert resume(made)
    assert budgets() == {"Strong": 119, "Weak": 81, "Good": 100, "Poor": 100}
    shown = text(approver.get("/a/acme/optimisation/"))
    assert "$19.00 a day moved, applied in part: 2 of 4 changes" in shown
    assert "more revenue a day" not in shown
    part = approver.get(f"/api/v1/rebalances/{made.pk}/").json()
    assert (part["moved"], part["applied_in_part"]) == ("19", True)
    assert part["expected_gain"] is None


def test_a_dismissed_rebalance_moved_nothing(
    approver: Client, advertiser: Advertiser, pool: list[Campaign]
) -> None:
    made = services.propose_rebalance(actor=ACTOR, advertiser=advertiser, currency="USD")
    services.dismiss_rebalance(actor=ACTOR, rebalance=made)
    shown = text(approver.get("/a/acme/optimisation/"))
    assert "$19.00 a day proposed" in shown
    assert "a day moved" not in shown
