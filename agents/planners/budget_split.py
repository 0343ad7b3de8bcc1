"""Splits a brief's total over its ad accounts.

Each account gets its share of the total; an account whose daily budget would fall below its
minimum is lifted to it, at the others' expense, when nobody edited the shares. Daily is share by
days, rounded down to what the platform counts; what rounding leaves over is shown, never spent.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from agents.plans import BudgetValidation
from campaigns.guardrails.limits import minimum
from campaigns.models import Brief, BriefShare
from core.common.errors import RateMissing
from core.common.money import Money
from platforms.minimums import published_minimum
from platforms.models import AdAccount
from platforms.registry import capabilities_of


def least_daily(account: AdAccount) -> Money:
    """The smallest daily budget to plan with: what binds every campaign, and the platform's
    published minimum at the day's rate, where the account states none. A rate that moves later
    refuses nothing that runs, so the gate does not ask for the latter."""
    least = minimum(account)
    if account.min_daily_budget_micros is None:
        # Without a rate the preflight asks for one, where the platform does not tell itself.
        with suppress(RateMissing):
            least = max(least, published_minimum(account))
    step = capabilities_of(account.platform).budget_step(account.currency)
    return account.money(-(-least.micros // step) * step)


def split_budget(brief: Brief) -> dict[int, BudgetValidation]:
    """AdAccount id to its budget."""
    shares = list(brief.shares.select_related("account__advertiser").order_by("account_id"))
    totals, lifted = _split_total(brief, shares)
    return {
        s.account_id: _budget_of(brief, s.account, totals[s.account_id], lifted) for s in shares
    }


def _split_total(brief: Brief, shares: list[BriefShare]) -> tuple[dict[int, int], set[int]]:
    plain = _split_by_shares(brief.total_budget_micros, {s.account_id: s.share for s in shares})
    if len({s.share for s in shares}) > 1:  # a person edited them: used unchanged
        return plain, set()
    needs = {s.account_id: least_daily(s.account).micros * brief.days for s in shares}
    lifted: set[int] = set()
    while True:
        short = {pk for pk, total in plain.items() if pk not in lifted and total < needs[pk]}
        rest = set(plain) - lifted - short
        spare = brief.total_budget_micros - sum(needs[pk] for pk in lifted | short)
        if not short or spare < 0:
            return plain, lifted
        lifted |= short
        even = dict.fromkeys(rest, Decimal(1))
        plain = {pk: needs[pk] for pk in lifted} | _split_by_shares(spare, even)


def _split_by_shares(total: int, shares: dict[int, Decimal]) -> dict[int, int]:
    whole = sum(shares.values(), Decimal(0))
    return {pk: int(total * share / whole) for pk, share in shares.items()}


def _budget_of(brief: Brief, account: AdAccount, total: int, lifted: set[int]) -> BudgetValidation:
    step = capabilities_of(account.platform).budget_step(brief.currency)
    daily = total // brief.days // step * step
    notes = []
    if account.pk in lifted:
        notes.append(
            f"Lifted to the minimum of {account.get_platform_display()}; the others get less."
        )
    return BudgetValidation(
        total_micros=total,
        daily_micros=daily,
        days=brief.days,
        left_over_micros=total - daily * brief.days,
        minimum_micros=least_daily(account).micros,
        notes=tuple(notes),
    )
