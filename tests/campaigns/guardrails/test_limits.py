"""Caps by platform, floors and ceilings of one campaign, limits in other currencies, once a day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns import services
from campaigns.guardrails import gate, limits
from campaigns.models import Campaign, PublishRequest
from campaigns.spend.policy import version_of
from core.common import clock, dates
from core.common.errors import GuardrailExceeded, InvalidInput, NotAllowed
from core.common.money import Money
from core.models import (
    Actor,
    ActorKind,
    Advertiser,
    AuditEntry,
    ExchangeRate,
    PolicyChange,
)
from platforms.models import AdAccount, PlatformLimits
from tests.fixtures.people import People

WORKER = Actor(ActorKind.WORKER, "optimiser")


def make(
    advertiser: Advertiser, platform: str, currency: str = "USD", budget: int = 100
) -> Campaign:
    account = AdAccount.objects.create(
        advertiser=advertiser,
        platform=platform,
        external_id=f"{platform}{currency}",
        name="Shop",
        currency=currency,
        time_zone="America/New_York",
        min_daily_budget_micros=5_000_000,
    )
    return Campaign.objects.create(
        account=account,
        name="Boots",
        remote_id="900",
        wanted="active",
        remote="active",
        daily_budget_micros=budget * 1_000_000,
        remote_daily_budget_micros=budget * 1_000_000,
    )


@pytest.fixture
def meta(acting: Advertiser) -> Campaign:
    return make(acting, "meta")


def rate(base: str, quote: str, value: str, back: int = 0) -> None:
    day = dates.today("America/New_York") - timedelta(days=back)
    ExchangeRate.objects.create(day=day, base=base, quote=quote, rate=Decimal(value))


def ask(campaign: Campaign, amount: str, actor: Actor = WORKER) -> PublishRequest | None:
    budget = Money(Decimal(amount), campaign.account.currency)
    return services.set_daily_budget(actor=actor, campaign=campaign, budget=budget)


def unchanged(campaign: Campaign, budget: int = 100) -> bool:
    campaign.refresh_from_db()
    same = campaign.daily_budget_micros == budget * 1_000_000
    return same and not PublishRequest.objects.exists()


# ---- one platform ----


def test_cap_of_a_platform_binds_its_accounts_alone(meta: Campaign, advertiser: Advertiser) -> None:
    google = make(advertiser, "google")
    PlatformLimits.objects.create(
        advertiser=advertiser, platform="meta", daily_cap_micros=110_000_000
    )
    with pytest.raises(
        GuardrailExceeded, match=r"cap of all Meta accounts of \$110\.00"
    ) as refused:
        ask(meta, "111")
    assert refused.value.field == "daily_budget"
    assert unchanged(meta)
    assert ask(google, "140") is not None
    assert ask(meta, "110") is not None


def test_stop_switch_of_a_platform_halts_that_platform_alone(
    meta: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    google = make(advertiser, "google")
    services.stop(actor=actor, advertiser=advertiser, reason="odd spend", platform="meta")
    with pytest.raises(GuardrailExceeded, match="stop switch of Meta") as refused:
        ask(meta, "110")
    assert refused.value.code == "platform_stopped"
    assert ask(google, "110") is not None
    assert ask(meta, "90") is not None
    services.lift_stop(actor=actor, advertiser=advertiser, platform="meta")
    assert ask(meta, "110", actor) is not None
    advertiser.refresh_from_db()
    assert not advertiser.is_stopped


def test_stop_switch_of_a_platform_halts_what_waits_to_be_sent(
    meta: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    request = ask(meta, "110")
    assert request is not None
    services.stop(actor=actor, advertiser=advertiser, platform="meta")
    with pytest.raises(GuardrailExceeded, match="stop switch of Meta"):
        gate.check_send(request)


@pytest.mark.parametrize("platform", ["import", "bing"])
def test_other_platforms_have_no_switch(
    advertiser: Advertiser, actor: Actor, platform: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.stop(actor=actor, advertiser=advertiser, platform=platform)
    assert refused.value.field == "platform"
    assert not PlatformLimits.objects.exists()


# ---- one campaign ----


def test_own_ceiling_and_floor_bind_the_campaign(meta: Campaign, actor: Actor) -> None:
    services.set_limits(
        actor=actor,
        campaign=meta,
        floor=Money(Decimal(60), "USD"),
        ceiling=Money(Decimal(120), "USD"),
        incrementality=Decimal("0.4"),
    )
    meta.refresh_from_db()
    with pytest.raises(GuardrailExceeded, match=r"ceiling of \$120\.00 for this campaign"):
        ask(meta, "121")
    with pytest.raises(GuardrailExceeded, match=r"minimum of \$60\.00"):
        ask(meta, "59")
    assert unchanged(meta)
    entry = AuditEntry.objects.get(action="set limits")
    assert entry.after == {"floor": "$60.00", "ceiling": "$120.00", "incrementality": "0.4"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ceiling": Money(Decimal(50), "USD")}, "ceiling"),
        ({"floor": Money(Decimal(60), "EUR")}, "floor"),
        ({"floor": Money(Decimal("60.001"), "USD")}, "floor"),
        ({"incrementality": Decimal("2.1")}, "incrementality"),
        ({"incrementality": Decimal("-0.1")}, "incrementality"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused_at_their_field(
    meta: Campaign, actor: Actor, change: dict[str, Money | Decimal], field: str
) -> None:
    wish = {"floor": Money(Decimal(60), "USD"), "ceiling": None, "incrementality": Decimal(1)}
    with pytest.raises(InvalidInput) as refused:
        services.set_limits(actor=actor, campaign=meta, **{**wish, **change})  # type: ignore[arg-type]
    assert refused.value.field == field
    meta.refresh_from_db()
    assert (meta.floor_micros, meta.ceiling_micros, meta.incrementality) == (None, None, Decimal(1))


def test_a_ceiling_below_the_accounts_minimum_is_refused(
    meta: Campaign, advertiser: Advertiser, actor: Actor
) -> None:
    def set_ceiling(amount: str) -> None:
        services.set_limits(
            actor=actor,
            campaign=meta,
            floor=None,
            ceiling=Money(Decimal(amount), "USD"),
            incrementality=Decimal(1),
        )

    with pytest.raises(InvalidInput, match=r"below the minimum of \$5\.00") as refused:
        set_ceiling("4.99")
    assert refused.value.field == "ceiling"
    Advertiser.objects.update(campaign_floor_micros=20_000_000)
    with pytest.raises(InvalidInput, match=r"below the minimum of \$20\.00"):
        set_ceiling("19.99")
    meta.refresh_from_db()
    assert meta.ceiling_micros is None
    set_ceiling("20")
    meta.refresh_from_db()
    assert meta.ceiling_micros == 20_000_000


def test_an_editor_may_not_move_limits(meta: Campaign, people: People) -> None:
    with pytest.raises(NotAllowed):
        services.set_limits(
            actor=Actor.person(people.editor),
            campaign=meta,
            floor=None,
            ceiling=Money(Decimal(500), "USD"),
            incrementality=Decimal(1),
        )
    meta.refresh_from_db()
    assert meta.ceiling_micros is None


# ---- other currencies ----


def test_limits_hold_in_another_currency_at_the_days_rate(acting: Advertiser) -> None:
    yen = make(acting, "meta", "JPY", budget=10_000)
    Advertiser.objects.update(campaign_ceiling_micros=100_000_000)
    rate("USD", "JPY", "150.5")
    yen.refresh_from_db()
    assert limits.maximum(yen.account) == Money(Decimal(15_050), "JPY")
    with pytest.raises(GuardrailExceeded, match="ceiling"):
        ask(yen, "15051")
    assert ask(yen, "15000") is not None


def test_caps_add_budgets_of_all_currencies_at_the_days_rate(
    meta: Campaign, advertiser: Advertiser
) -> None:
    make(advertiser, "google", "EUR", budget=50)
    Advertiser.objects.update(max_daily_total_micros=170_000_000)
    rate("EUR", "USD", "1.2")
    with pytest.raises(GuardrailExceeded, match=r"come to \$171\.00 a day"):
        ask(meta, "111")
    assert unchanged(meta)
    assert ask(meta, "110") is not None


def test_a_rate_serves_both_ways_and_for_a_week(acting: Advertiser) -> None:
    yen = make(acting, "meta", "JPY", budget=10_000)
    Advertiser.objects.update(campaign_ceiling_micros=100_000_000)
    rate("JPY", "USD", "0.01", back=6)
    yen.refresh_from_db()
    assert limits.maximum(yen.account) == Money(Decimal(10_000), "JPY")
    ExchangeRate.objects.update(day=dates.today("America/New_York") - timedelta(days=7))
    with pytest.raises(GuardrailExceeded, match="There is no exchange rate from USD to JPY"):
        ask(yen, "10001")
    assert unchanged(yen, 10_000)


# ---- once a day ----


def test_a_worker_raises_nothing_that_it_wrote_today_and_a_person_may(
    meta: Campaign, actor: Actor
) -> None:
    noon = clock.market_now().replace(hour=17)
    with clock.freeze(noon):
        assert ask(meta, "90") is not None
        with pytest.raises(GuardrailExceeded, match="today already") as refused:
            ask(meta, "110")
        assert refused.value.code == "once_a_day"
        assert ask(meta, "80") is not None  # what lowers always passes
        assert ask(meta, "110", actor) is not None
    with clock.freeze(noon + timedelta(days=1)):
        assert ask(meta, "120") is not None
    assert AuditEntry.objects.filter(action="set daily budget").count() == 4


def test_a_worker_may_write_again_after_midnight_of_the_account(meta: Campaign) -> None:
    """The account's own day counts: 05:00 UTC is midnight in New York in winter."""
    late = clock.market_now().replace(month=1, day=15, hour=4, minute=59)
    with clock.freeze(late):
        assert ask(meta, "90") is not None
    with clock.freeze(late + timedelta(minutes=2)):
        assert ask(meta, "110") is not None


