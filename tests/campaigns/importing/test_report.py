from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric, MetricRevision
from core.models import Advertiser, AuditEntry
from platforms.models import AdAccount
from tests.campaigns.importing.files import HEAD, LATER, NOW, TWO_ADS, Take, make_shop, taking


@pytest.fixture
def advertiser(db: None) -> Advertiser:
    return make_shop()


@pytest.fixture
def take(advertiser: Advertiser) -> Take:
    return taking(advertiser)


def test_a_report_by_ad_makes_campaigns_ads_and_both_levels(
    take: Take, advertiser: Advertiser
) -> None:
    result = take(TWO_ADS)
    assert (result.done, result.rows, result.taken, result.merged, result.refused) == (
        True,
        2,
        2,
        0,
        0,
    )
    assert (result.campaigns, result.ads, result.problems) == (1, 2, ())
    assert (result.first_day, result.last_day) == (date(2026, 3, 1), date(2026, 3, 1))
    account = AdAccount.objects.get()
    assert (account.advertiser, account.platform, account.external_id) == (
        advertiser,
        "import",
        "plain",
    )
    assert (account.currency, account.time_zone) == ("EUR", "Europe/Berlin")
    campaign = Campaign.objects.get()
    assert (campaign.name, campaign.origin, campaign.managed) == ("Spring", "import", False)
    assert (campaign.wanted, campaign.remote, campaign.remote_id) == ("active", "unknown", "")
    assert (campaign.daily_budget_micros, campaign.reference) == (None, "")
    assert AdGroup.objects.get().name == "Women"
    ads = Ad.objects.order_by("name")
    assert [(ad.name, ad.creative and ad.creative.name) for ad in ads] == [
        ("Blue", "Blue"),
        ("Red", "Red"),
    ]
    blue = DailyMetric.objects.get(level="ad", ad__name="Blue")
    assert (blue.day, blue.period_first, blue.seen_at) == (date(2026, 3, 1), None, NOW)
    assert (blue.impressions, blue.clicks, blue.conversions) == (1000, 30, Decimal("2.5"))
    assert (blue.spend_micros, blue.revenue_micros) == (12_500_000, 99_990_000)
    whole = DailyMetric.objects.get(level="campaign")
    assert (whole.entity_id, whole.campaign_id, whole.ad_id) == (campaign.pk, campaign.pk, None)
    assert (whole.impressions, whole.clicks, whole.conversions) == (1500, 40, Decimal("3.5"))
    assert (whole.spend_micros, whole.revenue_micros) == (19_750_000, 139_990_000)


def test_the_totals_of_the_file_are_given(take: Take) -> None:
    totals = take(TWO_ADS).totals
    assert (totals.impressions, totals.clicks, totals.conversions) == (1500, 40, Decimal("3.5"))
    assert (str(totals.spend), str(totals.revenue)) == ("€19.75", "€139.99")


def test_an_import_is_kept_and_audited(take: Take, advertiser: Advertiser) -> None:
    report = take(TWO_ADS).report
    report.refresh_from_db()
    assert (report.advertiser, report.account) == (advertiser, AdAccount.objects.get())
    assert (report.file_name, report.source, report.actor_name) == ("report.csv", "plain", "ann")
    assert (report.taken, report.merged, report.refused, report.done) == (2, 0, 0, True)
    assert len(report.sha256) == 64
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.advertiser) == (
        "import report",
        report.pk,
        advertiser,
    )
    assert entry.after["taken"] == 2


def test_the_same_file_again_changes_nothing(take: Take) -> None:
    take(TWO_ADS)
    again = take(TWO_ADS, at=LATER)
    assert (again.done, again.taken, again.merged, again.restated) == (True, 0, 2, 0)
    assert not MetricRevision.objects.exists()
    assert (Campaign.objects.count(), AdGroup.objects.count(), Ad.objects.count()) == (1, 1, 2)
    assert set(DailyMetric.objects.values_list("seen_at", flat=True)) == {NOW}


def test_a_restated_row_keeps_the_old_value_at_both_levels(take: Take) -> None:
    take(TWO_ADS)
    result = take(TWO_ADS.replace(",1000,30,", ",1100,33,"), at=LATER)
    assert (result.taken, result.merged, result.restated) == (0, 2, 1)
    old = MetricRevision.objects.order_by("metric__level").values_list(
        "metric__level", "impressions", "clicks", "seen_at", "replaced_at"
    )
    assert list(old) == [("ad", 1000, 30, NOW, LATER), ("campaign", 1500, 40, NOW, LATER)]
    assert DailyMetric.objects.get(level="campaign").impressions == 1600


