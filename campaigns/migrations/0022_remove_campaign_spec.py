from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0021_fill_approved_specs")]

    operations = [
        migrations.RemoveField(model_name="campaign", name="spec"),
        migrations.RemoveField(model_name="campaign", name="spec_hash"),
        migrations.AlterField(
            model_name="campaign",
            name="remote_start",
            field=models.DateField(
                blank=True,
                editable=False,
                help_text="As created, or as last confirmed.",
                null=True,
            ),
        ),
    ]
