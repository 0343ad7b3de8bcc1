"""Staff edit campaigns in the admin: through the services, with refusals at the field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.admin.forms import CampaignForm
from campaigns.models import Campaign, PublishRequest
from campaigns.services import set_status, stop, update_campaign
from core.models import Actor, Advertiser, AuditEntry, Job
from tests.fixtures.admin import (
    act,
    change,
    errors,
    list_url,
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
    return make_campaign(make_account(advertiser))


@pytest.fixture
def approver(people: People) -> Client:
    return signed_in(people.approver)


def state(campaign: Campaign) -> tuple[Any, ...]:
    campaign.refresh_from_db()
    fields = ("name", "daily_budget_micros", "start", "end", "wanted")
    return tuple(getattr(campaign, name) for name in fields)


def test_page_shows_present_values_in_major_units(approver: Client, campaign: Campaign) -> None:
    form = approver.get(url(campaign)).context["adminform"].form
    assert form.fields["daily_budget"].label == "Daily budget (USD)"
    assert form["daily_budget"].value() == "100.00"
    said = "At least $5.00 a day; at most 50% more at a time."
    assert form.fields["daily_budget"].help_text == said
    assert [value for value, _ in form.fields["wanted"].choices] == ["active", "paused", "archived"]


EDITS = [
    ({"name": "Winter boots"}, "change details", "update_campaign", {"name": "Winter boots"}),
    ({"daily_budget": "120.50"}, "set daily budget", "set_budget", {"micros": 120_500_000}),
    ({"wanted": "active"}, "set status", "set_status", {"wanted": "active"}),
]


@pytest.mark.parametrize(("sent", "action", "operation", "after"), EDITS)
def test_edit_goes_through_the_service(
    approver: Client, campaign: Campaign, sent: Any, action: str, operation: str, after: Any
) -> None:
    assert change(approver, campaign, **sent).status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.target_id) == (action, "approver", campaign.pk)
    assert entry.after.items() >= after.items()
    request = PublishRequest.objects.get()
    assert (request.operation, request.state, request.campaign) == (operation, "waiting", campaign)


@pytest.mark.parametrize("field", ["start", "end"])
def test_edit_of_a_day_goes_through_the_service(
    approver: Client, campaign: Campaign, field: str
) -> None:
    day = today() + timedelta(days=20)
    assert change(approver, campaign, **{field: day}).status_code == 302
    campaign.refresh_from_db()
    assert getattr(campaign, field) == day
    assert AuditEntry.objects.get().after == {field: day.isoformat()}
    assert PublishRequest.objects.get().payload["to"] == {field: day.isoformat()}


def test_all_fields_at_once_leave_one_request_for_each_service(
    approver: Client, campaign: Campaign
) -> None:
    end = today() + timedelta(days=40)
    sent = {"name": "Shoes", "daily_budget": "1,50", "end": end, "wanted": "active"}
    assert errors(change(approver, campaign, **sent)) == {
        "daily_budget": ["'1,50' is not an amount. Write it like 1250.50."]
    }
    sent["daily_budget"] = "150"
    assert change(approver, campaign, **sent).status_code == 302
    assert state(campaign) == ("Shoes", 150_000_000, campaign.start, end, "active")
    operations = list(PublishRequest.objects.values_list("operation", flat=True))
    assert operations == ["update_campaign", "set_budget", "set_status"]


def test_untouched_form_changes_nothing(approver: Client, campaign: Campaign) -> None:
    assert change(approver, campaign).status_code == 302
    assert (AuditEntry.objects.count(), PublishRequest.objects.count()) == (0, 0)


def test_value_that_somebody_else_changed_meanwhile_is_not_put_back(
    approver: Client, campaign: Campaign, actor: Actor
) -> None:
    data = sent_form(approver.get(url(campaign)))
    set_status(actor=actor, campaign=campaign, to="active")
    update_campaign(actor=actor, campaign=campaign, end=today() + timedelta(days=50))
    assert approver.post(url(campaign), {**data, "name": "Shoes"}).status_code == 302
    assert state(campaign)[0] == "Shoes"
    assert state(campaign)[3:] == (today() + timedelta(days=50), "active")


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"daily_budget": "4.99"}, "daily_budget", "$4.99 a day is below the minimum of $5.00."),
    (
        {"daily_budget": "150.01"},
        "daily_budget",
        "$150.01 is more than 50% above $100.00: at most $150.00 now.",
    ),
    ({"daily_budget": ""}, "daily_budget", "This cannot be emptied. Give another value."),
    (
        {"daily_budget": "12,50"},
        "daily_budget",
        "'12,50' is not an amount. Write it like 1250.50.",
    ),
    ({"daily_budget": "-5"}, "daily_budget", "An amount cannot be below zero."),
    (
        {"daily_budget": "100.005"},
        "daily_budget",
        "100.005 has more decimals than USD allows (2).",
    ),
    ({"end": "2020-01-31"}, "end", "2020-01-31 is in the past."),
    ({"end": ""}, "end", "This cannot be emptied. Give another value."),
    ({"start": "2020-01-31"}, "start", "2020-01-31 is in the past."),
    ({"name": "x" * 201}, "name", "A name has 1 to 200 characters."),
    ({"name": ""}, "name", "This field is required."),
]


@pytest.mark.parametrize(("sent", "field", "sentence"), REFUSALS)
def test_refusal_shows_at_its_field_and_nothing_is_changed(
    approver: Client, campaign: Campaign, sent: dict[str, Any], field: str, sentence: str
) -> None:
    before = state(campaign)
    assert errors(change(approver, campaign, **sent)) == {field: [sentence]}
    assert state(campaign) == before
    assert (AuditEntry.objects.count(), PublishRequest.objects.count()) == (0, 0)


def test_refused_last_field_takes_back_the_accepted_ones(
    approver: Client, campaign: Campaign, actor: Actor, advertiser: Advertiser
) -> None:
    stop(actor=actor, advertiser=advertiser)
    before, entries = state(campaign), AuditEntry.objects.count()
    found = errors(change(approver, campaign, name="Shoes", daily_budget="50", wanted="active"))
    assert list(found) == ["wanted"]
    assert "The stop switch is on (by admin): enabling campaigns is halted." in found["wanted"][0]
    assert state(campaign) == before
    assert (AuditEntry.objects.count(), PublishRequest.objects.count()) == (entries, 0)
    assert Job.objects.count() == 0


def test_page_that_is_refused_after_the_services_takes_them_back(
    approver: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_at_the_end(form: CampaignForm) -> None:
        form.add_error(None, "Not today.")

    monkeypatch.setattr(CampaignForm, "_post_clean", refuse_at_the_end)
    before = state(campaign)
    assert errors(change(approver, campaign, name="Shoes")) == {"__all__": ["Not today."]}
    assert state(campaign) == before
    assert (AuditEntry.objects.count(), PublishRequest.objects.count()) == (0, 0)


def test_raise_under_the_stop_switch_is_refused_at_the_budget(
    approver: Client, campaign: Campaign, actor: Actor, advertiser: Advertiser
) -> None:
    stop(actor=actor, advertiser=advertiser)
    assert list(errors(change(approver, campaign, daily_budget="110"))) == ["daily_budget"]
    assert change(approver, campaign, daily_budget="90").status_code == 302
    assert state(campaign)[1] == 90_000_000


def test_pausing_comes_before_a_raise_that_the_cap_would_refuse(
    approver: Client, campaign: Campaign, advertiser: Advertiser
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(wanted="active")
    Advertiser.objects.filter(pk=advertiser.pk).update(max_daily_total_micros=100_000_000)
    refused = errors(change(approver, campaign, daily_budget="120"))
    assert "All active budgets would come to $120.00 a day" in refused["daily_budget"][0]
    assert change(approver, campaign, daily_budget="120", wanted="paused").status_code == 302
    assert state(campaign)[1] == 120_000_000


def test_campaign_that_is_not_published_yet_is_refused_at_wanted(
    approver: Client, campaign: Campaign
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(remote_id="", wanted="draft")
    found = errors(change(approver, campaign, wanted="paused"))
    assert found == {
        "wanted": ["The campaign is not on the platform yet. Wait until it is published."]
    }


def test_unadopted_campaign_is_refused_at_the_field_that_was_changed(
    approver: Client, campaign: Campaign
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(managed=False, origin="elsewhere")
    found = errors(change(approver, campaign, end=today() + timedelta(days=9)))
    assert found == {
        "end": ["This campaign was made on the platform. Adopt it first to change it here."]
    }


def test_fields_outside_the_form_cannot_be_sent(approver: Client, campaign: Campaign) -> None:
    sent = {"remote_id": "1", "managed": "", "spec": "{}", "daily_budget_micros": "1"}
    assert change(approver, campaign, **sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.remote_id, campaign.managed) == ("777", True)
    assert campaign.daily_budget_micros == 100_000_000


def test_viewer_sees_the_page_but_cannot_change(people: People, campaign: Campaign) -> None:
    viewer = signed_in(people.viewer)
    page = viewer.get(url(campaign))
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert "$100.00" in page.content.decode()
    assert viewer.post(url(campaign), {"name": "Mine"}).status_code == 403
    assert act(viewer, [campaign], "resume") == ["Boots: This needs the role editor at Acme."]
    assert state(campaign)[0] == "Boots"
    assert state(campaign)[4] == "paused"


def test_staff_of_another_advertiser_finds_nothing(people: People, campaign: Campaign) -> None:
    stranger = signed_in(people.stranger)
    for page in ("change", "history", "delete"):
        assert stranger.get(url(campaign, page)).status_code in {403, 404}
    assert stranger.get(url(campaign)).status_code == 404
    assert stranger.post(url(campaign), {"name": "Mine"}).status_code == 404
    found = stranger.get(list_url(Campaign))
    assert list(found.context["cl"].result_list) == []
    assert "Acme" not in found.content.decode()
    assert act(stranger, [campaign], "resume") == []
    assert state(campaign)[4] == "paused"


def test_campaign_is_neither_added_nor_deleted(approver: Client, campaign: Campaign) -> None:
    assert approver.get(url(Campaign, "add")).status_code == 403
    assert approver.post(url(campaign, "delete"), {"post": "yes"}).status_code == 403
    assert Campaign.objects.count() == 1


def test_list_shows_delivery_money_and_finds_by_reference(
    approver: Client, campaign: Campaign
) -> None:
    page = approver.get(list_url(Campaign), {"q": campaign.reference})
    text = page.content.decode()
    assert '<div class="money">$100.00</div>' in text
    assert '<td class="field-delivery">Paused</td>' in text
    assert list(page.context["cl"].result_list) == [campaign]
    assert list(approver.get(list_url(Campaign), {"q": "none"}).context["cl"].result_list) == []


def test_list_takes_as_many_queries_for_many_rows_as_for_one(
    approver: Client, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    for i in range(30):
        make_campaign(campaign.account, remote_id=f"r{i}", reference=f"x{i}")
    with django_assert_max_num_queries(20):
        assert len(approver.get(list_url(Campaign)).context["cl"].result_list) == 31


# ---- actions -------------------------------------------------------------------------------


def test_pause_and_resume_report_done_and_refused(approver: Client, campaign: Campaign) -> None:
    other = make_campaign(campaign.account, name="Hats", remote_id="778", reference="h")
    Campaign.objects.filter(pk=other.pk).update(wanted="active")
    assert act(approver, [campaign, other], "resume") == [
        "Hats: It is active already.",
        "Asked to resume: 1 campaign.",
    ]
    assert act(approver, [campaign, other], "pause") == ["Asked to pause: 2 campaigns."]
    wanted = set(Campaign.objects.values_list("wanted", flat=True))
    assert (wanted, PublishRequest.objects.filter(state="waiting").count()) == ({"paused"}, 2)


def test_sync_now_asks_once_for_an_account_and_refuses_a_report(
    approver: Client, campaign: Campaign, advertiser: Advertiser
) -> None:
    report = make_account(advertiser, platform="import", external_id="file", name="Old")
    imported = make_campaign(report, origin="import", remote_id="i1", reference="")
    other = make_campaign(campaign.account, name="Hats", remote_id="778", reference="h")
    assert act(approver, [campaign, other, imported], "sync_now") == [
        "Boots: An imported report has no platform behind it.",
        "Asked to sync: 2 campaigns.",
    ]
    assert [(j.kind, j.key) for j in Job.objects.all()] == [("sync", str(campaign.account_id))]


def test_adopt_makes_a_campaign_ours_and_refuses_a_report(
    approver: Client, campaign: Campaign
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(managed=False, origin="elsewhere")
    assert act(approver, [campaign], "adopt") == ["Adopted: 1 campaign."]
    campaign.refresh_from_db()
    assert campaign.managed
    assert act(approver, [campaign], "adopt") == ["Boots: It can be changed here already."]
    Campaign.objects.filter(pk=campaign.pk).update(origin="import")
    assert act(approver, [campaign], "adopt") == [
        "Boots: An imported campaign has no platform behind it."
    ]


def test_optimise_now_asks_for_one_pass_of_what_can_be_optimised(
    approver: Client, campaign: Campaign
) -> None:
    assert act(approver, [campaign], "optimise_now") == [
        "Boots: Only an active, managed campaign on a platform is optimised."
    ]
    Campaign.objects.filter(pk=campaign.pk).update(wanted="active")
    assert act(approver, [campaign], "optimise_now") == ["Asked to optimise: 1 campaign."]
    assert [(j.kind, j.key) for j in Job.objects.all()] == [("optimize_campaign", str(campaign.pk))]


def test_run_test_starts_one_and_then_looks_at_it(approver: Client, campaign: Campaign) -> None:
    from optimization.models import ABTest

    assert act(approver, [campaign], "run_test") == [
        "Boots: A test compares 2 to 20 ads; here are 0."
    ]
    make_ads(campaign)
    assert act(approver, [campaign], "run_test") == ["Tested: 1 campaign."]
    assert act(approver, [campaign], "run_test") == ["Tested: 1 campaign."]
    test = ABTest.objects.get()
    assert (test.metric, test.analyses.count(), test.created_by) == ("ctr", 2, "approver")


def test_change_in_a_popup_is_kept(approver: Client, campaign: Campaign) -> None:
    response = change(approver, campaign, name="Shoes", _popup="1")
    assert response.status_code == 200
    assert response.template_name[-1] == "admin/popup_response.html"
    assert state(campaign)[0] == "Shoes"
