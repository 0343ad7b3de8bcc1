"""A daily budget that the platform keeps on ad groups: their sum, and how a change is split."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.models import AdGroup, Campaign, RemoteState
from core.common.errors import InvalidInput
from core.common.money import MICROS, Money, minor_unit_micros
from platforms.models import AdAccount, Platform
from platforms.registry import capabilities_of


def groups_with_daily_budgets(campaign: Campaign) -> list[AdGroup]:
    """Those that exist on the platform, also where they are paused or over: the campaign shows the
    sum of all, and without the part of one the others would get it."""
    return [
        group
        for group in campaign.ad_groups.all()
        if group.daily_budget_micros and group.remote_id and group.remote != RemoteState.ABSENT
    ]


def least_micros(account: AdAccount) -> int:
    """The smallest daily budget of one ad group: as the account states it, else the published one
    in dollars; in other currencies the platform has the last word."""
    step = step_micros(account)
    stated = account.min_daily_budget_micros
    if stated is None and account.currency == "USD" and account.platform != Platform.IMPORT:
        stated = capabilities_of(account.platform).min_group_budget_usd * MICROS
    return max(-(-(stated or 0) // step) * step, step)


def step_micros(account: AdAccount) -> int:
    """What a daily budget is a multiple of."""
    if account.platform == Platform.IMPORT:
        return minor_unit_micros(account.currency)
    return capabilities_of(account.platform).budget_step(account.currency)


def in_steps(account: AdAccount, budget: Money) -> Money:
    """Rounded down to what the platform counts: a computed budget that is finer is refused."""
    step = step_micros(account)
    return account.money(int(budget.amount * MICROS) // step * step)


def split_of(campaign: Campaign, micros: int) -> list[tuple[AdGroup, int]]:
    """Each ad group's new budget, so that they come to `micros`. Raises InvalidInput on
    daily_budget where it cannot be split."""
    account, groups = campaign.account, groups_with_daily_budgets(campaign)
    if not groups:
        raise InvalidInput(
            "The budgets of this campaign are on its ad groups, and none with a daily budget is "
            "known. Sync the account, or change them on the platform.",
            field="daily_budget",
        )
    least = least_micros(account)
    now = [group.daily_budget_micros or 0 for group in groups]
    parts = split(micros, now, least, step_micros(account))
    if parts is None:
        lowest = account.money(sum(min(least, each) for each in now))
        raise InvalidInput(
            f"{account.money(micros)} a day cannot be split over {len(groups)} ad groups of at "
            f"least {account.money(least)} each: give {lowest} or more.",
            field="daily_budget",
        )
    return list(zip(groups, parts, strict=True))


def split(total: int, now: Sequence[int], least: int, step: int) -> list[int] | None:
    """`total` over ad groups in proportion to what each has above its minimum; None where it is
    less than the minimums together.

    All in micros. Each part is a multiple of `step` where `now` and `least` are, the parts come to
    `total`, and all of them move the same way, or not at all. One that is below the minimum
    already is not raised to it by a cut.
    """
    floors = [min(least, each) for each in now]
    rest = total - sum(floors)
    if rest < 0:
        return None
    weights = [each - floor for each, floor in zip(now, floors, strict=True)]
    if not any(weights):
        weights = list(now) if any(now) else [1] * len(now)
    whole = sum(weights)
    parts = [rest * weight // (whole * step) * step for weight in weights]
    left = [rest * weight - part * whole for weight, part in zip(weights, parts, strict=True)]
    by_remainder = sorted(range(len(now)), key=lambda at: (-left[at], at))
    missing = rest - sum(parts)
    for at in by_remainder[: -(-missing // step)]:
        more = min(step, missing)
        parts[at] += more
        missing -= more
    return [floor + part for floor, part in zip(floors, parts, strict=True)]
