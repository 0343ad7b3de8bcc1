"""Exchange rates from a file: all of it or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import AuditEntry, ExchangeRate, convert, rate_on

pytestmark = pytest.mark.django_db
HEAD = "day,base,quote,rate\n"


def given(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rates_are_kept_and_corrected(tmp_path: Path) -> None:
    path = given(tmp_path, HEAD + "2026-03-02,eur,USD,1.10\n2026-03-02,USD,JPY,150\n")
    out = StringIO()
    call_command("import_rates", path, source="ECB", stdout=out)
    assert out.getvalue() == "2 rates imported.\n"
    call_command("import_rates", given(tmp_path, HEAD + "2026-03-02,EUR,USD,1.20\n"), stdout=out)
    assert ExchangeRate.objects.count() == 2
    assert rate_on("EUR", "USD", date(2026, 3, 4)) == Decimal("1.2")
    assert AuditEntry.objects.filter(action="set exchange rate").count() == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-13-02,EUR,USD,1.1", "Line 3"),
        ("2026-03-02,EUR,XXQ,1.1", "quote"),
        ("2026-03-02,EUR,USD,much", "Line 3"),
        ("2026-03-02,EUR,USD,0", "above 0"),
        ("2026-03-02,EUR,EUR,1", "two currencies"),
    ],
)
def test_one_bad_line_imports_nothing(tmp_path: Path, line: str, said: str) -> None:
    path = given(tmp_path, HEAD + f"2026-03-01,EUR,USD,1.1\n{line}\n")
    with pytest.raises(CommandError, match=said):
        call_command("import_rates", path)
    assert not ExchangeRate.objects.exists()


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="day, base, quote, rate"):
        call_command("import_rates", given(tmp_path, "date,rate\n1,2\n"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_rates", tmp_path / "none.csv")


def test_money_is_converted_at_the_day_in_whole_minor_units() -> None:
    ExchangeRate.objects.create(day=date(2026, 3, 2), base="EUR", quote="JPY", rate="163.456")
    euro = Money(Decimal("10.01"), "EUR")
    assert convert(euro, "JPY", date(2026, 3, 8)) == Money(Decimal(1636), "JPY")
    assert convert(euro, "EUR", date(2026, 3, 8)) == euro
    with pytest.raises(InvalidInput) as refused:
        convert(euro, "JPY", date(2026, 3, 9))
    assert refused.value.code == "rate_missing"
