from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Ad, AdGroup, Campaign, DailyMetric, Level, MetricRevision
from campaigns.sync.metric_store import MetricValues, ReadRange, StoreResult, store_metrics
from core.models import Advertiser
from platforms.models import AdAccount

DAY = date(2026, 3, 2)
MORNING = datetime(2026, 3, 3, 6, tzinfo=UTC)
EVENING = datetime(2026, 3, 3, 18, tzinfo=UTC)


def make_campaign(name: str) -> Campaign:
    advertiser, _ = Advertiser.objects.get_or_create(
        slug=name, defaults={"name": name, "currency": "EUR", "time_zone": "Europe/Berlin"}
    )
    account = AdAccount.objects.create(
        advertiser=advertiser,
        platform="import",
        external_id=name,
        name=name,
        currency="EUR",
        time_zone="Europe/Berlin",
    )
    return Campaign.objects.create(account=account, name="Spring")


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign("shop")


def row(
    campaign: Campaign, day: date = DAY, impressions: int = 100, **more: object
) -> MetricValues:
    values: dict[str, object] = {"clicks": 4, "spend_micros": 2_500_000, **more}
    return MetricValues(
        Level.CAMPAIGN,
        campaign.pk,
        None,
        day,
        impressions=impressions,
        **values,  # type: ignore[arg-type]
    )


def test_a_new_row_is_kept_with_the_time_it_was_seen(campaign: Campaign) -> None:
    ad = Ad.objects.create(
        ad_group=AdGroup.objects.create(campaign=campaign, name="g"), name="Blue"
    )
    values = MetricValues(
        Level.AD, campaign.pk, ad.pk, DAY, date(2026, 2, 24), 100, 4, Decimal("1.25"), 7, 8
    )
    assert store_metrics(campaign.account, [values], seen_at=MORNING) == StoreResult(new=1)
    kept = DailyMetric.objects.get()
    assert (kept.account_id, kept.campaign_id, kept.ad_id, kept.level, kept.entity_id) == (
        campaign.account_id,
        campaign.pk,
        ad.pk,
        "ad",
        ad.pk,
    )
    assert (kept.day, kept.period_first, kept.seen_at) == (DAY, date(2026, 2, 24), MORNING)
    assert (kept.impressions, kept.clicks, kept.conversions) == (100, 4, Decimal("1.25"))
    assert (kept.spend_micros, kept.revenue_micros) == (7, 8)


def test_a_restated_day_keeps_its_old_values_and_when_they_held(campaign: Campaign) -> None:
    store_metrics(campaign.account, [row(campaign)], seen_at=MORNING)
    later = row(campaign, impressions=130, conversions=Decimal("0.5"))
    result = store_metrics(campaign.account, [later], seen_at=EVENING)
    assert result == StoreResult(restated=1)
    kept = DailyMetric.objects.get()
    assert (kept.impressions, kept.conversions, kept.seen_at) == (130, Decimal("0.5"), EVENING)
    old = MetricRevision.objects.get()
    assert (old.metric_id, old.impressions, old.clicks) == (kept.pk, 100, 4)
    assert (old.spend_micros, old.revenue_micros, old.conversions) == (2_500_000, 0, Decimal(0))
    assert (old.seen_at, old.replaced_at) == (MORNING, EVENING)


def test_the_same_values_again_change_nothing(campaign: Campaign) -> None:
    store_metrics(campaign.account, [row(campaign)], seen_at=MORNING)
    result = store_metrics(campaign.account, [row(campaign)], seen_at=EVENING)
    assert result == StoreResult(unchanged=1)
    assert DailyMetric.objects.get().seen_at == MORNING
    assert not MetricRevision.objects.exists()


def test_a_fraction_of_a_conversion_is_not_a_restatement(campaign: Campaign) -> None:
    values = row(campaign, conversions=Decimal(20) / 3)
    store_metrics(campaign.account, [values], seen_at=MORNING)
    assert DailyMetric.objects.get().conversions == Decimal("6.666667")
    assert store_metrics(campaign.account, [values], seen_at=EVENING) == StoreResult(unchanged=1)


def test_a_changed_period_is_a_restatement(campaign: Campaign) -> None:
    store_metrics(campaign.account, [row(campaign)], seen_at=MORNING)
    week = row(campaign, period_first=DAY - timedelta(days=6))
    assert store_metrics(campaign.account, [week], seen_at=EVENING) == StoreResult(restated=1)
    assert DailyMetric.objects.get().period_first == DAY - timedelta(days=6)


