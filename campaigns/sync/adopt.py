"""Takes over a campaign that was made on the platform."""

from __future__ import annotations

from django.db import transaction

from campaigns.guardrails import limits
from campaigns.guardrails.locks import lock_campaign
from campaigns.models import Campaign, SpendApproval
from campaigns.specs.adopted import SPEC_JOB
from campaigns.spend import approvals
from campaigns.spend.approvals import Raise
from campaigns.spend.max_spend import NOTHING
from campaigns.spend.per_day import spends
from campaigns.spend.terms import Terms, remote_terms, spend_so_far, wanted_terms
from core.access import require_approver
from core.common.errors import GuardrailExceeded, InvalidInput
from core.jobs import enqueue
from core.lanes import work_lane
from core.models import Actor, AuditAction, record
from core.retries import retried_on_deadlock

Basis = SpendApproval.Basis


@retried_on_deadlock
@transaction.atomic
def adopt(*, actor: Actor, campaign: Campaign) -> None:
    """From now on it may be changed here, and what it can still spend counts as approved.

    A paused campaign is adopted with nothing approved. Raises NotAllowed without the approver's
    role, or where a second person has to decide; GuardrailExceeded where it runs and breaks a cap.
    """
    campaign = lock_campaign(campaign, may_raise=True)
    if campaign.origin == Campaign.Origin.IMPORT:
        raise InvalidInput("An imported campaign has no platform behind it.", field="campaign")
    if campaign.managed:
        return
    require_approver(actor, campaign.account.advertiser)
    _approve(actor, campaign)
    campaign.managed = True
    campaign.save(update_fields=["managed"])
    record(
        actor,
        AuditAction.ADOPT_CAMPAIGN,
        campaign,
        advertiser=campaign.account.advertiser,
        before={"managed": False},
        after={"managed": True},
    )
    account = campaign.account
    lane = work_lane(account.platform)
    enqueue(SPEC_JOB, key=str(campaign.pk), advertiser=account.advertiser, lane=lane)


def _approve(actor: Actor, campaign: Campaign) -> None:
    so_far = spend_so_far(campaign)
    terms = _running_terms(campaign)
    now = NOTHING if terms is None else terms.figures(so_far)
    if terms is not None:
        _check_caps(campaign, now.per_day)
        approvals.check_second_person(Raise(campaign, actor, terms, now, Basis.ADOPTION), so_far)
    approvals.write(
        account=campaign.account,
        campaign=campaign,
        figures=now,
        counts_from=so_far.today if terms is None else approvals.counts_from(terms, so_far),
        basis=Basis.ADOPTION,
        days=None if terms is None else terms.flight_days,
        approver=actor.user,
        approver_name=actor.name,
        sent=True,
    )


def _running_terms(campaign: Campaign) -> Terms | None:
    """The larger side of wanted and confirmed, where it runs."""
    if not spends(campaign):
        return None
    so_far = spend_so_far(campaign)
    sides = (wanted_terms(campaign).switched(True), remote_terms(campaign).switched(True))
    return max(sides, key=lambda terms: terms.figures(so_far).can_spend)


def _check_caps(campaign: Campaign, per_day: int) -> None:
    money = campaign.account.money(per_day)
    try:
        limits.check_caps(campaign.account, money, campaign=campaign)
    except GuardrailExceeded as err:
        raise GuardrailExceeded(
            f"{err.user_message} Pause it on the platform first, then adopt it.", field="campaign"
        ) from err
