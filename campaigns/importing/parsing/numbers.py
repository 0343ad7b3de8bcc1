"""Numbers as exports write them: 1,234.56 or 1.234,56, decided once for the whole file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.importing.parsing.advice import set_currency, set_format
from campaigns.importing.parsing.problems import BadCell, FileRefused, Problem
from core.common.money import MICROS

MAX_COUNT = 10**12
MAX_AMOUNT = 10**11  # in major units: 10**17 micros, so that a sum still fits 64 bits
BLANKS = frozenset({"", "-", "--", "–", "—"})
_SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "FKP", "GIP", "SHP", "LBP", "SSP", "SYP", "SDG"),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW", "KPW"),
    "₽": ("RUB",),
    "₺": ("TRY",),
    "₫": ("VND",),
    "₴": ("UAH",),
    "₪": ("ILS",),
    "R$": ("BRL",),
    "$": None,  # many currencies' sign
}
_WITH_SYMBOL = re.compile(
    r"(-?)\s*(R\$|[A-Z]{2}\$|[€£¥₹₩₽₺₫₴₪$]|[A-Z]{3}(?=[\s\d]))?\s*(.*?)\s*"
    r"(R\$|[€£¥₹₩₽₺₫₴₪$]|(?<=[\s\d])[A-Z]{3})?"
)
_SPACED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?=\D|$)")
_GAPS = re.compile(r"[ \u00a0\u202f\u2009'’]")
# Groups of two are India's: 12,34,567.
_WHOLE = r"\d+|[1-9]\d{0,2}(?:%s\d{2,3})*%s\d{3}"
_POINT = re.compile(r"(?:" + _WHOLE % (",", ",") + r")?(?:\.\d+)?")
_COMMA = re.compile(r"(?:" + _WHOLE % (r"\.", r"\.") + r")?(?:,\d+)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")  # most cells: spares them the rest
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class Sighting:
    line: int
    field: str
    header: str
    text: str


class StyleEvidence:
    """Whether the file writes a decimal point or comma: the format given, else its own numbers."""

    def __init__(self) -> None:
        self.given = ""
        self.sure: dict[str, Sighting] = {}
        self.likely: dict[str, Sighting] = {}
        self.unclear: Sighting | None = None

    def note(self, text: str, line: int, field: str, header: str, *, whole: bool) -> None:
        """Take one cell into account; `whole` if it must be a whole number."""
        before, _, after = text.partition(".")
        if before.isdecimal() and len(after) != 3 and (not after or after.isdecimal()):
            if after and "point" not in self.sure:
                self.sure["point"] = Sighting(line, field, header, text)
            return
        bare = _SPACED.sub(_without_gaps, _bare(text)[1]).lstrip("-")
        sighting = Sighting(line, field, header, text)
        if _AMBIGUOUS.fullmatch(bare):
            if whole:  # a count has no decimals, so this sign parts thousands
                self.likely.setdefault("comma" if "." in bare else "point", sighting)
            else:
                self.unclear = self.unclear or sighting
            return
        point, comma = _POINT.fullmatch(bare), _COMMA.fullmatch(bare)
        if bool(point) != bool(comma):
            self.sure.setdefault("point" if point else "comma", sighting)

    def style(self) -> str:
        """'point' or 'comma'. Raises FileRefused if the file does not decide it."""
        if self.given:
            return self.given
        for evidence in (self.sure, self.likely):
            if len(evidence) == 2:
                raise FileRefused(_contradiction(evidence))
            if evidence:
                return next(iter(evidence))
        if self.unclear:
            raise FileRefused(_ambiguity(self.unclear))
        return "point"


def read_count(text: str, style: str) -> int:
    """A whole number, zero or more. Raises BadCell."""
    if text.isdigit() and text.isascii() and len(text) < 13:
        return int(text)
    micros = read_micros(text, style, "", limit=MAX_COUNT)
    if micros % MICROS:
        raise BadCell(f"{text!r} is not a whole number. Counts have no decimals.")
    return micros // MICROS


def read_micros(text: str, style: str, currency: str, *, limit: int = MAX_AMOUNT) -> int:
    """A decimal in millionths, zero or more. `currency` is checked against a sign, if any."""
    bare = text
    if not _PLAIN.fullmatch(text) or style != "point":
        symbol, bare = _bare(text)
        _check_symbol(text, symbol, currency)
        bare = _SPACED.sub(_without_gaps, bare)
        if not bare or not bare.isascii() or not _pattern(style).fullmatch(bare):
            raise BadCell(_why_not(text, bare, style))
    thousands, decimal = (",", ".") if style == "point" else (".", ",")
    whole, _, fraction = bare.replace(thousands, "").partition(decimal)
    fraction = fraction.rstrip("0")
    if len(fraction) > 6:
        raise BadCell(f"{text!r} is finer than a millionth. Round it to six decimals.")
    if len(whole) > 15 or int(whole or 0) >= limit:
        raise BadCell(f"{text!r} is too large to be true. Correct it.")
    return int(whole or 0) * MICROS + int(fraction.ljust(6, "0"))


def _pattern(style: str) -> re.Pattern[str]:
    return _POINT if style == "point" else _COMMA


def _bare(text: str) -> tuple[str, str]:
    """A currency sign or code at either end, and the rest."""
    found = _WITH_SYMBOL.fullmatch(text)
    if found is None:
        return "", text
    sign, before, rest, after = found.groups()
    return before or after or "", sign + rest


def _without_gaps(found: re.Match[str]) -> str:
    return _GAPS.sub("", found[0])


def _check_symbol(text: str, symbol: str, currency: str) -> None:
    if not symbol:
        return
    if not currency:
        raise BadCell(f"{text!r} is an amount of money, but this column holds plain numbers.")
    meant = _SYMBOLS.get(symbol, None if symbol.endswith("$") else (symbol,))
    if meant is not None and currency not in meant:
        raise BadCell(set_currency(f"{text!r} is not in {currency}."))


def _why_not(text: str, bare: str, style: str) -> str:
    low = text.casefold()
    if "%" in text:
        return f"{text!r} is a percentage. Map a column of plain numbers."
    if low.lstrip("+-") in {"nan", "inf", "infinity", "null", "none", "n/a", "na", "#n/a"}:
        return f"{text!r} is not a number. Write 0 where there was none."
    if bare.startswith("-") and _pattern(style).fullmatch(bare[1:]):
        return f"{text!r} is negative. Measures are zero or more."
    if re.fullmatch(r"[+-]?[\d.,]+e[+-]?\d+", low):
        return f"{text!r} is in scientific notation. Export it with all its digits."
    other = "decimal comma" if style == "comma" else "decimal point"
    return f"{text!r} is not a number (this file writes numbers with a {other})."


def _contradiction(evidence: dict[str, Sighting]) -> Problem:
    point, comma = evidence["point"], evidence["comma"]
    later = max(point, comma, key=lambda sighting: sighting.line)
    return Problem(
        later.line,
        later.header,
        f"Line {point.line} writes {point.text!r} with a decimal point, line {comma.line} writes "
        f"{comma.text!r} with a decimal comma. Export the file in one number format.",
    )


def _ambiguity(seen: Sighting) -> Problem:
    plain = seen.text.replace(",", "").replace(".", "")
    return Problem(
        seen.line,
        seen.header,
        set_format(
            f"{seen.text!r} can be {plain} or a number with three decimals, and no other number in "
            "the file decides it (point is 1,234.56, comma is 1.234,56).",
            seen.field,
            seen.header,
            ("point", "comma"),
        ),
    )
