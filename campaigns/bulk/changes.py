"""Tries a change on every row and takes it back, or asks for what was shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns.bulk.actions import Action
from campaigns.lists.lines import campaign_of
from campaigns.models import Campaign
from core.common.errors import AdsEngineError, InvalidMove
from core.common.money import Money
from core.models import Actor


@dataclass(frozen=True)
class CampaignChangePreview:
    """Of one row: the values as they stand in a form, and as they are printed."""

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
        """What was shown, to be sent back: nothing else is asked for."""
        return f"{self.item.pk}:{self.before}:{self.after}"


def preview(
    actor: Actor, items: Iterable[Any], action: Action, reason: str = ""
) -> list[CampaignChangePreview]:
    """Every row before and after, with the refusals of the services themselves: each change is
    made in a transaction that is taken back, so that caps count the rows before it too."""
    with transaction.atomic():
        found = [_planned(actor, item, action, reason) for item in items]
        transaction.set_rollback(True)
    return found


def _planned(actor: Actor, item: Any, action: Action, reason: str) -> CampaignChangePreview:
    before = action.present(item)
    try:
        after = action.wished(item)
    except AdsEngineError as err:
        return _change(action, item, before, before, err.user_message)
    refusal = "" if before == after else _asked(lambda: action.ask(actor, item, after, reason))
    return _change(action, item, before, after, refusal)


def _asked(ask: Callable[[], None]) -> str:
    """The refusal; "" when it was taken. A refused one leaves nothing behind."""
    try:
        with transaction.atomic():
            ask()
    except AdsEngineError as err:
        return err.user_message
    return ""


def apply(
    actor: Actor, items: Sequence[Any], action: Action, tokens: Iterable[str], reason: str = ""
) -> list[CampaignChangePreview]:
    """Ask for exactly what was shown; a row that was changed meanwhile is refused.

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
    """Ask for `after`, if the row still is as it was shown."""

    def ask() -> None:
        _hold(item, action, before)
        action.ask(actor, item, after, reason)

    refusal = _asked(ask)
    try:
        return _change(action, item, before, after, refusal)
    except AdsEngineError as err:  # a value that nobody was shown
        return CampaignChangePreview(
            item, before, after, before, after, refusal or err.user_message
        )


def _hold(item: Any, action: Action, before: str) -> None:
    """Locks the row and makes sure that it still is as it was shown."""
    rows = type(item)._default_manager.select_for_update(of=("self",))
    fresh = rows.get(pk=item.pk)
    now = action.present(fresh)
    if now != before:
        raise InvalidMove(
            f"It was changed meanwhile and is {action.shown(fresh, now)} now. Look again.",
            field="change",
        )


def _change(
    action: Action, item: Any, before: str, after: str, refusal: str
) -> CampaignChangePreview:
    shown = action.shown(item, before), action.shown(item, after)
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
