"""Builds the client of an account. The only module that knows the path of each client."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from platforms.errors import CredentialsInvalid, UnsupportedFeature
from platforms.interface import AdPlatform, CallRecord, Capabilities, ClientConfig
from platforms.models import AdAccount, ApiCall, Credential

log = logging.getLogger(__name__)

# Dotted paths, imported on first use: the Google SDK costs time and memory.
CLIENTS = {
    "google": "platforms.google.client.GoogleClient",
    "meta": "platforms.meta.client.MetaClient",
    "tiktok": "platforms.tiktok.client.TikTokClient",
}
_ENDPOINT_KEYS = {
    "google": ("endpoint", "token_uri"),
    "meta": ("base_url",),
    "tiktok": ("base_url",),
}


class PlatformNotConfigured(ImproperlyConfigured):
    """Calls go neither to the live platforms nor to a sandbox. No AdsEngineError on purpose: code
    that catches those to continue with other accounts must not hide it."""


@cache
def client_class(platform: str) -> type[AdPlatform]:
    if platform not in CLIENTS:
        raise UnsupportedFeature(platform, "calling the platform")
    module, _, name = CLIENTS[platform].rpartition(".")
    client: type[AdPlatform] = getattr(import_module(module), name)
    return client


def capabilities_of(platform: str) -> Capabilities:
    return client_class(platform).capabilities


def launch_platforms() -> list[str]:
    return list(CLIENTS)


@contextmanager
def platform_for(account: AdAccount) -> Iterator[AdPlatform]:
    """The account's client, closed at the end of the block. Raises CredentialsInvalid without
    credentials, PlatformNotConfigured when calls are switched off."""
    client = client_class(account.platform)(config_for(account))
    try:
        yield client
    finally:
        client.close()


def config_for(account: AdAccount) -> ClientConfig:
    credential = Credential.objects.filter(account=account).first()
    if credential is None or account.state == AdAccount.State.DISCONNECTED:
        raise CredentialsInvalid(
            f"{account} is not connected. Add a token on the connections page.",
            platform=account.platform,
            account=account.external_id,
        )
    return build_config(
        account.platform,
        account_id=account.external_id,
        currency=account.currency,
        time_zone=account.time_zone,
        secrets=credential.secrets,
        options=account.options,
        account=account,
    )


def build_config(
    platform: str,
    *,
    account_id: str,
    currency: str,
    time_zone: str,
    secrets: dict[str, str],
    options: dict[str, str],
    account: AdAccount | None,
) -> ClientConfig:
    return ClientConfig(
        account_id=account_id,
        currency=currency,
        time_zone=time_zone,
        secrets=secrets,
        options=options,
        endpoints=_endpoints(platform),
        record=lambda call: _save_call(call, account),
    )


def _endpoints(platform: str) -> dict[str, str]:
    if settings.SANDBOX:
        info = settings.SANDBOX[platform]
        return {key: info[key] for key in _ENDPOINT_KEYS[platform]}
    if settings.LIVE_CALLS:
        return {}
    raise PlatformNotConfigured(
        "Platform calls are switched off. Set ADSENGINE_LIVE_CALLS=true to call the real "
        "platforms, or ADSENGINE_SANDBOX_INFO to use the sandbox."
    )


def _save_call(call: CallRecord, account: AdAccount | None) -> None:
    """Save one ApiCall row; a call never fails because its record could not be saved."""
    try:
        with transaction.atomic():
            ApiCall.objects.create(
                account=account,
                platform=call.platform,
                operation=call.operation[:80],
                ok=call.ok,
                duration_ms=max(call.duration_ms, 0),
                error_code=call.error_code[:80],
                request_id=call.request_id[:120],
                detail=call.detail[:500],
            )
    except Exception:
        log.exception("the record of a platform call could not be saved")
