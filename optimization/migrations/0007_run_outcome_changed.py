"""Outcomes of runs record whether an ad or a budget was changed; a worker's pass is called a run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("optimization", "0006_fill_typed_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="runoutcome",
            name="changed",
            field=models.BooleanField(
                editable=False,
                help_text="Whether an ad or a budget was changed; unknown in rows of earlier versions.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[("optimize", "optimisation run"), ("rebalance", "budget rebalance")],
                max_length=9,
            ),
        ),
        migrations.AlterModelOptions(
            name="analysis",
            options={"get_latest_by": "id", "ordering": ["-id"], "verbose_name_plural": "analyses"},
        ),
    ]
