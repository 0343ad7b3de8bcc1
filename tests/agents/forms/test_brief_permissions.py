"""The pages of briefs keep to their advertiser, and change nothing by a look."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import Advertiser
from platforms.models import AdAccount
from tests.agents.forms.brief_pages import State, make_brief, strategies
from tests.campaigns.page_rows import make_account
from tests.fixtures.people import People, make_advertiser

pytestmark = pytest.mark.usefixtures("noon", "media")


ACTIONS = ["approve", "decline", "retry"]


def test_briefs_and_plans_of_others_are_not_found(
    approver: Client, people: People, shops: dict[str, AdAccount]
) -> None:
    other = make_advertiser("rival")
    brief = make_brief(people, other, make_account(other, "google"))
    strategy = strategies(brief)[0]
    sent = {"plan_hash": strategy.plan_hash}
    assert approver.get(f"/a/acme/briefs/{brief.pk}/").status_code == 404
    assert approver.get(f"/a/acme/strategies/{strategy.pk}/progress/").status_code == 404
    for act in ACTIONS:
        path = f"/a/acme/strategies/{strategy.pk}/{act}/"
        assert approver.post(path, sent).status_code == 404
    for act in ("plan", "approve"):
        assert approver.post(f"/a/acme/briefs/{brief.pk}/{act}/", sent).status_code == 404
    strategy.refresh_from_db()
    assert strategy.state == State.REVIEW


def test_nothing_is_changed_by_a_get(
    approver: Client, people: People, advertiser: Advertiser, shops: dict[str, AdAccount]
) -> None:
    brief = make_brief(people, advertiser, shops["google"])
    pk = strategies(brief)[0].pk
    paths = [f"strategies/{pk}/{act}/" for act in ACTIONS]
    for path in (*paths, f"briefs/{brief.pk}/plan/", f"briefs/{brief.pk}/approve/"):
        assert approver.get(f"/a/acme/{path}").status_code == 405
