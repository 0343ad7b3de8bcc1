"""Campaigns as a launch leaves them: what the platform has in force is what is asked for."""

from __future__ import annotations

from campaigns.models import Campaign, SpendApproval
from campaigns.spend import approvals
from campaigns.spend.terms import spend_so_far, wanted_terms
from core.models import Advertiser
from tests.campaigns.page_rows import make_account, make_campaign


def launched(advertiser: Advertiser, *names: str) -> list[Campaign]:
    """Active campaigns of one account, each at 100.00 a day and without a last day, as approved."""
    account = make_account(advertiser, name="Shop")
    budget = {"daily_budget_micros": 100_000_000, "remote_daily_budget_micros": 100_000_000}
    made = [make_campaign(account, name, end=None, **budget) for name in names]
    for campaign in made:
        approved(campaign)
    return made


def approved(campaign: Campaign, **values: object) -> SpendApproval:
    """Somebody approved what the campaign spends now."""
    so_far = spend_so_far(campaign)
    terms = wanted_terms(campaign).switched(True)
    row = approvals.write(
        account=campaign.account,
        campaign=campaign,
        figures=terms.figures(so_far),
        counts_from=approvals.counts_from(terms, so_far),
        basis=SpendApproval.Basis.PLAN,
        approver=None,
        approver_name="Ada",
        days=terms.flight_days,
        sent=True,
    )
    SpendApproval.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row
