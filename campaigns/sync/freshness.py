"""Whose figures are old, since when, why, and what helps: told on every page of figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.common import clock
from platforms.models import AdAccount, Platform

BEHIND_AFTER = timedelta(hours=6)
FIRST_SYNC = timedelta(hours=1)


@dataclass(frozen=True)
class Late:
    """An account whose newest figures are missing. `cause` is one of CAUSES."""

    account: AdAccount
    cause: str

    @property
    def is_failing(self) -> bool:
        return self.cause in {"token", "failed"}


CAUSES = ("token", "failed", "first", "silent")


@dataclass(frozen=True)
class Freshness:
    """Of the accounts that a page looks at and that are read regularly."""

    accounts: list[AdAccount]
    late: list[Late]

    @property
    def some_are_fresh(self) -> bool:
        return len(self.late) < len(self.accounts)

    @property
    def has_loaded(self) -> bool:
        return any(account.synced_at for account in self.accounts)

    @property
    def could_not_load(self) -> bool:
        """Nothing was ever read, and not for want of time."""
        return bool(self.accounts) and not self.has_loaded and self.is_failing

    @property
    def late_platforms(self) -> set[str]:
        return {late.account.platform for late in self.late}

    @property
    def is_failing(self) -> bool:
        return any(late.is_failing for late in self.late)


def freshness(accounts: Iterable[AdAccount]) -> Freshness:
    live = [account for account in accounts if is_live(account)]
    found = [(account, cause_of(account)) for account in live]
    return Freshness(live, [Late(account, cause) for account, cause in found if cause])


def is_live(account: AdAccount) -> bool:
    """Whether it is read regularly."""
    return account.platform != Platform.IMPORT and account.state != AdAccount.State.DISCONNECTED


def cause_of(account: AdAccount) -> str:
    """Why the newest figures are missing; empty where none are."""
    if account.state == AdAccount.State.NEEDS_TOKEN:
        return "token"
    if account.sync_error:
        return "failed"
    if account.synced_at is None:
        return "first" if clock.real_now() - account.created_at < FIRST_SYNC else "silent"
    return "silent" if clock.real_now() - account.synced_at > BEHIND_AFTER else ""
