"""The overview, the list, the detail page and the changes made on them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from adsengine.models import Advertiser, AuditEntry, Incident
from campaigns import badges
from campaigns.models import Campaign, MetricRevision, PublishRequest
from tests.campaigns.page_rows import (
    NOW,
    YESTERDAY,
    deliver,
    make_account,
    make_ad,
    make_campaign,
)
from tests.fixtures.clients import text
from tests.fixtures.people import make_advertiser

pytestmark = pytest.mark.usefixtures("noon")


# ---- overview ----


def test_the_overview_shows_sums_ratios_and_the_change(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign, spend=100, revenue=342, impressions=3000, clicks=60)
    deliver(campaign, YESTERDAY - timedelta(days=7), spend=80, revenue=200)
    response = approver.get("/a/acme/?range=7d")
    cards = {kpi.name: kpi for kpi in response.context["kpis"]}
    assert [cards[n].value for n in ("Spend", "Revenue", "ROAS", "Conversions", "CPA", "CTR")] == [
        "$100.00",
        "$342.00",
        "3.42x",
        "5",
        "$20.00",
        "2.00%",
    ]
    assert (cards["Spend"].change_shown, cards["Spend"].tone) == ("25.0%", "neutral")
    assert (cards["ROAS"].arrow, cards["ROAS"].tone) == ("▲", "good")
    assert (cards["CPA"].arrow, cards["CPA"].tone) == ("▲", "bad")
    assert (cards["Conversions"].arrow, cards["Conversions"].change_shown) == ("", "0.0%")
    page = text(response)
    assert "8 Mar 2026 – 14 Mar 2026" in page
    assert "compared with 1 Mar 2026 – 7 Mar 2026" in page
    assert "America/New_York" in page


def test_no_previous_value_is_a_dash_and_not_a_rise(
    approver: Client, advertiser: Advertiser
) -> None:
    deliver(make_campaign(make_account(advertiser)))
    kpi = approver.get("/a/acme/?range=7d").context["kpis"][2]
    assert (kpi.change, kpi.arrow, kpi.in_words) == (None, "", "no value to compare with")


def test_platform_and_currency_filters_hold(approver: Client, advertiser: Advertiser) -> None:
    deliver(make_campaign(make_account(advertiser, "meta")), spend=10)
    deliver(make_campaign(make_account(advertiser, "tiktok")), spend=5)
    deliver(make_campaign(make_account(advertiser, "google", currency="EUR")), spend=7)
    both = approver.get("/a/acme/")
    assert str(both.context["total"].spend) == "$15.00"
    assert [line.code for line in both.context["platform_lines"]] == ["meta", "tiktok"]
    assert str(approver.get("/a/acme/?platform=tiktok").context["total"].spend) == "$5.00"
    assert str(approver.get("/a/acme/?currency=EUR").context["total"].spend) == "€7.00"
    assert "?currency=EUR" in text(both)


def test_one_currency_offers_no_choice_of_currencies(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser, currency="EUR")
    response = approver.get("/a/acme/")
    assert response.context["scope"].currency == "EUR"
    assert 'aria-label="Currency"' not in text(response)


def test_a_wrong_range_is_named_and_the_default_serves(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    response = approver.get("/a/acme/?range=last-week&platform=myspace")
    scope = response.context["scope"]
    assert (scope.text, scope.platform) == ("28d", "")
    assert "is not a range" in scope.problem
    assert "is not a platform here" in text(response)


def test_two_dates_become_one_range_in_the_url(approver: Client, advertiser: Advertiser) -> None:
    answer = approver.get("/a/acme/?platform=meta&from=2026-03-01&to=2026-03-05")
    assert answer.status_code == 302
    assert answer["Location"] == "/a/acme/?platform=meta&range=2026-03-01..2026-03-05"


def test_figures_of_other_days_are_pointed_at(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser, "import"), origin="import", managed=False)
    deliver(campaign, date(2019, 7, 1))
    deliver(campaign, date(2019, 7, 31))
    assert "?range=2019-07-01..2019-07-31" in text(approver.get("/a/acme/"))


def test_very_long_histories_point_at_their_newest_part(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser, "import"), origin="import", managed=False)
    deliver(campaign, date(2010, 1, 1))
    deliver(campaign, date(2019, 7, 31))
    linked = approver.get("/a/acme/").context["elsewhere"]
    assert (linked.last, linked.days) == (date(2019, 7, 31), 3 * 366)
    answer = approver.get(f"/a/acme/?range={linked.first}..{linked.last}")
    assert str(answer.context["total"].spend) == "$100.00"


def test_without_an_account_there_is_one_next_step(
    approver: Client, advertiser: Advertiser
) -> None:
    page = text(approver.get("/a/acme/"))
    assert "Connect an ad account" in page
    assert "An admin of Acme does this." in page
    assert "kpi-value" not in page
    Advertiser.objects.update(setup_dismissed_at=NOW)
    assert "Connect an account" in text(approver.get("/a/acme/"))


def test_open_incidents_are_listed_with_their_next_step(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    Incident.open(advertiser, "a", title="Meta is down", next_step="Wait an hour.", at_stake="$9")
    Incident.open(advertiser, "b", title="An old matter", next_step="Nothing.")
    Incident.resolve(advertiser, "b")
    page = text(approver.get("/a/acme/"))
    assert "Meta is down" in page
    assert "Wait an hour." in page
    assert "An old matter" not in page
    assert "An old matter" in text(approver.get("/a/acme/incidents/"))


def test_pacing_compares_with_the_plan_so_far(approver: Client, advertiser: Advertiser) -> None:
    advertiser.monthly_budget_micros = 3_100_000_000
    advertiser.save()
    deliver(make_campaign(make_account(advertiser)), spend=1600)
    pacing = approver.get("/a/acme/").context["pacing"]
    assert (str(pacing.spent), str(pacing.expected)) == ("$1,600.00", "$1,400.00")
    assert (pacing.state, pacing.days_left) == (("Over plan", "bad"), 17)
    assert str(pacing.needed) == "$88.24"


def _grow(account: Any, count: int) -> None:
    for number in range(count):
        campaign = make_campaign(account, f"Campaign {number}")
        deliver(campaign)
        deliver(make_ad(campaign))


@pytest.mark.parametrize("path", ["/a/acme/", "/a/acme/campaigns/", "/a/acme/creatives/"])
def test_queries_do_not_grow_with_the_campaigns(
    path: str, approver: Client, advertiser: Advertiser, django_assert_max_num_queries: Any
) -> None:
    account = make_account(advertiser)
    _grow(account, 2)
    approver.get(path)
    with django_assert_max_num_queries(40) as few:
        approver.get(path)
    _grow(account, 20)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert approver.get(path).status_code == 200


# ---- list ----


def test_totals_stand_over_the_whole_filter_and_not_the_page(
    approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    for number in range(53):
        deliver(make_campaign(account, f"Boots {number:02}"), spend=2)
    deliver(make_campaign(account, "Hats"), spend=50)
    table = approver.get("/a/acme/campaigns/?search=boots&page=2").context["table"]
    assert (len(table.rows), table.count, table.first, table.last) == (3, 53, 51, 53)
    assert str(table.total.spend) == "$106.00"


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("-roas", ["High", "Low", "Silent"]),
        ("roas", ["Low", "High", "Silent"]),
        ("name", ["High", "Low", "Silent"]),
        ("-name", ["Silent", "Low", "High"]),
        ("budget", ["High", "Low", "Silent"]),
        ("nonsense", ["Low", "High", "Silent"]),
    ],
)
def test_unknown_values_sort_last_both_ways(
    sort: str, names: list[str], approver: Client, advertiser: Advertiser
) -> None:
    account = make_account(advertiser)
    make_campaign(account, "Silent", daily_budget_micros=None)
    deliver(make_campaign(account, "High", daily_budget_micros=1), spend=10, revenue=90)
    deliver(make_campaign(account, "Low", daily_budget_micros=2), spend=20, revenue=30)
    rows = approver.get(f"/a/acme/campaigns/?sort={sort}").context["table"].rows
    assert [row.item.name for row in rows] == names


def test_search_finds_names_and_platform_ids(approver: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser)
    make_campaign(account, "Boots", remote_id="777")
    make_campaign(account, "Hats", remote_id="888")
    for wish, name in (("bOO", "Boots"), ("888", "Hats")):
        rows = approver.get(f"/a/acme/campaigns/?search={wish}").context["table"].rows
        assert [row.item.name for row in rows] == [name]
    assert "No campaign fits this filter" in text(approver.get("/a/acme/campaigns/?search=zzz"))


def test_another_advertisers_campaigns_are_not_listed(
    approver: Client, advertiser: Advertiser
) -> None:
    make_account(advertiser)
    make_campaign(make_account(make_advertiser("rival")), "Theirs")
    assert approver.get("/a/acme/campaigns/").context["table"].count == 0


def test_the_switch_pauses_and_gives_the_row_back(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser))
    deliver(campaign)
    url = f"/a/acme/campaigns/{campaign.pk}/status/?range=7d"
    answer = approver.post(url, {"to": "paused"}, headers={"HX-Request": "true"})
    page = text(answer)
    assert page.startswith(f'<tr id="campaign-{campaign.pk}"')
    assert "Being published" in page
    assert "$100.00" in page
    assert "Boots is being paused." in page
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"
    assert PublishRequest.objects.get().payload == {"to": "paused", "before": "active"}


def test_without_htmx_the_switch_leads_back_to_the_list(
    approver: Client, advertiser: Advertiser
) -> None:
    campaign = make_campaign(make_account(advertiser))
    url = f"/a/acme/campaigns/{campaign.pk}/status/"
    back = "/a/acme/campaigns/?page=2"
    assert approver.post(url, {"to": "paused", "next": back})["Location"] == back
    away = approver.post(url, {"to": "paused", "next": "https://evil.example/"})
    assert away["Location"] == f"/a/acme/campaigns/{campaign.pk}/"


def test_a_stopped_advertiser_cannot_enable(approver: Client, advertiser: Advertiser) -> None:
    campaign = make_campaign(make_account(advertiser), wanted="paused")
    approver.post("/a/acme/stop/", {"reason": "Wrong prices"})
    url = f"/a/acme/campaigns/{campaign.pk}/status/"
    answer = approver.post(url, {"to": "active"}, follow=True)
    assert "The stop switch is on" in text(answer)
    campaign.refresh_from_db()
    assert campaign.wanted == "paused"
    assert not PublishRequest.objects.exists()


def test_an_imported_campaign_has_no_switch(approver: Client, advertiser: Advertiser) -> None:
    account = make_account(advertiser, "import")
    make_campaign(account, origin="import", managed=False, remote_id="")
    page = text(approver.get("/a/acme/campaigns/"))
    assert "Imported" in page
    assert 'class="switch' not in page


def test_a_viewer_sees_no_switch(viewer: Client, advertiser: Advertiser) -> None:
    make_campaign(make_account(advertiser))
    assert 'class="switch' not in text(viewer.get("/a/acme/campaigns/"))


# ---- detail ----


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
    # Meta: 7 daily budgets in each of the three weeks from Sunday, 15 March to the month's end.
    cost = "+27.5% a day. While it runs, at worst $535.50 is spent up to 31 Mar 2026 ($420.00"
    assert cost in seen
    assert not PublishRequest.objects.exists()
    answer = change(approver, campaign, "daily_budget", "25.50")
    assert answer["Location"] == f"/a/acme/campaigns/{campaign.pk}/"
    campaign.refresh_from_db()
    assert campaign.daily_budget_micros == 25_500_000
    assert "→ <ins>$25.50</ins>" in text(approver.get(answer["Location"]))


@pytest.mark.parametrize(
    ("platform", "more", "said"),
    [
        ("google", {}, "at worst $608.00 is spent up to 31 Mar 2026 ($304.00 as it is now)"),
        ("tiktok", {}, "at worst $840.00 is spent up to 31 Mar 2026 ($420.00 as it is now)"),
        ("meta", {"end": date(2026, 3, 16)}, "at worst $140.00 is spent up to 16 Mar 2026"),
        ("meta", {"start": date(2026, 4, 2)}, "+100.0% a day.<"),
        ("meta", {"daily_budget_micros": None}, 'muted">While it runs, at worst $840.00 is spent'),
    ],
)
def test_the_cost_is_the_platforms_worst_case_to_the_months_or_its_own_end(
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
    cost = "at worst $280.00 is spent up to 28 Mar 2026 ($140.00 up to 21 Mar 2026, as it is now)"
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
    monkeypatch.setattr(badges, "_sources", [lambda _: {ad.pk}])
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
