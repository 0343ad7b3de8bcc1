"""Previews a change on every row in a transaction that is rolled back, or requests it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns.bulk.actions import Action
from campaigns.guardrails.locks import lock_campaign
from campaigns.lists.lines import campaign_of
from campaigns.models import Campaign
from campaigns.spend.per_day import assuming, largest_figures, spends
from core.common.errors import AdsEngineError, InvalidMove
from core.common.money import Money
from core.models import Actor
from core.retries import retried_on_deadlock


@dataclass(frozen=True)
class CampaignChangePreview:
    """One row: its values as the form sends them, and as they are displayed."""

    item: Any
    before: str
    after: str
    before_shown: str
    after_shown: str
    refusal: str = ""

    @property
    def campaign(self) -> Campaign:
        return campaign_of(self.item)

    @property
    def same(self) -> bool:
        return not self.refusal and self.before == self.after

    @property
    def goes(self) -> bool:
        return not self.refusal and self.before != self.after

    @property
    def token(self) -> str:
        """What was shown, for the form to send back."""
        return f"{self.item.pk}:{self.before}:{self.after}"


def preview(
    actor: Actor, items: Sequence[Any], action: Action, reason: str = ""
) -> list[CampaignChangePreview]:
    """Every row before and after, with the refusals of the services themselves: each change is
    made in a transaction that is rolled back. It is one of its own, since a long one would hold up
    the stop switch; caps count the rows before it all the same."""
    raised: dict[int, int] = {}
    with assuming(raised):
        return [_rolled_back(actor, item, action, reason, raised) for item in items]


@retried_on_deadlock
@transaction.atomic
def _rolled_back(
    actor: Actor, item: Any, action: Action, reason: str, raised: dict[int, int]
) -> CampaignChangePreview:
    change = _preview_row(actor, item, action, reason, raised)
    transaction.set_rollback(True)
    return change


def _preview_row(
    actor: Actor, item: Any, action: Action, reason: str, raised: dict[int, int]
) -> CampaignChangePreview:
    before = action.current_value(item)
    try:
        after = action.new_value(item)
    except AdsEngineError as err:
        return _change(action, item, before, before, err.user_message)
    if before == after:
        return _change(action, item, before, after, "")
    refusal = _refusal_of(lambda: action.request(actor, item, after, reason))
    if not refusal:
        campaign = Campaign.objects.select_related("account").get(pk=campaign_of(item).pk)
        if spends(campaign):
            raised[campaign.pk] = largest_figures([campaign])[0][1].per_day
    return _change(action, item, before, after, refusal)


def _refusal_of(request: Callable[[], None]) -> str:
    """The refusal, "" if there is none. A refused change is rolled back."""
    try:
        _make(request)
    except AdsEngineError as err:
        return err.user_message
    return ""


@retried_on_deadlock
@transaction.atomic
def _make(request: Callable[[], None]) -> None:
    request()


def apply(
    actor: Actor, items: Sequence[Any], action: Action, tokens: Iterable[str], reason: str = ""
) -> list[CampaignChangePreview]:
    """Request exactly what was shown; a row that was changed meanwhile is refused.

    A row without a token is left alone.
    """
    by_id = {str(item.pk): item for item in items}
    done = []
    for token in tokens:
        pk, _, values = token.partition(":")
        before, _, after = values.partition(":")
        item = by_id.get(pk)
        if item is not None:
            done.append(apply_one(actor, item, action, before, after, reason))
    return done


def apply_one(
    actor: Actor, item: Any, action: Action, before: str, after: str, reason: str = ""
) -> CampaignChangePreview:
    """Request `after`, if the row still has the value that was shown."""

    def request() -> None:
        _lock_unchanged(item, action, before)
        action.request(actor, item, after, reason)

    refusal = _refusal_of(request)
    try:
        return _change(action, item, before, after, refusal)
    except AdsEngineError as err:  # a value that was never shown
        return CampaignChangePreview(
            item, before, after, before, after, refusal or err.user_message
        )


def _lock_unchanged(item: Any, action: Action, before: str) -> None:
    """Lock the row, after what the change will lock before it. Raises InvalidMove unless it still
    has the value that was shown."""
    lock_campaign(campaign_of(item), may_raise=action.may_raise)
    rows = type(item)._default_manager.select_for_update(of=("self",))
    fresh = rows.get(pk=item.pk)
    now = action.current_value(fresh)
    if now != before:
        raise InvalidMove(
            f"It was changed meanwhile and is {action.display(fresh, now)} now. Look again.",
            field="change",
        )


def _change(
    action: Action, item: Any, before: str, after: str, refusal: str
) -> CampaignChangePreview:
    shown = action.display(item, before), action.display(item, after)
    return CampaignChangePreview(item, before, after, *shown, refusal)


def sums(changes: Iterable[CampaignChangePreview]) -> list[tuple[Money, Money]]:
    """The daily budgets that change, before and after, by currency."""
    found: dict[str, tuple[int, int]] = {}
    for change in changes:
        if change.goes:
            currency = change.campaign.account.currency
            old, new = found.get(currency, (0, 0))
            found[currency] = old + int(change.before or 0), new + int(change.after)
    return [
        (Money.from_micros(old, currency), Money.from_micros(new, currency))
        for currency, (old, new) in sorted(found.items())
    ]
