"""The example plan goes live whatever the currencies of the advertiser and its accounts are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agents import services
from agents.forms.example import write_example
from agents.models import Strategy
from campaigns.services import set_daily_total
from core import jobs
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser, ExchangeRate
from platforms.connect_sandbox import RATES_SOURCE, connect_sandbox
from platforms.models import AdAccount
from tests.fixtures.plans import campaign_of
from tests.fixtures.world import Sandbox

PAIRS = [
    *(("USD", "USD"), ("EUR", "USD"), ("USD", "EUR"), ("EUR", "JPY"), ("JPY", "USD")),
    *(("KWD", "USD"), ("USD", "JPY"), ("KWD", "HUF"), ("USD", "TWD"), ("JPY", "CLP")),
]


def live_example(sandbox: Sandbox, actor: Actor, advertiser: Advertiser) -> list[Strategy]:
    """From the limit to live campaigns, as a person goes through the first steps."""
    most = Money(Decimal(10**7), advertiser.currency)
    assert set_daily_total(actor=actor, advertiser=advertiser, cap=most).amount == 0
    advertiser.refresh_from_db()
    brief = write_example(actor=actor, advertiser=advertiser)
    services.plan_brief(actor=actor, brief=brief)
    jobs.run_due()
    plans = list(Strategy.objects.filter(brief=brief))
    assert [plan.problems for plan in plans] == [[]] * len(plans)
    for plan in plans:
        services.approve(actor=actor, strategy=plan, seen_hash=plan.plan_hash)
    jobs.run_due()
    for plan in plans:
        plan.refresh_from_db()
        assert plan.state == "live", plan.execution.error
    return plans


@pytest.mark.parametrize(("own", "accounts"), PAIRS)
def test_the_example_goes_live(
    own: str, accounts: str, sandbox: Sandbox, actor: Actor, advertiser: Advertiser
) -> None:
    Advertiser.objects.update(currency=own)
    advertiser.refresh_from_db()
    for platform in ("google", "meta", "tiktok"):
        sandbox.world.account(platform).currency = accounts
    connect_sandbox(actor=actor, advertiser=advertiser)
    plans = live_example(sandbox, actor, advertiser)
    assert {plan.account.platform for plan in plans} == {"google", "meta", "tiktok"}
    assert {plan.account.currency for plan in plans} == {accounts}
    for plan in plans:
        [remote] = sandbox.campaigns(plan.account.platform)
        assert remote.daily_budget_micros == campaign_of(plan).daily_budget_micros
    sources = set(ExchangeRate.objects.values_list("source", flat=True))
    assert sources <= {RATES_SOURCE}


def test_accounts_in_a_currency_of_three_decimals(
    sandbox: Sandbox, actor: Actor, advertiser: Advertiser
) -> None:
    """Google and TikTok take the dinar in hundredths; Meta does not say how it counts it."""
    sandbox.world.account("google").currency = "KWD"
    sandbox.world.account("tiktok").currency = "KWD"
    connect_sandbox(actor=actor, advertiser=advertiser)
    plans = live_example(sandbox, actor, advertiser)
    assert {plan.account.platform for plan in plans} == {"google", "tiktok"}


def test_an_account_whose_currency_meta_does_not_list_is_refused_when_it_is_connected(
    sandbox: Sandbox, actor: Actor, advertiser: Advertiser
) -> None:
    sandbox.world.account("meta").currency = "KWD"
    with pytest.raises(InvalidInput) as refused:
        connect_sandbox(actor=actor, advertiser=advertiser)
    assert refused.value.user_message == (
        "Budgets in KWD cannot be set on Meta: its list of currencies does not say in which unit "
        "it counts KWD. Use an ad account in another currency."
    )
    assert refused.value.field == "external_id"
    assert not AdAccount.objects.filter(platform="meta").exists()
