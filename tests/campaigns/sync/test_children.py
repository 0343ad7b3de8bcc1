"""What a reading of ad groups and ads writes, and what of it is noted as an edit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Ad, AdGroup, Campaign, LearningEdit, PublishRequest
from campaigns.sync.structure_sync import store_structure
from core.common.money import Money
from core.models import Advertiser
from platforms.models import AdAccount
from platforms.types import LearningTerms, RemoteAd, RemoteAdGroup, RemoteCampaign


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser, platform="meta", external_id="1", currency="USD", time_zone="UTC"
    )


def group(name: str, units: int, **values: object) -> RemoteAdGroup:
    budget = Money.parse(units, "USD")
    return RemoteAdGroup(name, name, "active", daily_budget=budget, **values)  # type: ignore[arg-type]


def tree(*groups: RemoteAdGroup) -> RemoteCampaign:
    budget = Money.parse(100, "USD")
    return RemoteCampaign("1", "Boots", "active", "traffic", budget, "ad_group", None, None, groups)


def noted() -> list[str]:
    return list(LearningEdit.objects.order_by("pk").values_list("cause", flat=True))


def open_a_change(account: AdAccount) -> PublishRequest:
    campaign = Campaign.objects.get(account=account)
    return PublishRequest.objects.create(
        account=account,
        campaign=campaign,
        operation="set_status",
        target_type="campaign",
        target_id=campaign.pk,
        state="waiting",
    )


@pytest.mark.parametrize(("split", "causes"), [((90, 10), ["split"]), ((55, 45), [])])
def test_another_split_of_the_same_sum_is_noted_where_a_step_is_large(
    account: AdAccount, split: tuple[int, int], causes: list[str]
) -> None:
    store_structure(account, [tree(group("g1", 50), group("g2", 50))])
    for _ in range(2):
        store_structure(account, [tree(group("g1", split[0]), group("g2", split[1]))])
    assert noted() == causes
    budgets = AdGroup.objects.order_by("remote_id").values_list("daily_budget_micros", flat=True)
    assert list(budgets) == [part * 1_000_000 for part in split]


def test_while_a_change_is_open_nothing_is_noted_and_afterwards_it_is(account: AdAccount) -> None:
    before = group("g1", 100, learning=LearningTerms(targeting="all"))
    after = group("g1", 40, learning=LearningTerms(targeting="some"))
    store_structure(account, [tree(before)])
    request = open_a_change(account)
    store_structure(account, [tree(after)])
    row = AdGroup.objects.get()
    assert (row.daily_budget_micros, row.learning_terms["targeting"]) == (100_000_000, "all")
    assert noted() == []
    request.delete()
    store_structure(account, [tree(after)])
    assert noted() == ["targeting", "split"]


def test_digests_of_another_version_are_taken_over_without_a_hold(account: AdAccount) -> None:
    old, new = LearningTerms(targeting="a"), LearningTerms(targeting="b", version=2)
    for terms in (old, new):
        store_structure(account, [tree(group("g1", 100, learning=terms))])
    assert noted() == []
    changed = replace(new, targeting="c")
    store_structure(account, [tree(group("g1", 100, learning=changed))])
    assert noted() == ["targeting"]


def test_a_thousand_changed_rows_are_written_in_a_handful_of_statements(
    account: AdAccount,
) -> None:
    ads = tuple(RemoteAd(f"a{n}", f"Ad {n}", "active") for n in range(1000))
    store_structure(account, [tree(group("g1", 100, ads=ads))])
    read = tuple(replace(ad, learning=LearningTerms(content="x")) for ad in ads)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        store_structure(account, [tree(group("g1", 100, ads=read))])
    assert Ad.objects.filter(learning_terms__content="x").count() == 1000
    assert len(queries) < 30
