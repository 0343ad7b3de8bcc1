"""What was approved is kept as a spec; the first day that a campaign was created with, as its own
column."""

import zlib
from datetime import date

from django.db import migrations

from platforms.spec.errors import SpecMalformed
from platforms.spec.first_edition import spec_of_first_edition
from platforms.spec.text import hash_of, serialise


def fill(apps, schema_editor):
    Campaign = apps.get_model("campaigns", "Campaign")
    launched = Campaign.objects.exclude(spec={}).select_related("account")
    for campaign in launched.iterator(chunk_size=500):
        _keep_start(Campaign, campaign)
        _keep_spec(apps, campaign)


def _keep_start(Campaign, campaign):
    start = campaign.spec.get("start")
    if start and campaign.remote_id and not campaign.remote_dates_known:
        rows = Campaign.objects.filter(pk=campaign.pk)
        rows.update(remote_start=date.fromisoformat(start))


def _keep_spec(apps, campaign):
    SpecVersion = apps.get_model("campaigns", "SpecVersion")
    versions = SpecVersion.objects.filter(campaign=campaign)
    if versions.filter(origin="approved").exists():
        return
    try:
        spec = spec_of_first_edition(campaign.account.platform, campaign.spec)
    except SpecMalformed:  # its rows say what is wanted; there is no text to keep
        return
    last = versions.order_by("-number").first()
    SpecVersion.objects.create(
        campaign=campaign,
        number=1 + (last.number if last else 0),
        compressed=zlib.compress(serialise(spec).encode(), level=6),
        hash=hash_of(spec),
        origin="approved",
        at=campaign.created_at,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0020_learning_edit_budgets"),
        ("platforms", "0002_guardrails_and_workers"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
