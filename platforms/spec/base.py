"""What every part of a spec is made of: strict frozen models, bounded numbers, sorted sets.

Strict both ways: an unknown key, a wrong type, a missing field or a number out of range is refused
with its path. Strict mode takes a JSON array as a tuple only while it parses text, so stored specs
are always read from text (`text.parse_spec`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.common.countries import CODES

ItemT = TypeVar("ItemT")

Objective = Literal[
    "awareness",
    "traffic",
    "engagement",
    "conversions",
    "leads",
    "app_promotion",
    "catalog_sales",
]
SpecStatus = Literal["active", "paused"]

MOST = 2**63 - 1  # what the database's integers hold
Micros = Annotated[int, Field(ge=0, le=MOST)]
Millionths = Annotated[int, Field(ge=0, le=MOST)]
Name = Annotated[str, Field(max_length=512, pattern=r"\S")]
RemoteId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/~.-]{1,128}$")]
Reference = Annotated[str, Field(pattern=r"^ae-[a-z0-9-]{1,40}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Node(BaseModel):
    """A part of a spec."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _is_country(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"{code!r} is no ISO 3166 code of a country, such as DE")
    return code


def _sort_key(item: Any) -> str:
    return item.model_dump_json() if isinstance(item, Node) else str(item)


def _sorted_once(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    """Sorted, each item once: two writings of one set are equal and have one hash."""
    return tuple(sorted(dict.fromkeys(items), key=_sort_key))


SetOf = Annotated[tuple[ItemT, ...], AfterValidator(_sorted_once)]
"""A set as a sorted tuple: the order in which it was written does not matter."""
Country = Annotated[str, AfterValidator(_is_country)]


def tag_of(node_class: type[Node], field: str) -> str:
    """What tells this class from the others of its union: the one value of that field."""
    kind: Any = node_class.model_fields[field].annotation
    return str(get_args(kind)[0])
