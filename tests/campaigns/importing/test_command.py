from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Sum

from campaigns.models import Ad, Campaign, DailyMetric, ReportImport
from core.models import Advertiser, AuditEntry
from platforms.models import AdAccount

UPWORTHY = Path(settings.BASE_DIR).parent / "shared" / "data" / "upworthy_tests.csv"
UPWORTHY_MAP = (
    "campaign=clickability_test_id",
    "ad=arm",
    "period=test_week:sundayweek",
    "impressions=impressions",
    "clicks=clicks",
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "march.csv"
    path.write_text(
        "campaign,date,impressions,clicks,spend\nSpring,2026-03-01,1000,30,12.5\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def shop() -> Advertiser:
    return Advertiser.objects.create(
        name="Ann's Shop", slug="shop", currency="EUR", time_zone="Europe/Berlin"
    )


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_report", str(path), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("name", ["shop", "ann's SHOP"])
def test_the_advertiser_is_found_by_slug_or_name(shop: Advertiser, report: Path, name: str) -> None:
    text = run(report, "--advertiser", name)
    assert "taken 1, merged 0 (of these restated 0), refused 0" in text
    assert "spend €12.50" in text
    assert ReportImport.objects.get().advertiser == shop


def test_an_unknown_advertiser_is_refused_with_the_known_ones(
    shop: Advertiser, report: Path
) -> None:
    with pytest.raises(CommandError, match=r"no advertiser 'x'. Known: shop. Add --create-adv"):
        run(report, "--advertiser", "x")
    assert not ReportImport.objects.exists()


def test_an_advertiser_is_made_on_request(report: Path) -> None:
    options = ("--create-advertiser", "--currency", "GBP", "--time-zone", "Europe/London")
    run(report, "--advertiser", "New Shop", *options)
    run(report, "--advertiser", "New Shop", *options)
    made = Advertiser.objects.get()
    assert (made.name, made.slug) == ("New Shop", "new-shop")
    assert (made.currency, made.time_zone) == ("GBP", "Europe/London")
    assert AuditEntry.objects.filter(action="create advertiser", advertiser=made).count() == 1


def test_an_advertiser_with_an_unknown_currency_is_not_made(report: Path) -> None:
    with pytest.raises(CommandError, match="'XXY' is not a currency code"):
        run(report, "--advertiser", "New", "--create-advertiser", "--currency", "XXY")
    assert not Advertiser.objects.exists()


def test_the_result_can_be_read_by_a_program(shop: Advertiser, report: Path) -> None:
    result = json.loads(run(report, "--advertiser", "shop", "--json"))
    assert (result["done"], result["taken"], result["refused"]) == (True, 1, 0)
    assert (result["first_day"], result["problems"]) == ("2026-03-01", [])
    assert result["totals"] == {
        "impressions": 1000,
        "clicks": 30,
        "conversions": "0",
        "spend": "12.5",
        "revenue": "0",
        "currency": "EUR",
    }


def test_a_refused_file_fails_the_command_and_says_why(shop: Advertiser, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("campaign,date,clicks\nA,2026-03-01,-4\n", encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match="refused; nothing was imported"):
        call_command("import_report", str(path), "--advertiser", "shop", stdout=out)
    assert "line 2, clicks: '-4' is negative" in out.getvalue()
    assert not Campaign.objects.exists()


def test_good_rows_are_taken_on_request(shop: Advertiser, tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_text("campaign,date,clicks\nA,2026-03-01,-4\nB,2026-03-01,4\n", encoding="utf-8")
    assert "taken 1" in run(path, "--advertiser", "shop", "--skip-bad-rows")


def test_the_account_can_be_named(shop: Advertiser, report: Path) -> None:
    run(report, "--advertiser", "shop", "--platform-name", "Radio spots")
    account = AdAccount.objects.get()
    assert (account.external_id, account.name) == ("radio-spots", "Radio spots")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "campaign"], "no equals sign"),
        (["--map", "ad=a", "--map", "ad=b"], "given twice"),
        (["--map", "cost=a"], "'cost' is not a field"),
        (["--currency", "Euro"], "not a currency code"),
    ],
)
def test_wrong_options_are_refused(
    shop: Advertiser, report: Path, options: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(report, "--advertiser", "shop", *options)
    assert not ReportImport.objects.exists()


def test_a_file_that_is_not_there_is_named(shop: Advertiser, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "no.csv", "--advertiser", "shop")


needs_upworthy = pytest.mark.skipif(
    not UPWORTHY.is_file(),
    reason="real data ../shared/data/upworthy_tests.csv is not beside the project",
)


@needs_upworthy
def test_the_upworthy_archive_is_imported_to_the_unit(shop: Advertiser) -> None:
    """Upworthy Research Archive, CC BY 4.0: Matias, Munger, Le Quere, Ebersole (2021)."""
    with UPWORTHY.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    maps = [part for pair in UPWORTHY_MAP for part in ("--map", pair)]
    result = json.loads(run(UPWORTHY, "--advertiser", "shop", *maps, "--json"))
    assert (result["taken"], result["merged"], result["refused"]) == (11_095, 0, 0)
    assert (Campaign.objects.count(), Ad.objects.count()) == (2_382, 11_095)
    expected = {name: sum(int(row[name]) for row in rows) for name in ("impressions", "clicks")}
    for level in ("campaign", "ad"):
        stored = DailyMetric.objects.filter(level=level).aggregate(
            impressions=Sum("impressions"), clicks=Sum("clicks")
        )
        assert stored == expected
    assert DailyMetric.objects.filter(period_first=None).count() == 0
    again = json.loads(run(UPWORTHY, "--advertiser", "shop", *maps, "--json"))
    assert (again["taken"], again["merged"], again["restated"]) == (0, 11_095, 0)


@needs_upworthy
def test_the_archive_is_taken_whole_with_its_weeks_read_as_iso(shop: Advertiser) -> None:
    maps = [
        part for pair in UPWORTHY_MAP for part in ("--map", pair.replace("sundayweek", "isoweek"))
    ]
    taken = json.loads(run(UPWORTHY, "--advertiser", "shop", *maps, "--json"))
    assert (taken["taken"], taken["refused"], taken["campaigns"]) == (11_095, 0, 2_382)
