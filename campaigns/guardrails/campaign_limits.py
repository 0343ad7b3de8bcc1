"""Changes the limits of one campaign."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from campaigns.guardrails import limits
from campaigns.guardrails.gate import check_owned
from campaigns.models import Campaign
from core import policy
from core.access import require_approver
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, AuditAction, record

MOST_INCREMENTAL = 2


@transaction.atomic
def set_limits(
    *,
    actor: Actor,
    campaign: Campaign,
    floor: Money | None,
    ceiling: Money | None,
    incrementality: Decimal,
) -> Campaign:
    """The campaign's own floor and ceiling of its daily budget (None: those of the advertiser),
    and the part of its attributed revenue that counts when budgets are moved.

    Nothing is sent. A higher ceiling lets workers spend more and needs an admin; above what one
    admin may add it waits for a second one, and the old ceiling holds. Raises InvalidInput on the
    field at fault, GuardrailExceeded, NotAllowed.
    """
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    check_owned(row)
    require_approver(actor, row.account.advertiser)
    _check(row.account.currency, floor, ceiling, incrementality)
    _check_room(row, ceiling)
    before = _limits_text(row)
    row.floor_micros = None if floor is None else floor.micros
    row.ceiling_micros = _allowed_ceiling(actor, row, ceiling)
    _check_order(row)
    row.incrementality = incrementality
    after = _limits_text(row)
    if after != before:
        row.save(update_fields=["floor_micros", "ceiling_micros", "incrementality"])
        advertiser = row.account.advertiser
        record(
            actor, AuditAction.SET_LIMITS, row, advertiser=advertiser, before=before, after=after
        )
    return row


def _allowed_ceiling(actor: Actor, row: Campaign, ceiling: Money | None) -> int | None:
    """Micros of the ceiling that holds from now on."""
    old, new = row.ceiling_micros, None if ceiling is None else ceiling.micros
    if not policy.is_looser("ceiling_micros", old, new):
        return new
    advertiser = row.account.advertiser
    policy.require_admin(actor, advertiser)
    before = "" if old is None else str(row.account.money(old))
    wish = policy.Loosening(
        advertiser, row, "ceiling_micros", old, new, before, "" if ceiling is None else str(ceiling)
    )
    if policy.needs_second(advertiser, policy.added_by_one(actor, wish, row.account.currency)):
        policy.ask_for_second(actor, wish)
        return old
    policy.note_alone(actor, wish)
    return new


def _check_order(row: Campaign) -> None:
    """The ceiling that holds may be the old one."""
    floor, ceiling = row.floor_micros, row.ceiling_micros
    if floor is not None and ceiling is not None and ceiling < floor:
        holds = row.account.money(ceiling)
        raise InvalidInput(
            f"The ceiling of {holds} holds until a second admin confirms the higher one: the floor "
            "cannot be above it yet.",
            field="floor",
        )


def _check(
    currency: str, floor: Money | None, ceiling: Money | None, incrementality: Decimal
) -> None:
    for field, amount in (("floor", floor), ("ceiling", ceiling)):
        if amount is None:
            continue
        if amount.currency != currency:
            raise InvalidInput(f"This account's budgets are in {currency}.", field=field)
        if amount.amount <= 0 or amount.rounded() != amount:
            raise InvalidInput("Give an amount above zero, in whole minor units.", field=field)
    if floor is not None and ceiling is not None and ceiling < floor:
        raise InvalidInput(f"The ceiling is below the floor of {floor}.", field="ceiling")
    if not 0 <= incrementality <= MOST_INCREMENTAL:
        raise InvalidInput(
            f"The incremental part is between 0 and {MOST_INCREMENTAL}.", field="incrementality"
        )


def _check_room(campaign: Campaign, ceiling: Money | None) -> None:
    """A ceiling below what the account takes would leave no budget at all."""
    least = limits.known_minimum(campaign.account)
    if ceiling is not None and ceiling < least:
        raise InvalidInput(f"The ceiling is below the minimum of {least}.", field="ceiling")


def _limits_text(campaign: Campaign) -> dict[str, str | None]:
    def money(micros: int | None) -> str | None:
        return None if micros is None else str(campaign.account.money(micros))

    return {
        "floor": money(campaign.floor_micros),
        "ceiling": money(campaign.ceiling_micros),
        "incrementality": f"{campaign.incrementality.normalize():f}",
    }
