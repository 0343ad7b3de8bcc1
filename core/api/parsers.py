"""Reads JSON bodies: what the standard leaves open is refused, and nothing is read twice."""

from __future__ import annotations

import json
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.api.names import shown

DEEPEST = 20
_TOO_DEEP = f"The body is nested too deep: at most {DEEPEST} levels."


class StrictJSONParser(JSONParser):
    """UTF-8 whatever the header says (RFC 8259). A name given twice, NaN, Infinity are refused."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return json.loads(
                stream.read().decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse
            )
        except RecursionError as err:
            raise ParseError(_TOO_DEEP) from err
        except UnicodeDecodeError as err:
            raise ParseError("The body is not UTF-8.") from err
        except ValueError as err:
            raise ParseError(f"The body is not JSON: {shown(str(err))}.") from err


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ParseError(f"The body gives {shown(name)!r} twice.")
        found[name] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise ParseError(f"{constant} is not a number of JSON.")


def check_texts(body: dict[str, Any]) -> dict[str, list[str]]:
    """Refusals of what no database and no answer can hold: null characters and half a surrogate
    pair, by the field of the body. Raises ParseError on a body that is nested too deep."""
    return {shown(name): [why] for name, value in body.items() if (why := _why(name, value))}


def _why(name: str, value: Any) -> str:
    waiting: list[tuple[Any, int]] = [(name, 0), (value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            raise ParseError(_TOO_DEEP)
        if isinstance(item, str):
            if why := text_problem(item):
                return why
        elif isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
    return ""


def text_problem(text: str) -> str:
    """Why a text cannot be used; "" if it can."""
    if "\x00" in text:
        return "It contains a null character, which no text here may."
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "It contains half of a surrogate pair, which is no character."
    return ""
