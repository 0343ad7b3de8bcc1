"""Connect, verify and disconnect an account."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Q

from core.common import clock
from core.common.errors import InvalidInput
from core.common.money import minor_digits
from core.models import Actor, Advertiser, AuditAction, Incident, record
from platforms.errors import CredentialsInvalid, PlatformError
from platforms.models import AdAccount, Credential, Platform
from platforms.registry import build_config, capabilities_of, client_class, platform_for
from platforms.rules.money import currency_refusal
from platforms.types import AccountInfo

SYNC_JOB = "sync"
"""Reads an account's structure and figures; campaigns, which stands above, handles it."""
# What a person pastes, per platform: secrets are encrypted, options are not secret.
SECRETS = {
    "google": ("client_id", "client_secret", "refresh_token"),
    "meta": ("access_token", "app_secret"),
    "tiktok": ("access_token",),
}
OPTIONAL_SECRETS = {"meta": ("app_secret",)}
OPTIONS = {
    "google": ("login_customer_id",),
    "meta": ("page_id", "pixel_id"),
    "tiktok": ("identity_id", "identity_type", "identity_authorized_bc_id", "pixel_id"),
}


def connect_account(
    *,
    actor: Actor,
    advertiser: Advertiser,
    platform: str,
    external_id: str,
    secrets: Mapping[str, str],
    options: Mapping[str, str] | None = None,
) -> AdAccount:
    """Verify the pasted token with the platform, then save account and credential.

    Connecting an account again replaces its token. Raises InvalidInput on a field, or the
    platform's own error, and then saves nothing.
    """
    external_id = _clean_id(platform, external_id)
    cleaned = _clean_secrets(platform, secrets)
    cleaned_options = {
        k: v.strip() for k, v in (options or {}).items() if v.strip() and k in OPTIONS[platform]
    }
    info = _read_account(platform, external_id, cleaned, cleaned_options)
    _check_currency(platform, info.currency)
    _check_same_currency(advertiser, platform, info)
    try:
        with transaction.atomic():
            account = _save_account(advertiser, platform, info, cleaned_options)
            Credential.objects.update_or_create(account=account, defaults={"secrets": cleaned})
            record(
                actor,
                AuditAction.CONNECT_ACCOUNT,
                account,
                advertiser=advertiser,
                after={"platform": platform, "external_id": info.external_id},
            )
    except IntegrityError:
        raise InvalidInput(
            "This ad account is already connected to another advertiser here. "
            "Disconnect it there first.",
            field="external_id",
        ) from None
    for key in (f"token:{account.pk}", f"currency:{account.pk}"):
        Incident.resolve(advertiser, key)
    return account


def _clean_id(platform: str, external_id: str) -> str:
    if platform not in SECRETS:
        platforms = ", ".join(SECRETS)
        raise InvalidInput(
            f"{platform!r} is not a platform. Choose one of {platforms}.", field="platform"
        )
    cleaned = external_id.strip().removeprefix("act_").replace("-", "")
    if not cleaned.isascii() or not cleaned.isdigit():
        raise InvalidInput("The account id has digits only, e.g. 1234567890.", field="external_id")
    return cleaned


def _clean_secrets(platform: str, secrets: Mapping[str, str]) -> dict[str, str]:
    cleaned = {name: secrets.get(name, "").strip() for name in SECRETS[platform]}
    for name, value in cleaned.items():
        if not value and name not in OPTIONAL_SECRETS.get(platform, ()):
            raise InvalidInput(f"{name.replace('_', ' ').capitalize()} is missing.", field=name)
    return {name: value for name, value in cleaned.items() if value}


def _read_account(
    platform: str, external_id: str, secrets: dict[str, str], options: dict[str, str]
) -> AccountInfo:
    config = build_config(
        platform,
        account_id=external_id,
        currency="USD",  # not known yet; verify reads it
        time_zone="UTC",
        secrets=secrets,
        options=options,
        account=None,
        someone_waits=True,
    )
    client = client_class(platform)(config)
    try:
        return client.verify()
    finally:
        client.close()


def _check_currency(platform: str, currency: str) -> None:
    """Raises InvalidInput where budgets could not be set later. A currency is fixed for good."""
    can = capabilities_of(platform)
    minor_digits(currency)
    if can.currencies is not None and currency not in can.currencies:
        raise InvalidInput(currency_refusal(can, currency), field="external_id")


def _check_same_currency(advertiser: Advertiser, platform: str, info: AccountInfo) -> None:
    """Its figures and budgets of before are amounts of the earlier currency."""
    known = AdAccount.objects.filter(
        advertiser=advertiser, platform=platform, external_id=info.external_id
    ).first()
    if known is not None and known.currency != info.currency:
        raise InvalidInput(
            f"This account counts in {info.currency} now; what is known of it here is in "
            f"{known.currency}. Connect it at another advertiser, so that its amounts stay apart.",
            field="external_id",
        )


