"""A look at a test is an analysis, a part of a rebalance a budget proposal: the field's terms."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("optimization", "0003_guardrails_and_workers")]

    operations = [
        migrations.RenameModel("Look", "Analysis"),
        migrations.RenameModel("BudgetChange", "BudgetProposal"),
        migrations.AlterField(
            model_name="analysis",
            name="test",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="analyses",
                to="optimization.abtest",
            ),
        ),
        migrations.AlterField(
            model_name="abtest",
            name="verdict",
            field=models.JSONField(
                default=dict, editable=False, help_text="The verdict that stands."
            ),
        ),
    ]