def test_a_second_file_with_other_ads_leaves_both_levels_agreeing(take: Take) -> None:
    take(TWO_ADS)
    result = take(HEAD + "Spring,Women,Green,2026-03-01,100,1,1,0,0\n", at=LATER)
    assert (result.taken, result.merged) == (1, 0)
    assert DailyMetric.objects.get(level="campaign").impressions == 1600


def test_ads_of_one_name_in_two_groups_are_two_ads(take: Take) -> None:
    content = HEAD + "S,A,x,2026-03-01,1,0,0,0,0\nS,B,x,2026-03-01,2,0,0,0,0\n"
    assert take(content).ads == 2
    assert DailyMetric.objects.get(level="campaign").impressions == 3


def test_without_an_ad_group_the_ads_are_in_a_group_named_imported(take: Take) -> None:
    take("campaign,ad,date,clicks\nSpring,Blue,2026-03-01,3\n")
    assert AdGroup.objects.get().name == "Imported"


def test_without_ads_only_campaign_rows_are_kept(take: Take) -> None:
    content = "campaign,date,impressions,clicks\nA,2026-03-01,10,1\nB,2026-03-01,20,2\n"
    result = take(content)
    assert (result.taken, result.campaigns, result.ads) == (2, 2, 0)
    found = DailyMetric.objects.values_list("level", "campaign__name", "impressions")
    assert set(found) == {("campaign", "A", 10), ("campaign", "B", 20)}
    assert not Ad.objects.exists()
    assert not AdGroup.objects.exists()


def test_rows_of_ad_groups_are_summed_per_campaign_and_day(take: Take) -> None:
    content = "campaign,ad_group,date,clicks\nA,g1,2026-03-01,1\nA,g2,2026-03-01,2\n"
    first, again = take(content), take(content, at=LATER)
    assert "summed per campaign and day" in " ".join(first.notes)
    assert (first.taken, first.merged, again.taken, again.merged) == (2, 0, 0, 2)
    assert DailyMetric.objects.get().clicks == 3
    assert set(AdGroup.objects.values_list("name", flat=True)) == {"g1", "g2"}


def test_a_period_stands_on_its_last_day_and_is_not_spread(take: Take) -> None:
    result = take(
        "t,w,arm,n\nT,201446,0,3526\n",
        mapping={"campaign": "t", "period": "w:isoweek", "ad": "arm", "impressions": "n"},
    )
    assert (result.kind, result.first_day, result.last_day) == (
        "mapped",
        date(2014, 11, 10),
        date(2014, 11, 16),
    )
    rows = DailyMetric.objects.values_list("level", "period_first", "day", "impressions")
    assert set(rows) == {
        ("ad", date(2014, 11, 10), date(2014, 11, 16), 3526),
        ("campaign", date(2014, 11, 10), date(2014, 11, 16), 3526),
    }


def test_a_period_of_one_day_is_a_day(take: Take) -> None:
    take("campaign,first,last,clicks\nA,2026-03-01,2026-03-01,1\n")
    assert DailyMetric.objects.get().period_first is None


def test_days_are_not_mixed_up_when_a_large_file_is_stored_in_parts(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.importing.merging.CHUNK_ROWS", 3)
    rows = "".join(
        f"C{n % 2},g,a{n},2026-03-{day:02},{100 * day + n},1,1,1,1\n"
        for n in range(4)
        for day in range(1, 8)
    )
    result = take(HEAD + rows)
    assert (result.taken, DailyMetric.objects.filter(level="ad").count()) == (28, 28)
    sums = DailyMetric.objects.filter(level="campaign", campaign__name="C1").order_by("day")
    assert [row.impressions for row in sums] == [200 * day + 4 for day in range(1, 8)]
    assert take(HEAD + rows, at=LATER).merged == 28


def test_a_file_without_a_measure_leaves_what_is_known_of_it(
    take: Take, advertiser: Advertiser
) -> None:
    take("campaign,ad,date,impressions,clicks,spend\nOne,A,2026-01-05,1000,3,5.50\n")
    again = take("campaign,ad,date,clicks\nOne,A,2026-01-05,4\nOne,B,2026-01-05,1\n")
    assert (again.done, again.taken, again.merged) == (True, 1, 1)
    row = DailyMetric.objects.get(level="ad", ad__name="A")
    assert (row.impressions, row.clicks, row.spend_micros) == (1000, 4, 5_500_000)
    total = DailyMetric.objects.get(level="campaign")
    assert (total.impressions, total.clicks, total.spend_micros) == (1000, 5, 5_500_000)