def _save_account(
    advertiser: Advertiser, platform: str, info: AccountInfo, options: dict[str, str]
) -> AdAccount:
    account, _ = AdAccount.objects.update_or_create(
        advertiser=advertiser,
        platform=platform,
        external_id=info.external_id,
        defaults={
            "name": info.name[:200],
            "currency": info.currency,
            "time_zone": info.time_zone,
            "options": options,
            "state": AdAccount.State.CONNECTED,
            **_health_fields(info),
        },
    )
    return account


def _health_fields(info: AccountInfo) -> dict[str, object]:
    budget = info.min_daily_budget
    return {
        "can_deliver": info.can_deliver,
        "problems": list(info.problems),
        "min_daily_budget_micros": budget.micros if budget else None,
        "verified_at": clock.real_now(),
    }


def verify_account(account: AdAccount, *, someone_waits: bool = False) -> AccountInfo:
    """Read the account again and save its health. An invalid token opens an incident.

    `someone_waits`: on a page; each call is sent once, and briefly.
    """
    try:
        with platform_for(account, someone_waits=someone_waits) as client:
            info = client.verify()
    except CredentialsInvalid as err:
        mark_token_invalid(account, err)
        raise
    is_same = info.currency == account.currency
    state = AdAccount.State.CONNECTED if is_same else AdAccount.State.DISCONNECTED
    AdAccount.objects.filter(pk=account.pk).update(
        state=state, name=info.name[:200], **_health_fields(info)
    )
    account.refresh_from_db()
    Incident.resolve(account.advertiser, f"token:{account.pk}")
    if not is_same:
        _tell_currency(account, info.currency)
    return info


def _tell_currency(account: AdAccount, now: str) -> None:
    """Amounts of two currencies as one would turn verdicts and budgets: the account is stopped."""
    Incident.open(
        account.advertiser,
        f"currency:{account.pk}",
        title=f"{account} counts in {now} now, not in {account.currency}",
        detail=f"Figures and budgets that are known here are in {account.currency}.",
        at_stake="Nothing of this account is read or changed here any more: its campaigns go on "
        "spending what was set last. Verdicts of its tests stay as they were made.",
        next_step=f"Pause its campaigns on the platform, or set the account back to "
        f"{account.currency} there and connect it again. To go on in {now}, connect it at another "
        "advertiser.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )


def mark_token_invalid(account: AdAccount, err: PlatformError) -> None:
    """One incident, whoever met the dead token: what could not be read or sent waits for the new
    one, and is not told beside it."""
    AdAccount.objects.filter(pk=account.pk, state=AdAccount.State.CONNECTED).update(
        state=AdAccount.State.NEEDS_TOKEN
    )
    Incident.open(
        account.advertiser,
        f"token:{account.pk}",
        title=f"{account}: the token no longer works",
        detail=f"{err.user_message} {_said_by(err)}".strip(),
        at_stake="Campaigns go on spending what was set last: no figures come, and no pause and no "
        "change arrives until it is renewed.",
        next_step="Paste a new token on the connections page.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )
    Incident.resolve(account.advertiser, f"sync:{account.pk}")


def _said_by(err: PlatformError) -> str:
    return f"They say: {err.vendor_message}" if err.vendor_message else ""


def _resolve_all(account: AdAccount) -> None:
    """Nothing is read or sent any more: what was wrong with the account is nobody's to mend."""
    mine = Q(
        key__in=[f"{kind}:{account.pk}" for kind in ("token", "sync", "account", "unreadable")]
    )
    for kind in ("outside", "review", "second_copy", "switched"):
        mine |= Q(key__startswith=f"{kind}:{account.pk}:")
    Incident.objects.filter(mine, advertiser=account.advertiser, resolved_at=None).update(
        resolved_at=clock.real_now()
    )


def disconnect_account(*, actor: Actor, account: AdAccount) -> None:
    """Delete the credential. Campaigns and figures stay; nothing changes on the platform."""
    if account.platform == Platform.IMPORT:
        raise InvalidInput("An imported report has no connection to remove.", field="account")
    with transaction.atomic():
        Credential.objects.filter(account=account).delete()
        AdAccount.objects.filter(pk=account.pk).update(state=AdAccount.State.DISCONNECTED)
        record(actor, AuditAction.DISCONNECT_ACCOUNT, account, advertiser=account.advertiser)
    account.refresh_from_db()
    _resolve_all(account)
