from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from adsengine.common import clock
from adsengine.common.errors import InvalidInput
from adsengine.models import Actor, Advertiser, AuditEntry
from campaigns.importing import ImportResult, import_report, preview_report
from campaigns.models import (
    Ad,
    AdGroup,
    Campaign,
    Creative,
    DailyMetric,
    MetricRevision,
    ReportImport,
)
from platforms.models import AdAccount

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 11, 12, tzinfo=UTC)
HEAD = "campaign,ad_group,ad,date,impressions,clicks,spend,conversions,revenue\n"
TWO_ADS = HEAD + (
    "Spring,Women,Blue,2026-03-01,1000,30,12.50,2.5,99.99\n"
    "Spring,Women,Red,2026-03-01,500,10,7.25,1,40\n"
)
Take = Callable[..., ImportResult]


@pytest.fixture
def advertiser(db: None) -> Advertiser:
    return Advertiser.objects.create(
        name="Shop", slug="shop", currency="EUR", time_zone="Europe/Berlin"
    )


@pytest.fixture
def take(advertiser: Advertiser) -> Take:
    def _take(content: str | bytes, *, at: datetime = NOW, **more: Any) -> ImportResult:
        data = content.encode() if isinstance(content, str) else content
        with clock.frozen(at):
            return import_report(
                actor=Actor("person", "ann"),
                advertiser=advertiser,
                file=io.BytesIO(data),
                file_name="report.csv",
                **more,
            )

    return _take


def nothing_was_imported() -> bool:
    models = (AdAccount, Campaign, AdGroup, Ad, Creative, DailyMetric, AuditEntry)
    return not any(model.objects.exists() for model in models)


def reasons(result: ImportResult) -> list[tuple[int, str, str]]:
    return [tuple(problem) for problem in result.problems]  # type: ignore[misc]


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


def test_a_bad_row_leaves_the_whole_file_out(take: Take) -> None:
    result = take(TWO_ADS + "Spring,Women,Green,2026-03-01,5,1,oops,0,0\n")
    assert (result.done, result.taken, result.merged, result.refused) == (False, 0, 0, 1)
    line, field, reason = result.problems[0]
    assert (line, field) == (4, "spend")
    assert "'oops' is not a number" in reason
    assert nothing_was_imported()
    report = ReportImport.objects.get()
    assert (report.done, report.account, report.refused) == (False, None, 1)
    assert report.problems == [{"line": 4, "field": "spend", "reason": reason}]


def test_good_rows_are_taken_on_request_and_bad_ones_reported(take: Take) -> None:
    result = take(TWO_ADS + "Autumn,Women,Green,2026-03-01,5,9,1,0,0\n", skip_bad_rows=True)
    assert (result.done, result.rows, result.taken, result.refused) == (True, 3, 2, 1)
    assert (result.campaigns, result.ads, result.totals.impressions) == (1, 2, 1500)
    assert result.problems[0].line == 4
    assert "9 clicks of 5 impressions" in result.problems[0].reason
    assert list(Campaign.objects.values_list("name", flat=True)) == ["Spring"]
    assert ReportImport.objects.get().refused == 1


def test_a_file_of_bad_rows_only_is_refused_even_then(take: Take) -> None:
    result = take(HEAD + "A,,x,2026-03-01,1,2,0,0,0\n", skip_bad_rows=True)
    assert (result.done, result.refused, result.first_day) == (False, 1, None)
    assert nothing_was_imported()


def test_every_problem_of_a_row_is_named(take: Take) -> None:
    result = take(HEAD + ",g,x,2026-13-01,-1,NaN,5%,0,0\n")
    assert [(line, field) for line, field, _ in result.problems] == [
        (2, "campaign"),
        (2, "clicks"),
        (2, "date"),
        (2, "impressions"),
        (2, "spend"),
    ]
    assert result.refused == 1


def test_a_repeated_key_refuses_both_lines(take: Take) -> None:
    content = TWO_ADS + "Spring,Women,Blue,2026-03-01,1,0,0,0,0\n"
    result = take(content)
    assert [problem.line for problem in result.problems] == [2, 4]
    assert "as line 4" in result.problems[0].reason
    assert "as line 2" in result.problems[1].reason
    assert "broken down further" in result.problems[0].reason
    assert nothing_was_imported()
    skipped = take(content, skip_bad_rows=True)
    assert (skipped.taken, skipped.refused) == (1, 2)
    assert list(Ad.objects.values_list("name", flat=True)) == ["Red"]


