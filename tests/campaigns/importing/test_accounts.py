from __future__ import annotations

from typing import Any

import pytest

from campaigns.importing.examining import Examined, examine
from campaigns.models import Campaign, DailyMetric, ReportImport
from core.common.errors import InvalidInput, InvalidMove
from core.models import Advertiser
from platforms.models import AdAccount
from tests.campaigns.importing.files import (
    LATER,
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


def test_an_account_made_meanwhile_in_another_currency_stops_the_import(
    take: Take, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_examine(*args: Any) -> Examined:
        examined = examine(*args)
        AdAccount.objects.create(
            advertiser=advertiser,
            platform="import",
            external_id="plain",
            name="Fast",
            currency="USD",
            time_zone="UTC",
        )
        return examined

    monkeypatch.setattr("campaigns.importing.service.examine", slow_examine)
    with pytest.raises(InvalidMove, match="made in USD meanwhile"):
        take(TWO_ADS)
    assert not Campaign.objects.exists()
    assert not ReportImport.objects.exists()


def test_an_account_does_not_change_its_time_zone(take: Take) -> None:
    content = "campaign,date,spend\nA,2026-03-01,1\n"
    take(content, time_zone="America/New_York")
    assert AdAccount.objects.get().time_zone == "America/New_York"
    result = take(content, time_zone="Asia/Tokyo", at=LATER)
    assert "has days of America/New_York" in result.problems[0].reason


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
