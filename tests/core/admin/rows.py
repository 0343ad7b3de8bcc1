"""A row of every model that the admin shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from agents.models import Approval, Execution, ExecutionStep, Strategy
from campaigns.models import (
    Asset,
    Brief,
    BriefTemplate,
    Campaign,
    CampaignBudgetChange,
    DailyMetric,
    Label,
    MetricRevision,
    NamingPatterns,
    PublishRequest,
    ReportImport,
    ReportSchedule,
    SentReport,
    SpecVersion,
    SpendApproval,
)
from campaigns.models.spec_versions import compress
from core.common import clock
from core.models import (
    Actor,
    Advertiser,
    ApiToken,
    AuditAction,
    AuditEntry,
    ExchangeRate,
    Heartbeat,
    Incident,
    Job,
    PolicyChange,
    Role,
    User,
    record,
)
from optimization.models import (
    ABTest,
    Analysis,
    BudgetProposal,
    Decision,
    PacingPlan,
    Rebalance,
    Run,
    RunOutcome,
    SelfTest,
    WorkerFinding,
)
from optimization.services import create_test
from platforms.models import AdAccount, ApiCall, PlatformLimits
from tests.fixtures.admin import list_url, today, url
from tests.optimization.ab_tests.analyses import analysis, arm_figures

LEDGERS: list[type[Model]] = [
    ApiCall,
    Approval,
    Asset,
    AuditEntry,
    Brief,
    BriefTemplate,
    BudgetProposal,
    CampaignBudgetChange,
    DailyMetric,
    Decision,
    Execution,
    ExecutionStep,
    Job,
    Label,
    Analysis,
    MetricRevision,
    NamingPatterns,
    PacingPlan,
    PublishRequest,
    Rebalance,
    ReportImport,
    ReportSchedule,
    Run,
    RunOutcome,
    SelfTest,
    SentReport,
    SpecVersion,
    SpendApproval,
    PolicyChange,
    Strategy,
    WorkerFinding,
]
EDITED: list[type[Model]] = [Advertiser, AdAccount, Campaign, ABTest, Incident, PlatformLimits]
SECRET = "EAAG-very-secret-token"


def measured(campaign: Campaign, ads: list[Any]) -> None:
    metric = DailyMetric.objects.create(
        account=campaign.account,
        campaign=campaign,
        ad=ads[0],
        level="ad",
        entity_id=ads[0].pk,
        day=today(),
        spend_micros=12_340_000,
    )
    values = dict.fromkeys(("impressions", "clicks", "conversions", "revenue_micros"), 0)
    now = clock.market_now()
    MetricRevision.objects.create(
        metric=metric, spend_micros=11_000_000, seen_at=now, replaced_at=now, **values
    )


def decided(advertiser: Advertiser, campaign: Campaign, actor: Actor) -> None:
    test = create_test(actor=actor, campaign=campaign)
    found = analysis(arm_figures(rate=None))
    Analysis.objects.create(
        test=test,
        status=found.status,
        result=found.to_json(),
        method_version=found.method_version,
    )
    Decision.objects.create(campaign=campaign, test=test, action="keep", state="noted")
    run = Run.objects.create(advertiser=advertiser, kind="optimize", slot="2026-03-02T12")
    RunOutcome.objects.create(run=run, campaign=campaign, key=str(campaign.pk), state="done")
    WorkerFinding.objects.create(
        advertiser=advertiser, worker="optimize", kind="loser", key="ad:1", outcome="proposal"
    )
    SelfTest.objects.create(advertiser=advertiser, metric="ctr", asked_by="admin")
    PacingPlan.objects.create(
        advertiser=advertiser, name="March", currency="USD", total_micros=10**9, created_by="x"
    )
    PlatformLimits.objects.create(advertiser=advertiser, platform="meta", daily_cap_micros=10**9)
    ExchangeRate.objects.create(day=today(), base="EUR", quote="USD", rate="1.1")
    rebalance = Rebalance.objects.create(
        advertiser=advertiser, currency="USD", total_micros=250_000_000, asked_by="optimiser"
    )
    BudgetProposal.objects.create(
        rebalance=rebalance, campaign=campaign, old_micros=100_000_000, new_micros=110_000_000
    )


def planned(advertiser: Advertiser, account: AdAccount, campaign: Campaign, actor: Actor) -> None:
    brief = Brief.objects.create(
        advertiser=advertiser,
        name="Boots in spring",
        total_budget_micros=900_000_000,
        currency="USD",
        start=today(),
        end=today() + timedelta(days=9),
    )
    BriefTemplate.objects.create(advertiser=advertiser, name="Boots again", brief=brief)
    NamingPatterns.objects.create(advertiser=advertiser, campaign="{brief}", ad_group="x", ad="x")
    strategy = Strategy.objects.create(
        brief=brief, account=account, plan='{"steps": []}', plan_hash="0" * 64
    )
    strategy.campaigns.add(campaign)
    Approval.objects.create(
        strategy=strategy, approver=actor.user, approver_name="admin", worst_case_micros=1_000_000
    )
    execution = Execution.objects.create(strategy=strategy)
    step = ExecutionStep.objects.create(execution=execution, position=1, kind="create")
    step.requests.set(PublishRequest.objects.all())


def kept(advertiser: Advertiser, account: AdAccount, campaign: Campaign, actor: Actor) -> None:
    ApiCall.objects.create(
        account=account, platform="meta", operation="campaigns", ok=True, duration_ms=5
    )
    Incident.open(advertiser, "sync:1", title="No figures", next_step="Sync.")
    ReportImport.objects.create(
        advertiser=advertiser, account=account, file_name="march.csv", source="mapped"
    )
    schedule = ReportSchedule.objects.create(
        advertiser=advertiser, name="Weekly", cadence="weekly", hour=8, created_by="admin"
    )
    SentReport.objects.create(
        advertiser=advertiser, schedule=schedule, name="Weekly", slot=today(), state="sent"
    )
    Label.objects.create(advertiser=advertiser, name="Spring")
    SpendApproval.objects.create(
        account=account,
        campaign=campaign,
        per_day_micros=100_000_000,
        counts_from=today(),
        basis="plan",
        approver_name="admin",
        market_at=clock.market_now(),
        until=clock.market_now(),
    )
    SpecVersion.objects.create(
        campaign=campaign, number=1, compressed=compress("{}"), hash="0" * 64, origin="approved"
    )
    PolicyChange.objects.create(
        advertiser=advertiser,
        target_type="adsengine.advertiser",
        target_id=advertiser.pk,
        target_name=str(advertiser),
        setting="max_daily_total_micros",
        asked_by=User.objects.get(pk=actor.user.pk if actor.user else 0),
    )
    record(actor, AuditAction.SET_LIMITS, campaign, advertiser=advertiser)
    Heartbeat.objects.create(name="beat")


def registered() -> list[type[Model]]:
    return list(admin.site._registry)


def row_of(model: type[Model]) -> Any:
    row = model._default_manager.order_by("pk").first()
    assert row is not None, f"the world has no {model.__name__}"
    return row


def pages(client: Client) -> dict[str, str]:
    """Address to text, of the index, every list and one page of each model."""
    ApiToken.issue(user=User.objects.get(username="admin"), name="ci", max_role=Role.VIEWER)
    addresses = [reverse("admin:index")]
    for model in registered():
        addresses.append(list_url(model))
        if model._default_manager.exists():
            addresses += [url(row_of(model)), url(row_of(model), "history")]
    found = {address: client.get(address) for address in addresses}
    assert {a: r.status_code for a, r in found.items() if r.status_code != 200} == {}
    return {address: response.content.decode() for address, response in found.items()}