def test_crossing_periods_of_one_campaign_are_refused(take: Take) -> None:
    result = take(
        "campaign,ad,first,last,clicks\n"
        "A,x,2026-03-01,2026-03-07,7\n"
        "A,y,2026-03-07,2026-03-07,1\n"
        "B,x,2026-03-01,2026-03-07,7\n"
        "B,x,2026-03-08,2026-03-08,1\n"
    )
    assert [problem.line for problem in result.problems] == [2, 3]
    assert "share days" in result.problems[0].reason
    assert nothing_was_imported()


def test_a_week_over_days_that_are_known_is_refused(take: Take) -> None:
    head = "campaign,first,last,clicks\n"
    take(head + "A,2026-03-03,2026-03-03,1\n")
    result = take(head + "A,2026-03-01,2026-03-07,7\nB,2026-03-01,2026-03-07,7\n", at=LATER)
    assert [problem.line for problem in result.problems] == [2]
    assert "2026-03-03 to 2026-03-03 from an earlier import" in result.problems[0].reason
    assert DailyMetric.objects.get().clicks == 1


def test_a_day_within_a_known_week_is_refused(take: Take) -> None:
    take("campaign,first,last,clicks\nA,2026-03-01,2026-03-07,7\n")
    result = take("campaign,date,clicks\nA,2026-03-05,1\n", at=LATER)
    assert "would count twice" in result.problems[0].reason
    assert DailyMetric.objects.get().clicks == 7


def test_campaign_rows_do_not_contradict_ads_that_are_known(take: Take) -> None:
    take(TWO_ADS)
    content = "campaign,date,impressions,clicks\nSpring,2026-03-01,9,1\nNew,2026-03-01,5,1\n"
    result = take(content, at=LATER)
    assert [problem.line for problem in result.problems] == [2]
    assert "its numbers are their sum" in result.problems[0].reason
    assert DailyMetric.objects.get(level="campaign").impressions == 1500
    assert take(content, account_name="Campaign level", at=LATER).done


def test_a_line_cut_off_at_the_end_is_reported(take: Take) -> None:
    result = take(TWO_ADS + "Spring,Women,Gre")
    assert reasons(result)[0][0] == 4
    assert "3 cells, the header has 9: the line is cut off" in result.problems[0].reason
    assert nothing_was_imported()


def test_an_unclosed_quotation_mark_is_reported_and_its_lines_counted(take: Take) -> None:
    content = TWO_ADS + '"Spr,Women,Green,2026-03-01,5,1,1,0,0\nSpring,Women,Grey,2026-03-01,5'
    result = take(content, skip_bad_rows=True)
    assert (result.taken, result.refused, result.rows) == (2, 2, 4)
    assert result.problems[0].line == 4
    assert "not closed" in result.problems[0].reason


