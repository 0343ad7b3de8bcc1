"""A campaign whose budget is on its ad groups is in the pool like any other."""

from __future__ import annotations

from campaigns.models import AdGroup, Campaign, PublishRequest
from core.models import Actor, Advertiser
from optimization import services
from optimization.budgets.pool import allocation_inputs, pool_campaigns
from tests.optimization.live import WORKER

MILLION = 1_000_000


def on_ad_groups(campaign: Campaign, *units: int) -> list[AdGroup]:
    """Its 100.00 a day, spread over ad groups of at least 5.00 each."""
    Campaign.objects.filter(pk=campaign.pk).update(budget_on="ad_group")
    campaign.ad_groups.all().delete()
    return [
        AdGroup.objects.create(
            campaign=campaign,
            name=f"Group {n}",
            wanted="active",
            remote="active",
            remote_id=f"g{campaign.pk}-{n}",
            daily_budget_micros=amount * MILLION,
        )
        for n, amount in enumerate(units)
    ]


def test_it_cannot_go_below_the_minimums_of_all_its_ad_groups(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    on_ad_groups(pool[2], 50, 30, 20)
    least = {
        row["id"]: row["min_budget"]
        for row in allocation_inputs(list(pool_campaigns(advertiser, "USD")))
    }
    assert [int(least[campaign.pk]) for campaign in pool] == [5, 5, 15]


def test_a_move_and_its_undo_are_split_as_one_change(
    advertiser: Advertiser, pool: list[Campaign], actor: Actor
) -> None:
    groups = on_ad_groups(pool[2], 60, 40)
    proposed = services.propose_rebalance(actor=WORKER, advertiser=advertiser, currency="USD")
    rebalance = services.apply_rebalance(actor=actor, rebalance=proposed)
    [sent] = PublishRequest.objects.filter(campaign=pool[2])
    parts = {part["id"]: part["micros"] for part in sent.payload["groups"]}
    change = rebalance.changes.get(campaign=pool[2])
    assert change.new_micros < 100 * MILLION
    assert sum(parts.values()) == sent.payload["micros"] == change.new_micros
    assert all(parts[g.pk] < (g.daily_budget_micros or 0) for g in groups)
    for group in groups:  # as the platform confirms it
        AdGroup.objects.filter(pk=group.pk).update(daily_budget_micros=parts[group.pk])
    PublishRequest.objects.filter(state="waiting").update(state="done")
    services.resume(rebalance)
    back = services.undo_rebalance(actor=actor, rebalance=rebalance)
    PublishRequest.objects.filter(state="waiting", campaign__in=pool[:2]).update(state="done")
    services.resume(back)
    again = PublishRequest.objects.filter(campaign=pool[2]).order_by("pk").last()
    assert again is not None
    restored = {part["id"]: part["micros"] for part in again.payload["groups"]}
    assert restored == {groups[0].pk: 60 * MILLION, groups[1].pk: 40 * MILLION}


def test_a_budget_over_the_whole_flight_is_in_no_pool(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    Campaign.objects.filter(pk=pool[0].pk).update(
        daily_budget_micros=None, total_budget_micros=3_000 * MILLION
    )
    assert set(pool_campaigns(advertiser, "USD")) == {*pool[1:]}


def test_with_one_budget_for_a_whole_flight_it_is_in_no_pool(
    advertiser: Advertiser, pool: list[Campaign]
) -> None:
    first, second = on_ad_groups(pool[2], 60, 40)
    AdGroup.objects.filter(pk=first.pk).update(
        daily_budget_micros=None, total_budget_micros=900 * MILLION
    )
    assert {c.pk for c in pool_campaigns(advertiser, "USD")} == {pool[0].pk, pool[1].pk}
    AdGroup.objects.filter(pk=first.pk).update(remote="absent")
    assert pool[2].pk in {c.pk for c in pool_campaigns(advertiser, "USD")}
    assert second.daily_budget_micros == 40 * MILLION
