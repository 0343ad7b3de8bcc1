from datetime import UTC, datetime

from django.db import migrations, models


def give_time_to_settle(apps, schema_editor):
    """Answers that were lost before the upgrade: their settling time begins with it."""
    rows = apps.get_model("campaigns", "PublishRequest").objects.filter(state="unknown")
    rows.update(lost_at=datetime.now(UTC))


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0013_fill_spend_approvals")]

    operations = [
        migrations.AddField(
            model_name="publishrequest",
            name="faults",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Failures that nobody foresaw, since the last attempt that ended well.",
            ),
        ),
        migrations.AddField(
            model_name="publishrequest",
            name="lost_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the last answer was lost: settling counts from it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="publishrequest",
            name="sent_over",
            field=models.BooleanField(
                default=False,
                help_text="Sent while an older change of its kind could still arrive: "
                "it is sent again.",
            ),
        ),
        migrations.AddField(
            model_name="publishrequest",
            name="token",
            field=models.CharField(
                blank=True,
                help_text="New for each claim: only the worker that holds it may send and settle.",
                max_length=32,
            ),
        ),
        migrations.RunPython(give_time_to_settle, migrations.RunPython.noop),
    ]
