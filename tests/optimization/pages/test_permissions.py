"""The pages of A/B tests and of the optimisation keep to their advertiser."""

from __future__ import annotations

import pytest
from django.test import Client

from optimization import services
from optimization.models import ABTest, Arm, Decision, Rebalance
from platforms.models import AdAccount
from tests.campaigns.page_rows import make_account
from tests.fixtures.people import People, make_advertiser
from tests.optimization.pages.ab_rows import campaign_with_ads, look_at

pytestmark = pytest.mark.usefixtures("noon")


def test_what_belongs_to_others_is_not_found(
    approver: Client, people: People, account: AdAccount
) -> None:
    other = make_advertiser("rival")
    test = look_at(campaign_with_ads(make_account(other, "google"), 80, 20))
    decision = services.propose_pauses(test, test.analyses.latest())[0]
    move = Rebalance.objects.create(advertiser=other, currency="USD", total_micros=1, asked_by="x")
    assert approver.get(f"/a/acme/ab-tests/{test.pk}/").status_code == 404
    assert approver.get(f"/a/acme/ab-tests/new/?campaign={test.campaign_id}").status_code == 404
    for path in (
        f"ab-tests/{test.pk}/run/",
        f"ab-tests/{test.pk}/stop/",
        f"decisions/{decision.pk}/apply/",
        f"decisions/{decision.pk}/undo/",
        f"optimisation/{move.pk}/apply/",
        f"optimisation/{move.pk}/dismiss/",
    ):
        assert approver.post(f"/a/acme/{path}").status_code == 404
        assert approver.get(f"/a/acme/{path}").status_code == 405
    sent = {"campaign": test.campaign_id, "metric": "cvr", "planned_days": "14"}
    assert approver.post("/a/acme/ab-tests/new/", sent).status_code == 404
    assert ABTest.objects.count() == 1
    assert Arm.objects.count() == 2
    assert Decision.objects.get().state == "proposed"
