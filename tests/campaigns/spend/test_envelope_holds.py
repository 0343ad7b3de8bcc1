"""Whatever persons, workers and people outside do over months, what our writes let be spent stays
within what was approved; and who touches nothing is never refused a harmless change."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import services
from campaigns.models import Campaign
from campaigns.publishing import outbox_worker
from campaigns.spend import approvals
from campaigns.spend.max_spend import max_spend
from campaigns.spend.terms import remote_terms, wanted_terms
from campaigns.sync.metric_store import MetricValues, store_metrics
from campaigns.sync.structure_sync import store_structure
from core.common import clock, dates
from core.common.errors import AdsEngineError
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account, make_campaign
from tests.campaigns.publishing.launched import approved
from tests.campaigns.spend.vendor import Vendor
from tests.fixtures.people import People

WORKER = Actor(ActorKind.WORKER, "optimiser")
START = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
LENGTH = 16
KINDS = {
    "edge": 6,
    "days": 5,
    "sync": 3,
    "budget": 2,
    "end": 2,
    "move": 4,
    "refuse": 2,
    "paused": 1,
    "active": 2,
    "stop": 1,
    "mode": 1,
    "outside": 1,
}


def story_of(seed: int) -> list[tuple[str, Any, Any]]:
    """What happens, one step after the other; half of all stories have no meddling outside."""
    draw = random.Random(seed)
    kinds = {k: n for k, n in KINDS.items() if k != "outside" or seed % 2}
    names = draw.choices(list(kinds), list(kinds.values()), k=LENGTH)
    return [(name, *_step(draw, name)) for name in names]


def _step(draw: random.Random, name: str) -> tuple[Any, Any]:
    who = draw.choice(["editor", "editor", "approver", "worker"])
    person = draw.choice(["editor", "approver"])
    steps: dict[str, tuple[Any, Any]] = {
        "edge": (draw.choice(["editor", "editor", "worker"]), draw.randint(90, 115)),
        "budget": (who, draw.randint(500, 40_000) * 10_000),
        "end": (person, draw.randint(0, 70)),
        "move": (draw.choice(["editor", "editor", "approver"]), draw.randint(-6, 40)),
        "days": (draw.choice([100, 100, 70, 0]), draw.randint(1, 9)),
        "outside": (person, draw.randint(500, 40_000) * 10_000),
        "stop": ("approver", draw.random() < 0.3),
        "mode": ("approver", draw.random() < 0.7),
    }
    return steps.get(name, (person, 0))


class Months:
    """A campaign through time.

    `allowed` is what it may have spent in all, counted apart from the approvals' rows: what was
    spent and could be spent when a person, or the policy, last let it spend more; and what the
    approved days at the approved budget may cost wherever they were moved before the start.
    """

    def __init__(self, campaign: Campaign, vendor: Vendor, people: People) -> None:
        self.campaign, self.vendor, self.now = campaign, vendor, START
        self.actors = {
            "editor": Actor.person(people.editor),
            "approver": Actor.person(people.approver),
            "worker": WORKER,
        }
        self.outside = False
        assert campaign.start is not None
        assert campaign.end is not None
        self.days = (campaign.end - campaign.start).days + 1
        self.daily = campaign.daily_budget_micros or 0
        self.allowed = self._flight(campaign.start, campaign.end)

    def _flight(self, first: date, last: date) -> int:
        return max_spend(self.campaign.account.platform, self.daily, first, last)

    def spent(self) -> int:
        """In all, whatever we know of it."""
        return sum(self.vendor.spent.values())

    @property
    def advertiser(self) -> Advertiser:
        return Advertiser.objects.get(pk=self.campaign.account.advertiser_id)

    def do(self, what: str, who: Any, value: Any) -> None:
        with clock.freeze(self.now):
            step: Callable[[Any, Any], None] = getattr(self, f"do_{what}")
            step(who, value)
            self.send()
            self.check()

    # ---- what is done ----

    def do_budget(self, who: str, micros: int) -> None:
        self.ask(services.set_daily_budget, who, budget=Money.from_micros(micros, "USD"))

    def do_edge(self, who: str, percent: int) -> None:
        """A budget about as large as the approval still allows."""
        campaign, current = self.fresh(), approvals.newest(self.campaign)
        if current is None or current.envelope_micros is None:
            return
        so_far = approvals.spend_for(campaign, current)
        most = wanted_terms(campaign).switched(True).figures(so_far).can_spend
        room = current.envelope_micros - so_far.spent_since(current.counts_from)
        if most > 0 and room > 0:
            micros = (campaign.daily_budget_micros or 0) * room // most * percent // 100
            self.do_budget(who, max(micros // 10_000, 500) * 10_000)

    def do_end(self, who: str, days: int) -> None:
        self.ask(services.update_campaign, who, end=self.today() + timedelta(days=days))

    def do_move(self, who: str, by: int) -> None:
        """All of its days, as long as it has not started."""
        campaign = self.fresh()
        if campaign.start is None or campaign.end is None:
            return
        first, last = (day + timedelta(days=by) for day in (campaign.start, campaign.end))
        same = (last - first).days + 1 <= self.days
        if self.ask(services.update_campaign, who, start=first, end=last) and same:
            self.allowed = max(self.allowed, self._flight(first, last))

    def do_refuse(self, _: str, __: int) -> None:
        self.vendor.refuses = True

    def do_paused(self, who: str, _: int) -> None:
        self.ask(services.set_status, who, to="paused")

    def do_active(self, who: str, _: int) -> None:
        self.ask(services.set_status, who, to="active")

    def do_stop(self, who: str, on: bool) -> None:
        switch = services.stop if on else services.lift_stop
        switch(actor=self.actors[who], advertiser=self.advertiser)

    def do_mode(self, who: str, act: bool) -> None:
        Advertiser.objects.update(mode="act" if act else "suggest")

    def do_days(self, part: int, count: int) -> None:
        for _ in range(count):
            self.vendor.spend_day(self.today(), part)
            self.now += timedelta(days=1)

    def do_outside(self, _: str, micros: int) -> None:
        """Somebody raises it on the platform; nobody approved that."""
        if micros > self.vendor.micros:
            self.outside = True
            self.vendor.raised_outside(micros)

    def do_sync(self, _: str, __: int) -> None:
        account = AdAccount.objects.get(pk=self.campaign.account_id)
        remote = self.vendor.read_campaign(self.campaign.remote_id)
        store_structure(account, [remote])
        rows = [
            MetricValues("campaign", self.campaign.pk, None, day, spend_micros=micros)
            for day, micros in self.vendor.spent.items()
        ]
        store_metrics(account, rows, seen_at=self.now)
        AdAccount.objects.filter(pk=account.pk).update(synced_market_at=self.now)

    # ---- how it is sent, and what must hold ----

    def today(self) -> date:
        return dates.today(self.campaign.account.time_zone, self.now)

    def ask(self, change: Callable[..., Any], who: str, **wish: Any) -> bool:
        try:
            with transaction.atomic():
                change(actor=self.actors[who], campaign=self.fresh(), **wish)
        except AdsEngineError:
            return False
        if who != "editor":
            self._let(self.fresh())
        return True

    def _let(self, campaign: Campaign) -> None:
        """An approver, or the policy, has spoken: what it can spend now is allowed."""
        terms = wanted_terms(campaign).switched(True)
        most = terms.figures(approvals.spend_for(campaign)).can_spend
        self.allowed = max(self.allowed, self.spent() + most)
        self.daily = max(self.daily, campaign.daily_budget_micros or 0)
        self.days = max(self.days, terms.flight_days or 0)

    def send(self) -> None:
        """The outbox; a write that raises has to be covered, and the stop switch holds it."""
        vendor = self.vendor
        before = (vendor.micros, vendor.status, vendor.start, vendor.end)
        outbox_worker.work(self.fresh())
        after = (vendor.micros, vendor.status, vendor.start, vendor.end)
        if after == before or not self.raised(before):
            return
        assert not self.advertiser.is_stopped
        assert self.excess() == 0

    def raised(self, before: tuple[int, str, date, date | None]) -> bool:
        campaign, current = self.fresh(), approvals.newest(self.campaign)
        so_far = approvals.spend_for(campaign, current)
        terms = remote_terms(campaign)
        old = terms.with_daily(before[0]).with_dates(before[2], before[3])
        now = terms.switched(self.vendor.status == "active").figures(so_far)
        return now.lifts(old.switched(before[1] == "active").figures(so_far))

    def excess(self) -> int:
        campaign, current = self.fresh(), approvals.newest(self.campaign)
        assert current is not None
        so_far = approvals.spend_for(campaign, current)
        terms = (wanted_terms(campaign), remote_terms(campaign))
        now = terms[0].figures(so_far).most(terms[1].figures(so_far))
        return approvals.excess(current, now, so_far, terms)

    def check(self) -> None:
        """The money that is gone, whatever we know of it."""
        if not self.outside:
            assert self.spent() <= self.allowed

    def fresh(self) -> Campaign:
        return Campaign.objects.select_related("account__advertiser").get(pk=self.campaign.pk)


@pytest.fixture
def shop(advertiser: Advertiser) -> AdAccount:
    Advertiser.objects.update(mode="act", cool_down_hours=0, max_step=Decimal(3))
    return make_account(advertiser, "google")


def begin(
    shop: AdAccount, people: People, monkeypatch: Any, platform: str, *, by_factor: bool
) -> Months:
    AdAccount.objects.filter(pk=shop.pk).update(platform=platform, synced_market_at=None)
    shop.refresh_from_db()
    start, end, daily = date(2026, 11, 23), date(2027, 1, 1), 50_000_000
    with clock.freeze(START):
        campaign = make_campaign(
            shop,
            start=start,
            end=end,
            daily_budget_micros=daily,
            remote_daily_budget_micros=daily,
        )
        approved(campaign)
    vendor = Vendor(platform, campaign.name, daily, start, end, by_factor=by_factor)
    monkeypatch.setattr(outbox_worker, "client_class", lambda _: vendor)
    monkeypatch.setattr(outbox_worker, "config_for", lambda *_, **__: vendor.config)
    return Months(campaign, vendor, people)


@pytest.mark.usefixtures("db")
@settings(
    max_examples=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["google", "meta", "tiktok"]),
    st.booleans(),
    st.integers(0, 10**9).map(story_of),
)
def test_what_our_writes_let_be_spent_stays_within_what_was_approved(
    shop: AdAccount, people: People, platform: str, by_factor: bool, story: list[Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        months = begin(shop, people, patch, platform, by_factor=by_factor)
        for what, who, value in story:
            months.do(what, who, value)
        months.do("days", 100, 45)
        transaction.set_rollback(True)


@pytest.mark.usefixtures("db")
@settings(
    max_examples=6,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["google", "meta", "tiktok"]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=3, max_size=38),
)
def test_a_campaign_that_is_left_alone_is_never_refused_a_harmless_change(
    shop: AdAccount,
    people: People,
    platform: str,
    by_factor: bool,
    days: list[tuple[int, bool]],
) -> None:
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        months = begin(shop, people, patch, platform, by_factor=by_factor)
        for part, reads in days:
            months.do("days", part, 1)
            if reads:
                months.do("sync", "approver", 0)
            with clock.freeze(months.now):
                for wish in ({"to": "paused"}, {"to": "active"}):
                    assert months.ask(services.set_status, "editor", **wish)
                    months.send()
                    assert months.vendor.status == wish["to"]
                assert months.excess() == 0
        transaction.set_rollback(True)


def test_the_vendor_of_these_tests_spends_all_it_may() -> None:
    vendor = Vendor("google", "Boots", 50_000_000, date(2026, 11, 30), date(2026, 12, 29))
    for n in range(40):
        vendor.spend_day(date(2026, 11, 25) + timedelta(days=n), 100)
    assert sum(vendor.spent.values()) == 1_620_000_000
