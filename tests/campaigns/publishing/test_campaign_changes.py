"""The page of a campaign, and the changes made on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, MetricRevision, PublishRequest
from campaigns.overview import winner_sources
from core.models import Advertiser, AuditEntry
from tests.campaigns.page_rows import NOW, deliver, make_account, make_ad, make_campaign
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


def look(client: Client, campaign: Campaign, field: str, value: str) -> Any:
    """What the settings of the detail page ask for: the change, shown and not made."""
    url = f"/a/acme/campaigns/{campaign.pk}/"
    return client.get(f"{url}edit/{field}/", {"value": value, "back": url})


def change(client: Client, campaign: Campaign, field: str, value: str) -> Any:
    shown = look(client, campaign, field, value).context
    sent = {"before": shown["change"].before, "after": shown["change"].after}
    url = f"/a/acme/campaigns/{campaign.pk}/edit/{field}/"
    return client.post(url, {**sent, "back": shown["back_url"]})


def test_the_settings_show_a_change_and_its_cost_before_they_make_it(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    seen = text(look(approver, campaign, "daily_budget", "25.50"))
    assert '<del dir="auto">$20.00</del> → <ins dir="auto">$25.50</ins>' in seen
    # Meta: 7 daily budgets in each of the 15 weeks from Sunday, 15 March, and 1.75 on each of the
    # three last days.
    cost = "+27.5% a day. While it runs, it can still spend at most $2,811.38 up to 30 Jun 2026"
    assert f"{cost} (at most $2,205.00 up to 30 Jun 2026, as it is now)." in seen
    assert not PublishRequest.objects.exists()
    answer = change(approver, campaign, "daily_budget", "25.50")
    assert answer["Location"] == f"/a/acme/campaigns/{campaign.pk}/"
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 25_500_000
    assert "→ <ins>$25.50</ins>" in text(approver.get(answer["Location"]))


@pytest.mark.parametrize(
    ("platform", "more", "said"),
    [
        ("google", {}, "at most $2,432.00 up to 30 Jun 2026 (at most $1,216.00 up to 30 Jun"),
        ("tiktok", {}, "at most $4,350.00 up to 30 Jun 2026 (at most $2,175.00 up to 30 Jun"),
        ("meta", {"end": date(2026, 3, 16)}, "at most $140.00 up to 16 Mar 2026"),
        ("meta", {"start": date(2026, 4, 2)}, "at most $3,780.00 up to 30 Jun 2026"),
        ("meta", {"end": date(2026, 3, 14)}, "+100.0% a day.<"),
        ("meta", {"daily_budget_micros": None}, 'muted">While it runs, it can still spend at'),
        ("meta", {"end": None}, "at most $1,960.00 up to 30 Apr 2026"),
    ],
)
def test_the_cost_is_the_platforms_largest_spend_to_its_end_or_the_next_months(
    platform: str, more: dict[str, Any], said: str, approver: Client, advertiser: Advertiser
) -> None:
    advertiser.max_step = Decimal(2)
    advertiser.save()
    low = {"daily_budget_micros": 10_000_000} if platform == "google" else {}
    campaign = make_campaign(make_account(advertiser, platform), **{**low, **more})
    value = "20" if platform == "google" else "40"
    assert said in text(look(approver, campaign, "daily_budget", value)).replace("</p>", "<")


def test_a_later_last_day_says_what_it_may_cost(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), end=date(2026, 3, 21))
    seen = text(look(approver, campaign, "end", "2026-03-28"))
    assert '<del dir="auto">21 Mar 2026</del> → <ins dir="auto">28 Mar 2026</ins>' in seen
    cost = "at most $280.00 up to 28 Mar 2026 (at most $140.00 up to 21 Mar 2026, as it is now)"
    assert cost in seen
    change(approver, campaign, "end", "2026-03-28")
    campaign.refresh_from_db()
    assert campaign.end == date(2026, 3, 28)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("daily_budget", "500", "at most $30.00 now"),
        ("daily_budget", "1", "below the minimum of $5.00"),
        ("daily_budget", "10.005", "more decimals than USD allows"),
        ("daily_budget", "lots", "is not an amount"),
        ("end", "2026-03-01", "is in the past"),
        ("end", "soon", "&#x27;soon&#x27; is not a day. Write it as 2026-03-31."),
        ("name", "", "A name has 1 to 200 characters"),
    ],
)
def test_a_refusal_shows_at_its_field_and_changes_nothing(
    field: str, value: str, why: str, approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    answer = text(look(approver, campaign, field, value))
    assert why in answer
    assert "Change it" not in answer
    kept = Campaign.objects.get()
    assert (kept.name, kept.daily_budget_micros, kept.end) == (
        "Boots",
        20_000_000,
        date(2026, 6, 30),
    )
    assert not PublishRequest.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_last_day_that_nobody_was_shown_changes_nothing(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    url = f"/a/acme/campaigns/{campaign.pk}/edit/end/"
    for after in ("soon", "2026-03-01", ""):
        assert approver.post(url, {"before": "2026-06-30", "after": after}).status_code == 422
    assert not PublishRequest.objects.exists()


def test_an_unknown_field_is_not_found(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    url = f"/a/acme/campaigns/{campaign.pk}/edit/spec_hash/"
    assert approver.get(url).status_code == 404


def test_adopting_makes_a_campaign_changeable(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), origin="elsewhere", managed=False)
    url = f"/a/acme/campaigns/{campaign.pk}/"
    assert "edit/daily_budget/" not in text(approver.get(url))
    approver.post(f"{url}adopt/")
    assert "edit/daily_budget/" in text(approver.get(url))


def test_the_detail_page_tells_restatements_refusals_and_history(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    metric = deliver(campaign)
    values = {"impressions": 1, "clicks": 1, "conversions": 1, "seen_at": NOW, "replaced_at": NOW}
    MetricRevision.objects.create(metric=metric, spend_micros=1, revenue_micros=1, **values)
    change(approver, campaign, "name", "Boots for all")
    PublishRequest.objects.update(state="refused", error="Name is too long.", error_code="100")
    page = text(approver.get(f"/a/acme/campaigns/{campaign.pk}/"))
    assert "restated 1 of these days" in page
    assert "Name is too long." in page
    assert "<del>Boots</del> → <ins>Boots for all</ins>" in page
    assert "Amount spent" in page or "Ad sets" in page


def test_an_ad_is_paused_and_its_winner_badge_shown(
    approver: Client, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ad = make_ad(make_campaign(make_account(advertiser)))
    monkeypatch.setattr(winner_sources, "_sources", [lambda _: {ad.pk}])
    url = f"/a/acme/campaigns/{ad.ad_group.campaign_id}/"
    answer = approver.post(f"/a/acme/ads/{ad.pk}/status/", {"to": "paused"})
    assert answer["Location"] == url
    ad.refresh_from_db()
    assert ad.wanted == "paused"
    assert "winner" in text(approver.get(url))
    assert "winner" in text(approver.get("/a/acme/creatives/"))


def test_foreign_campaigns_and_ads_are_not_found(approver: Client, advertiser: Advertiser) -> None:
    ad = make_ad(make_campaign(make_account(make_advertiser("rival"))))
    campaign = ad.ad_group.campaign
    for path in ("", "line/", "state/"):
        assert approver.get(f"/a/acme/campaigns/{campaign.pk}/{path}").status_code == 404
    for path in (
        f"campaigns/{campaign.pk}/status/",
        f"campaigns/{campaign.pk}/adopt/",
        f"campaigns/{campaign.pk}/edit/name/",
        f"ads/{ad.pk}/status/",
    ):
        assert approver.post(f"/a/acme/{path}", {"to": "paused", "name": "x"}).status_code == 404
    assert not PublishRequest.objects.exists()
