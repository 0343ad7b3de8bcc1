"""A plan may make several campaigns: its one campaign is the first of them. An open plan of the
first edition is planned again; one that was approved is carried out as it stands."""

from django.db import migrations

PLAN_AGAIN = [{"field": "plan", "message": "An older version made this plan. Plan again."}]


def fill(apps, schema_editor):
    Strategy = apps.get_model("agents", "Strategy")
    for strategy in Strategy.objects.exclude(campaign=None).iterator(chunk_size=500):
        strategy.campaigns.add(strategy.campaign_id)
    Strategy.objects.filter(state="review").update(state="blocked", problems=PLAN_AGAIN)


class Migration(migrations.Migration):
    dependencies = [("agents", "0004_plan_texts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
