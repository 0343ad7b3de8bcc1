"""Loosening the policy that workers act on: an admin's role and, above the advertiser's amount for
one person, a second admin's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from core.access import require
from core.common import clock, dates
from core.common.errors import InvalidMove, NotAllowed, RateMissing
from core.common.money import Money
from core.models import (
    Actor,
    Advertiser,
    AuditAction,
    Incident,
    PolicyChange,
    Role,
    convert,
    record,
)
from core.retries import retried_on_deadlock

State = PolicyChange.State
DAYS_A_MONTH = Decimal("30.4")
Looser = Callable[[Any, Any], bool]


def _higher(old: Any, new: Any) -> bool:
    """None is no bound at all."""
    return old is not None and (new is None or new > old)


def _lower(old: Any, new: Any) -> bool:
    return new is not None and (old is None or new < old)


def _set(old: Any, new: Any) -> bool:
    return bool(new) and not old


# Which way a setting gets looser. Amounts a day end in _micros, and only these add spend of their
# own: whatever the mode and the step, a pool spends no more than persons approved for it.
LOOSER: Mapping[str, Looser] = {
    "max_daily_total_micros": _higher,
    "campaign_ceiling_micros": _higher,
    "ceiling_micros": _higher,
    "daily_cap_micros": _higher,
    "second_person_above_micros": _higher,
    "max_step": _higher,
    "cool_down_hours": _lower,
    "steers": _set,
    "steered_micros": _higher,
}


@dataclass(frozen=True)
class Loosening:
    """A setting of one row that is to get looser; `before` and `after` as people read it."""

    advertiser: Advertiser
    row: Model
    setting: str
    old: Any
    new: Any
    before: str
    after: str

    def past(self) -> QuerySet[PolicyChange]:
        """What became of this setting so far, newest first."""
        return PolicyChange.objects.filter(
            target_type=self.row._meta.label_lower, target_id=self.row.pk, setting=self.setting
        )


def is_looser(setting: str, old: Any, new: Any) -> bool:
    """What follows a colon says of which: `steered_micros:USD`."""
    looser = LOOSER.get(setting.partition(":")[0])
    return looser is not None and looser(old, new)


def require_admin(actor: Actor, advertiser: Advertiser) -> None:
    """Raises NotAllowed below the role admin; also where no person asks."""
    if actor.user is None:
        raise NotAllowed("Only a person loosens what workers may do.")
    require(actor.user, advertiser, Role.ADMIN, ceiling=actor.ceiling)


def added_spend(setting: str, old: Any, new: Any, currency: str) -> Money | None:
    """What the looser setting lets be spent in a month beyond the stricter one; None without a
    bound, as for the amount itself that one person may add."""
    if setting == "second_person_above_micros":
        return None
    if not setting.endswith("_micros"):
        return Money(Decimal(0), currency)
    if new is None:
        return None
    more = Money.from_micros(int(new) - int(old), currency)
    return Money(more.amount * DAYS_A_MONTH, currency).rounded(ROUND_CEILING)


def exceeds(amount: Money, limit_micros: int, currency: str, day: date) -> bool:
    """Whether an amount is above a limit in the advertiser's currency; without a rate it counts
    as above."""
    try:
        return convert(amount, currency, day).micros > limit_micros
    except RateMissing:
        return True


def needs_second(advertiser: Advertiser, added: Money | None) -> bool:
    """Whether one admin alone may not add so much. Without a rate it counts as too much."""
    # Read afresh: a form that changes this very amount holds the new one already.
    rows = Advertiser.objects.filter(pk=advertiser.pk)
    limit = rows.values_list("second_person_above_micros", flat=True).first()
    if limit is None:
        return False
    if added is None:
        return True
    today = dates.today(advertiser.time_zone)
    return exceeds(added, limit, advertiser.currency, today)


def added_by_one(actor: Actor, wish: Loosening, currency: str) -> Money | None:
    """What this admin alone would let be spent in a month: all that they loosened since somebody
    else's word counts together, so that many small steps need a second admin as one large one."""
    return added_spend(wish.setting, base_of(actor, wish), wish.new, currency)


def base_of(actor: Actor, wish: Loosening) -> Any:
    """The value that held when somebody other than this admin last had a say, or the present one
    where that is looser."""
    base = wish.old
    for change in wish.past().filter(state__in=(State.ALONE, State.CONFIRMED)):
        if change.state != State.ALONE or change.asked_by != actor.user:
            break
        then = _read(wish.row, wish.setting, change.old)
        if is_looser(wish.setting, then, base):
            base = then
    return base


