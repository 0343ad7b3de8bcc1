"""What is approved to be spent: reads the newest approval of a campaign, and gives new ones.

A raise stays within the newest approval, or needs a new one: from a person with the approver's
role and, above an amount, from somebody else than who asks; or from the policy that workers act
on. Who launches an approved plan never gets a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from campaigns.models import Campaign, SpendApproval
from campaigns.spend import brief_total, policy
from campaigns.spend.max_spend import SpendFigures, SpendSoFar
from campaigns.spend.terms import Terms, spend_so_far
from core.access import require_approver
from core.common import clock
from core.common.errors import GuardrailExceeded, NotAllowed
from core.common.money import Money
from core.models import Actor, ActorKind, User
from core.policy import exceeds
from platforms.models import AdAccount

Basis = SpendApproval.Basis
MAY_BE_SENT_FOR = timedelta(days=14)
PERSONS = (ActorKind.PERSON, ActorKind.API)


class NotApproved(GuardrailExceeded):
    """More could be spent than was approved, or the approval ran out before it was used."""

    code = "not_approved"


def approvals_of(campaign: Campaign) -> QuerySet[SpendApproval]:
    """In force, newest first; those of its plan too, from before its row existed."""
    mine = Q(campaign=campaign)
    if campaign.reference:
        mine |= Q(campaign=None, reference=campaign.reference, account=campaign.account_id)
    return SpendApproval.objects.filter(mine, withdrawn_at=None).order_by("-id")


def newest(campaign: Campaign) -> SpendApproval | None:
    """The one that holds. One that ran out before it was sent, or whose policy acts no more, holds
    nothing: then the one before it does; where none holds, the newest of them says so."""
    given = approvals_of(campaign)
    return next((row for row in given.iterator() if is_usable(row)), None) or given.first()


def excess(
    approval: SpendApproval, now: SpendFigures, so_far: SpendSoFar, terms: Sequence[Terms]
) -> int:
    """Micros by which these figures of these terms exceed the approval; a day where it has no end,
    else in all."""
    if terms and all(is_same_flight(approval, each, so_far) for each in terms):
        return 0
    if approval.envelope_micros is None:
        return max(now.per_day - approval.per_day_micros, 0)
    if not now.has_end:  # no envelope holds what never ends
        return max(now.can_spend, 1)
    spent = so_far.spent_since(approval.counts_from)
    return max(spent + now.can_spend - approval.envelope_micros, 0)


def is_same_flight(approval: SpendApproval, terms: Terms, so_far: SpendSoFar) -> bool:
    """At most as many days as were approved, at most at that budget, and nothing was spent before
    the first of them: dates that moved before the start take their approval along, whatever the
    calendar makes of the figure."""
    if not terms.is_on or not terms.budgets:
        return True
    days = terms.flight_days
    if days is None or approval.days is None or days > approval.days:
        return False
    [budget] = terms.budgets
    if budget.daily_micros > approval.per_day_micros:
        return False
    before = sum(
        micros
        for day, micros in so_far.days.items()
        if approval.counts_from <= day and budget.first is not None and day < budget.first
    )
    return not before and not terms.has_run_before(budget.first, so_far.today)


def is_approved_flight(campaign: Campaign, terms: Terms) -> bool:
    """Whether moving to these terms, before the start, takes an approval along."""
    current = newest(campaign)
    return current is not None and is_same_flight(current, terms, spend_for(campaign, current))


def spend_for(campaign: Campaign, approval: SpendApproval | None = None) -> SpendSoFar:
    """What was spent, as far back as the approval counts."""
    return spend_so_far(campaign, since=approval.counts_from if approval else None)


# ---- asking ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raise:
    """What a change would let a campaign spend, for who asks. `basis`: what a new approval would
    rest on."""

    campaign: Campaign
    actor: Actor
    after: Terms
    figures: SpendFigures
    basis: str = Basis.CHANGE


def obtain(wish: Raise) -> SpendApproval:
    """The approval that covers a raise: the newest one, or a new one where the asker may give it.

    Call it inside the change's transaction. Raises NotApproved, NotAllowed.
    """
    current = newest(wish.campaign)
    so_far = spend_for(wish.campaign, current)
    if wish.actor.kind == ActorKind.WORKER:
        policy.check_acts(wish.campaign.account.advertiser)
    if current is not None and is_usable(current) and not _excess_of(wish, current, so_far):
        return current
    if wish.actor.kind == ActorKind.WORKER:
        return _give(wish, so_far, Basis.POLICY)
    if wish.actor.kind not in PERSONS:
        raise NotApproved(_too_much(wish, current, so_far), field="daily_budget")
    require_approver(wish.actor, wish.campaign.account.advertiser)
    if wish.basis != Basis.REBALANCE:  # it moves money that persons approved, and adds none
        brief_total.check(wish.campaign, wish.actor, wish.after)
        check_second_person(wish, so_far)
    return _give(wish, so_far, wish.basis)


def _excess_of(wish: Raise, current: SpendApproval, so_far: SpendSoFar) -> int:
    return excess(current, wish.figures, so_far, (wish.after,))


def is_usable(approval: SpendApproval) -> bool:
    """What was sent once stays approved; the rest may be sent until its day, and what a policy
    approved while that policy acts."""
    if approval.sent_at is not None:
        return True
    if clock.market_now() > approval.until:
        return False
    return approval.basis != Basis.POLICY or policy.acts(approval.account.advertiser)


def check_covered(campaign: Campaign, now: SpendFigures, terms: Sequence[Terms]) -> None:
    """Just before sending: are these figures of these terms within the newest approval? Raises
    NotApproved."""
    current = newest(campaign)
    if current is None:
        raise NotApproved("Nobody approved what this would spend.", field="daily_budget")
    if not is_usable(current):
        raise NotApproved(_ran_out(current), field="daily_budget")
    so_far = spend_for(campaign, current)
    if not excess(current, now, so_far, terms):
        return
    last = approvals_of(campaign).first()
    if last is not None and not is_usable(last):
        raise NotApproved(_ran_out(last), field="daily_budget")
    raise NotApproved(sentence(campaign, now, current, so_far), field="daily_budget")


def _ran_out(current: SpendApproval) -> str:
    if clock.market_now() <= current.until:
        return f"It was approved by {current.approver_name}, and workers no longer act."
    return (
        f"The approval of {current.approver_name} ran out on {current.until:%-d %b %Y} before it "
        "was sent. Ask for it again."
    )


def _too_much(wish: Raise, current: SpendApproval | None, so_far: SpendSoFar) -> str:
    if current is None:
        return "Nobody approved what this would spend."
    if not is_usable(current):
        return _ran_out(current)
    return sentence(wish.campaign, wish.figures, current, so_far)


def sentence(
    campaign: Campaign, now: SpendFigures, current: SpendApproval, so_far: SpendSoFar
) -> str:
    """What exceeds the approval, in words."""
    money = campaign.account.money
    if current.envelope_micros is None or not now.has_end:
        return f"{money(now.per_day)} a day is more than the approved {current.per_day} a day."
    most = so_far.spent_since(current.counts_from) + now.can_spend
    return (
        f"It could spend {money(most).rounded()} from {current.counts_from:%-d %b %Y} on, more "
        f"than the approved {current.envelope}."
    )


# ---- giving ------------------------------------------------------------------------------


def _give(wish: Raise, so_far: SpendSoFar, basis: str) -> SpendApproval:
    campaign = wish.campaign
    version = policy.version_of(campaign.account.advertiser) if basis == Basis.POLICY else ""
    name = f"policy {version}" if version else wish.actor.name
    return write(
        account=campaign.account,
        campaign=campaign,
        figures=wish.figures,
        counts_from=counts_from(wish.after, so_far),
        basis=basis,
        days=wish.after.flight_days,
        policy=version,
        approver=None if version else wish.actor.user,
        approver_name=name,
    )


def write(
    *,
    account: AdAccount,
    figures: SpendFigures,
    counts_from: date,
    basis: str,
    approver: User | None,
    approver_name: str,
    campaign: Campaign | None = None,
    reference: str = "",
    days: int | None = None,
    policy: str = "",
    sent: bool = False,
    reserves: bool = False,
) -> SpendApproval:
    """The only place that writes a SpendApproval. `days`: of the flight (Terms.flight_days);
    `sent`: what it allows runs already."""
    now = clock.market_now()
    return SpendApproval.objects.create(
        account=account,
        campaign=campaign,
        reference=reference or (campaign.reference if campaign else ""),
        envelope_micros=figures.can_spend if figures.has_end else None,
        per_day_micros=figures.per_day,
        days=days if figures.per_day else None,
        counts_from=counts_from,
        basis=basis,
        policy=policy,
        approver=approver,
        approver_name=approver_name[:150],
        market_at=now,
        until=now + MAY_BE_SENT_FOR,
        sent_at=now if sent else None,
        reserves=reserves,
    )


def counts_from(terms: Terms, so_far: SpendSoFar) -> date:
    """The first day whose spend the figures count as still to come."""
    return min(so_far.open_from(terms.first), so_far.today)


def note_sent(campaign: Campaign, now: SpendFigures, terms: Sequence[Terms]) -> None:
    """The platform confirmed a raise to these figures: what its approval allows is in force, also
    where that was confirmed after its day. An approval that was not needed for them stays
    unsent."""
    given = approvals_of(campaign)
    given.filter(reserves=True).update(reserves=False)  # it counts by itself now
    latest = given.first()
    if latest is None or latest.sent_at is not None:
        return
    older = given.filter(sent_at__isnull=False).first()
    if older is None or excess(older, now, spend_for(campaign, older), terms):
        SpendApproval.objects.filter(pk=latest.pk).update(sent_at=clock.market_now())


# ---- the second person -------------------------------------------------------------------


def check_second_person(wish: Raise, so_far: SpendSoFar) -> None:
    """Raises NotAllowed where the asker alone would add more than the advertiser allows."""
    campaign, user = wish.campaign, wish.actor.user
    advertiser = campaign.account.advertiser
    if advertiser.second_person_above_micros is None or user is None:
        return
    added = campaign.account.money(added_by(user, wish))
    limit_micros = advertiser.second_person_above_micros
    if exceeds(added, limit_micros, advertiser.currency, so_far.today):
        limit = Money.from_micros(limit_micros, advertiser.currency)
        raise NotAllowed(
            f"It adds up to {added.rounded()} since somebody else approved. Above {limit} a "
            "second person decides: ask another approver to make this change.",
        )


def added_by(user: User, wish: Raise) -> int:
    """Micros that the campaign could spend on the asker's word alone: what is beyond the rest of
    the last approval that somebody other than the asker gave."""
    given = approvals_of(wish.campaign)
    # A worker's raise is nobody's word: else it would let the same person add again and again.
    by_others = given.exclude(approver=user).exclude(basis=Basis.POLICY)
    base = next((row for row in by_others.iterator() if is_usable(row)), None)
    first = given.order_by("id").first()
    so_far = spend_for(wish.campaign, base or first)
    if base is None:
        spent = so_far.spent_since(first.counts_from) if first else 0
        return wish.figures.can_spend + spent
    return max(wish.figures.can_spend - _rest_of(base, wish.figures, so_far), 0)


def _rest_of(base: SpendApproval, figures: SpendFigures, so_far: SpendSoFar) -> int:
    if base.envelope_micros is not None:
        return max(base.envelope_micros - so_far.spent_since(base.counts_from), 0)
    if not figures.per_day:
        return 0
    return figures.can_spend * base.per_day_micros // figures.per_day
