"""A finding that no proposal can follow: the test would pause all that runs, or is off."""

from __future__ import annotations

from django.urls import reverse

from optimization.findings.store import Ending, Found
from optimization.models import ABTest, Arm, WorkerFinding

Kind, Outcome = WorkerFinding.Kind, WorkerFinding.Outcome
ALL_LOSE = (
    "Every ad of the test that still runs would be paused, and one always stays: add a better ad, "
    "or pause the campaign."
)


SPLIT_OFF = (
    "The ads were not shown as evenly as the test planned, so nothing follows from it: end it, and "
    "start another one."
)


def unproposed_finding(test: ABTest, arm: Arm, *, is_loser: bool, is_off: bool) -> Found:
    """The reason why the arm runs on although it should be paused."""
    what = "loses" if is_loser else "spends without return in"
    advertiser = test.campaign.account.advertiser
    return Found(
        key=subject_key(arm.ad_id, arm.ad_group_id),
        kind=Kind.LOSER if is_loser else Kind.WASTE,
        title=f"Pause {'ad group' if test.compares_groups else 'ad'}: {arm.subject}, in "
        f"{test.campaign}",
        text=f"It {what} the test “{test.name}”.",
        ending=Ending(Outcome.REASON, SPLIT_OFF if is_off else ALL_LOSE),
        url=reverse("ab_test", args=[advertiser.slug, test.pk]),
        campaign_id=test.campaign_id,
        ad_id=arm.ad_id,
    )


def subject_key(ad_id: int | None, ad_group_id: int | None) -> str:
    """The key of findings about one ad or ad group."""
    return f"ad:{ad_id}" if ad_id else f"ad_group:{ad_group_id}"
