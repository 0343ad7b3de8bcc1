"""A refusal names the controls of the page, the command's flags or the API's fields."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from campaigns.importing.parsing.advice import Caller, other_account, set_format, text_for
from campaigns.models import Campaign
from core.models import Advertiser

AMBIGUOUS = "campaign,Day,clicks\nA,03/04/2026,4\n"


def test_each_caller_reads_its_own_remedy() -> None:
    advice = set_format("'1/2/2026' is unclear.", "date", "Day", ("DD/MM/YYYY", "MM/DD/YYYY"))
    assert {caller: text_for(advice, caller) for caller in Caller} == {
        Caller.PAGE: "'1/2/2026' is unclear. Under Columns, type DD/MM/YYYY or MM/DD/YYYY as the "
        "format of Day.",
        Caller.COMMAND: "'1/2/2026' is unclear. Give --map 'date=Day:DD/MM/YYYY' or --map "
        "'date=Day:MM/DD/YYYY'.",
        Caller.API: "'1/2/2026' is unclear. Send map with date=Day:DD/MM/YYYY or "
        "date=Day:MM/DD/YYYY.",
    }


def test_the_stored_text_is_that_of_the_page() -> None:
    advice = other_account("The account holds EUR.")
    assert advice == "The account holds EUR. Type another name under Account."
    assert text_for("The file is empty.", Caller.COMMAND) == "The file is empty."


@pytest.mark.django_db
def test_the_command_names_flags(tmp_path: Path) -> None:
    Advertiser.objects.create(name="Shop", slug="shop", currency="EUR", time_zone="UTC")
    path = tmp_path / "dates.csv"
    path.write_text(AMBIGUOUS, encoding="utf-8")
    out = StringIO()
    maps = ("--map", "campaign=campaign", "--map", "date=Day", "--map", "clicks=clicks")
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_report", str(path), "--advertiser", "shop", *maps, stdout=out)
    assert "Give --map 'date=Day:DD/MM/YYYY' or --map 'date=Day:MM/DD/YYYY'." in out.getvalue()
    with pytest.raises(CommandError, match="Give --map 'period=Day:isoweek'"):
        call_command(
            "import_report", str(path), "--advertiser", "shop", "--map", "period=Day", stdout=out
        )
    assert not Campaign.objects.exists()
