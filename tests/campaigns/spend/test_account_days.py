"""Days are those of the account: in three zones, over the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns import services
from campaigns.models import Campaign, DailyMetric
from campaigns.spend.terms import reported_to, spend_so_far, wanted_terms
from core.common import clock, dates
from core.common.errors import GuardrailExceeded
from core.common.money import Money
from core.models import Actor, Advertiser
from tests.campaigns.page_rows import make_account, make_campaign

ONE = 1_000_000
ZONES = ["America/New_York", "Europe/Berlin", "Pacific/Auckland"]
# (zone, an hour before and after midnight of the account's day, in UTC); in each the day is one on
# which the clocks change there.
MIDNIGHTS = [
    ("America/New_York", datetime(2026, 3, 9, 3, 30, tzinfo=UTC), date(2026, 3, 8)),
    ("America/New_York", datetime(2026, 11, 2, 4, 30, tzinfo=UTC), date(2026, 11, 1)),
    ("Europe/Berlin", datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
    ("Europe/Berlin", datetime(2026, 3, 29, 21, 30, tzinfo=UTC), date(2026, 3, 29)),
    ("Pacific/Auckland", datetime(2026, 4, 5, 11, 30, tzinfo=UTC), date(2026, 4, 5)),
    ("Pacific/Auckland", datetime(2026, 9, 27, 10, 30, tzinfo=UTC), date(2026, 9, 27)),
]


def flight(advertiser: Advertiser, zone: str, first: date, last: date) -> Campaign:
    account = make_account(advertiser, "meta", time_zone=zone)
    return make_campaign(account, start=first, end=last, daily_budget_micros=10 * ONE)


@pytest.mark.parametrize(("zone", "before", "day"), MIDNIGHTS)
def test_the_last_day_is_over_at_midnight_of_the_account(
    zone: str, before: datetime, day: date, advertiser: Advertiser
) -> None:
    campaign = flight(advertiser, zone, day, day)
    with clock.freeze(before):
        assert dates.today(zone) == day
        so_far = spend_so_far(campaign)
        assert wanted_terms(campaign).figures(so_far).can_spend == 17_500_000
    with clock.freeze(before + timedelta(hours=1)):
        so_far = spend_so_far(campaign)
        assert (so_far.today, wanted_terms(campaign).figures(so_far).per_day) == (
            day + timedelta(days=1),
            0,
        )


@pytest.mark.parametrize(("zone", "before", "day"), MIDNIGHTS)
def test_a_day_is_reported_once_it_was_read_three_hours_after_its_midnight(
    zone: str, before: datetime, day: date, advertiser: Advertiser
) -> None:
    account = flight(advertiser, zone, day, day).account
    tomorrow = day + timedelta(days=1)
    account.synced_market_at = before + timedelta(minutes=30 + 179)
    assert reported_to(account, tomorrow) == day - timedelta(days=1)
    account.synced_market_at = before + timedelta(minutes=30 + 180)
    assert reported_to(account, tomorrow) == day


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("turn", [date(2026, 11, 30), date(2026, 12, 31), date(2027, 2, 28)])
def test_a_month_begins_with_a_new_allowance_at_midnight_of_the_account(
    zone: str, turn: date, advertiser: Advertiser
) -> None:
    """On Google the whole allowance of the month is used up; the next day has all of the new."""
    first = turn.replace(day=1)
    campaign = flight(advertiser, zone, first, turn + timedelta(days=20))
    account = campaign.account
    account.platform = "google"
    midnight = dates.day_start(turn + timedelta(days=1), zone)
    account.synced_market_at = midnight - timedelta(minutes=1)
    account.save()
    DailyMetric.objects.create(
        account=account,
        campaign=campaign,
        level="campaign",
        entity_id=campaign.pk,
        day=first,
        spend_micros=304 * ONE,
    )
    campaign.refresh_from_db()
    with clock.freeze(midnight - timedelta(minutes=1)):
        assert spend_so_far(campaign).today == turn
        used_up = wanted_terms(campaign).figures(spend_so_far(campaign)).can_spend
    account.synced_market_at = midnight
    account.save()
    campaign.refresh_from_db()
    with clock.freeze(midnight):
        anew = wanted_terms(campaign).figures(spend_so_far(campaign)).can_spend
    assert (used_up, anew) == (304 * ONE, 304 * ONE)


@pytest.mark.parametrize("zone", ZONES)
def test_the_step_counts_24_hours_whatever_the_clocks_do(
    zone: str, advertiser: Advertiser, actor: Actor
) -> None:
    night = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)  # Berlin sets its clocks the next morning
    with clock.freeze(night):
        campaign = flight(advertiser, zone, date(2026, 3, 1), date(2026, 12, 31))
        first = Money.from_micros(15 * ONE, "USD")
        assert services.set_daily_budget(actor=actor, campaign=campaign, budget=first)
    more = Money.from_micros(22 * ONE, "USD")
    for hours, passes in ((23.9, False), (24, True)):
        with clock.freeze(night + timedelta(hours=hours)):
            Campaign.objects.update(remote_daily_budget_micros=15 * ONE)
            try:
                asked = services.set_daily_budget(actor=actor, campaign=campaign, budget=more)
            except GuardrailExceeded:
                asked = None
        assert (asked is not None) == passes