def _read(row: Model, setting: str, kept: Any) -> Any:
    """A kept value as the row's column has it: JSON keeps decimals as text."""
    try:
        column: Any = row._meta.get_field(setting)
    except FieldDoesNotExist:
        return kept
    return column.to_python(kept)


def note_alone(actor: Actor, wish: Loosening) -> PolicyChange:
    """Keep what one admin loosened alone; the caller changes the row."""
    _overtake(wish)
    return _keep(actor, wish, State.ALONE)


@transaction.atomic
def ask_for_second(actor: Actor, wish: Loosening) -> PolicyChange:
    """Keep the looser value until another admin confirms it; nothing is changed yet. A newer wish
    for the same setting replaces one that waits."""
    _overtake(wish)
    change = _keep(actor, wish, State.WAITING)
    record(
        actor,
        AuditAction.ASK_FOR_POLICY_CHANGE,
        wish.row,
        advertiser=wish.advertiser,
        before={wish.setting: wish.before},
        after={wish.setting: wish.after},
    )
    Incident.open(
        wish.advertiser,
        _key(change),
        title=f"A looser limit waits for a second admin: {change}",
        detail=f"{actor.name} asks for {wish.after or 'no limit'} instead of "
        f"{wish.before or 'no limit'}.",
        at_stake="The stricter limit holds until then.",
        next_step="Another admin confirms or declines it in the admin, under Policy changes.",
    )
    return change


def _overtake(wish: Loosening) -> None:
    for change in wish.past().filter(state=State.WAITING):
        change.state, change.decided_at = State.OVERTAKEN, clock.real_now()
        change.save(update_fields=["state", "decided_at"])
        Incident.resolve(wish.advertiser, _key(change))


def _keep(actor: Actor, wish: Loosening, state: str) -> PolicyChange:
    assert actor.user is not None
    return PolicyChange.objects.create(
        advertiser=wish.advertiser,
        target_type=wish.row._meta.label_lower,
        target_id=wish.row.pk,
        target_name=str(wish.row)[:255],
        setting=wish.setting,
        old=_plain(wish.old),
        new=_plain(wish.new),
        before=wish.before[:120],
        after=wish.after[:120],
        state=state,
        asked_by=actor.user,
    )


@retried_on_deadlock
@transaction.atomic
def decide(*, actor: Actor, change: PolicyChange, confirm: bool) -> PolicyChange:
    """Another admin's word. Raises NotAllowed for who asked, InvalidMove where it is decided or
    the setting was changed since."""
    target = apps.get_model(change.target_type)._default_manager
    # Whoever changes the setting itself holds its row first.
    target.select_for_update(of=("self",)).filter(pk=change.target_id).first()
    held = PolicyChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    require_admin(actor, held.advertiser)
    if held.state != State.WAITING:
        raise InvalidMove(f"It is {held.get_state_display()} already.", field="state")
    if confirm and actor.user == held.asked_by:
        raise NotAllowed("You asked for it yourself: another admin decides.")
    if confirm:
        _apply(actor, held)
    held.state = State.CONFIRMED if confirm else State.DECLINED
    held.decided_by, held.decided_at = actor.name[:150], clock.real_now()
    held.save(update_fields=["state", "decided_by", "decided_at"])
    Incident.resolve(held.advertiser, _key(held))
    return held


def _apply(actor: Actor, change: PolicyChange) -> None:
    """From the next run of the workers on."""
    model = apps.get_model(change.target_type)
    row = model._default_manager.select_for_update().get(pk=change.target_id)
    if _plain(getattr(row, change.setting)) != change.old:
        raise InvalidMove(
            "The setting was changed since. Decline this, and ask for it again.", field="state"
        )
    column = model._meta.get_field(change.setting)
    setattr(row, change.setting, column.to_python(change.new))
    try:
        with transaction.atomic():
            row.save(update_fields=[change.setting])
    except IntegrityError:
        raise InvalidMove("Another row has this setting already.", field="state") from None
    record(
        actor,
        AuditAction.CONFIRM_POLICY_CHANGE,
        row,
        advertiser=change.advertiser,
        before={change.setting: change.before},
        after={change.setting: change.after},
        reason=f"Asked for by {change.asked_by}",
    )


def _key(change: PolicyChange) -> str:
    return f"policy:{change.target_type}:{change.target_id}:{change.setting}"[:120]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
