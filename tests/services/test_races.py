"""Threads with connections of their own want the same thing at once: exactly one gets it.

tests/services/test_databases.py runs it on PostgreSQL too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from campaigns.guardrails.plan_approvals import approve_plan
from campaigns.models import (
    Brief,
    BriefDraft,
    BriefTemplate,
    Campaign,
    DailyMetric,
    MetricRevision,
    PublishRequest,
)
from campaigns.publishing import outbox_worker
from campaigns.services import (
    create_brief,
    create_campaign,
    save_draft,
    save_template,
    set_daily_budget,
)
from campaigns.sync.metric_store import MetricValues, store_metrics
from core import jobs
from core.common import clock
from core.common.errors import AdsEngineError, InvalidMove
from core.common.money import Money
from core.common.transitions import move
from core.models import Actor, ActorKind, Advertiser, AuditEntry, Incident, Job
from platforms.models import AdAccount
from tests.fixtures.people import make_user
from tests.fixtures.plans import bare_spec
from tests.fixtures.world import brief_wish, picture

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, ROUNDS = 6, 5
AGENT = Actor(ActorKind.AGENT, "launch agent for somebody")


def at_once(act: Callable[..., Any], *with_: Any, threads: int = THREADS) -> list[Any]:
    """What each thread got of act(number, …), or how it was refused; all start together."""
    together = Barrier(threads)

    def one(number: int) -> Any:
        connection.ensure_connection()
        together.wait()
        try:
            return act(number, *with_)
        except AdsEngineError as err:
            return err
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


@pytest.fixture(autouse=True)
def _probe(monkeypatch: pytest.MonkeyPatch) -> Any:
    jobs.handles("race")(lambda job: None)
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda *_, **__: None)
    yield
    jobs._kinds.pop("race")


@pytest.fixture
def actor() -> Actor:
    return Actor(ActorKind.PERSON, "somebody")


@pytest.fixture
def account(advertiser: Advertiser) -> AdAccount:
    return AdAccount.objects.create(
        advertiser=advertiser,
        platform="meta",
        external_id="1",
        name="shop",
        currency="USD",
        time_zone="UTC",
    )


def make_campaign(account: AdAccount, name: str = "Boots") -> Campaign:
    return Campaign.objects.create(
        account=account,
        name=name,
        remote_id=f"remote {name}",
        wanted="active",
        remote="active",
        daily_budget_micros=100_000_000,
    )


def test_this_database_is_the_one_that_was_asked_for() -> None:
    wanted = os.environ["DATABASE_URL"].partition(":")[0]
    assert {"postgresql": "postgres", "sqlite": "sqlite"}[connection.vendor] == wanted


def test_one_worker_claims_a_job(db: None) -> None:
    for number in range(ROUNDS):
        job = jobs.enqueue("race", key=str(number))
        claims = at_once(lambda _, pk: jobs._claim(pk), job.pk)
        assert len([claim for claim in claims if claim is not None]) == 1
        assert Job.objects.get(pk=job.pk).attempt == 1


def test_two_jobs_of_a_key_never_run_at_once(db: None) -> None:
    for number in range(ROUNDS):
        assert jobs._claim(jobs.enqueue("race", key=str(number)).pk) is not None
        waiting = jobs.enqueue("race", key=str(number))
        assert at_once(lambda _, pk: jobs._claim(pk), waiting.pk) == [None] * THREADS


def test_asking_at_once_makes_one_job(db: None) -> None:
    for number in range(ROUNDS):
        made = at_once(lambda _, key: jobs.enqueue("race", key=key).pk, str(number))
        assert len(set(made)) == 1
    assert Job.objects.count() == ROUNDS


def test_asking_while_the_waiting_job_is_claimed_is_no_error(db: None) -> None:
    def ask_or_claim(number: int) -> None:
        if number % 2:
            jobs.enqueue("race", key="a")
            return
        for job in Job.objects.filter(state="queued"):
            jobs.run(job.pk)

    for _ in range(ROUNDS * 3):
        assert at_once(ask_or_claim) == [None] * THREADS


def test_one_publisher_claims_a_request(account: AdAccount) -> None:
    campaign = make_campaign(account)
    for _ in range(ROUNDS):
        request = PublishRequest.objects.create(
            account=account,
            campaign=campaign,
            operation="set_status",
            target_type="campaign",
            target_id=campaign.pk,
            payload={"to": "paused"},
        )
        claims = at_once(
            lambda _, pk: outbox_worker._claim(PublishRequest.objects.get(pk=pk)), request.pk
        )
        assert sorted(claims) == [False] * (THREADS - 1) + [True]
        request.refresh_from_db()
        assert (request.state, request.attempts) == ("in_flight", 1)


def test_one_of_racing_moves_wins(account: AdAccount) -> None:
    moves = {"active": frozenset({"paused", "archived"})}
    for number in range(ROUNDS):
        campaign = make_campaign(account, str(number))
        copies = [Campaign.objects.get(pk=campaign.pk) for _ in range(THREADS)]
        results = at_once(lambda n, rows: move(rows[n], "wanted", "paused", moves), copies)
        assert len([r for r in results if isinstance(r, InvalidMove)]) == THREADS - 1


def test_same_budget_set_at_once_is_one_change(account: AdAccount, actor: Actor) -> None:
    campaign = make_campaign(account)
    budget = Money(Decimal(120), "USD")
    asked = at_once(lambda _: set_daily_budget(actor=actor, campaign=campaign, budget=budget))
    assert len([request for request in asked if request is not None]) == 1
    assert AuditEntry.objects.filter(action="set daily budget").count() == 1
    assert PublishRequest.objects.count() == 1


def test_cap_holds_when_two_budgets_are_raised_at_once(
    account: AdAccount, advertiser: Advertiser, actor: Actor
) -> None:
    """Each raise alone is under the cap of 250 a day; both together are not."""
    Advertiser.objects.update(max_daily_total_micros=250_000_000)
    campaigns = [make_campaign(account, name) for name in ("Boots", "Tents")]
    for _ in range(ROUNDS):
        Campaign.objects.update(daily_budget_micros=100_000_000)
        wishes = [Campaign.objects.get(pk=c.pk) for c in campaigns]
        at_once(
            lambda n, rows: set_daily_budget(
                actor=actor, campaign=rows[n], budget=Money(Decimal(150), "USD")
            ),
            wishes,
            threads=2,
        )
        budgets = Campaign.objects.order_by("pk").values_list("daily_budget_micros", flat=True)
        assert sorted(micros or 0 for micros in budgets) == [100_000_000, 150_000_000]


def test_plan_carried_out_by_two_workers_at_once_is_one_campaign(
    account: AdAccount, actor: Actor
) -> None:
    """One of them had lost its lease while it was frozen."""
    for number in range(ROUNDS):
        spec = bare_spec(account.platform, f"ae-race{number}", 50)
        with transaction.atomic():
            approve_plan(actor=actor, account=account, spec=spec)
        made = at_once(lambda _, s: create_campaign(actor=AGENT, account=account, spec=s), spec)
        assert {getattr(campaign, "reference", campaign) for campaign in made} == {spec.reference}
        assert Campaign.objects.filter(reference=spec.reference).count() == 1
        assert PublishRequest.objects.filter(reference=spec.reference).count() == 1


def test_incident_seen_at_once_is_opened_once(advertiser: Advertiser) -> None:
    at_once(lambda _: Incident.open(advertiser, "sync:1", title="No figures", next_step="Wait."))
    incident = Incident.objects.get()
    assert incident.times_seen == THREADS


def test_restated_day_stored_at_once_keeps_its_old_value_once(account: AdAccount) -> None:
    campaign = make_campaign(account)

    def values(clicks: int) -> list[MetricValues]:
        day = date(2026, 3, 1)
        return [MetricValues("campaign", campaign.pk, None, day, None, clicks=clicks)]

    store_metrics(account, values(1), seen_at=clock.market_now())
    results = at_once(
        lambda _: store_metrics(account, values(2), seen_at=clock.market_now()).restated
    )
    assert sorted(str(result) for result in results) == ["0"] * (THREADS - 1) + ["1"]
    assert DailyMetric.objects.get().clicks == 2
    assert MetricRevision.objects.get().clicks == 1


@pytest.fixture
def author(advertiser: Advertiser) -> Actor:
    return Actor.person(make_user("author"))


def test_a_form_sent_at_once_makes_one_brief(
    advertiser: Advertiser, account: AdAccount, author: Actor
) -> None:
    key, wish = uuid4(), brief_wish(advertiser, [account], image_ids=(picture(advertiser).pk,))
    given: dict[str, Any] = {"actor": author, "advertiser": advertiser, "content": wish}
    made = at_once(lambda _: create_brief(**given, draft_key=key).pk)
    assert len(set(made)) == 1
    assert BriefDraft.objects.get(key=key).brief == Brief.objects.get()


def test_a_draft_kept_at_once_is_one_draft(advertiser: Advertiser, author: Actor) -> None:
    key = uuid4()
    given: dict[str, Any] = {"actor": author, "advertiser": advertiser, "key": key}
    at_once(lambda number: save_draft(**given, typed={"name": [f"Boots {number}"]}))
    draft = BriefDraft.objects.get()
    assert draft.fields == {"name": [draft.name]}


def test_a_template_saved_at_once_is_one_template(
    advertiser: Advertiser, account: AdAccount, author: Actor
) -> None:
    wish = brief_wish(advertiser, [account], image_ids=(picture(advertiser).pk,))
    brief = create_brief(actor=author, advertiser=advertiser, content=wish)
    at_once(lambda number: save_template(actor=author, brief=brief, name="Launch" + " " * number))
    assert BriefTemplate.objects.get().name == "Launch"
