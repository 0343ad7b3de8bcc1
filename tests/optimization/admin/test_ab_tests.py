"""A/B tests in the admin: started through the service, read in plain words, looked at, stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Ad, Campaign, DailyMetric, PublishRequest
from core.models import Actor, Advertiser, AuditEntry
from optimization.models import ABTest, Decision
from optimization.services import create_test
from tests.fixtures.admin import (
    act,
    change,
    errors,
    make_account,
    make_ads,
    make_campaign,
    sent_form,
    signed_in,
    today,
    url,
)
from tests.fixtures.people import People


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return make_campaign(make_account(advertiser), wanted="active", remote="active")


@pytest.fixture
def ads(campaign: Campaign) -> list[Ad]:
    return make_ads(campaign)


@pytest.fixture
def editor(people: People) -> Client:
    return signed_in(people.editor)


def measure(ad: Ad, *, clicks: int, days: int = 14) -> None:
    """A good fortnight of equal days, the last of them yesterday."""
    campaign = ad.ad_group.campaign
    DailyMetric.objects.bulk_create(
        DailyMetric(
            account=campaign.account,
            campaign=campaign,
            ad=ad,
            level="ad",
            entity_id=ad.pk,
            day=today() - timedelta(days=days - i),
            impressions=10_000,
            clicks=clicks + (i % 3) * 4,
            spend_micros=50_000_000,
        )
        for i in range(days)
    )


def start(client: Client, campaign: Campaign | None, **fields: Any) -> Any:
    data = sent_form(client.get(url(ABTest, "add")))
    chosen = {"campaign": campaign.pk if campaign else "", **fields}
    return client.post(url(ABTest, "add"), {**data, **chosen})


@pytest.mark.usefixtures("ads")
def test_adding_starts_the_test_through_the_service(editor: Client, campaign: Campaign) -> None:
    sent = {"metric": "cpa", "planned_days": "21", "hypothesis": "The short text sells."}
    assert start(editor, campaign, **sent).status_code == 302
    test = ABTest.objects.get()
    assert (test.campaign, test.metric, test.planned_days) == (campaign, "cpa", 21)
    assert (test.hypothesis, test.created_by) == ("The short text sells.", "editor")
    assert (test.arms.count(), test.analyses.count()) == (2, 1)
    assert AuditEntry.objects.get().action == "start A/B test"


def test_refused_test_shows_at_the_campaign_and_leaves_nothing(
    editor: Client, campaign: Campaign
) -> None:
    sentence = "A test compares 2 to 20 ads; here are 0."
    assert errors(start(editor, campaign)) == {"campaign": [sentence]}
    assert (ABTest.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.usefixtures("ads")
def test_refused_days_show_at_their_field(editor: Client, campaign: Campaign) -> None:
    assert errors(start(editor, campaign, planned_days="2")) == {
        "planned_days": ["Plan 3 to 90 days."]
    }
    assert ABTest.objects.count() == 0


def test_second_running_test_on_a_metric_is_refused(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    create_test(actor=actor, campaign=campaign)
    found = errors(start(editor, campaign))
    assert found == {"campaign": ["A test on CTR is running for this campaign already."]}
    assert ABTest.objects.count() == 1


@pytest.mark.usefixtures("ads")
def test_test_on_a_foreign_campaign_is_no_choice(people: People, campaign: Campaign) -> None:
    found = errors(start(signed_in(people.stranger), campaign))
    assert list(found) == ["campaign"]
    assert "not one of the available choices" in found["campaign"][0]
    assert ABTest.objects.count() == 0


def test_viewer_starts_nothing(people: People) -> None:
    assert signed_in(people.viewer).get(url(ABTest, "add")).status_code == 403


@pytest.mark.usefixtures("ads")
def test_editor_elsewhere_who_only_views_here_is_refused(
    people: People, campaign: Campaign
) -> None:
    from core.models import Membership

    Membership.objects.create(user=people.stranger, advertiser=campaign.account.advertiser, role=10)
    found = errors(start(signed_in(people.stranger), campaign))
    assert found == {"campaign": ["This needs the role editor at Acme."]}
    assert ABTest.objects.count() == 0


def test_only_the_wording_of_a_running_test_is_edited(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    test = create_test(actor=actor, campaign=campaign)
    sent = {"name": "Texts", "hypothesis": "Shorter wins.", "metric": "roas", "planned_days": "3"}
    assert change(editor, test, **sent).status_code == 302
    test.refresh_from_db()
    assert (test.name, test.hypothesis) == ("Texts", "Shorter wins.")
    assert (test.metric, test.planned_days) == ("ctr", 14)
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert entry.action == "reword A/B test"
    assert entry.after == {"name": "Texts", "hypothesis": "Shorter wins."}


def test_run_now_names_the_winner_and_the_page_says_so(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    measure(ads[0], clicks=400)
    measure(ads[1], clicks=200)
    test = create_test(actor=actor, campaign=campaign)
    assert act(editor, [test], "run_now") == ["Looked at: 1 A/B test."]
    test.refresh_from_db()
    assert (test.status, test.winner) == ("winner", ads[0])
    text = editor.get(url(test)).content.decode()
    assert f"Arm {ads[0].pk} has the best CTR as delivered" in text
    assert f"<td>{ads[1].pk}</td><td>loser</td>" in text
    assert "None yet" not in text


def test_stop_ends_the_test_once(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    test = create_test(actor=actor, campaign=campaign, name="Texts")
    assert act(editor, [test], "stop") == ["Stopped: 1 A/B test."]
    test.refresh_from_db()
    assert (test.state, test.ended_on) == ("stopped", today())
    assert act(editor, [test], "stop") == ["Texts: This test has ended already."]
    assert act(editor, [test], "run_now") == ["Texts: This test has ended already."]
    assert test.analyses.count() == 0


def propose(test: ABTest, ad: Ad) -> Decision:
    return Decision.objects.create(
        campaign=test.campaign, test=test, ad=ad, action="pause_ad", state="proposed", reason="."
    )


def test_apply_proposed_pauses_pauses_the_losers(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    test = create_test(actor=actor, campaign=campaign, name="Texts")
    assert act(editor, [test], "apply_proposals") == ["Texts: Nothing is proposed for it."]
    decision = propose(test, ads[1])
    assert act(editor, [test], "apply_proposals") == ["Asked to act on the verdict of: 1 A/B test."]
    decision.refresh_from_db()
    assert (decision.state, decision.decided_by) == ("done", "editor")
    assert Ad.objects.get(pk=ads[1].pk).wanted == "paused"
    assert PublishRequest.objects.get().target_id == ads[1].pk


def test_refused_pause_stays_proposed_with_its_reason(
    editor: Client, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    test = create_test(actor=actor, campaign=campaign, name="Texts")
    decision = propose(test, ads[1])
    Ad.objects.filter(pk=ads[1].pk).update(remote_id="")
    assert act(editor, [test], "apply_proposals") == [
        "Texts: Ad 2: The ad is not on the platform yet."
    ]
    decision.refresh_from_db()
    assert (decision.state, decision.error) == ("proposed", "The ad is not on the platform yet.")


def test_viewer_and_stranger_run_nothing(
    people: People, campaign: Campaign, ads: list[Ad], actor: Actor
) -> None:
    test = create_test(actor=actor, campaign=campaign, name="Texts")
    viewer, stranger = signed_in(people.viewer), signed_in(people.stranger)
    assert act(viewer, [test], "stop") == ["Texts: This needs the role editor at Acme."]
    assert act(stranger, [test], "stop") == []
    assert stranger.get(url(test)).status_code == 404
    test.refresh_from_db()
    assert test.state == "running"
