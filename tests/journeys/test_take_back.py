"""A launch that stops half-way, in a real browser: what is left is read, and it is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from agents import services
from agents.models import Strategy
from campaigns.guardrails import gate
from core import jobs
from core.models import Actor
from tests.agents.execution.test_remainder import refusing_after
from tests.fixtures.people import People
from tests.fixtures.world import Launch, Sandbox, strategy_of
from tests.journeys.steps import sign_in

pytestmark = [
    pytest.mark.usefixtures("media"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


def test_what_is_left_is_read_and_the_launch_is_taken_back(
    page: Any,
    live_server: Any,
    sandbox: Sandbox,
    people: People,
    plan: Launch,
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strategy = strategy_of(plan("meta"))
    services.approve(actor=actor, strategy=strategy, seen_hash=strategy.plan_hash)
    with monkeypatch.context() as patch:
        patch.setattr(gate, "check_send", refusing_after(2))
        jobs.run_due()

    sign_in(page, live_server.url, people.editor.username)
    page.goto(f"{live_server.url}/a/acme/briefs/{strategy.brief_id}/")
    failed = page.get_by_role("alert")
    expect(failed).to_contain_text("The launch failed.")
    expect(failed).to_contain_text("1 ad group and 0 ads. It spends nothing.")
    expect(failed).to_contain_text("Left to do: create 3 ads; switch the campaign on.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_text("Take back", exact=True).first.click()
    expect(page.get_by_text("Take this launch back?")).to_be_visible()
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.get_by_text("the launch is taken back.")).to_be_visible()
    expect(page.locator("article.plan")).to_contain_text(
        "The launch was taken back. What it had made on Meta is archived."
    )
    jobs.run_due()
    assert not {one.status for one in sandbox.campaigns("meta")} & {"active", "paused"}
    assert Strategy.objects.get(pk=strategy.pk).state == "declined"
