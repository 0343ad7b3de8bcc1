"""Connects the sandbox's accounts by token, as a person connects real ones, and brings the
sandbox's exchange rates, which are invented."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from django.conf import settings

from core.common import dates
from core.common.errors import InvalidInput, RateMissing
from core.models import Actor, Advertiser, ExchangeRate, rate_on
from platforms.models import AdAccount
from platforms.services import connect_account

# Per platform: the key of the account id in settings.SANDBOX, and fixed_options options.
_ACCOUNTS: dict[str, tuple[str, dict[str, str]]] = {
    "google": ("customer_id", {}),
    "meta": ("ad_account_id", {}),
    "tiktok": ("advertiser_id", {"identity_type": "TT_USER"}),
}
RATES_SOURCE = "sandbox, invented"
_SECRETS = ("client_id", "client_secret", "refresh_token", "access_token", "app_secret")
_OPTIONS = ("login_customer_id", "page_id", "pixel_id", "identity_id")


def sandbox_is_available() -> bool:
    """Whether this is a sandbox and none of its accounts is connected yet."""
    if not settings.SANDBOX:
        return False
    ids = [settings.SANDBOX[platform][name] for platform, (name, _) in _ACCOUNTS.items()]
    external_ids = [str(each).removeprefix("act_").replace("-", "") for each in ids]
    existing = AdAccount.objects.filter(platform__in=_ACCOUNTS, external_id__in=external_ids)
    return not existing.exclude(state=AdAccount.State.DISCONNECTED).exists()


def connect_sandbox(*, actor: Actor, advertiser: Advertiser) -> list[AdAccount]:
    """Connect all three accounts. Raises InvalidInput where there is no sandbox, or where another
    advertiser has one of the accounts."""
    if not settings.SANDBOX:
        raise InvalidInput("This installation does not use the sandbox.", field="platform")
    accounts = [_connect(actor, advertiser, platform) for platform in _ACCOUNTS]
    bring_rates(advertiser)
    return accounts


def bring_rates(advertiser: Advertiser) -> None:
    """In a sandbox: invented rates of today between the currencies of the advertiser and its
    accounts, where no valid rate is kept. A real installation imports its rates."""
    known = settings.SANDBOX.get("units_per_usd", {}) if settings.SANDBOX else {}
    used = {advertiser.currency, "USD", *advertiser.accounts.values_list("currency", flat=True)}
    for base, quote in combinations(sorted(used & set(known)), 2):
        day = dates.today(advertiser.time_zone)
        try:
            rate_on(base, quote, day)
        except RateMissing:
            rate = round(Decimal(str(known[quote])) / Decimal(str(known[base])), 8)
            ExchangeRate.objects.get_or_create(
                day=day, base=base, quote=quote, defaults={"rate": rate, "source": RATES_SOURCE}
            )


def _connect(actor: Actor, advertiser: Advertiser, platform: str) -> AdAccount:
    info, (name, fixed_options) = settings.SANDBOX[platform], _ACCOUNTS[platform]
    return connect_account(
        actor=actor,
        advertiser=advertiser,
        platform=platform,
        external_id=info[name],
        secrets={key: info[key] for key in _SECRETS if key in info},
        options={**{key: info[key] for key in _OPTIONS if key in info}, **fixed_options},
    )
