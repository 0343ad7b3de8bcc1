"""What people do: plan, approve, press and lift the stop switch, renew tokens, retry launches."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.db import InterfaceError, OperationalError, connection
from PIL import Image

from agents import services as plans
from agents.execution.retries import retry_bar
from agents.models import Strategy
from campaigns import services
from campaigns.services import BriefInput, create_brief, save_image
from core import jobs
from core.common import dates
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.models import Actor, Advertiser, Membership, Role, User
from platforms.connect_sandbox import _connect, connect_sandbox
from platforms.models import AdAccount, Platform, PlatformLimits

State = Strategy.State
MOST_UNDER_WAY = 20  # of each account
MOST_RETRIES = 5
_SECONDS_UNTIL_NOTICED = 2.0
# A search ad needs three headlines; of one text Meta and TikTok make one ad.
_PARTS = (
    (("Light boots", "Dry feet all day", "Walk further"), ("google",)),
    (("Light boots",), ("meta", "tiktok")),
)


@dataclass
class Person:
    """An admin of one advertiser, who does a round of it now and then."""

    actor: Actor
    advertiser: Advertiser
    generator: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    retries: Counter[int] = field(default_factory=Counter)
    _lifts_at: dict[str, float] = field(default_factory=dict)
    _noticed: dict[str, float] = field(default_factory=dict)

    # ---- before the faults ----

    def plan(self, briefs: int) -> None:
        """That many for Google, and as many for Meta and TikTok together, with the platforms'
        checks, ready to be approved."""
        connect_sandbox(actor=self.actor, advertiser=self.advertiser)
        image = self._picture()
        for number in range(briefs):
            for texts, platforms in _PARTS:
                content = self._brief(f"Boots {number:03}", image, texts, platforms)
                brief = create_brief(actor=self.actor, advertiser=self.advertiser, content=content)
                plans.plan_brief(actor=self.actor, brief=brief)
            jobs.run_due()
        unfit = Strategy.objects.exclude(state=State.REVIEW).first()
        if unfit is not None:
            raise AssertionError(f"{unfit} cannot be approved: {unfit.problems}")

    def _picture(self) -> int:
        file = BytesIO()
        Image.new("RGB", (1200, 628), "#336699").save(file, "PNG")
        file.seek(0)
        return save_image(advertiser=self.advertiser, file=file, name="boots.png").pk

    def _brief(
        self, name: str, image: int, texts: tuple[str, ...], platforms: tuple[str, ...]
    ) -> BriefInput:
        start = dates.today(self.advertiser.time_zone) + timedelta(days=1)
        accounts = self.advertiser.accounts.filter(platform__in=platforms)
        return BriefInput(
            name=name,
            objective="traffic",
            total_budget=Money(Decimal(3000 * len(platforms)), self.advertiser.currency),
            start=start,
            end=start + timedelta(days=29),
            landing_url="https://shop.example.com/boots",
            countries=("US",),
            headlines=texts,
            descriptions=tuple(f"{text}: find your size in two minutes." for text in texts[:2]),
            keywords=("hiking boots",),
            shares={account.pk: Decimal(1) for account in accounts},
            image_ids=(image,),
        )

    # ---- while calls fail ----

    def round(self) -> None:
        for do in (self.approve, self.press_and_lift, self.renew_tokens, self.retry_launches):
            self._try(do)

    def _try(self, do: Callable[[], None]) -> None:
        """Who is refused, or finds the database blocked by a frozen process, comes back later."""
        try:
            do()
        except AdsEngineError:
            self.counts["refused_clicks"] += 1
        except (OperationalError, InterfaceError):
            self.counts["blocked_clicks"] += 1
            connection.close()

    def approve(self) -> None:
        for account in self.advertiser.accounts.all():
            mine = Strategy.objects.filter(account=account)
            under_way = mine.filter(state__in=(State.APPROVED, State.EXECUTING)).count()
            waiting = mine.filter(state=State.REVIEW).order_by("pk")
            for strategy in waiting[: max(MOST_UNDER_WAY - under_way, 0)]:
                plans.approve(actor=self.actor, strategy=strategy, seen_hash=strategy.plan_hash)

    def press_and_lift(self) -> None:
        """One of the four switches at a time, for a few seconds."""
        now = time.monotonic()
        for platform, at in list(self._lifts_at.items()):
            if now >= at:
                self._lift(platform)
                del self._lifts_at[platform]
        if not self._lifts_at and self.generator.random() < 0.012:
            platform = self.generator.choice(["", *Platform.values[:3]])
            self._lifts_at[platform] = now + self.generator.uniform(1, 8)
            services.stop(actor=self.actor, advertiser=self.advertiser, platform=platform)
            self.counts["stops"] += 1

    def _lift(self, platform: str) -> None:
        services.lift_stop(actor=self.actor, advertiser=self.advertiser, platform=platform)

    def renew_tokens(self) -> None:
        for account in self.advertiser.accounts.filter(state=AdAccount.State.NEEDS_TOKEN):
            if self._is_noticed(f"account {account.pk}"):
                self.counts["renewed_tokens"] += 1
                _connect(self.actor, self.advertiser, account.platform)

    def retry_launches(self) -> None:
        for strategy in self.retryable():
            if self._is_noticed(f"launch {strategy.pk}"):
                self.retries[strategy.pk] += 1
                self.counts["retried_launches"] += 1
                plans.retry(actor=self.actor, strategy=strategy)

    def retryable(self) -> list[Strategy]:
        failed = Strategy.objects.filter(brief__advertiser=self.advertiser, state=State.FAILED)
        rows = failed.select_related("execution", "approval").prefetch_related("campaigns")
        return [s for s in rows if self.retries[s.pk] < MOST_RETRIES and retry_bar(s) is None]

    def _is_noticed(self, what: str) -> bool:
        """Not at once, and each time anew."""
        first = self._noticed.setdefault(what, time.monotonic())
        if time.monotonic() - first < _SECONDS_UNTIL_NOTICED:
            return False
        del self._noticed[what]
        return True

    # ---- afterwards ----

    def mend(self) -> None:
        """What is left to do for a person when no call fails any more."""
        for do in (self.renew_tokens, self.retry_launches):
            self._try(do)

    def lift_all(self) -> None:
        self._lifts_at.clear()
        self._lift("")
        stopped = PlatformLimits.objects.filter(advertiser=self.advertiser)
        for limits in stopped.exclude(stopped_at=None):
            self._lift(limits.platform)

    def has_approved_all(self) -> bool:
        mine = Strategy.objects.filter(brief__advertiser=self.advertiser)
        return not mine.filter(state=State.REVIEW).exists()

    def sees_ends(self) -> bool:
        """Whether no launch waits for a worker or a retry."""
        mine = Strategy.objects.filter(brief__advertiser=self.advertiser)
        under_way = mine.filter(state__in=(State.APPROVED, State.EXECUTING))
        return not under_way.exists() and not self.retryable()


def make_person(seed: int) -> Person:
    user = User.objects.create_user("bench", "bench@example.com")
    advertiser = Advertiser.objects.create(
        name="Bench", slug="bench", currency="USD", time_zone="America/New_York"
    )
    Membership.objects.create(user=user, advertiser=advertiser, role=Role.ADMIN)
    return Person(Actor.person(user), advertiser, random.Random(seed))
