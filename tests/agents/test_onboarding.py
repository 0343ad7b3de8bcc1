"""From a new advertiser to a running campaign in the sandbox, by the list of first steps."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Strategy
from campaigns.models import Brief, Campaign
from campaigns.overview.onboarding import Checklist, checklist
from campaigns.selectors import accounts_of
from core import jobs
from core.models import Advertiser
from platforms.connect_sandbox import sandbox_is_available
from platforms.models import AdAccount
from tests.fixtures.people import make_advertiser
from tests.fixtures.world import Sandbox

pytestmark = pytest.mark.usefixtures("media")


def now(client: Client) -> Any:
    """The next step, as the overview shows it."""
    found: Checklist | None = client.get("/a/acme/").context["onboarding"]
    return found and found.next


def test_five_steps_lead_from_nothing_to_a_running_campaign(
    sandbox: Sandbox, admin: Client, advertiser: Advertiser
) -> None:
    assert now(admin).quick == ("Use the sandbox's accounts", "/a/acme/setup/sandbox/")
    answer = admin.post(now(admin).quick[1], follow=True)
    assert [str(m) for m in answer.context["messages"]] == [
        "3 accounts are connected and being read."
    ]
    assert now(admin).key == "figures"
    jobs.run_due()
    assert now(admin).key == "limits"
    admin.post(now(admin).url, {"max_daily_total": "1000"})
    assert now(admin).key == "approve"
    page = admin.post(now(admin).quick[1], follow=True)
    brief = Brief.objects.get()
    assert page.redirect_chain == [(f"/a/acme/briefs/{brief.pk}/", 302)]
    plans = Strategy.objects.filter(brief=brief)
    assert "is being asked" in page.content.decode()
    jobs.run_due()
    assert [plan.problems for plan in plans] == [[], [], []]
    assert now(admin).url == f"/a/acme/briefs/{brief.pk}/"
    for plan in plans:
        admin.post(f"/a/acme/strategies/{plan.pk}/approve/", {"plan_hash": plan.plan_hash})
    assert now(admin).key == "live"
    jobs.run_due()
    assert now(admin) is None
    assert set(plans.values_list("state", flat=True)) == {"live"}
    running = Campaign.objects.filter(brief=brief, wanted="active")
    assert running.filter(remote__in=["active", "in_review"]).count() == 3
    assert "First steps" not in admin.get("/a/acme/").content.decode()


def test_accounts_that_another_advertiser_has_are_not_offered(
    sandbox: Sandbox, admin: Client, advertiser: Advertiser
) -> None:
    assert sandbox_is_available()
    account = sandbox.world.account("meta")
    AdAccount.objects.create(
        advertiser=make_advertiser("rival"),
        platform="meta",
        external_id=account.id,
        name="x",
        currency="USD",
        time_zone="UTC",
    )
    assert not sandbox_is_available()
    assert now(admin).quick is None


def test_an_example_needs_an_account(
    sandbox: Sandbox, admin: Client, advertiser: Advertiser
) -> None:
    answer = admin.post("/a/acme/briefs/example/", follow=True)
    assert [str(m) for m in answer.context["messages"]] == ["Connect an ad account first."]
    assert not Brief.objects.exists()


def test_a_declined_plan_leaves_the_step_open(
    sandbox: Sandbox, admin: Client, advertiser: Advertiser, plan: Any
) -> None:
    brief = plan("meta")
    Strategy.objects.update(state="declined")
    found = checklist(advertiser, accounts_of(advertiser))
    assert found is not None
    step = found.steps[3]
    assert (step.done, step.link, step.url) == (
        False,
        "See the plans",
        f"/a/acme/briefs/{brief.pk}/",
    )
