"""Wishes for one campaign at a vendor double: asked for, brought to a state, and recovered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from campaigns import services
from campaigns.models import Campaign, PublishRequest
from campaigns.publishing import leases, publish_operations
from campaigns.tasks import resume_publishing
from core import jobs
from core.common.money import Money
from core.models import Actor, ActorKind, Advertiser, Job
from platforms.interface import ClientConfig
from tests.campaigns.page_rows import make_account, make_campaign
from tests.campaigns.publishing import vendor_double as double
from tests.campaigns.publishing.launched import approved
from tests.campaigns.publishing.vendor_double import Vendor

AGENT = Actor(ActorKind.AGENT, "launch agent")
ROUNDS = 6

WAITING, HALTED = "waiting", "halted"
DIED_DONE, DIED_BEFORE = "worker died after it", "worker died before it"
WAYS = [
    WAITING,
    double.DONE,
    double.LOST,
    double.VANISHED,
    double.LATE,
    double.DOWN,
    double.REFUSED,
    DIED_DONE,
    DIED_BEFORE,
    HALTED,
]


def status(to: str) -> Callable[..., Any]:
    return lambda campaign, actor: services.set_status(actor=actor, campaign=campaign, to=to)


def budget(amount: int) -> Callable[..., Any]:
    def change(campaign: Campaign, actor: Actor) -> Any:
        money = Money(Decimal(amount), "USD")
        return services.set_daily_budget(actor=actor, campaign=campaign, budget=money)

    return change


def details(**changed: Any) -> Callable[..., Any]:
    return lambda campaign, actor: services.update_campaign(
        actor=actor, campaign=campaign, **changed
    )


WISHES: dict[str, Callable[..., Any]] = {
    "pause": status("paused"),
    "resume": status("active"),
    "archive": status("archived"),
    "lower": budget(80),
    "raise": budget(120),
    "back": budget(100),
    "rename": details(name="Tents"),
    "rename again": details(name="Coats"),
    "sooner": details(end=date(2026, 5, 1)),
    "later": details(end=date(2026, 8, 1)),
}


def running_campaign(advertiser: Advertiser) -> Campaign:
    """At 100.00 a day, here and on the platform, and free to be raised by much."""
    advertiser.max_step = Decimal(5)
    advertiser.save()
    budget: dict[str, Any] = {
        "daily_budget_micros": 100_000_000,
        "remote_daily_budget_micros": 100_000_000,
    }
    campaign = make_campaign(make_account(advertiser), end=None, **budget)
    approved(campaign, per_day_micros=1_000_000_000)
    return campaign


def ask(wish: str, campaign: Campaign, actor: Actor) -> PublishRequest | None:
    request: PublishRequest | None = WISHES[wish](Campaign.objects.get(pk=campaign.pk), actor)
    return request


def meet(way: str, wish: str, campaign: Campaign, vendor: Vendor, actor: Actor) -> None:
    """Ask for a change and let it come as far as `way` says."""
    request = ask(wish, campaign, AGENT if way == HALTED else actor)
    if request is None or way == WAITING:
        return
    if way == HALTED:
        services.stop(actor=actor, advertiser=campaign.account.advertiser)
        jobs.run_due()
        return
    if way in {DIED_DONE, DIED_BEFORE}:
        row = PublishRequest.objects.get(pk=request.pk)
        if row.state == "waiting" and leases.claim(row) and way == DIED_DONE:
            send(row, vendor)
        return
    vendor.answers.append(way)
    jobs.run_due()
    vendor.answers.clear()


def send(row: PublishRequest, vendor: Vendor) -> None:
    """What the worker that then died still sent."""
    client = type("Dead", (double.Client,), {"vendor": vendor})
    publish_operations.send(client(ClientConfig("1", "USD", "UTC", {})), row)


def advertiser_of(campaign: Campaign) -> Advertiser:
    return Advertiser.objects.get(pk=campaign.account.advertiser_id)


def recover(campaign: Campaign, vendor: Vendor, actor: Actor) -> None:
    """The faults are over: whatever is open is worked, in a few rounds."""
    advertiser = advertiser_of(campaign)
    if advertiser.is_stopped:
        services.lift_stop(actor=actor, advertiser=advertiser)
    vendor.carry_out_late()
    for _ in range(ROUNDS):
        if not PublishRequest.objects.filter(state__in=PublishRequest.OPEN).exists():
            return
        double.let_time_pass()
        resume_publishing()
        jobs.run_due(limit=20)


def check(campaign: Campaign, vendor: Vendor) -> None:
    story = list(PublishRequest.objects.order_by("pk").values_list("operation", "payload", "state"))
    assert not PublishRequest.objects.filter(state__in=PublishRequest.OPEN).exists(), story
    assert double.there(vendor) == double.wish_of(campaign), (story, vendor.writes)
    assert not Job.objects.filter(state="failed").exists()
