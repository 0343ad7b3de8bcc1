"""The upload form: a file, how to read it, and the column map that a preview offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django import forms
from django.core.files.uploadedfile import UploadedFile

from campaigns.importing import FIELDS, ImportPreview
from campaigns.importing.parsing.advice import FIELD_LABELS
from core.common.measures import MEASURES
from core.common.money import currencies

_DAY_FORMAT, _NUMBER_FORMAT = "e.g. DD/MM/YYYY", "point or comma"
_FORMATS = {
    "date": _DAY_FORMAT,
    "first": _DAY_FORMAT,
    "last": _DAY_FORMAT,
    "period": "isoweek, sundayweek or mondayweek",
    **dict.fromkeys(MEASURES, _NUMBER_FORMAT),
}


class ReportForm(forms.Form):
    file = forms.FileField(
        label="Report file",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text="CSV, as Google Ads, Meta or TikTok export it, or any table with a header row.",
    )
    account_name = forms.CharField(
        label="Account",
        required=False,
        max_length=200,
        help_text="Reports with the same name share an account. Empty: one per kind of export.",
    )
    currency = forms.ChoiceField(
        label="Currency",
        required=False,
        choices=[("", "as the file says"), *((code, code) for code in currencies())],
    )
    time_zone = forms.CharField(
        label="Time zone", required=False, max_length=64, help_text="Of the days in the file."
    )
    skip_bad_rows = forms.BooleanField(label="Leave out rows that cannot be read", required=False)

    @property
    def stream(self) -> BinaryIO:
        """The uploaded bytes, seekable."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        stream: BinaryIO = upload.file  # type: ignore[assignment]
        return stream

    @property
    def file_mark(self) -> str:
        """Name and size of the file, so that a map is not used on another file."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        return f"{upload.name}:{upload.size}"

    def options(self) -> dict[str, str | None]:
        names = ("account_name", "currency", "time_zone")
        return {name: self.cleaned_data[name] or None for name in names}


@dataclass(frozen=True)
class MapLine:
    """One field of the column map. `was` is the column that was recognised without a map."""

    field: str
    label: str
    column: str
    format: str
    was: str
    hint: str


def read_mapping(data: Mapping[str, Any], file_mark: str) -> dict[str, str]:
    """The changed fields of the map: field to "column" or "column:format".

    Empty when the map was made for another file. A recognised column that was not changed
    is left out: the parser then also knows its format.
    """
    if data.get("map_of") != file_mark:
        return {}
    found = {}
    for field in FIELDS:
        column, form = data.get(f"map_{field}", ""), data.get(f"format_{field}", "").strip()
        if column and (form or column != data.get(f"was_{field}", "")):
            found[field] = f"{column}:{form}" if form else column
    return found


def map_lines(preview: ImportPreview, data: Mapping[str, Any], file_mark: str) -> list[MapLine]:
    """The map to show beside a preview, with the earlier choices."""
    again = data.get("map_of") == file_mark
    return [_line(field, preview, data if again else {}) for field in FIELDS]


def _line(field: str, preview: ImportPreview, data: Mapping[str, Any]) -> MapLine:
    read = preview.mapping.get(field, "")
    return MapLine(
        field,
        FIELD_LABELS[field],
        column=read or data.get(f"map_{field}", ""),
        format=data.get(f"format_{field}", "").strip(),
        was=data.get(f"was_{field}", "") if data else read,
        hint=_FORMATS.get(field, ""),
    )
