from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0003_platform_check"),
        ("campaigns", "0020_learning_edit_budgets"),
    ]

    operations = [
        migrations.AlterField(
            model_name="strategy",
            name="plan",
            field=models.TextField(help_text="The text of an agents.plans.ExecutionPlan."),
        ),
        migrations.AddField(
            model_name="strategy",
            name="campaigns",
            field=models.ManyToManyField(blank=True, related_name="plans", to="campaigns.campaign"),
        ),
    ]
