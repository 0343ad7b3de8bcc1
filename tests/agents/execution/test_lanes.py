"""What calls a vendor runs in that vendor's lane, from the launch to the sync."""

from __future__ import annotations

import pytest

from campaigns.tasks import check_accounts, request_sync
from core.models import Job
from platforms.models import AdAccount
from tests.fixtures.world import Launch


@pytest.mark.parametrize("platform", ["google", "meta", "tiktok"])
def test_jobs_that_call_a_vendor_are_in_its_lane(platform: str, launch: Launch) -> None:
    launch(platform)
    account = AdAccount.objects.get(platform=platform)
    request_sync(account)
    AdAccount.objects.update(verified_at=None)
    check_accounts()
    mine = Job.objects.filter(lane__endswith=platform)
    assert set(mine.values_list("kind", "lane")) >= {
        ("execute", f"work_{platform}"),
        ("publish", f"work_{platform}"),
        ("sync", f"work_{platform}"),
        ("check_account", f"work_{platform}"),
    }
    vendors = Job.objects.filter(kind__in=("execute", "publish", "sync", "check_account"))
    assert not vendors.filter(lane="").exists()
