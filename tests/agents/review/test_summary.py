"""A brief's plans side by side, and where they lead once they are live."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.models import Campaign
from core.models import Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import make_brief, strategies
from tests.campaigns.page_rows import make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import People

pytestmark = pytest.mark.usefixtures("noon", "media")
State = Strategy.State


def live(strategy: Strategy, **changes: Any) -> Campaign:
    campaign = make_campaign(strategy.account, name="Boots", **changes)
    Strategy.objects.filter(pk=strategy.pk).update(state=State.LIVE)
    strategy.campaigns.set([campaign])
    return campaign


def test_plans_stand_side_by_side_with_their_sums(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, *shops.values())
    declined = strategies(brief)[2]
    Strategy.objects.filter(pk=declined.pk).update(state=State.DECLINED)
    page = editor.get(f"/a/acme/briefs/{brief.pk}/")
    summary = page.context["summary"]
    assert summary.title == "The plans side by side"
    assert [str(m) for m in (summary.daily, summary.total, summary.max_spend)] == [
        "$200.00",
        "$6,000.00",
        "$9,165.00",
    ]
    assert (summary.ads, summary.settled) == (5, False)
    assert [card.next_step for card in summary.cards] == [
        "Review and approve",
        "Review and approve",
        "Plan again",
    ]


def test_what_is_live_leads_to_its_campaign_and_to_the_platforms_manager(
    editor: Client,
    people: People,
    advertiser: Advertiser,
    shops: dict[str, AdAccount],
    settings: Any,
) -> None:
    settings.SANDBOX = None
    brief = make_brief(people, advertiser, shops["google"], shops["meta"])
    google, meta = strategies(brief)
    campaign = live(google, remote_id="4711")
    Strategy.objects.filter(pk=meta.pk).update(state=State.DECLINED)
    page = editor.get(f"/a/acme/briefs/{brief.pk}/")
    shown = text(page)
    assert "1 of 2 campaigns live" in shown
    assert f'href="/a/acme/campaigns/{campaign.pk}/">See the campaign' in shown
    assert "https://ads.google.com/aw/adgroups?campaignId=4711" in shown
    assert "Open in Google Ads" in shown
    assert f'href="/a/acme/ab-tests/new/?campaign={campaign.pk}"' in shown


def test_the_end_of_a_launch_brings_the_summary_up_to_date(
    editor: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    [strategy] = strategies(brief)
    live(strategy, remote_id="4711")
    answer = editor.get(f"/a/acme/strategies/{strategy.pk}/progress/")
    assert answer["HX-Retarget"] == f"#strategy-{strategy.pk}"
    shown = text(answer)
    assert 'id="summary" aria-labelledby="summary-title" hx-swap-oob="true"' in shown
    assert "1 of 1 campaigns live" in shown
