from collections import defaultdict

from django.db import migrations

CHUNK = 500
LARGEST = 2**63 - 1  # of a column


def _is_amount(value):
    return isinstance(value, int) and 0 <= value <= LARGEST


def fill_rebalances(apps, schema_editor):
    rows = apps.get_model("optimization", "Rebalance").objects
    rows.filter(undoes__isnull=False).update(kind="undo")
    rows.filter(settings__roll_back=True).update(kind="roll_back")
    rows.filter(settings__alternates=True).update(kind="alternation")


def fill_decisions(apps, schema_editor):
    Decision = apps.get_model("optimization", "Decision")
    known = set(apps.get_model("optimization", "Rebalance").objects.values_list("pk", flat=True))
    found = defaultdict(list)
    rows = Decision.objects.filter(evidence__has_key="rebalance")
    for pk, evidence in rows.values_list("pk", "evidence").iterator():
        rebalance = evidence["rebalance"] if isinstance(evidence, dict) else None
        if isinstance(rebalance, int) and rebalance in known:
            found[rebalance].append(pk)
    for rebalance, ids in found.items():
        for start in range(0, len(ids), CHUNK):
            mine = Decision.objects.filter(pk__in=ids[start : start + CHUNK])
            mine.update(rebalance_id=rebalance)


def fill_amounts(apps, schema_editor):
    Decision = apps.get_model("optimization", "Decision")
    rows = Decision.objects.filter(evidence__has_key="new_micros").only("pk", "evidence")
    for decision in rows.iterator():
        evidence = decision.evidence if isinstance(decision.evidence, dict) else {}
        old, new = (evidence.get(name) for name in ("old_micros", "new_micros"))
        if not _is_amount(new) or not (old is None or _is_amount(old)):
            continue  # of an older form: it keeps no amounts
        decision.old_micros, decision.new_micros = old, new
        decision.save(update_fields=["old_micros", "new_micros"])


def fill_runs(apps, schema_editor):
    """The slot of a run of one campaign reads "campaign 12, task 34"."""
    Run = apps.get_model("optimization", "Run")
    known = set(apps.get_model("campaigns", "Campaign").objects.values_list("pk", flat=True))
    for run in Run.objects.filter(kind="optimize", slot__startswith="campaign ").iterator():
        number = run.slot.removeprefix("campaign ").partition(",")[0]
        if number.isascii() and number.isdigit() and int(number) in known:
            Run.objects.filter(pk=run.pk).update(campaign_id=int(number))


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0011_typed_kinds"),
        ("optimization", "0005_typed_kinds"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop)
        for fill in (fill_rebalances, fill_decisions, fill_amounts, fill_runs)
    ]
