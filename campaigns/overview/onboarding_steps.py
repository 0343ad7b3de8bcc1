"""The first steps: a limit for everything together, and putting the list of steps away."""

from __future__ import annotations

from django.db import transaction

from campaigns.spend.per_day import per_day_sums
from core.access import require
from core.common import clock, dates
from core.common.errors import InvalidInput, NotAllowed, RateMissing
from core.common.money import Money
from core.models import Actor, Advertiser, AuditAction, Role, convert, record
from core.policy import Loosening, added_by_one, is_looser, needs_second, note_alone
from platforms.connect_sandbox import bring_rates
from platforms.models import AdAccount, Platform


@transaction.atomic
def set_daily_total(*, actor: Actor, advertiser: Advertiser, cap: Money) -> Money:
    """Cap the sum of all active daily budgets. Returns what they come to now, which may be more.

    Raises InvalidInput on `max_daily_total`, also where a rate is missing to compare with it, and
    NotAllowed below the role admin.
    """
    if actor.user is None:
        raise NotAllowed("Only a person sets this limit.")
    require(actor.user, advertiser, Role.ADMIN, ceiling=actor.ceiling)
    if cap.currency != advertiser.currency or cap.amount <= 0:
        raise InvalidInput(
            f"Give an amount above zero in {advertiser.currency}.", field="max_daily_total"
        )
    running = _running(advertiser)
    row = Advertiser.objects.select_for_update().get(pk=advertiser.pk)
    old = row.max_daily_total_micros
    before = None if old is None else str(Money.from_micros(old, row.currency))
    wish = Loosening(row, row, "max_daily_total_micros", old, cap.micros, before or "", str(cap))
    if is_looser(wish.setting, wish.old, wish.new):
        if needs_second(row, added_by_one(actor, wish, row.currency)):
            raise NotAllowed(
                "So much more needs a second admin: raise the cap in the admin, where another "
                "admin confirms it."
            )
        note_alone(actor, wish)
    Advertiser.objects.filter(pk=row.pk).update(max_daily_total_micros=cap.micros)
    record(
        actor,
        AuditAction.CHANGE_SETTINGS,
        row,
        advertiser=row,
        before={"max_daily_total": before},
        after={"max_daily_total": str(cap)},
    )
    return running


def _running(advertiser: Advertiser) -> Money:
    """The active daily budgets together, in the advertiser's currency. Raises InvalidInput where an
    account's currency cannot be converted: no launch there could be compared with the limit."""
    bring_rates(advertiser)
    day, mine = dates.today(advertiser.time_zone), advertiser.currency
    accounts = AdAccount.objects.filter(advertiser=advertiser).exclude(platform=Platform.IMPORT)
    sums = per_day_sums({"account__in": accounts})
    found = Money.from_micros(0, mine)
    connected = accounts.exclude(state=AdAccount.State.DISCONNECTED)
    for currency in sorted({*sums, *connected.values_list("currency", flat=True)}):
        try:
            found = found + convert(Money.from_micros(sums.get(currency, 0), currency), mine, day)
        except RateMissing as err:
            raise InvalidInput(
                f"Accounts run in {currency}, and this limit is in {mine}. {err.user_message} Or "
                "import rates with manage.py import_rates; then set the limit.",
                field="max_daily_total",
            ) from err
    return found


@transaction.atomic
def dismiss_onboarding(*, actor: Actor, advertiser: Advertiser) -> None:
    """Show the list of first steps to nobody any more. Doing so twice changes nothing."""
    still = Advertiser.objects.filter(pk=advertiser.pk, setup_dismissed_at=None)
    if still.update(setup_dismissed_at=clock.real_now()):
        record(actor, AuditAction.DISMISS_FIRST_STEPS, advertiser, advertiser=advertiser)
