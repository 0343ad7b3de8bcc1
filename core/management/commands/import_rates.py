"""`manage.py import_rates FILE.csv`: imports dated exchange rates, all of a file or none."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.common.money import read_number
from core.models import Actor, ActorKind, AuditAction, ExchangeRate, record

COLUMNS = ("day", "base", "quote", "rate")


class Command(BaseCommand):
    help = "Import exchange rates: a CSV with day, base, quote, rate (1 base = rate quote)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--source", default="", help="source of the rates, saved with each rate"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rates = _read_rates(options["file"], options["source"])
        with transaction.atomic():
            for rate in rates:
                ExchangeRate.objects.update_or_create(
                    day=rate.day,
                    base=rate.base,
                    quote=rate.quote,
                    defaults={"rate": rate.rate, "source": rate.source},
                )
                record(
                    Actor(ActorKind.SYSTEM, "command import_rates"),
                    AuditAction.SET_EXCHANGE_RATE,
                    rate,
                    advertiser=None,
                    after={"rate": str(rate)},
                )
        self.stdout.write(f"{len(rates)} rates imported.")


def _read_rates(path: Path, source: str) -> list[ExchangeRate]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise CommandError(f"{path} cannot be read: {err}") from err
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise CommandError(f"{path} needs the columns {', '.join(COLUMNS)} and a row.")
    return [_parse_rate(number, row, source) for number, row in enumerate(rows, start=2)]


def _number(text: str) -> Decimal:
    number = read_number(text)
    if number is None:
        raise ValueError(f"{text[:40]!r} is not a rate. Write it like 1.0845")
    return number


def _parse_rate(number: int, row: dict[str, Any], source: str) -> ExchangeRate:
    try:
        rate = ExchangeRate(
            day=date.fromisoformat(str(row["day"]).strip()),
            base=str(row["base"]).strip().upper(),
            quote=str(row["quote"]).strip().upper(),
            rate=_number(str(row["rate"])),
            source=source[:80],
        )
        rate.clean_fields()
    except ValueError as err:
        raise CommandError(f"Line {number}: {err}. Nothing was imported.") from err
    except ValidationError as err:
        parts = (f"{field}: {' '.join(texts)}" for field, texts in err.message_dict.items())
        raise CommandError(f"Line {number}: {'; '.join(parts)} Nothing was imported.") from err
    if rate.rate <= 0 or rate.base == rate.quote:
        raise CommandError(f"Line {number}: a rate above 0 between two currencies is needed.")
    return rate
