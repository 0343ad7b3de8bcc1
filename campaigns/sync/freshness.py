"""Accounts whose figures are out of date: since when, why, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.common import clock
from platforms.models import AdAccount, Platform

BEHIND_AFTER = timedelta(hours=6)
FIRST_SYNC = timedelta(hours=1)


class Cause(StrEnum):
    """Why the newest figures are missing: the token is dead, the last reading failed, the first
    one is still on its way, or nothing was heard for too long."""

    NONE = ""
    NEEDS_TOKEN = "token"  # noqa: S105 - no password
    FAILED = "failed"
    FIRST = "first"
    SILENT = "silent"


@dataclass(frozen=True)
class Late:
    """An account whose newest figures are missing."""

    account: AdAccount
    cause: Cause

    @property
    def is_failing(self) -> bool:
        return self.cause in {Cause.NEEDS_TOKEN, Cause.FAILED}


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


def cause_of(account: AdAccount) -> Cause:
    """NONE where none are missing."""
    if account.state == AdAccount.State.NEEDS_TOKEN:
        return Cause.NEEDS_TOKEN
    if account.sync_error:
        return Cause.FAILED
    if account.synced_at is None:
        return Cause.FIRST if clock.real_now() - account.created_at < FIRST_SYNC else Cause.SILENT
    return Cause.SILENT if clock.real_now() - account.synced_at > BEHIND_AFTER else Cause.NONE
