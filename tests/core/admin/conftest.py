"""A superuser, and a row of every model that the admin shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.services import set_daily_budget
from core.models import Actor, Advertiser, Job
from platforms.models import Credential
from tests.core.admin.rows import SECRET, decided, kept, measured, planned
from tests.fixtures.admin import make_account, make_ads, make_campaign, superuser
from tests.fixtures.clients import signed_in
from tests.fixtures.videos import video


@pytest.fixture
def world(advertiser: Advertiser, actor: Actor) -> Advertiser:
    """One row of everything, at one advertiser."""
    from core.common.money import Money

    account = make_account(advertiser)
    secrets: Any = {"access_token": SECRET}
    Credential.objects.create(account=account, secrets=secrets)
    campaign = make_campaign(account)
    ads = make_ads(campaign)
    set_daily_budget(actor=actor, campaign=campaign, budget=Money.from_micros(120_000_000, "USD"))
    Job.objects.update(advertiser=advertiser)
    measured(campaign, ads)
    decided(advertiser, campaign, actor)
    planned(advertiser, account, campaign, actor)
    kept(advertiser, account, campaign, actor)
    video(advertiser)
    return advertiser


@pytest.fixture
def root(world: Advertiser) -> Client:
    return signed_in(superuser())
