from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0005_fill_campaigns")]

    operations = [
        migrations.RemoveField(model_name="strategy", name="campaign"),
        migrations.AlterField(
            model_name="strategy",
            name="campaigns",
            field=models.ManyToManyField(
                blank=True, related_name="strategies", to="campaigns.campaign"
            ),
        ),
    ]
