"""The connections page: accounts with their health; connect, verify, disconnect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.access import actor_of, advertiser_page
from core.action_labels import signed_out_form
from core.common.errors import AdsEngineError, InputErrors
from core.models import Advertiser, Job, Role
from platforms import services
from platforms.forms import ConnectForm, connect_forms
from platforms.models import AdAccount, Platform
from platforms.registry import PlatformNotConfigured, circuit_open_until


@dataclass(frozen=True)
class AccountRow:
    """An account; `sync` is the state of its newest waiting or running sync, else empty.
    `asked_again_at`: of an account that has not answered several times in a row."""

    account: AdAccount
    sync: str
    asked_again_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.account.platform != Platform.IMPORT

    @property
    def health(self) -> tuple[str, str]:
        """(label, tone of the badge)."""
        account = self.account
        if account.state == AdAccount.State.DISCONNECTED:
            return "Disconnected", "off"
        if not self.is_live:
            return "Imported", "off"
        if account.state == AdAccount.State.NEEDS_TOKEN:
            return "Needs a new token", "bad"
        if self.asked_again_at is not None:
            return "Does not answer", "bad"
        if account.sync_error:
            return "Last sync failed", "bad"
        return ("Healthy", "good") if account.can_deliver else ("Cannot deliver", "bad")


@advertiser_page()
def connections(request: HttpRequest, advertiser: Advertiser) -> HttpResponse:
    return _page(request, advertiser)


@advertiser_page()
def connection(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    """One account's card; the page loads it again while a sync runs."""
    account = _account(advertiser, pk)
    context = {"row": _account_rows(advertiser, [account])[0]}
    return render(request, "platforms/connection.html", context)


def _page(
    request: HttpRequest, advertiser: Advertiser, submitted: ConnectForm | None = None
) -> HttpResponse:
    accounts = list(AdAccount.objects.filter(advertiser=advertiser))
    forms = [
        submitted if submitted and submitted.platform == form.platform else form
        for form in connect_forms()
    ]
    context = {"rows": _account_rows(advertiser, accounts), "forms": forms, "submitted": submitted}
    return render(request, "platforms/connections.html", context, status=422 if submitted else 200)


def _account_rows(advertiser: Advertiser, accounts: list[AdAccount]) -> list[AccountRow]:
    jobs = Job.objects.filter(
        kind=services.SYNC_JOB,
        advertiser=advertiser,
        state__in=[Job.State.QUEUED, Job.State.RUNNING],
    )
    waiting = dict(jobs.order_by("pk").values_list("key", "state"))
    rows = [
        AccountRow(account, waiting.get(str(account.pk), ""), circuit_open_until(account))
        for account in accounts
    ]
    return sorted(rows, key=lambda row: not row.is_live)


def _account(advertiser: Advertiser, pk: int) -> AdAccount:
    account = AdAccount.objects.filter(pk=pk, advertiser=advertiser).first()
    if account is None:
        raise Http404
    account.advertiser = advertiser
    return account


@signed_out_form("connect an ad account", can_spend=False)
@advertiser_page(Role.ADMIN)
@require_POST
def connect(request: HttpRequest, advertiser: Advertiser, platform: str) -> HttpResponse:
    if platform not in services.SECRETS:
        raise Http404
    form = ConnectForm(platform, request.POST)
    if not form.is_valid():
        return _page(request, advertiser, form)
    try:
        account = services.connect_account(
            actor=actor_of(request),
            advertiser=advertiser,
            platform=platform,
            external_id=form.cleaned_data["external_id"],
            secrets=form.secrets,
            options=form.options,
        )
    except AdsEngineError as err:
        _add_errors(form, err)
    except PlatformNotConfigured as err:
        form.add_error(None, str(err))
    else:
        messages.success(request, f"{account} is connected.")
        return redirect("connections", advertiser.slug)
    return _page(request, advertiser, form)


def _add_errors(form: ConnectForm, err: AdsEngineError) -> None:
    for part in err.errors if isinstance(err, InputErrors) else [err]:
        form.add_error(part.field if part.field in form.fields else None, part.user_message)


@signed_out_form("verify an account", can_spend=False)
@advertiser_page(Role.ADMIN)
@require_POST
def account_verify(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    account = _account(advertiser, pk)
    try:
        info = services.verify_account(account, someone_waits=True)
    except (AdsEngineError, PlatformNotConfigured) as err:
        messages.error(request, str(err))
    else:
        status = "; ".join(info.problems) or "ready to deliver"
        messages.success(request, f"{account} is verified: {status}.")
    return redirect("connections", advertiser.slug)


@signed_out_form("disconnect an account", can_spend=False)
@advertiser_page(Role.ADMIN)
@require_POST
def account_disconnect(request: HttpRequest, advertiser: Advertiser, pk: int) -> HttpResponse:
    account = _account(advertiser, pk)
    try:
        services.disconnect_account(actor=actor_of(request), account=account)
    except AdsEngineError as err:
        messages.error(request, err.user_message)
    else:
        messages.success(request, f"{account} is disconnected; its campaigns and figures stay.")
    return redirect("connections", advertiser.slug)
