"""What the audit says was done: one list, stored as it is shown, and older words beside it."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import Campaign, PublishRequest
from campaigns.overview.activity import activity
from campaigns.presentation.chart_annotations import history
from campaigns.publish_audit import PUBLISHED, REFUSED, without_sending
from core.models import Actor, ActorKind, Advertiser, AuditAction, AuditEntry, record
from tests.campaigns.page_rows import make_account, make_campaign
from tests.fixtures.admin import list_url, superuser, url
from tests.fixtures.clients import signed_in, text

EARLIER = "tweak the campaign"


@pytest.fixture
def campaign(advertiser: Advertiser) -> Campaign:
    return make_campaign(make_account(advertiser))


def test_actions_are_stored_in_the_words_that_stored_entries_have() -> None:
    assert {action.name: action.value for action in AuditAction} == {
        "ADD_MEMBER": "add member",
        "CHANGE_ROLE": "change role",
        "REMOVE_MEMBER": "remove member",
        "ADD_USER": "add user",
        "CHANGE_USER": "change user",
        "ISSUE_API_TOKEN": "issue API token",
        "REVOKE_API_TOKEN": "revoke API token",
        "ADD_ADVERTISER": "add advertiser",
        "CREATE_ADVERTISER": "create advertiser",
        "CHANGE_SETTINGS": "change settings",
        "ASK_FOR_POLICY_CHANGE": "ask for a looser limit",
        "CONFIRM_POLICY_CHANGE": "confirm a looser limit",
        "DISMISS_FIRST_STEPS": "dismiss first steps",
        "PRESS_STOP_SWITCH": "press the stop switch",
        "LIFT_STOP_SWITCH": "lift the stop switch",
        "RESOLVE_INCIDENT": "resolve incident",
        "SET_EXCHANGE_RATE": "set exchange rate",
        "DELETE_EXCHANGE_RATE": "delete exchange rate",
        "CONNECT_ACCOUNT": "connect account",
        "DISCONNECT_ACCOUNT": "disconnect account",
        "CHANGE_ACCOUNT_CAP": "change account cap",
        "ADD_PLATFORM_CAP": "add platform cap",
        "CHANGE_PLATFORM_CAP": "change platform cap",
        "WRITE_BRIEF": "write brief",
        "SAVE_TEMPLATE": "save template",
        "REMOVE_TEMPLATE": "remove template",
        "SET_NAMES": "set names",
        "PLAN": "plan",
        "APPROVE_PLAN": "approve plan",
        "DECLINE_PLAN": "decline plan",
        "RETRY_LAUNCH": "retry launch",
        "TAKE_BACK_LAUNCH": "take back launch",
        "LAUNCHED": "launched",
        "LAUNCH_FAILED": "launch failed",
        "CREATE_CAMPAIGN": "create campaign",
        "ADOPT_CAMPAIGN": "adopt campaign",
        "READ_SETTINGS": "read settings",
        "SET_STATUS": "set status",
        "SET_AD_GROUP_STATUS": "set ad group status",
        "SET_AD_STATUS": "set ad status",
        "SET_DAILY_BUDGET": "set daily budget",
        "CHANGE_DETAILS": "change details",
        "SET_LIMITS": "set limits",
        "ADD_LABEL": "add label",
        "REMOVE_LABEL": "remove label",
        "CANCEL_CHANGE": "cancel change",
        "RETRY_CHANGE": "retry change",
        "PAUSE_SECOND_COPY": "pause second copy",
        "CHANGED_ON_THE_PLATFORM": "changed on the platform",
        "REVIEW_ENDED": "review ended",
        "PUBLISHED_CREATE_CAMPAIGN": "published: create campaign",
        "PUBLISHED_CREATE_AD_GROUP": "published: create ad group",
        "PUBLISHED_CREATE_AD": "published: create ad",
        "PUBLISHED_SET_STATUS": "published: set status",
        "PUBLISHED_SET_BUDGET": "published: set daily budget",
        "PUBLISHED_UPDATE_CAMPAIGN": "published: change name or dates",
        "REFUSED_CREATE_CAMPAIGN": "refused: create campaign",
        "REFUSED_CREATE_AD_GROUP": "refused: create ad group",
        "REFUSED_CREATE_AD": "refused: create ad",
        "REFUSED_SET_STATUS": "refused: set status",
        "REFUSED_SET_BUDGET": "refused: set daily budget",
        "REFUSED_UPDATE_CAMPAIGN": "refused: change name or dates",
        "IMPORT_REPORT": "import report",
        "SCHEDULE_REPORT": "schedule a report",
        "SWITCH_REPORT": "switch a report",
        "REMOVE_REPORT": "remove a report",
        "SHARE_VIEW": "share a view",
        "REMOVE_SHARED_VIEW": "remove a shared view",
        "START_AB_TEST": "start A/B test",
        "STOP_AB_TEST": "stop A/B test",
        "REWORD_AB_TEST": "reword A/B test",
        "ASK_FOR_SELF_TEST": "ask for an A/B self-test",
        "DISMISS_PROPOSAL": "dismiss proposal",
        "PROPOSE_REBALANCE": "propose rebalance",
        "APPLY_REBALANCE": "apply rebalance",
        "DISMISS_REBALANCE": "dismiss rebalance",
        "CREATE_PACING_PLAN": "create pacing plan",
        "END_PACING_PLAN": "end pacing plan",
        "SET_MODES": "set modes",
        "SET_PROOF": "set proof",
    }


def test_every_action_fits_its_column() -> None:
    longest = AuditEntry._meta.get_field("action").max_length
    assert longest == 60
    assert [action for action in AuditAction if len(action.value) > longest] == []


def test_every_kind_of_request_has_words_for_sent_and_for_refused() -> None:
    for operation in PublishRequest.Operation:
        assert PUBLISHED[operation] == f"published: {operation.label}"
        assert REFUSED[operation] == f"refused: {operation.label}"


def test_an_entry_holds_the_plain_words(campaign: Campaign, actor: Actor) -> None:
    entry = record(actor, AuditAction.SET_STATUS, campaign, advertiser=None)
    assert type(entry.action) is str
    assert AuditEntry.objects.get(action="set status") == entry


def test_that_a_wish_was_sent_is_left_out_and_its_refusal_is_not(
    campaign: Campaign, actor: Actor
) -> None:
    for action in (*PUBLISHED.values(), *REFUSED.values(), AuditAction.SET_STATUS):
        record(actor, action, campaign, advertiser=campaign.account.advertiser)
    left = without_sending(AuditEntry.objects.all()).values_list("action", flat=True)
    assert set(left) == {*REFUSED.values(), "set status"}


@pytest.mark.parametrize(("before", "after"), [({}, {"wanted": "paused"}), ([1], "x"), ("y", 7)])
def test_words_of_an_earlier_version_are_shown_as_they_are(
    before: object, after: object, campaign: Campaign, advertiser: Advertiser, viewer: Client
) -> None:
    entry = record(
        Actor(ActorKind.WORKER, "x"), AuditAction.SET_STATUS, campaign, advertiser=advertiser
    )
    AuditEntry.objects.update(action=EARLIER, before=before, after=after)
    assert [e.action for e in history(campaign)] == [EARLIER]
    page = text(viewer.get(f"/a/acme/campaigns/{campaign.pk}/"))
    assert "<strong>Tweak the campaign</strong>" in page
    listed = viewer.get("/a/acme/campaigns/", {"cols": "changed"})
    assert EARLIER in text(listed)
    assert not activity(advertiser)
    root = signed_in(superuser())
    for address in (list_url(AuditEntry), url(entry)):
        assert EARLIER in root.get(address).content.decode()
