"""Creates a campaign tree and requests its publishing."""

from __future__ import annotations

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
from campaigns.specs import versions
from campaigns.specs.creations import payload_of
from campaigns.spend import approvals
from campaigns.spend.terms import wanted_terms
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, AuditAction, record
from core.retries import retried_on_deadlock
from platforms.models import AdAccount
from platforms.registry import capabilities_of
from platforms.spec.ads import Ad as AdNode
from platforms.spec.ads import ResponsiveSearchAd, SingleImageAd, SingleVideoAd
from platforms.spec.base import SpecStatus
from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.spec.changes.change_set import Create
from platforms.spec.changes.difference import diff
from platforms.spec.text import hash_of

Operation = PublishRequest.Operation


@retried_on_deadlock
@transaction.atomic
def create_campaign(
    *,
    actor: Actor,
    account: AdAccount,
    spec: CampaignSpec,
    brief: Brief | None = None,
    reason: str = "",
) -> Campaign:
    """Write an approved spec as rows and ask for its creation, paused.

    Asking twice for one reference gives the same campaign. Raises GuardrailExceeded, InvalidInput.
    """
    lock_advertiser(account.advertiser_id)  # two workers of one launch make one campaign
    existing = Campaign.objects.filter(reference=spec.reference).first()
    if existing is not None:
        return _same(existing, account, spec)
    budget = _budget(account, spec)
    gate.check_create(account, budget)
    campaign = Campaign.objects.create(
        account=account,
        brief=brief,
        name=spec.name,
        reference=spec.reference,
        objective=spec.objective,
        daily_budget_micros=budget.micros,
        start=spec.schedule.start,
        end=spec.schedule.end,
        wanted=Wanted.PAUSED,
    )
    for group in spec.ad_groups:
        _create_group(campaign, spec, group)
    _check_approved(actor, campaign)
    approved = versions.store(campaign, spec, SpecVersion.Origin.APPROVED)
    _enqueue_tree(actor, campaign, approved, reason)
    record(
        actor,
        AuditAction.CREATE_CAMPAIGN,
        campaign,
        advertiser=account.advertiser,
        after={"daily_budget": str(budget), "spec_hash": approved.hash},
        reason=reason,
    )
    return campaign


def _budget(account: AdAccount, spec: CampaignSpec) -> Money:
    budget = spec.budget.amount
    if budget is None or spec.budget.period != "daily":
        raise InvalidInput("A new campaign needs a daily budget of its own.", field="budget")
    if budget.currency != account.currency:
        raise InvalidInput(f"This account's budgets are in {account.currency}.", field="currency")
    return budget


def _check_approved(actor: Actor, campaign: Campaign) -> None:
    """The plan's approval becomes the campaign's, and has to cover it. Raises NotApproved."""
    plan_approvals.hand_over(campaign)
    terms = wanted_terms(campaign).switched(True)
    now = terms.figures(approvals.spend_for(campaign))
    approvals.obtain(approvals.Raise(campaign, actor, terms, now, SpendApproval.Basis.PLAN))


def _same(campaign: Campaign, account: AdAccount, spec: CampaignSpec) -> Campaign:
    approved = versions.approved(campaign)
    same = approved is not None and approved.hash == hash_of(spec)
    if campaign.account_id != account.pk or not same:
        raise InvalidInput("This reference belongs to another campaign.", field="reference")
    return campaign


def _create_group(campaign: Campaign, spec: CampaignSpec, group: AdGroupSpec) -> None:
    said = group.targeting
    row = AdGroup.objects.create(
        campaign=campaign,
        name=group.name,
        reference=group.reference,
        wanted=_wanted(group.status),
        targeting={
            # Where the platform keeps places on the campaign, they are those of all its groups.
            "countries": list(said.locations.countries or spec.locations.countries),
            "age_min": said.age_min,
            "age_max": said.age_max,
            "gender": said.gender,
            "keywords": [word.text for word in said.keywords],
        },
    )
    for ad in sorted(group.ads, key=lambda ad: ad.name):  # A, B, C
        Ad.objects.create(
            ad_group=row,
            creative=_creative(campaign, ad),
            name=ad.name,
            reference=ad.reference,
            wanted=_wanted(ad.status),
        )


def _creative(campaign: Campaign, ad: AdNode) -> Creative:
    common = {
        "advertiser": campaign.account.advertiser,
        "name": ad.name,
        "landing_url": ad.landing_url,
    }
    if isinstance(ad, ResponsiveSearchAd):
        return Creative.objects.create(
            headlines=[text.text for text in ad.headlines],
            descriptions=[text.text for text in ad.descriptions],
            **common,
        )
    if not isinstance(ad, SingleImageAd | SingleVideoAd):
        raise InvalidInput(f"Ads of the format {ad.format} cannot be created yet.", field="ads")
    creative = Creative.objects.create(
        headlines=[ad.headline] if ad.headline else [],
        descriptions=[ad.body] if ad.body else [],
        call_to_action=ad.call_to_action,
        **common,
    )
    shown = ad.video if isinstance(ad, SingleVideoAd) else ad.image
    creative.assets.add(Asset.objects.get(pk=shown.asset))
    return creative


def _wanted(status: SpecStatus) -> str:
    return Wanted.ACTIVE if status == "active" else Wanted.PAUSED


def _enqueue_tree(actor: Actor, campaign: Campaign, approved: SpecVersion, reason: str) -> None:
    """A launch is the difference of nothing and the approved spec: parents before children, and one
    request where the platform takes the tree whole. What is made inside a paused
    campaign has its own status at once; the campaign is switched on by a change of its own."""
    changes = diff(None, versions.read_back(approved)).changes
    kinds = {one.key.name: one.key.kind for one in changes if isinstance(one, Create)}
    rows = [row for row in _rows(campaign) if row.reference in kinds]
    whole = capabilities_of(campaign.account.platform).atomic_tree
    for row in rows[:1] if whole else rows:
        request_change(
            actor=actor,
            campaign=campaign,
            operation=_CREATES[kinds[row.reference]],
            target=row,
            payload=payload_of(approved),
            reason=reason,
        )


_CREATES: dict[str, Operation] = {
    "campaign": Operation.CREATE_CAMPAIGN,
    "ad_group": Operation.CREATE_AD_GROUP,
    "ad": Operation.CREATE_AD,
}


def _rows(campaign: Campaign) -> list[Campaign | AdGroup | Ad]:
    """Parents before children, and ads in the order of their names."""
    groups, ads = (
        AdGroup.objects.filter(campaign=campaign),
        Ad.objects.filter(ad_group__campaign=campaign),
    )
    return [campaign, *groups.order_by("pk"), *ads.order_by("pk")]
