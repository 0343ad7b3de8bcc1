"""The first steps of a new advertiser. What is known above this app registers its steps here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from campaigns.models import DailyMetric, Level
from campaigns.sync.freshness import is_live
from core.models import Advertiser, Role
from platforms.connect_sandbox import sandbox_is_available
from platforms.models import AdAccount, PlatformLimits

ORDER = CONNECT, FIGURES, LIMITS, APPROVE, LIVE = (
    "connect",
    "figures",
    "limits",
    "approve",
    "live",
)


@dataclass(frozen=True)
class Step:
    """What is to be done, whether it is, and where. `role` is the least that can do it."""

    key: str
    title: str
    says: str
    done: bool
    url: str
    link: str
    role: int = Role.EDITOR
    quick: tuple[str, str] | None = None
    """In a sandbox: words and address of a button that does it."""

    @property
    def who(self) -> str:
        return Role(self.role).label


@dataclass(frozen=True)
class Checklist:
    steps: tuple[Step, ...]

    @property
    def count(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.steps if not step.done), None)


Source = Callable[[Advertiser, list[AdAccount]], list[Step]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Add steps; called once, when their app is ready. A source asks a few queries at most."""
    if source not in _sources:
        _sources.append(source)
    return source


def checklist(advertiser: Advertiser, accounts: list[AdAccount]) -> Checklist | None:
    """None once everything is done, or was dismissed. `accounts` are all of the advertiser's."""
    if advertiser.setup_dismissed_at is not None:
        return None
    steps = [step for source in (own_steps, *_sources) for step in source(advertiser, accounts)]
    found = Checklist(tuple(sorted(steps, key=lambda step: ORDER.index(step.key))))
    return None if found.next is None else found


def own_steps(advertiser: Advertiser, accounts: list[AdAccount]) -> list[Step]:
    connections = reverse("connections", args=[advertiser.slug])
    return [
        Step(
            CONNECT,
            "Connect an ad account",
            "Google Ads, Meta or TikTok. The token is verified before it is stored.",
            any(is_live(account) for account in accounts),
            connections,
            "Connect an account",
            Role.ADMIN,
            ("Use the sandbox's accounts", reverse("sandbox_connect", args=[advertiser.slug]))
            if sandbox_is_available()
            else None,
        ),
        Step(
            FIGURES,
            "Figures arrive",
            "The last 90 days are loaded automatically; you can also start a sync.",
            _has_figures(accounts),
            connections,
            "See how it goes",
        ),
        Step(
            LIMITS,
            "Set a limit",
            "The most that all active campaigns together may have as daily budgets. "
            "It holds against everybody: people, workers and agents.",
            _has_limits(advertiser, accounts),
            reverse("setup_limit", args=[advertiser.slug]),
            "Set the limit",
            Role.ADMIN,
        ),
    ]


def _has_figures(accounts: list[AdAccount]) -> bool:
    """An account was read to its end, even if it is still empty; or a report was imported."""
    if any(account.synced_at for account in accounts):
        return True
    rows = DailyMetric.objects.filter(account__in=accounts, level=Level.CAMPAIGN)
    return rows.exists()


def _has_limits(advertiser: Advertiser, accounts: list[AdAccount]) -> bool:
    if advertiser.max_daily_total_micros is not None:
        return True
    if any(account.daily_cap_micros is not None for account in accounts):
        return True
    capped = PlatformLimits.objects.filter(advertiser=advertiser, daily_cap_micros__isnull=False)
    return capped.exists()
