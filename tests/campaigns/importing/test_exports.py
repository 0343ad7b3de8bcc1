from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.importing import import_report, preview_report
from campaigns.models import Ad, Campaign, DailyMetric, ReportImport
from core.common import clock
from core.models import Actor, ActorKind, Advertiser
from platforms.models import AdAccount
from tests.campaigns.importing.files import (
    NOW,
    TWO_ADS,
    Take,
    make_shop,
    nothing_was_imported,
    taking,
)


@pytest.fixture
def advertiser(db: None) -> Advertiser:
    return make_shop()


@pytest.fixture
def take(advertiser: Advertiser) -> Take:
    return taking(advertiser)


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


def test_amounts_finer_than_a_cent_are_kept_to_the_micro(take: Take) -> None:
    take("campaign,date,spend\nA,2026-03-01,0.123456\n")
    assert DailyMetric.objects.get().spend_micros == 123_456


def test_a_preview_says_all_and_writes_nothing(advertiser: Advertiser) -> None:
    content = TWO_ADS + "Spring,Women,Green,2026-03-01,5,9,1,0,0\n"
    with clock.freeze(NOW):
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
    with clock.freeze(NOW):
        preview = preview_report(advertiser=advertiser, file=upload)  # type: ignore[arg-type]
        result = import_report(
            actor=Actor(ActorKind.PERSON, "ann"),
            advertiser=advertiser,
            file=upload,  # type: ignore[arg-type]
            file_name=upload.name or "",
        )
    assert preview.is_clean
    assert result.taken == 2
