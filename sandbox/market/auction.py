"""Simulates the results of one campaign's ads over some days."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from sandbox.market import delivery, pacing, rng
from sandbox.market.ground_truth import CampaignTruth, campaign_truth, creative_effects
from sandbox.market.rng import Floats, Ints, Keys
from sandbox.world.model import Ad, AdGroup, Campaign

_CAPACITY_BEND = 6  # how sharply spend saturates at the audience's capacity
_SD_SPLIT, _SD_VOLUME, _SD_CLICKS, _SD_CONVERSIONS = 0.10, 0.05, 0.08, 0.12
_SD_SHOCK_CLICKS, _SD_SHOCK_CONVERSIONS = 0.05, 0.08
_FATIGUE, _FATIGUE_DAYS = 0.12, 40.0
INVALID_RATE, _INVALID_COST = 0.03, 0.5


@dataclass
class Cells:
    """Arrays of equal length, one cell per ad (its id as a number) and day with delivery.

    Money in micros. `clicks` and `spend` are as first reported; `invalid_clicks` and `credit` are
    subtracted later; `orders` are final; `key` seeds the random numbers of the cell.
    """

    ad: Ints
    day: Ints
    key: Keys
    impressions: Ints
    clicks: Ints
    invalid_clicks: Ints
    spend: Ints
    credit: Ints
    orders: Ints
    order_value: Floats

    def select(self, index: object) -> Cells:
        return Cells(*(getattr(self, item.name)[index] for item in fields(self)))


def concatenate(parts: list[Cells]) -> Cells:
    return Cells(
        *(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Cells))
    )


EMPTY_CELLS = Cells(
    **{
        item.name: np.zeros(
            0, {"key": np.uint64, "order_value": np.float64}.get(item.name, np.int64)
        )
        for item in fields(Cells)
    }
)


@dataclass(frozen=True)
class CampaignTree:
    """A campaign with all its ad groups and at least one ad."""

    campaign: Campaign
    groups: list[AdGroup]
    ads: list[Ad]
    zone: str
    currency: str


def simulate(seed: int, tree: CampaignTree, first: date, days: int, until: float) -> Cells:
    """Results of `days` days from `first` on, counting delivery before `until` only."""
    edges = delivery.day_edges(tree.zone, first, days)
    truth = campaign_truth(seed, tree.campaign, tree.currency)
    active = _active_shares(tree, edges, until)
    ordinals = np.arange(first.toordinal(), first.toordinal() + days)
    keys = _cell_keys(seed, tree, ordinals)
    spend = _spend(seed, tree, truth, first, edges, active, keys)
    impressions = _impressions(seed, tree, truth, ordinals, spend, active)
    return _build_cells(seed, tree, truth, edges, ordinals, keys, spend, impressions)


def _active_shares(tree: CampaignTree, edges: Floats, until: float) -> Floats:
    """Days x ads: share of the day in which the ad, its group and the campaign were all active."""
    campaign = delivery.active_times(tree.campaign, tree.zone)
    groups = {
        group.id: delivery.overlap(campaign, delivery.active_times(group, tree.zone))
        for group in tree.groups
    }
    columns = [
        delivery.day_shares(
            delivery.overlap(
                groups[ad.ad_group_id],
                delivery.active_times(ad, tree.zone),
                delivery.review_times(ad),
            ),
            edges,
            until,
        )
        for ad in tree.ads
    ]
    return np.stack(columns, axis=1)


def _cell_keys(seed: int, tree: CampaignTree, ordinals: Ints) -> Keys:
    ads = np.array([rng.key(seed, ad.platform, ad.id) for ad in tree.ads], dtype=np.uint64)
    days = _day_keys(ordinals)
    return np.asarray(ads[None, :] ^ days[:, None], dtype=np.uint64)


def _day_keys(ordinals: Ints) -> Keys:
    return rng.derive_keys(ordinals.astype(np.uint64), 7)


def _spend(
    seed: int,
    tree: CampaignTree,
    truth: CampaignTruth,
    first: date,
    edges: Floats,
    active: Floats,
    keys: Keys,
) -> Floats:
    """Days x ads, units of currency."""
    weights = active * np.exp(_SD_SPLIT * rng.normals(keys, 1)) * ad_weights(seed, tree)
    index = {group.id: number for number, group in enumerate(tree.groups)}
    member = np.zeros((len(tree.ads), len(tree.groups)))
    for column, ad in enumerate(tree.ads):
        member[column, index[ad.ad_group_id]] = 1.0
    campaign_budgets = delivery.daily_budgets(tree.campaign, edges)
    group_budgets = np.stack([delivery.daily_budgets(g, edges) for g in tree.groups], axis=1)
    active_share = np.stack(
        [(active * member[:, g]).max(axis=1) for g in range(len(tree.groups))], axis=1
    )
    of_campaign = (
        campaign_budgets[:, None] * active.max(axis=1, keepdims=True) * _shares(weights, weights)
    )
    of_groups = (
        (group_budgets * active_share) @ member.T * _shares(weights, weights @ member @ member.T)
    )
    desired = np.where(campaign_budgets[:, None] > 0, of_campaign, of_groups)
    desired = desired * pacing.daily_factors(seed, tree.campaign, first, len(edges) - 1)[:, None]
    return np.asarray(desired * capacity_factor(truth, desired, active), dtype=np.float64)


def _shares(weights: Floats, of: Floats) -> Floats:
    total = of.sum(axis=1, keepdims=True) if of is weights else of
    return np.asarray(np.divide(weights, total, out=np.zeros_like(weights), where=total > 0))


def ad_weights(seed: int, tree: CampaignTree) -> Floats:
    """The vendor's preference for some ads when it splits a budget."""
    return np.array([np.exp(0.2 * rng.normal(seed, "taste", ad.id)) for ad in tree.ads])


