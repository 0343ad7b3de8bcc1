"""Predictions of applied rebalances against the days that came of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.models import Campaign, DailyMetric, PublishRequest
from campaigns.publishing.outbox import request_change
from campaigns.services import set_daily_budget
from campaigns.sync.metric_store import store_metrics
from core.common import clock
from core.common.money import Money
from core.models import Actor, Advertiser
from optimization.automation.incrementality import record_of
from optimization.budgets.scoring import score_advertiser
from optimization.models import BudgetProposal, Rebalance
from platforms.models import AdAccount
from tests.optimization.live import WORKER, make_campaign, moved, values

NIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 03:00 in New York


def applied(at: datetime) -> None:
    Rebalance.objects.update(applied_at=at)


def earned(campaign: Campaign, day: date, amount: int) -> None:
    row = values(campaign, None, day, 300, 100, amount)
    store_metrics(campaign.account, [row], seen_at=clock.market_now())


def scores() -> list[dict[str, Any]]:
    return list(BudgetProposal.objects.order_by("pk").values_list("score", flat=True))


@pytest.fixture
def two(advertiser: Advertiser, account: AdAccount) -> list[Campaign]:
    """Moved at three in the night of 2 March, account time."""
    campaigns = [make_campaign(account, n, ads=1) for n in (1, 2)]
    moved(advertiser, campaigns, days_ago=0)
    applied(NIGHT)
    return campaigns


def test_predictions_are_scored_once_their_conversions_have_arrived(
    advertiser: Advertiser, two: list[Campaign]
) -> None:
    for campaign, amount in zip(two, (200, 300), strict=True):
        earned(campaign, date(2026, 3, 2), amount)
    with clock.freeze(NIGHT + timedelta(days=16) - timedelta(minutes=1)):
        assert score_advertiser(advertiser) == 0
    with clock.freeze(NIGHT + timedelta(days=16)):
        assert score_advertiser(advertiser) == 2
        assert score_advertiser(advertiser) == 0
    assert [score["actual"] for score in scores()] == [200.0, 300.0]
    assert [score["inside"] for score in scores()] == [True, False]
    record = record_of(advertiser, "USD")
    assert (record.scored, record.inside, record.part_inside) == (2, 1, 0.5)


@pytest.mark.parametrize(
    ("hour", "minute", "day"),
    [(5, 0, 2), (10, 59, 2), (11, 0, 3), (21, 0, 3), (28, 59, 3), (29, 0, 3)],
)
def test_the_scored_day_is_the_first_whole_one_of_the_account(
    advertiser: Advertiser, two: list[Campaign], hour: int, minute: int, day: int
) -> None:
    """Midnight of New York is 05:00 UTC; until six a day counts as whole."""
    for campaign in two:
        for n in (1, 2, 3, 4):
            earned(campaign, date(2026, 3, n), 190 + n)
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    applied(at)
    with clock.freeze(at + timedelta(days=16)):
        assert score_advertiser(advertiser) == 2
    assert {score["actual"] for score in scores()} == {190.0 + day}


def test_a_day_without_figures_is_not_scored_as_nothing(
    advertiser: Advertiser, two: list[Campaign]
) -> None:
    earned(two[1], date(2026, 3, 2), 200)
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 1
        assert scores()[0] == {"missing": True}
        assert scores()[1]["actual"] == 200.0
        earned(two[0], date(2026, 3, 2), 200)
        assert score_advertiser(advertiser) == 0
    assert record_of(advertiser, "USD").scored == 1


def test_a_figure_of_a_whole_period_is_not_the_days(
    advertiser: Advertiser, two: list[Campaign]
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    DailyMetric.objects.update(period_first=date(2026, 2, 24))
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 0
    assert scores() == [{"missing": True}, {"missing": True}]


@pytest.mark.parametrize("state", ["refused", "left_out", "proposed"])
def test_a_change_that_was_not_made_predicts_nothing(
    advertiser: Advertiser, two: list[Campaign], state: str
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    BudgetProposal.objects.update(state=state)
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 0
    assert scores() == [{}, {}]


@pytest.mark.parametrize("state", ["shadow", "dismissed", "expired", "applying"])
def test_a_rebalance_that_was_not_applied_predicts_nothing(
    advertiser: Advertiser, two: list[Campaign], state: str
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    Rebalance.objects.update(state=state)
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 0
    assert scores() == [{}, {}]


def test_a_kept_budget_is_scored_too(advertiser: Advertiser, two: list[Campaign]) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    BudgetProposal.objects.update(state="kept")
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 2


@pytest.mark.parametrize(("state", "count"), [("done", 2), ("refused", 1), ("waiting", 1)])
def test_a_change_counts_once_the_platform_took_it(
    advertiser: Advertiser, two: list[Campaign], state: str, count: int
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    request = request_change(
        actor=WORKER,
        campaign=two[0],
        operation=PublishRequest.Operation.SET_BUDGET,
        target=two[0],
        payload={"micros": 60_000_000, "before": 100_000_000},
    )
    PublishRequest.objects.update(state=state)
    BudgetProposal.objects.filter(campaign=two[0]).update(request=request)
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == count


def test_a_raise_that_was_shrunk_is_not_held_against_its_prediction(
    advertiser: Advertiser, two: list[Campaign]
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    shrunk = BudgetProposal.objects.get(campaign=two[1])
    shrunk.details |= {"predicted_micros": 150_000_000}
    shrunk.save()
    kept = BudgetProposal.objects.get(campaign=two[0])
    kept.details |= {"predicted_micros": 60_000_000}
    kept.save()
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 1
    assert scores()[1] == {"missing": True}
    assert scores()[0]["actual"] == 200.0


def test_a_budget_that_a_person_changed_meanwhile_is_not_scored(
    advertiser: Advertiser, two: list[Campaign], actor: Actor
) -> None:
    for campaign in two:
        earned(campaign, date(2026, 3, 2), 200)
    with clock.freeze(NIGHT + timedelta(hours=5)):
        set_daily_budget(actor=actor, campaign=two[0], budget=Money(Decimal(50), "USD"))
    with clock.freeze(NIGHT + timedelta(days=2)):
        set_daily_budget(actor=actor, campaign=two[1], budget=Money(Decimal(50), "USD"))
    with clock.freeze(NIGHT + timedelta(days=17)):
        assert score_advertiser(advertiser) == 1
    assert scores()[0] == {"missing": True}