def test_a_text_with_the_separator_outside_quotes_is_reported(take: Take) -> None:
    result = take("campaign,date,clicks\nSpring, sale,2026-03-01,3\n")
    assert "4 cells, the header has 3: put texts" in result.problems[0].reason


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 0, "is empty"),
        (b"PK\x03\x04", 0, "Excel"),
        (b"<html></html>", 0, "web page"),
        (HEAD.encode(), 1, "a header but no rows"),
        (b"name,day\nx,2026-03-01\n", 1, "No column for campaign"),
        (b"campaign,date,clicks,spend,currency\nA,2026-03-01,1,1,EUR\nA,2026-03-02,1,1,USD\n", 3,
         "Line 2 is in EUR, line 3 in USD"),
        (b"campaign,date,clicks,currency\nA,2026-03-01,1,EURO\n", 2, "not a currency code"),
        (b"campaign,date,spend\nA,2026-03-01,1.5\nA,2026-03-02,\"1,5\"\n", 3, "decimal comma"),
        (b"campaign,date,clicks\nA,01/02/2026,1\n", 2, "date=Day|date:%d/%m/%Y"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_kept_with_its_problem(
    take: Take, content: bytes, line: int, words: str
) -> None:
    result = take(content, skip_bad_rows=True)
    assert (result.done, result.taken) == (False, 0)
    assert result.problems[0].line == line
    assert any(part in result.problems[0].reason for part in words.split("|"))
    assert nothing_was_imported()
    assert ReportImport.objects.get().problems[0]["reason"] == result.problems[0].reason


def test_a_google_export_in_utf16_with_titles_and_totals(take: Take) -> None:
    content = (
        "Ad report\n"
        "March 1, 2026 - March 2, 2026\n"
        "Day\tCampaign\tAd group\tAd ID\tAd name\tCurrency code\tClicks\tImpr.\tCost\tConversions"
        "\tConv. value\n"
        "Mar 1, 2026\tSpring\tWomen\t11\tBlue\tUSD\t1,030\t12,345\t1,234.56\t2.50\t99.00\n"
        "Mar 2, 2026\tSpring\tWomen\t12\t --\tUSD\t5\t70\t --\t0.00\t0.00\n"
        "Total: Ads\t --\t --\t --\t --\tUSD\t1,035\t12,415\t1,234.56\t2.50\t99.00\n"
        "Total: Account\t --\t --\t --\t --\tUSD\t1,035\t12,415\t1,234.56\t2.50\t99.00\n"
    )
    result = take(content.encode("utf-16"))
    assert (result.done, result.kind, result.rows, result.taken) == (True, "google", 2, 2)
    assert (result.totals.impressions, result.totals.clicks) == (12_415, 1_035)
    assert str(result.totals.spend) == "$1,234.56"
    assert set(Ad.objects.values_list("name", flat=True)) == {"Blue", "12"}
    account = AdAccount.objects.get()
    assert (account.name, account.currency) == ("Google Ads export", "USD")
    assert "Lines of totals left out: 2." in result.notes


def test_a_campaign_may_be_called_total(take: Take) -> None:
    result = take("Campaign,Day,Clicks\nTotal recall,2026-03-01,3\nTotal: Account, --,3\n")
    assert result.taken == 1
    assert Campaign.objects.get().name == "Total recall"


def test_a_meta_export_with_its_summary_row_and_empty_cells(take: Take) -> None:
    result = take(
        "\ufeffCampaign name,Ad set name,Ad name,Day,Impressions,Link clicks,Amount spent (USD),"
        "Purchases,Purchases conversion value,Reporting starts,Reporting ends\n"
        ",,,2026-03-01,300,4,3.5,1,20,2026-03-01,2026-03-02\n"
        "Spring,Women,Blue,2026-03-01,200,4,2.25,1,20,2026-03-01,2026-03-01\n"
        "Spring,Women,Blue,2026-03-02,100,,1.25,,,2026-03-02,2026-03-02\n"
    )
    assert (result.done, result.kind, result.taken) == (True, "meta", 2)
    assert AdAccount.objects.get().currency == "USD"
    second = DailyMetric.objects.get(level="ad", day=date(2026, 3, 2))
    assert (second.impressions, second.clicks, second.spend_micros) == (100, 0, 1_250_000)


def test_a_tiktok_export_with_midnight_days_and_a_total(take: Take) -> None:
    result = take(
        "Campaign name,Ad group name,Ad name,By Day,Cost,Impressions,Clicks (destination),"
        "Conversions,Total complete payment value,Currency\n"
        "Spring,Women,Blue,2026-03-01 00:00:00,10.5,2000,40,3,80,EUR\n"
        "Total of 1 results,-,-,-,10.5,2000,40,3,80,EUR\n"
    )
    assert (result.done, result.kind, result.taken) == (True, "tiktok", 1)
    assert DailyMetric.objects.get(level="ad").revenue_micros == 80_000_000


def test_a_decimal_comma_is_understood(take: Take) -> None:
    result = take("campaign;date;impressions;spend\nA;01.03.2026;12.345;1.234,56\n")
    assert str(result.totals.spend) == "€1,234.56"
    assert result.totals.impressions == 12_345
    assert "Numbers are read with a decimal comma." in result.notes


def test_a_latin_file_keeps_its_names(take: Take) -> None:
    take("campaign;date;clicks\nFrühling für alle;01.03.2026;3\n".encode("latin-1"))
    assert Campaign.objects.get().name == "Frühling für alle"


def test_an_empty_cell_of_a_mapped_file_is_not_taken_for_zero(take: Take) -> None:
    result = take("campaign,date,clicks\nA,2026-03-01,\n")
    assert "Write 0" in result.problems[0].reason
    assert nothing_was_imported()


def test_amounts_finer_than_a_cent_are_kept_to_the_micro(take: Take) -> None:
    take("campaign,date,spend\nA,2026-03-01,0.123456\n")
    assert DailyMetric.objects.get().spend_micros == 123_456


def test_sums_that_would_not_fit_are_refused(take: Take) -> None:
    rows = "".join(f"A,{i},2026-03-01,99999999999\n" for i in range(93))
    result = take("campaign,ad,date,spend\n" + rows)
    assert "too large to be true" in result.problems[0].reason
    assert nothing_was_imported()


def test_a_given_currency_must_be_the_files(take: Take) -> None:
    content = "campaign,date,spend,currency\nA,2026-03-01,1,USD\n"
    assert "The file is in USD, but GBP was given" in take(content, currency="GBP").problems[0][2]
    assert nothing_was_imported()
    assert take(content, currency="USD").done


def test_a_given_currency_is_the_accounts(take: Take) -> None:
    assert str(take("campaign,date,spend\nA,2026-03-01,5\n", currency="JPY").totals.spend) == "¥5"
    assert AdAccount.objects.get().currency == "JPY"


def test_an_account_does_not_change_its_currency(take: Take) -> None:
    content = "campaign,date,spend\nA,2026-03-01,1\n"
    take(content, account_name="My shop")
    result = take(content, account_name="my Shop", currency="USD", at=LATER)
    assert "holds EUR, this report is in USD" in result.problems[0].reason
    assert (AdAccount.objects.count(), DailyMetric.objects.count()) == (1, 1)
    assert take(content, account_name="Other shop", currency="USD").done
    assert AdAccount.objects.count() == 2


def test_an_account_does_not_change_its_time_zone(take: Take) -> None:
    content = "campaign,date,spend\nA,2026-03-01,1\n"
    take(content, time_zone="America/New_York")
    assert AdAccount.objects.get().time_zone == "America/New_York"
    result = take(content, time_zone="Asia/Tokyo", at=LATER)
    assert "keeps days of America/New_York" in result.problems[0].reason


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mapping": {"foo": "bar"}}, "mapping"),
        ({"currency": "EURO"}, "currency"),
        ({"account_name": "!!!"}, "account_name"),
        ({"time_zone": "Berlin"}, "time_zone"),
    ],
)
def test_wrong_arguments_are_refused_by_name_and_nothing_is_kept(
    take: Take, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        take(TWO_ADS, **more)
    assert caught.value.field == field
    assert not ReportImport.objects.exists()


def test_another_advertisers_account_is_not_touched(take: Take) -> None:
    other = Advertiser.objects.create(name="Other", slug="o", currency="USD", time_zone="UTC")
    theirs = AdAccount.objects.create(
        advertiser=other,
        platform="import",
        external_id="plain",
        name="Theirs",
        currency="USD",
        time_zone="UTC",
    )
    take(TWO_ADS)
    assert not Campaign.objects.filter(account=theirs).exists()
    assert AdAccount.objects.exclude(pk=theirs.pk).get().currency == "EUR"


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


def test_a_preview_says_all_and_writes_nothing(advertiser: Advertiser) -> None:
    content = TWO_ADS + "Spring,Women,Green,2026-03-01,5,9,1,0,0\n"
    with clock.frozen(NOW):
        preview = preview_report(advertiser=advertiser, file=io.BytesIO(content.encode()))
    assert (preview.kind, preview.missing, preview.is_clean) == ("plain", (), False)
    assert preview.mapping["spend"] == "spend"
    assert (preview.rows, preview.refused, preview.campaigns, preview.ads) == (3, 1, 1, 2)
    assert preview.totals.impressions == 1500
    assert preview.problems[0].line == 4
    assert nothing_was_imported()
    assert not ReportImport.objects.exists()


def test_a_preview_of_an_unknown_header_says_what_is_missing(advertiser: Advertiser) -> None:
    preview = preview_report(advertiser=advertiser, file=io.BytesIO(b"Kampagne,Tag\nA,1\n"))
    assert preview.missing == ("campaign", "date", "impressions")
    assert preview.headers == ("Kampagne", "Tag")
    assert preview.rows == 0


def test_an_uploaded_file_is_read_as_it_comes(advertiser: Advertiser) -> None:
    upload = SimpleUploadedFile("report.csv", TWO_ADS.encode())
    with clock.frozen(NOW):
        preview = preview_report(advertiser=advertiser, file=upload)  # type: ignore[arg-type]
        result = import_report(
            actor=Actor("person", "ann"),
            advertiser=advertiser,
            file=upload,  # type: ignore[arg-type]
            file_name=upload.name or "",
        )
    assert preview.is_clean
    assert result.taken == 2


def test_only_the_first_problems_are_kept(take: Take) -> None:
    rows = "".join(f"A,2026-03-01,x{i}\n" for i in range(300))
    result = take("campaign,date,clicks\n" + rows)
    assert (len(result.problems), result.refused) == (200, 300)
    assert len(ReportImport.objects.get().problems) == 200
