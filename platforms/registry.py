"""Builds the client of an account. The only module that knows the path of each client."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module

from django.conf import settings
from django.core.cache import cache as cache_store
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from core.common import clock
from core.models import Incident
from platforms.common.call_limits.shared_state import shared_state
from platforms.errors import CredentialsInvalid, UnsupportedFeature
from platforms.interface import AdPlatform, CallRecord, ClientConfig
from platforms.models import AdAccount, ApiCall, Credential
from platforms.rules.capabilities import Capabilities
from platforms.types import SharedState

log = logging.getLogger(__name__)

# Dotted paths, imported on first use: the Google SDK costs time and memory.
CLIENTS = {
    "google": "platforms.google.client.GoogleClient",
    "meta": "platforms.meta.client.MetaClient",
    "tiktok": "platforms.tiktok.client.TikTokClient",
}
# The longest call of a page on which a person waits for the vendor.
SECONDS_OF_A_PAGE = 5.0
_CIRCUIT_KEPT_SECONDS = 600  # after the pause, until somebody calls the account again
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
def platform_for(account: AdAccount, **how: bool) -> Iterator[AdPlatform]:
    """The account's client, closed at the end of the block; `how` as for config_for. Raises
    CredentialsInvalid without credentials, PlatformNotConfigured when calls are switched off."""
    client = client_class(account.platform)(config_for(account, **how))
    try:
        yield client
    finally:
        client.close()


def config_for(
    account: AdAccount, *, lowers: bool = False, someone_waits: bool = False
) -> ClientConfig:
    """`lowers`: for pausing and lowering, which are sent even while the account's circuit is open.
    `someone_waits`: as for build_config."""
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
        lowers=lowers,
        someone_waits=someone_waits,
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
    lowers: bool = False,
    someone_waits: bool = False,
) -> ClientConfig:
    """`someone_waits`: for the few pages that ask a vendor while a person waits for the answer:
    each call is sent once, and briefly."""
    seconds = SECONDS_OF_A_PAGE if someone_waits else float(settings.CALL_TIMEOUT_SECONDS)
    return ClientConfig(
        account_id=account_id,
        currency=currency,
        time_zone=time_zone,
        secrets=secrets,
        options=_options(platform, options),
        endpoints=_endpoints(platform),
        record=lambda call: _save_call(call, account),
        lowers=lowers,
        shared=_shared_state(),
        calls_used_up=lambda what, wait: _tell_calls_used_up(account, what, wait),
        circuit_changed=lambda wait: _keep_circuit(platform, account_id, wait),
        timeout_seconds=seconds,
        deadline_seconds=seconds if someone_waits else 2 * seconds,
        attempts=1 if someone_waits else ClientConfig.attempts,
    )


@cache
def _shared_state() -> SharedState:
    """Where all workers count the calls of one app: Redis, or a file of this machine."""
    return shared_state(settings.REDIS_URL, settings.VAR_DIR / "calls.sqlite3")


def _options(platform: str, options: dict[str, str]) -> dict[str, str]:
    """With the level of the installation's developer app, where the account states none."""
    if platform != "tiktok":
        return options
    return {"queries_per_second": str(settings.TIKTOK_QUERIES_PER_SECOND), **options}


def _tell_calls_used_up(account: AdAccount | None, what: str, wait: float) -> None:
    """An incident while the platform takes no more calls; closed by the first that it takes, for
    everybody, as the limit is that of the installation. A call never fails because of it."""
    key = f"calls:{what}"
    try:
        with transaction.atomic():
            if not wait:
                told = Incident.objects.filter(key=key, resolved_at=None)
                told.update(resolved_at=clock.real_now())
            elif account is not None:
                _open_calls_incident(account, key, wait)
    except Exception:
        log.exception("it could not be told that the calls of %s are used up", what)


def _open_calls_incident(account: AdAccount, key: str, wait: float) -> None:
    until = clock.real_now() + timedelta(seconds=wait)
    Incident.open(
        account.advertiser,
        key,
        title=f"{account.get_platform_display()} takes no more calls for now",
        detail="All calls that the platform allows this installation are used up. The next one is "
        f"tried at {until:%Y-%m-%d %H:%M} UTC.",
        at_stake="Figures are late, and changes wait. What pauses or lowers is still sent.",
        next_step="Nothing: it goes on by itself. If it comes back often, ask the platform for a "
        "higher level of calls.",
        url=f"/a/{account.advertiser.slug}/connections/",
    )


def circuit_open_until(account: AdAccount) -> datetime | None:
    """When a worker next tries an account that has not answered several times in a row; None for
    one that answers."""
    until: datetime | None = cache_store.get(_circuit_key(account.platform, account.external_id))
    return until


def _keep_circuit(platform: str, account_id: str, wait: float) -> None:
    """For the connections page. Each process has a circuit of its own: the newest word counts.
    A call never fails because its circuit could not be kept."""
    key = _circuit_key(platform, account_id)
    try:
        if wait:
            until = clock.real_now() + timedelta(seconds=wait)
            cache_store.set(key, until, timeout=int(wait) + _CIRCUIT_KEPT_SECONDS)
        else:
            cache_store.delete(key)
    except Exception:
        log.exception("the circuit of an account could not be kept")


def _circuit_key(platform: str, account_id: str) -> str:
    return f"circuit:{platform}:{account_id}"


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
