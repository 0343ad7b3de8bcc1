"""Making, changing and ending pacing plans; telling when one goes off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse

from campaigns.models import Brief
from core.common import clock, dates
from core.common.errors import InvalidInput, InvalidMove
from core.common.money import Money
from core.models import Actor, Advertiser, AuditAction, Incident, PolicyChange, record
from core.policy import (
    Loosening,
    ask_for_second,
    base_of,
    needs_second,
    note_alone,
    require_admin,
)
from optimization.findings.store import Ending, Found, Scope, end_findings, save_findings
from optimization.models import PacingPlan, Run, WorkerFinding
from optimization.pacing.course import Paced, open_plans, paces
from optimization.stats.budget.pacing import PaceStatus

LONGEST_FLIGHT, FARTHEST_END = 366, 731  # days: a year, and two years from now


def create_pacing_plan(
    *,
    actor: Actor,
    advertiser: Advertiser,
    name: str,
    total: Money,
    kind: str = PacingPlan.Kind.MONTH,
    first: date | None = None,
    last: date | None = None,
    brief: Brief | None = None,
    steers: bool = False,
) -> PacingPlan:
    """What may be spent in every month, or from `first` to `last`. A plan that steers sets the
    daily total that the rebalance spreads, and may thus loosen the policy: that needs an admin and,
    above what one person may add, a second one; until then the plan only watches.

    Raises InvalidInput on the field at fault, NotAllowed.
    """
    _check(advertiser, name, total, kind, first, last, brief, steers=steers)
    waits, steered = False, _steered(advertiser, total)
    if steers:
        require_admin(actor, advertiser)
        added = Money.from_micros(steered.new - base_of(actor, steered), total.currency)
        waits = needs_second(advertiser, added)
    try:
        with transaction.atomic():
            plan = PacingPlan.objects.create(
                advertiser=advertiser,
                name=name.strip()[:120],
                kind=kind,
                currency=total.currency,
                total_micros=total.micros,
                first=first,
                last=last,
                brief=brief,
                steers=steers and not waits,
                created_by=actor.name[:150],
            )
            if waits:
                _ask_for_second(actor, plan, total)
            elif steers:
                note_alone(actor, steered)
            after = {"total": str(total), "steers": plan.steers}
            record(actor, AuditAction.CREATE_PACING_PLAN, plan, advertiser=advertiser, after=after)
    except IntegrityError:
        raise InvalidInput(
            f"Another plan sets the daily total in {total.currency} already. End it first, or "
            "let this one only watch.",
            field="steers",
        ) from None
    return plan


def steering_plans(advertiser: Advertiser) -> list[list[object]]:
    """The plans that set the daily total of a pool: a part of the policy that workers act on."""
    plans = PacingPlan.objects.filter(advertiser=advertiser, steers=True, ended_at=None)
    columns = ("pk", "currency", "total_micros", "kind", "first", "last")
    return [[str(value) for value in row] for row in plans.order_by("pk").values_list(*columns)]


def _steered(advertiser: Advertiser, total: Money) -> Loosening:
    """What plans that steer have come to together: one after the other adds up like one."""
    setting = f"steered_micros:{total.currency}"
    wish = Loosening(advertiser, advertiser, setting, 0, 0, "", "")
    newest = wish.past().filter(state=PolicyChange.State.ALONE).first()
    old = 0 if newest is None else int(newest.new or 0)
    after = str(Money.from_micros(old + total.micros, total.currency))
    return replace(wish, old=old, new=old + total.micros, after=after)


def _ask_for_second(actor: Actor, plan: PacingPlan, total: Money) -> None:
    after = f"sets the daily total, {total} in all"
    wish = Loosening(plan.advertiser, plan, "steers", False, True, "only watches", after)
    ask_for_second(actor, wish)


def _check(
    advertiser: Advertiser,
    name: str,
    total: Money,
    kind: str,
    first: date | None,
    last: date | None,
    brief: Brief | None,
    *,
    steers: bool,
) -> None:
    if not name.strip():
        raise InvalidInput("Give the plan a name.", field="name")
    if total.amount <= 0 or total.rounded() != total:
        raise InvalidInput("The total is above zero, in whole minor units.", field="total")
    if total.currency not in set(advertiser.accounts.values_list("currency", flat=True)):
        raise InvalidInput(f"No account here runs in {total.currency}.", field="currency")
    if kind not in PacingPlan.Kind.values:
        raise InvalidInput("Choose month or flight.", field="kind")
    if kind == PacingPlan.Kind.FLIGHT:
        _check_flight(advertiser, first, last)
    elif first or last:
        raise InvalidInput("A month has no dates of its own; choose a flight.", field="first")
    if brief is not None and brief.advertiser_id != advertiser.pk:
        raise InvalidInput("This brief belongs to another advertiser.", field="brief")
    if brief is not None and steers:
        raise InvalidInput(
            "A plan for one brief can watch; only one for all campaigns can set the daily total.",
            field="steers",
        )


def _check_flight(advertiser: Advertiser, first: date | None, last: date | None) -> None:
    if first is None:
        raise InvalidInput("A flight needs its first day.", field="first")
    if last is None:
        raise InvalidInput("A flight needs its last day.", field="last")
    if last < first:
        raise InvalidInput("The last day lies before the first.", field="last")
    today = dates.today(advertiser.time_zone)
    if last < today:
        raise InvalidInput("This flight is over already.", field="last")
    if (last - first).days >= LONGEST_FLIGHT:
        raise InvalidInput(f"A flight lasts at most {LONGEST_FLIGHT} days.", field="last")
    if (last - today).days > FARTHEST_END:
        raise InvalidInput("A flight ends within the next two years.", field="last")


@transaction.atomic
def end_pacing_plan(*, actor: Actor, plan: PacingPlan) -> PacingPlan:
    """Stop watching and steering by this plan. Where it set the daily total, what persons approved
    sets it again, which may be more: that needs an admin. Raises InvalidMove when it has ended."""
    if plan.steers:
        require_admin(actor, plan.advertiser)
    if not PacingPlan.objects.filter(pk=plan.pk, ended_at=None).update(ended_at=clock.real_now()):
        raise InvalidMove("This plan has ended already.", field="state")
    record(actor, AuditAction.END_PACING_PLAN, plan, advertiser=plan.advertiser)
    Incident.resolve(plan.advertiser, _key(plan))
    _end_finding(plan)
    plan.refresh_from_db()
    return plan


def check_pacing(advertiser: Advertiser) -> list[Paced]:
    """Open an incident for each plan that will not land where it should, and close it when it
    will again."""
    found = paces(open_plans(advertiser))
    for paced in found:
        if paced.pace.is_off:
            _open_incident(paced)
        else:
            Incident.resolve(advertiser, _key(paced.plan))
    _save_findings(advertiser, [paced for paced in found if paced.pace.is_off])
    return found


def _save_findings(advertiser: Advertiser, off: list[Paced]) -> None:
    """Counted once a day. Each has an incident, so none has to return to reach a person."""
    day = dates.today(advertiser.time_zone)
    scope = Scope(advertiser, Run.Kind.REBALANCE, f"pacing:{day}")
    found = [
        Found(
            key=_key(paced.plan),
            kind=WorkerFinding.Kind.PACE,
            title=f"“{paced.plan.name}” is {paced.pace.label.lower()}",
            text=paced.says,
            ending=Ending(WorkerFinding.Outcome.ALERT),
            url=_page(advertiser),
        )
        for paced in off
    ]
    known = WorkerFinding.objects.filter(scope.open_rows(), kind=WorkerFinding.Kind.PACE)
    save_findings(scope, found, list(known))


def _open_incident(paced: Paced) -> None:
    advertiser, over = paced.plan.advertiser, paced.pace.status == PaceStatus.OVER
    Incident.open(
        advertiser,
        _key(paced.plan),
        title=f"“{paced.plan.name}” is {paced.pace.label.lower()}",
        detail=paced.says,
        at_stake=f"{'More' if over else 'Less'} than the planned {paced.plan.total} is spent.",
        next_step="Change budgets on the optimisation page, or let the plan set the daily total.",
        url=_page(advertiser),
    )


def _page(advertiser: Advertiser) -> str:
    return reverse("pacing", args=[advertiser.slug])


def _end_finding(plan: PacingPlan) -> None:
    rows = list(
        WorkerFinding.objects.filter(advertiser=plan.advertiser, key=_key(plan), closed_at=None)
    )
    ended = Ending(WorkerFinding.Outcome.REASON, "The plan was ended.")
    end_findings(rows, {row.pk: ended for row in rows})


def _key(plan: PacingPlan) -> str:
    return f"pacing:{plan.pk}"
