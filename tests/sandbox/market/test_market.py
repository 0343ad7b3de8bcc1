"""The simulated market: deterministic, concave, late, and worth learning from."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from sandbox.market import rng
from sandbox.market.auction import weekday_factors
from sandbox.market.market import DayResult, DayRow, Market
from sandbox.world.clock import SandboxClock
from sandbox.world.model import Ad, AdGroup, Campaign, Platform
from sandbox.world.world import World

START = datetime(2026, 10, 1, 6, tzinfo=UTC)
FIRST = date(2026, 10, 1)


def _world(seed: int = 7) -> World:
    return World(seed, START, clock=SandboxClock(START, ticking=False), outside=False)


def _campaign(
    world: World,
    platform: Platform = "meta",
    budget: int | None = 100,
    signatures: tuple[str, ...] = ("one", "two"),
) -> Campaign:
    account, now = world.account(platform), world.now()
    micros = None if budget is None else budget * 1_000_000
    campaign = world.add_campaign(
        Campaign(
            world.new_id(platform, "campaign"),
            platform,
            account.id,
            "Campaign",
            "active",
            now,
            daily_budget_micros=micros,
            objective="SALES",
        )
    )
    _group(world, campaign, signatures)
    return campaign


def _group(
    world: World, campaign: Campaign, signatures: tuple[str, ...], budget: int | None = None
) -> AdGroup:
    group = world.add_ad_group(
        AdGroup(
            world.new_id(campaign.platform, "ad_group"),
            campaign.platform,
            campaign.account_id,
            campaign.id,
            "Group",
            "active",
            world.now(),
            daily_budget_micros=None if budget is None else budget * 1_000_000,
        )
    )
    for signature in signatures:
        world.add_ad(
            Ad(
                world.new_id(campaign.platform, "ad"),
                campaign.platform,
                campaign.account_id,
                campaign.id,
                group.id,
                signature,
                "active",
                world.now(),
                signature=signature,
            )
        )
    return group


def _rows(
    market: Market, campaign: Campaign, days: int, as_of: datetime | None = None
) -> list[DayRow]:
    until = FIRST + timedelta(days - 1)
    return market.rows(campaign.account_id, FIRST, until, as_of, campaign_id=campaign.id)


def _spend(rows: list[DayRow]) -> float:
    return sum(row.spend_micros for row in rows) / 1e6


def test_same_seed_gives_the_same_results() -> None:
    results = []
    for _ in range(2):
        world = _world()
        campaign = _campaign(world)
        world.clock.advance(days=20)
        results.append(_rows(Market(world), campaign, 20))
    assert results[0] == results[1]
    assert len(results[0]) == 40


def test_another_seed_gives_other_results() -> None:
    rows = []
    for seed in (7, 8):
        world = _world(seed)
        campaign = _campaign(world)
        world.clock.advance(days=5)
        rows.append(_rows(Market(world), campaign, 5))
    assert rows[0] != rows[1]


def test_order_of_questions_changes_nothing() -> None:
    world = _world()
    campaign = _campaign(world)
    world.clock.advance(days=20)
    whole = {
        (row.ad_id, row.day): DayResult(*row[4:]) for row in _rows(Market(world), campaign, 20)
    }
    market = Market(world)
    questions = list(whole)
    random.Random(1).shuffle(questions)
    assert {(ad, day): market.day("meta", ad, day) for ad, day in questions} == whole


def test_past_days_do_not_change_when_the_budget_changes_later() -> None:
    world = _world()
    campaign = _campaign(world)
    market = Market(world)
    world.clock.advance(days=10)
    as_of = world.now()
    before = _rows(market, campaign, 9, as_of)
    world.update_campaign(campaign.id, daily_budget_micros=900_000_000)
    world.clock.advance(days=5)
    assert _rows(market, campaign, 9, as_of) == before
    assert _rows(Market(world), campaign, 9, as_of) == before


def test_impressions_are_concave_in_spend() -> None:
    impressions = []
    for budget in (50, 100, 200, 400):
        world = _world()
        campaign = _campaign(world, budget=budget)
        world.clock.advance(days=60)
        rows = _rows(Market(world), campaign, 56)
        impressions.append((_spend(rows), sum(row.impressions for row in rows)))
    assert [pair[1] for pair in impressions] == sorted(pair[1] for pair in impressions)
    per_unit = [seen / spent for spent, seen in impressions]
    assert per_unit == sorted(per_unit, reverse=True)


@pytest.mark.parametrize(("platform", "limit"), [("google", 2.0), ("meta", 1.75), ("tiktok", 1.25)])
def test_a_day_stays_within_the_platforms_over_delivery(platform: Platform, limit: float) -> None:
    world = _world()
    campaign = _campaign(world, platform)
    world.clock.advance(days=92)
    spend: dict[date, float] = defaultdict(float)
    for row in _rows(Market(world), campaign, 90):
        spend[row.day] += row.spend_micros / 1e6
    assert 100 < max(spend.values()) <= 100 * limit
    october = sum(amount for day, amount in spend.items() if day.month == 10)
    assert october <= 100 * 31 + 1


def test_conversions_of_a_day_arrive_over_two_weeks() -> None:
    world = _world()
    campaigns = [_campaign(world, budget=400) for _ in range(5)]
    market = Market(world)
    world.clock.advance(days=40)

    def known(days_later: int) -> float:
        total = 0.0
        for campaign in campaigns:
            for day in range(2, 12):
                as_of = START + timedelta(days=day + days_later)
                asked = FIRST + timedelta(day)
                rows = market.rows(
                    campaign.account_id, asked, asked, as_of, campaign_id=campaign.id
                )
                total += sum(row.conversions for row in rows)
        return total

    # START is 23:00 of the day before in the account's zone.
    final = known(20)
    assert known(2) / final == pytest.approx(0.56, abs=0.05)
    assert known(5) / final == pytest.approx(0.86, abs=0.03)
    assert known(16) == final


def test_clicks_and_spend_of_a_fresh_day_are_corrected_downwards() -> None:
    world = _world()
    campaign = _campaign(world, budget=400)
    market = Market(world)
    world.clock.advance(days=12)
    day = FIRST + timedelta(5)

    def seen(days_later: int) -> tuple[int, int, int]:
        as_of = START + timedelta(days=6 + days_later)
        rows = market.rows(campaign.account_id, day, day, as_of, campaign_id=campaign.id)
        return (
            sum(row.impressions for row in rows),
            sum(row.clicks for row in rows),
            sum(row.spend_micros for row in rows),
        )

    first, final = seen(1), seen(5)
    assert first[0] == final[0]
    assert first[1] > final[1] > 0.9 * first[1]
    assert first[2] > final[2] > 0.95 * first[2]


def test_creative_with_the_higher_true_rate_wins_over_many_days() -> None:
    world = _world()
    campaign = _campaign(world, budget=300, signatures=("a", "b", "c"))
    market = Market(world)
    world.clock.advance(days=60)
    clicks: dict[str, int] = defaultdict(int)
    shown: dict[str, int] = defaultdict(int)
    for row in _rows(market, campaign, 56):
        clicks[row.ad_id] += row.clicks
        shown[row.ad_id] += row.impressions
    observed = {ad: clicks[ad] / shown[ad] for ad in clicks}
    true = {ad: market.ad_truth(world.ads[ad]).click_rate for ad in clicks}
    assert max(observed, key=observed.__getitem__) == max(true, key=true.__getitem__)
    ratios = [observed[ad] / true[ad] for ad in observed]
    assert max(ratios) / min(ratios) < 1.1


def test_same_content_is_worth_the_same_in_every_campaign() -> None:
    world = _world()
    market = Market(world)
    rates = []
    for _ in range(2):
        campaign = _campaign(world, signatures=("plain", "bold"))
        ads = world.list_ads(campaign.account_id, campaign.id)
        plain, bold = (market.ad_truth(ad).click_rate for ad in ads)
        rates.append(plain / bold)
    assert rates[0] == pytest.approx(rates[1])


def test_weekdays_differ_and_average_to_one() -> None:
    factors = weekday_factors(7, "meta")
    assert factors.mean() == pytest.approx(1.0)
    assert factors.max() / factors.min() > 1.05


def test_weekday_shows_in_the_conversion_rate() -> None:
    world = _world()
    campaigns = [_campaign(world, budget=800) for _ in range(12)]
    market = Market(world)
    world.clock.advance(days=200)
    orders, clicks = np.zeros(7), np.zeros(7)
    for campaign in campaigns:
        for row in _rows(market, campaign, 182):
            orders[row.day.weekday()] += row.conversions
            clicks[row.day.weekday()] += row.clicks
    observed = orders / clicks
    assert np.corrcoef(observed, weekday_factors(7, "meta"))[0, 1] > 0.8


def test_paused_campaign_spends_nothing() -> None:
    world = _world()
    campaign = _campaign(world)
    world.update_campaign(campaign.id, status="paused")
    world.clock.advance(days=5)
    assert _rows(Market(world), campaign, 5) == []


def test_half_a_day_paused_spends_half() -> None:
    spends = []
    for paused in (False, True):
        world = _world()
        campaign = _campaign(world, "tiktok")
        world.clock.advance(hours=54)  # 3 October, noon UTC
        if paused:
            world.update_campaign(campaign.id, status="paused")
        world.clock.advance(days=2)
        rows = _rows(Market(world), campaign, 3)
        spends.append(_spend([row for row in rows if row.day == date(2026, 10, 3)]))
    assert spends[1] == pytest.approx(spends[0] / 2, rel=0.02)


def test_nothing_is_delivered_before_the_start_date_and_after_the_end_date() -> None:
    world = _world()
    campaign = _campaign(world)
    dates = {"start_date": date(2026, 10, 4), "end_date": date(2026, 10, 6)}
    world.update_campaign(campaign.id, **dates)
    world.clock.advance(days=10)
    days = {row.day for row in _rows(Market(world), campaign, 10)}
    assert days == {date(2026, 10, 4), date(2026, 10, 5), date(2026, 10, 6)}


def test_refused_ad_never_delivers() -> None:
    world = _world()
    campaign = _campaign(world, signatures=("fine", "bad"))
    fine, bad = world.list_ads(campaign.account_id, campaign.id)
    world.update_ad(bad.id, texts=["A miracle cure for everything"])
    world.clock.advance(days=4)
    assert {row.ad_id for row in _rows(Market(world), campaign, 4)} == {fine.id}


def test_budgets_of_ad_groups_are_spent_group_by_group() -> None:
    world = _world()
    campaign = _campaign(world, budget=None, signatures=())
    world.update_ad_group(world.list_ad_groups(campaign.account_id)[0].id, status="removed")
    small = _group(world, campaign, ("one",), budget=20)
    large = _group(world, campaign, ("two",), budget=60)
    world.clock.advance(days=29)
    rows = _rows(Market(world), campaign, 28)
    spent = {
        group.id: _spend([row for row in rows if row.ad_group_id == group.id])
        for group in (small, large)
    }
    assert spent[large.id] / spent[small.id] == pytest.approx(3.0, rel=0.02)
    assert spent[small.id] == pytest.approx(20 * 28, rel=0.1)


def test_running_day_grows_with_the_hours() -> None:
    world = _world()
    campaign = _campaign(world, "tiktok")
    market = Market(world)
    world.clock.advance(days=3)
    spends = []
    for _ in range(3):
        day = world.now().date()
        spends.append(_spend(market.rows(campaign.account_id, day, day)))
        world.clock.advance(hours=5)
    assert 0 < spends[0] < spends[1] < spends[2] < 125


def test_typical_campaign_is_worth_optimising() -> None:
    world = _world()
    market = Market(world)
    campaigns = [_campaign(world, budget=100) for _ in range(40)]
    world.clock.advance(days=45)
    roas, impressions = [], []
    for campaign in campaigns:
        rows = _rows(market, campaign, 28)
        roas.append(sum(row.revenue_micros for row in rows) / 1e6 / _spend(rows))
        impressions.append(sum(row.impressions for row in rows) / 28)
    assert 1.0 < float(np.median(roas)) < 2.5
    assert min(roas) < 0.9
    assert max(roas) > 2.5
    assert 5_000 < float(np.median(impressions)) < 15_000


def test_google_shares_some_conversions_in_halves() -> None:
    world = _world()
    campaign = _campaign(world, "google", budget=400)
    world.clock.advance(days=30)
    rows = _rows(Market(world), campaign, 28)
    assert any(row.conversions % 1 == 0.5 for row in rows)
    assert all(row.conversions * 2 == int(row.conversions * 2) for row in rows)


def test_counts_never_exceed_what_they_come_from() -> None:
    world = _world()
    campaign = _campaign(world)
    world.clock.advance(days=20)
    for row in _rows(Market(world), campaign, 20):
        assert row.impressions >= row.clicks >= row.conversions >= 0
        assert row.spend_micros % 10_000 == 0


def test_unknown_ad_is_an_error() -> None:
    with pytest.raises(KeyError):
        Market(_world()).day("meta", "1", FIRST)


def test_whole_account_of_a_thousand_ads_is_read_at_once() -> None:
    world = _world()
    for number in range(250):
        _campaign(world, signatures=tuple(f"{number}/{n}" for n in range(4)))
    world.clock.advance(days=31)
    rows = Market(world).rows(world.account("meta").id, FIRST, FIRST + timedelta(29))
    assert len(rows) == 30_000
    assert len({(row.ad_id, row.day) for row in rows}) == 30_000


@pytest.mark.parametrize("mean", [0.3, 4.0, 39.0, 200.0])
def test_counts_have_the_mean_and_spread_of_a_poisson(mean: float) -> None:
    keys = rng.derive_keys(np.arange(20_000, dtype=np.uint64), 1)
    counts = rng.poissons(np.full(20_000, mean), keys, 3)
    assert counts.mean() == pytest.approx(mean, rel=0.03)
    assert counts.var() == pytest.approx(mean, rel=0.06)
