"""The detail page: why it delivers or not, changes on the charts, the platform's own manager."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, DailyMetric, Label
from campaigns.presentation.chart_annotations import annotations_of
from campaigns.presentation.vendor_ui_links import vendor_link
from campaigns.services import set_daily_budget
from core.common import clock
from core.common.dates import DayRange
from core.common.money import Money
from core.models import Actor, Advertiser, AuditAction, AuditEntry, record
from platforms.models import AdAccount
from tests.campaigns.page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


def page_of(client: Client, campaign: Campaign) -> Any:
    return client.get(f"/a/acme/campaigns/{campaign.pk}/")


# ---- why ----


@pytest.mark.parametrize(
    ("state", "account", "why"),
    [
        ({}, {}, "It is on, and the platform shows it."),
        ({"wanted": "paused", "remote": "paused"}, {}, "It was paused."),
        ({"remote": "paused"}, {}, "It is wanted active, but it is paused on the platform."),
        ({"wanted": "paused"}, {}, "It is to be paused, but the platform says that it still runs."),
        ({"remote": "in_review"}, {}, "The platform looks at it before it may run"),
        ({"remote": "rejected"}, {}, "The platform disapproved it."),
        ({"end": date(2026, 3, 3)}, {}, "Its last day was 3 Mar 2026."),
        ({"start": date(2026, 4, 1)}, {}, "It is scheduled to start on 1 Apr 2026."),
        ({"wanted": "archived"}, {}, "Archived: it is stopped"),
        ({}, {"state": "needs_token"}, "Meta needs a new sign-in"),
        ({}, {"can_deliver": False}, "The Meta account cannot deliver ads at present."),
    ],
)
def test_delivery_is_explained_in_plain_words(
    state: dict[str, Any],
    account: dict[str, Any],
    why: str,
    approver: Client,
    advertiser: Advertiser,
) -> None:
    campaign = make_campaign(make_account(advertiser, **account), **state)
    assert why in page_of(approver, campaign).context["why"]


def test_a_budget_that_is_spent_every_day_is_said_to_hold_back(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    for back, spend in enumerate((19, 20, 19)):
        deliver(campaign, YESTERDAY - timedelta(days=back), spend=spend)
    assert page_of(approver, campaign).context["why"].endswith("the budget holds it back.")
    Campaign.objects.update(daily_budget_micros=21_000_000)
    assert "holds it back" not in page_of(approver, campaign).context["why"]


def test_the_reason_comes_again_with_the_state(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), wanted="paused", remote="paused")
    answer = text(approver.get(f"/a/acme/campaigns/{campaign.pk}/state/"))
    assert '<p id="why" class="why" hx-swap-oob="true">It was paused.</p>' in answer


# ---- changes on the charts ----


def test_changes_are_lines_on_the_charts_and_words_in_their_tables(
    approver: Client, advertiser: Advertiser, actor: Actor
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    record(actor, AuditAction.PUBLISHED_SET_BUDGET, campaign, advertiser=advertiser)
    with clock.freeze(NOW - timedelta(days=2)):
        set_daily_budget(
            actor=actor, campaign=campaign, budget=Money.from_micros(25 * 10**6, "USD")
        )
    charts = page_of(approver, campaign).context["charts"]
    for figure in charts:
        shape = figure.plotly["layout"]["shapes"][0]
        assert (shape["x0"], shape["x1"]) == ("2026-03-13", "2026-03-13")
        assert figure.plotly["layout"]["annotations"][0]["text"] == "1"
        assert figure.plotly["data"][-1]["name"] == "Changes"
        assert figure.header[-1] == "Changes"
        told = [row[-1] for row in figure.rows if row[-1] != "–"]
        assert told == ["Set daily budget: $20.00 → $25.00 (admin)"]
        assert [row[0] for row in figure.rows if row[-1] != "–"] == ["Fri 13 Mar 2026"]


def test_without_changes_the_charts_stay_as_they_are(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    for figure in page_of(approver, campaign).context["charts"]:
        assert "shapes" not in figure.plotly["layout"]
        assert figure.header[-1] != "Changes"


def test_a_change_late_in_the_evening_stands_on_the_accounts_own_day(
    advertiser: Advertiser, actor: Actor
) -> None:
    ad = make_ad(make_campaign(make_account(advertiser, time_zone="America/New_York")))
    campaign = ad.ad_group.campaign
    for target in (ad, ad.ad_group):
        entry = record(
            actor, AuditAction.SET_STATUS, target, advertiser=advertiser, after={"wanted": "paused"}
        )
        at = datetime.fromisoformat("2026-03-14T03:30:00+00:00")
        AuditEntry.objects.filter(pk=entry.pk).update(market_at=at)
    days = DayRange(date(2026, 3, 13), date(2026, 3, 13))
    assert annotations_of(campaign, days) == {
        date(2026, 3, 13): [
            "Set status of Blue: – → paused (admin)",
            "Set status of Everyone: – → paused (admin)",
        ]
    }
    assert annotations_of(campaign, DayRange(date(2026, 3, 14), date(2026, 3, 14))) == {}


def test_the_history_of_another_campaign_stays_out(advertiser: Advertiser, actor: Actor) -> None:
    account = make_account(advertiser)
    mine, other = make_campaign(account), make_campaign(account, "Hats")
    record(actor, AuditAction.SET_STATUS, other, advertiser=advertiser)
    assert annotations_of(mine, DayRange(date(2026, 3, 1), date(2026, 3, 31))) == {}


# ---- the platform's own manager ----


@pytest.mark.parametrize(
    ("platform", "number", "name", "address"),
    [
        (
            "google",
            "123-456-7890",
            "Google Ads",
            "https://ads.google.com/aw/adgroups?campaignId=77&__e=1234567890",
        ),
        (
            "meta",
            "act_42",
            "Meta Ads Manager",
            "https://adsmanager.facebook.com/adsmanager/manage/campaigns"
            "?act=42&selected_campaign_ids=77",
        ),
        (
            "tiktok",
            "7001",
            "TikTok Ads Manager",
            "https://ads.tiktok.com/i18n/perf/campaign?aadvid=7001",
        ),
    ],
)
def test_the_link_leads_to_the_platforms_own_manager(
    platform: str, number: str, name: str, address: str, approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser, platform, external_id=number)
    campaign = make_campaign(account, remote_id="77")
    assert vendor_link(campaign) == (name, address)
    page = text(page_of(approver, campaign))
    assert f"Open in {name}" in page
    assert address.replace("&", "&amp;") in page


def test_there_is_no_link_where_there_is_no_such_page(
    advertiser: Advertiser, settings: Any
) -> None:
    account = make_account(advertiser)
    campaign = make_campaign(account)
    assert vendor_link(campaign) is not None
    assert vendor_link(make_campaign(account, remote_id="")) is None
    assert vendor_link(make_campaign(make_account(advertiser, "import"))) is None
    account.state = AdAccount.State.DISCONNECTED
    assert vendor_link(campaign) is None
    account.state = AdAccount.State.CONNECTED
    settings.SANDBOX = {"meta": {}}
    assert vendor_link(campaign) is None


def test_labels_stand_on_the_page_and_lead_to_their_filter(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    label = Label.objects.create(advertiser=advertiser, name="<i>Spring</i>")
    label.campaigns.add(campaign)
    page = text(page_of(approver, campaign))
    assert f'href="/a/acme/campaigns/?label={label.pk}"' in page
    assert "<i>Spring" not in page
    rival = make_campaign(make_account(make_advertiser("rival")))
    assert page_of(approver, rival).status_code == 404


def test_page_says_on_which_days_there_are_more_clicks_than_impressions(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, YESTERDAY)
    note = "more clicks than impressions"
    assert note not in text(page_of(approver, campaign))
    DailyMetric.objects.update(impressions=10, clicks=11)
    assert f"On 1 of these days the platform reports {note}" in text(page_of(approver, campaign))
