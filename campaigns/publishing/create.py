"""Creates a campaign tree and requests its publishing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from campaigns.guardrails import gate, plan_approvals
from campaigns.guardrails.locks import lock_advertiser
from campaigns.models import (
    Ad,
    AdGroup,
    Asset,
    Brief,
    Campaign,
    Creative,
    PublishRequest,
    SpecVersion,
    SpendApproval,
    Wanted,
)
from campaigns.publishing.outbox import request_change
from campaigns.publishing.specs import content_hash
from campaigns.specs import versions
from campaigns.spend import approvals
from campaigns.spend.terms import wanted_terms
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, AuditAction, record
from core.retries import retried_on_deadlock
from platforms.models import AdAccount
from platforms.registry import capabilities_of
from platforms.spec.first_edition import spec_of_first_edition

Operation = PublishRequest.Operation


@retried_on_deadlock
@transaction.atomic
def create_campaign(
    *,
    actor: Actor,
    account: AdAccount,
    spec: dict[str, Any],
    brief: Brief | None = None,
    reason: str = "",
) -> Campaign:
    """Write an approved spec as rows and ask for its creation, paused.

    `spec` is publishing.specs.campaign_json's form. Asking twice for one reference gives the same
    campaign. Raises GuardrailExceeded, InvalidInput; SpecMalformed where the plan language cannot
    say it.
    """
    lock_advertiser(account.advertiser_id)  # two workers of one launch make one campaign
    existing = Campaign.objects.filter(reference=spec["reference"]).first()
    if existing is not None:
        return _same(existing, account, spec)
    budget = Money.from_micros(spec["daily_budget_micros"], spec["currency"])
    if budget.currency != account.currency:
        raise InvalidInput(f"This account's budgets are in {account.currency}.", field="currency")
    gate.check_create(account, budget)
    campaign = Campaign.objects.create(
        account=account,
        brief=brief,
        name=spec["name"],
        reference=spec["reference"],
        objective=spec["objective"],
        daily_budget_micros=budget.micros,
        start=date.fromisoformat(spec["start"]),
        end=date.fromisoformat(spec["end"]) if spec["end"] else None,
        wanted=Wanted.PAUSED,
        spec=spec,
        spec_hash=content_hash(spec),
    )
    for group in spec["ad_groups"]:
        _create_group(campaign, group)
    _check_approved(actor, campaign)
    approved = spec_of_first_edition(account.platform, spec)
    versions.store(campaign, approved, SpecVersion.Origin.APPROVED)
    _enqueue_tree(actor, campaign, reason)
    record(
        actor,
        AuditAction.CREATE_CAMPAIGN,
        campaign,
        advertiser=account.advertiser,
        after={"daily_budget": str(budget), "spec_hash": campaign.spec_hash},
        reason=reason,
    )
    return campaign


def _check_approved(actor: Actor, campaign: Campaign) -> None:
    """The plan's approval becomes the campaign's, and has to cover it. Raises NotApproved."""
    plan_approvals.hand_over(campaign)
    terms = wanted_terms(campaign).switched(True)
    now = terms.figures(approvals.spend_for(campaign))
    approvals.obtain(approvals.Raise(campaign, actor, terms, now, SpendApproval.Basis.PLAN))


def _same(campaign: Campaign, account: AdAccount, spec: dict[str, Any]) -> Campaign:
    if campaign.account_id != account.pk or campaign.spec_hash != content_hash(spec):
        raise InvalidInput("This reference belongs to another campaign.", field="reference")
    return campaign


def _create_group(campaign: Campaign, content: dict[str, Any]) -> None:
    group = AdGroup.objects.create(
        campaign=campaign,
        name=content["name"],
        reference=content["reference"],
        wanted=Wanted.ACTIVE,
        targeting=content["targeting"],
    )
    for item in content["ads"]:
        creative = Creative.objects.create(
            advertiser=campaign.account.advertiser,
            name=item["name"],
            headlines=item["headlines"],
            descriptions=item["descriptions"],
            landing_url=item["landing_url"],
            call_to_action=item["call_to_action"],
        )
        shown = item.get("video") or item.get("image")
        if shown:
            creative.assets.add(Asset.objects.get(pk=shown["asset"]))
        Ad.objects.create(
            ad_group=group,
            creative=creative,
            name=item["name"],
            reference=item["reference"],
            wanted=Wanted.ACTIVE,
        )


def _enqueue_tree(actor: Actor, campaign: Campaign, reason: str) -> None:
    """One request where the platform takes the tree whole; else parents before children."""

    def create(operation: str, target: Campaign | AdGroup | Ad) -> None:
        request_change(
            actor=actor,
            campaign=campaign,
            operation=operation,
            target=target,
            payload={"spec": campaign.spec},
            reason=reason,
        )

    create(Operation.CREATE_CAMPAIGN, campaign)
    if capabilities_of(campaign.account.platform).atomic_tree:
        return
    for group in campaign.ad_groups.all():
        create(Operation.CREATE_AD_GROUP, group)
        for ad in group.ads.all():
            create(Operation.CREATE_AD, ad)