def capacity_factor(truth: CampaignTruth, desired: Floats, active: Floats) -> Floats:
    """Days x 1: factor on the desired spend that keeps it within the audience's capacity."""
    active_share = np.maximum(active.max(axis=1), 1e-9)
    rate = desired.sum(axis=1) / active_share
    factor = (1.0 + (rate / truth.capacity) ** _CAPACITY_BEND) ** (-1.0 / _CAPACITY_BEND)
    return np.asarray(factor[:, None], dtype=np.float64)


def _impressions(
    seed: int,
    tree: CampaignTree,
    truth: CampaignTruth,
    ordinals: Ints,
    spend: Floats,
    active: Floats,
) -> Ints:
    total = spend.sum(axis=1)
    active_share = np.maximum(active.max(axis=1), 1e-9)
    rate = total / active_share
    level = truth.impressions(1.0) * (truth.half_spend + 1.0)
    expected = active_share * level * rate / (truth.half_spend + rate)
    key = np.uint64(rng.key(seed, "volume", tree.campaign.id))
    noise = np.exp(_SD_VOLUME * rng.normals(_day_keys(ordinals) ^ key, 2))
    share = np.divide(spend, total[:, None], out=np.zeros_like(spend), where=total[:, None] > 0)
    return np.asarray(np.rint((expected * noise)[:, None] * share), dtype=np.int64)


def _build_cells(
    seed: int,
    tree: CampaignTree,
    truth: CampaignTruth,
    edges: Floats,
    ordinals: Ints,
    keys: Keys,
    spend: Floats,
    impressions: Ints,
) -> Cells:
    click_rate, conversion_rate = _rates(seed, tree, truth, edges, ordinals)
    click_noise = _noise(_SD_CLICKS, keys, 3)
    clicks = np.minimum(rng.poissons(impressions * click_rate * click_noise, keys, 11), impressions)
    invalid = np.floor(clicks * INVALID_RATE + rng.uniforms(keys, 13)).astype(np.int64)
    invalid = np.minimum(invalid, clicks)
    valid = clicks - invalid
    orders = rng.poissons(valid * conversion_rate * _noise(_SD_CONVERSIONS, keys, 4), keys, 12)
    micros = np.rint(spend * 100).astype(np.int64) * 10_000
    ratio = np.divide(invalid, clicks, out=np.zeros_like(spend), where=clicks > 0)
    credit = np.rint(micros * ratio * _INVALID_COST / 1e4).astype(np.int64) * 10_000
    rows, columns = np.nonzero(impressions)
    return Cells(
        ad=np.array([int(ad.id) for ad in tree.ads], dtype=np.int64)[columns],
        day=ordinals[rows],
        key=keys[rows, columns],
        impressions=impressions[rows, columns],
        clicks=clicks[rows, columns],
        invalid_clicks=invalid[rows, columns],
        spend=micros[rows, columns],
        credit=credit[rows, columns],
        orders=np.minimum(orders, valid)[rows, columns],
        order_value=np.full(len(rows), truth.order_value),
    )


def _rates(
    seed: int, tree: CampaignTree, truth: CampaignTruth, edges: Floats, ordinals: Ints
) -> tuple[Floats, Floats]:
    """(click rates, conversion rates), each days x ads, before the noise of the ad."""
    platform = tree.campaign.platform
    days = _day_keys(ordinals) ^ np.uint64(rng.key(seed, platform, "day"))
    clicks = _noise(_SD_SHOCK_CLICKS, days, 5)[:, None] * _creative_factors(seed, tree, edges, 0)
    conversions = (
        _noise(_SD_SHOCK_CONVERSIONS, days, 6) * weekday_factors(seed, platform)[(ordinals + 6) % 7]
    )
    fatigue = _fatigue(tree, edges)
    return (
        truth.click_rate * clicks * fatigue,
        truth.conversion_rate * conversions[:, None] * _creative_factors(seed, tree, edges, 1),
    )


def weekday_factors(seed: int, platform: str) -> Floats:
    """Factor on conversions for Monday to Sunday; their mean is 1."""
    raw = np.exp([0.07 * rng.normal(seed, platform, "weekday", n) for n in range(7)])
    return np.asarray(raw / raw.mean(), dtype=np.float64)


def _creative_factors(seed: int, tree: CampaignTree, edges: Floats, effect: int) -> Floats:
    """Days x ads: the creative's factor on clicks (0) or on conversions (1)."""
    result = np.empty((len(edges) - 1, len(tree.ads)))
    for column, ad in enumerate(tree.ads):
        signatures = {state.signature for state in ad.history}
        if len(signatures) == 1:
            result[:, column] = creative_effects(seed, ad.platform, signatures.pop())[effect]
            continue
        for row, end in enumerate(edges[1:]):
            signature = delivery.signature_on(ad, delivery.to_datetime(end))
            result[row, column] = creative_effects(seed, ad.platform, signature)[effect]
    return result


def _fatigue(tree: CampaignTree, edges: Floats) -> Floats:
    created = np.array([ad.created_at.timestamp() for ad in tree.ads])
    age = np.clip((edges[1:, None] - created[None, :]) / 86_400, 0.0, None)
    return np.asarray(1 - _FATIGUE + _FATIGUE * np.exp(-age / _FATIGUE_DAYS), dtype=np.float64)


def _noise(sd: float, keys: Keys, stream: int) -> Floats:
    """Lognormal with mean 1."""
    return np.asarray(np.exp(sd * rng.normals(keys, stream) - sd * sd / 2), dtype=np.float64)
