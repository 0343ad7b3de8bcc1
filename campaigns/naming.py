"""An advertiser's patterns for names and URL tags: checking, filling in, and putting on an address.

A pattern is text with placeholders such as `{brief}`. In URL tags a value is written as an
analytics tool likes it: lower case, hyphens, percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from core.common.errors import InputErrors, InvalidInput

MOST = 200
"""Characters of a pattern."""
NAME_LENGTH = {"campaign": 150, "ad_group": 150, "ad": 100}
"""Characters of a filled-in name; our reference is put behind it and all platforms take both."""

CUT = "…"

_OF_BRIEF = ("brief", "platform", "objective", "countries", "account", "start", "month")
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "campaign": _OF_BRIEF,
    "ad_group": (*_OF_BRIEF, "ages", "gender"),
    "ad": (*_OF_BRIEF, "letter", "headline"),
    "url_tags": (*_OF_BRIEF, "letter", "campaign", "ad_group", "ad"),
}
_PLACE = re.compile(r"\{([^{}]*)\}")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_NOT_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Patterns:
    campaign: str = "{brief} · {platform}"
    ad_group: str = "Everyone in the audience"
    ad: str = "{letter}: {headline}"
    url_tags: str = ""


FIELDS = ("campaign", "ad_group", "ad", "url_tags")


def check(patterns: Patterns) -> None:
    """Raises InputErrors that names each pattern at fault and the remedy."""
    errors = [err for field in FIELDS for err in _pattern_errors(field, getattr(patterns, field))]
    if errors:
        raise InputErrors(errors)


def _pattern_errors(field: str, pattern: str) -> Iterator[InvalidInput]:
    if len(pattern) > MOST:
        yield InvalidInput(f"A pattern has at most {MOST} characters.", field=field)
    if field != "url_tags" and not pattern.strip():
        yield InvalidInput("A name cannot be empty.", field=field)
    known = PLACEHOLDERS[field]
    for name in _PLACE.findall(pattern):
        if name not in known:
            offered = ", ".join(f"{{{word}}}" for word in known)
            yield InvalidInput(f"{{{name}}} is unknown here. There are: {offered}.", field=field)
    if any(brace in _PLACE.sub("", pattern) for brace in "{}"):
        yield InvalidInput("A brace stands alone: write placeholders as {brief}.", field=field)
    if field == "url_tags":
        yield from _tag_errors(pattern)


def _tag_errors(pattern: str) -> Iterator[InvalidInput]:
    keys = [part.partition("=")[0] for part in _parts(pattern)]
    for part, key in zip(_parts(pattern), keys, strict=True):
        if "=" not in part or not _KEY.fullmatch(key) or not part.partition("=")[2]:
            yield InvalidInput(
                f"“{part}” is no tag. Write name=value, with & between tags, such as "
                "utm_source={platform}&utm_campaign={brief}.",
                field="url_tags",
            )
    if "%" in pattern:
        yield InvalidInput(
            "Write the text itself instead of codes such as %20: it is encoded for you.",
            field="url_tags",
        )
    for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
        yield InvalidInput(f"{key} stands there twice.", field="url_tags")


def _parts(pattern: str) -> list[str]:
    return [part for part in pattern.strip().lstrip("?").split("&") if part]


def fill(field: str, pattern: str, values: Mapping[str, str]) -> str:
    """A name by its pattern, cut to what every platform takes. Unknown values are left out."""
    filled = _PLACE.sub(lambda found: values.get(found[1], ""), pattern)
    name, most = " ".join(filled.split()), NAME_LENGTH[field]
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}{CUT}"


def fill_tags(pattern: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Tag and value, in their order."""
    tidy = {name: _slug(value) for name, value in values.items()}
    pairs = (part.partition("=")[::2] for part in _parts(pattern))
    return [(key, _PLACE.sub(lambda f: tidy.get(f[1], ""), text)) for key, text in pairs]


def _slug(text: str) -> str:
    return _NOT_WORD.sub("-", text.lower()).strip("-_")


def add_tags(url: str, tags: list[tuple[str, str]]) -> str:
    """The address with the tags behind its own query. A tag that the address carries already stays
    as it was written for this brief, and so does all of an address that is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    own = {key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    new = [f"{key}={quote(value, safe='')}" for key, value in tags if key not in own and value]
    return urlunsplit(parts._replace(query="&".join([*filter(None, [parts.query]), *new])))


def matches(pattern: str, name: str) -> bool:
    """Whether a name could have come from the pattern, cut or whole. Linear in the name's length:
    the fixed parts are looked for one after the other, with something between them."""
    first, *rest = (" ".join(part.split()) for part in _PLACE.split(pattern)[::2])
    name = " ".join(name.split())
    if name.endswith(CUT):
        return name.startswith(first[: len(name) - 1])
    if not rest:
        return name == first
    if not name.startswith(first):
        return False
    return _has_parts_in_order(name, len(first), rest)


def _has_parts_in_order(name: str, at: int, parts: list[str]) -> bool:
    *middle, last = parts
    for part in middle:
        found = name.find(part, at + 1)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(last) and len(name) - len(last) > at
