"""Import a performance report (CSV) of any ad platform, without a token."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from campaigns.importing import FIELDS, ImportResult, import_report
from campaigns.importing.parsing.advice import Caller, text_for
from core.common.errors import AdsEngineError
from core.models import Actor, ActorKind, Advertiser, AuditAction, record

ACTOR = Actor(ActorKind.SYSTEM, "manage.py import_report")
_SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    help = "Import a performance report (CSV). Exports of Google, Meta and TikTok are recognised."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--advertiser", required=True, metavar="SLUG_OR_NAME")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"Fields: {', '.join(FIELDS)}. A format may follow: date=Day:DD/MM/YYYY, "
            "period=Week:isoweek, spend=Cost:comma.",
        )
        parser.add_argument("--currency", help="Of the file, where the file does not say it.")
        parser.add_argument("--time-zone", help="Of the file's days; else the advertiser's.")
        parser.add_argument("--platform-name", help="Name of the account to import into.")
        parser.add_argument(
            "--create-advertiser",
            action="store_true",
            help="Create the advertiser if needed, in --currency (else USD) and --time-zone "
            "(else UTC).",
        )
        parser.add_argument("--skip-bad-rows", action="store_true", help="Import the good rows.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if "ADSENGINE_LOCAL" in os.environ:  # a sandbox's own database, perhaps still empty
            call_command("migrate", verbosity=0)
        try:
            result = self._import(options)
        except AdsEngineError as err:
            raise CommandError(text_for(err.user_message, Caller.COMMAND)) from err
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result), indent=2))
        else:
            self.stdout.write(as_text(result))
        if not result.done:
            raise CommandError("The file was refused; nothing was imported.")

    def _import(self, options: dict[str, Any]) -> ImportResult:
        mapping = read_map(options["map"])
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                return import_report(
                    actor=ACTOR,
                    advertiser=self._advertiser(options),
                    file=file,
                    file_name=path.name,
                    mapping=mapping,
                    currency=options["currency"],
                    skip_bad_rows=options["skip_bad_rows"],
                    account_name=options["platform_name"],
                    time_zone=options["time_zone"],
                )
        except OSError as err:
            raise CommandError(f"{path} cannot be read: {err.strerror}.") from err

    def _advertiser(self, options: dict[str, Any]) -> Advertiser:
        name = options["advertiser"]
        found = Advertiser.objects.filter(Q(slug=name) | Q(name__iexact=name)).first()
        if found:
            return found
        if not options["create_advertiser"]:
            known = ", ".join(Advertiser.objects.values_list("slug", flat=True)[:10]) or "none yet"
            raise CommandError(
                f"There is no advertiser {name!r}. Known: {known}. Add --create-advertiser to "
                "create it."
            )
        made = create_advertiser(name, options["currency"], options["time_zone"])
        self.stderr.write(f"Created advertiser {made}: {made.currency}, days of {made.time_zone}.")
        return made


def create_advertiser(name: str, currency: str | None, time_zone: str | None) -> Advertiser:
    """Raises CommandError naming what is wrong; its audit entry is in the same transaction."""
    made = Advertiser(
        name=name, slug=slugify(name)[:60], currency=currency or "USD", time_zone=time_zone or "UTC"
    )
    try:
        made.full_clean()
    except ValidationError as err:
        raise CommandError(f"The advertiser cannot be created. {' '.join(err.messages)}") from err
    with transaction.atomic():
        made.save()
        after = {"currency": made.currency, "time_zone": made.time_zone}
        record(ACTOR, AuditAction.CREATE_ADVERTISER, made, advertiser=made, after=after)
    return made


def read_map(pairs: list[str]) -> dict[str, str]:
    """field=column, …, each field once. Raises CommandError."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals:
            raise CommandError(f"--map {pair!r} has no equals sign. Write --map field=column.")
        if field.strip() in mapping:
            raise CommandError(f"--map {field.strip()} is given twice. Give it once.")
        mapping[field.strip()] = column
    return mapping


def as_json(result: ImportResult) -> dict[str, Any]:
    totals = result.totals
    return {
        "done": result.done,
        "report": result.report.pk,
        "kind": result.kind,
        "mapping": dict(result.mapping),
        "notes": list(result.notes),
        "rows": result.rows,
        "taken": result.taken,
        "merged": result.merged,
        "restated": result.restated,
        "refused": result.refused,
        "campaigns": result.campaigns,
        "ads": result.ads,
        "first_day": result.first_day and result.first_day.isoformat(),
        "last_day": result.last_day and result.last_day.isoformat(),
        "totals": {
            "impressions": totals.impressions,
            "clicks": totals.clicks,
            "conversions": str(totals.conversions),
            "spend": str(totals.spend.amount),
            "revenue": str(totals.revenue.amount),
            "currency": totals.spend.currency,
        },
        "problems": [p.for_caller(Caller.COMMAND)._asdict() for p in result.problems],
    }


def as_text(result: ImportResult) -> str:
    totals = result.totals
    lines = [
        *result.notes,
        f"Rows {result.rows:,}: taken {result.taken:,}, merged {result.merged:,} "
        f"(of these restated {result.restated:,}), refused {result.refused:,}.",
    ]
    if result.first_day:
        lines += [
            f"Campaigns {result.campaigns:,}, ads {result.ads:,}, days {result.first_day} to "
            f"{result.last_day}.",
            f"Impressions {totals.impressions:,}, clicks {totals.clicks:,}, conversions "
            f"{totals.conversions:,}, spend {totals.spend}, revenue {totals.revenue}.",
        ]
    for problem in result.problems[:_SHOWN_PROBLEMS]:
        line, field, reason = problem.for_caller(Caller.COMMAND)
        place = f"line {line}" if line else "file"
        lines.append(f"  {place}{f', {field}' if field else ''}: {reason}")
    if len(result.problems) > _SHOWN_PROBLEMS:
        lines.append(f"  … {len(result.problems) - _SHOWN_PROBLEMS} more problems (--json).")
    return "\n".join(lines)