def test_what_the_report_no_longer_has_becomes_zero(campaign: Campaign) -> None:
    days = [DAY + timedelta(days=i) for i in range(4)]
    store_metrics(campaign.account, [row(campaign, day) for day in days], seen_at=MORNING)
    result = store_metrics(
        campaign.account,
        [row(campaign, days[1])],
        seen_at=EVENING,
        zero_missing=ReadRange(days[0], days[2], Level.CAMPAIGN, frozenset({campaign.pk})),
    )
    assert result == StoreResult(restated=2, unchanged=1)
    found = DailyMetric.objects.order_by("day").values_list("day", "impressions", "spend_micros")
    assert list(found) == [
        (days[0], 0, 0),
        (days[1], 100, 2_500_000),
        (days[2], 0, 0),
        (days[3], 100, 2_500_000),
    ]
    assert MetricRevision.objects.filter(impressions=100, replaced_at=EVENING).count() == 2


def test_an_empty_report_zeroes_the_range_once(campaign: Campaign) -> None:
    store_metrics(campaign.account, [row(campaign)], seen_at=MORNING)
    span = ReadRange(DAY, DAY, Level.CAMPAIGN, frozenset({campaign.pk}))
    first = store_metrics(campaign.account, [], seen_at=EVENING, zero_missing=span)
    again = store_metrics(campaign.account, [], seen_at=EVENING, zero_missing=span)
    assert (first, again) == (StoreResult(restated=1), StoreResult())
    assert MetricRevision.objects.count() == 1


def test_zeroing_one_level_leaves_the_other(campaign: Campaign) -> None:
    ad = Ad.objects.create(
        ad_group=AdGroup.objects.create(campaign=campaign, name="g"), name="Blue"
    )
    of_ad = MetricValues(Level.AD, campaign.pk, ad.pk, DAY, impressions=60)
    store_metrics(campaign.account, [row(campaign), of_ad], seen_at=MORNING)
    span = ReadRange(DAY, DAY, Level.AD, frozenset({ad.pk, campaign.pk}))
    store_metrics(campaign.account, [], seen_at=EVENING, zero_missing=span)
    assert dict(DailyMetric.objects.values_list("level", "impressions")) == {
        "campaign": 100,
        "ad": 0,
    }


def test_another_account_is_never_zeroed(campaign: Campaign) -> None:
    other = make_campaign("other")
    store_metrics(other.account, [row(other)], seen_at=MORNING)
    span = ReadRange(DAY, DAY, Level.CAMPAIGN, frozenset({campaign.pk, other.pk}))
    store_metrics(campaign.account, [], seen_at=EVENING, zero_missing=span)
    assert DailyMetric.objects.get().impressions == 100


def test_figures_of_what_the_platform_no_longer_shows_are_kept(campaign: Campaign) -> None:
    deleted = Campaign.objects.create(account=campaign.account, name="Deleted on the platform")
    rows = [row(campaign), row(deleted, impressions=70)]
    store_metrics(campaign.account, rows, seen_at=MORNING)
    span = ReadRange(DAY, DAY, Level.CAMPAIGN, frozenset({campaign.pk}))
    result = store_metrics(campaign.account, [], seen_at=EVENING, zero_missing=span)
    assert result == StoreResult(restated=1)
    kept = dict(DailyMetric.objects.values_list("campaign_id", "impressions"))
    assert kept == {campaign.pk: 0, deleted.pk: 70}


def test_one_key_twice_is_refused_and_nothing_is_written(campaign: Campaign) -> None:
    with pytest.raises(ValueError, match="same level, entity and day"):
        store_metrics(campaign.account, [row(campaign), row(campaign)], seen_at=MORNING)
    assert not DailyMetric.objects.exists()


def test_a_level_that_does_not_fit_the_ad_is_refused(campaign: Campaign) -> None:
    wrong = MetricValues(Level.AD, campaign.pk, None, DAY)
    with pytest.raises(ValueError, match="level ad has ad_id None"):
        store_metrics(campaign.account, [wrong], seen_at=MORNING)
    assert not DailyMetric.objects.exists()


def test_more_rows_than_a_batch_are_all_kept(campaign: Campaign) -> None:
    rows = [row(campaign, DAY - timedelta(days=i), impressions=100 + i) for i in range(2_001)]
    assert store_metrics(campaign.account, rows, seen_at=MORNING) == StoreResult(new=2_001)
    changed = [row(campaign, r.day, impressions=r.impressions + 1) for r in rows]
    assert store_metrics(campaign.account, changed, seen_at=EVENING) == StoreResult(restated=2_001)
    assert MetricRevision.objects.count() == 2_001
    assert DailyMetric.objects.filter(seen_at=EVENING).count() == 2_001


def test_existing_rows_are_read_by_one_query(campaign: Campaign) -> None:
    rows = [row(campaign, DAY - timedelta(days=i)) for i in range(50)]
    store_metrics(campaign.account, rows, seen_at=MORNING)
    with CaptureQueriesContext(connection) as queries:
        store_metrics(campaign.account, rows, seen_at=EVENING)
    reads = [q for q in queries.captured_queries if "dailymetric" in q["sql"].lower()]
    assert len(reads) == 1
