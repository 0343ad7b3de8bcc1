"""Performance reports as files: how an advertiser without any token gets numbers in."""

from campaigns.importing.parsing.headers import FIELDS
from campaigns.importing.parsing.problems import Problem
from campaigns.importing.results import ImportPreview, ImportResult, Totals
from campaigns.importing.service import import_report, preview_report

__all__ = [
    "FIELDS",
    "ImportPreview",
    "ImportResult",
    "Problem",
    "Totals",
    "import_report",
    "preview_report",
]