def test_a_higher_ceiling_needs_an_admin_and_above_the_amount_a_second_one(
    meta: Campaign, people: People, advertiser: Advertiser
) -> None:
    Advertiser.objects.update(second_person_above_micros=1_000_000_000)
    Campaign.objects.filter(pk=meta.pk).update(ceiling_micros=100_000_000)

    def set_ceiling(actor: Actor, amount: str) -> int | None:
        services.set_limits(
            actor=actor,
            campaign=meta,
            floor=None,
            ceiling=Money(Decimal(amount), "USD"),
            incrementality=Decimal(1),
        )
        meta.refresh_from_db()
        return meta.ceiling_micros

    approver, admin = Actor.person(people.approver), Actor.person(people.admin)
    with pytest.raises(NotAllowed, match="role admin"):
        set_ceiling(approver, "101")
    before = version_of(advertiser)
    assert set_ceiling(admin, "120") == 120_000_000
    assert version_of(advertiser) != before
    assert set_ceiling(admin, "133") == 120_000_000
    waits = PolicyChange.objects.get(state="waiting")
    assert (waits.setting, waits.old, waits.new) == ("ceiling_micros", 120_000_000, 133_000_000)
    assert set_ceiling(approver, "90") == 90_000_000


def test_a_floor_is_never_above_the_ceiling_that_holds(
    meta: Campaign, people: People, advertiser: Advertiser
) -> None:
    Advertiser.objects.update(second_person_above_micros=1_000_000_000)
    Campaign.objects.filter(pk=meta.pk).update(ceiling_micros=80_000_000)
    with pytest.raises(InvalidInput, match=r"The ceiling of \$80\.00 holds") as refused:
        services.set_limits(
            actor=Actor.person(people.admin),
            campaign=meta,
            floor=Money(Decimal(100), "USD"),
            ceiling=Money(Decimal(200), "USD"),
            incrementality=Decimal(1),
        )
    assert refused.value.field == "floor"
    meta.refresh_from_db()
    assert meta.floor_micros is None
    assert not PolicyChange.objects.exists()
