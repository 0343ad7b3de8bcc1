"""Frozen dataclasses as JSON and back: what was stored is read through the type that wrote it.

A field that is missing takes its default, or None where None may stand there; names that the
class does not know are left out. Everything else that does not fit raises OlderForm, which says
where. Money and ids stay whole: a number with a fraction is no int.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Self, Union, cast, get_args, get_origin, get_type_hints

_LARGEST = 10**300  # a whole number that a float can hold
_SCALARS = frozenset({str, int, float, bool, NoneType})
Read = Callable[[Any], Any]


class OlderForm(ValueError):
    """Stored JSON that is not of the form that this version writes; says which part."""


class JsonForm:
    """Base of frozen dataclasses that are stored as JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Of objects, lists, texts, numbers, true, false and null."""
        return cast(dict[str, Any], to_json(self))

    @classmethod
    def from_json(cls, stored: Any) -> Self:
        """Raises OlderForm."""
        return cast(Self, _read_object(cls, stored))


class SparseForm(JsonForm):
    """Stored without the fields that are at their default."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        defaults = {field.name: field.default for field in fields(cast(Any, self))}
        found = super().to_json()
        return {k: v for k, v in found.items() if getattr(self, k) != defaults[k]}


def to_json(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, decimals and enumerations as texts."""
    if value.__class__ in _SCALARS:
        return value
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if isinstance(value, Decimal | StrEnum):
        return str(value)
    return {
        name: found if (found := getattr(value, name)).__class__ in _SCALARS else to_json(found)
        for name in _names(value.__class__)
    }


@lru_cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


# ---- reading -----------------------------------------------------------------------------


class _Part(NamedTuple):
    """How one field is read; `absent` stands in where it is missing, or MISSING."""

    name: str
    read: Read
    absent: Any


def _read_object(kind: Any, stored: Any) -> Any:
    if not isinstance(stored, dict):
        raise OlderForm("no object")
    values = {}
    for name, read, absent in _parts(kind):
        if name not in stored:
            if absent is MISSING:
                raise OlderForm(f"{name} is missing")
            values[name] = absent
            continue
        try:
            values[name] = read(stored[name])
        except OlderForm as why:
            raise OlderForm(f"{name}: {why}") from None
    try:
        return kind(**values)
    except ValueError as why:  # settings that check themselves
        raise OlderForm(str(why)) from why


@lru_cache
def _parts(kind: Any) -> tuple[_Part, ...]:
    hints = get_type_hints(kind)
    return tuple(
        _Part(field.name, _reader(hints[field.name]), _absent(field, hints[field.name]))
        for field in fields(kind)
    )


def _absent(field: Field[Any], hint: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return None if NoneType in get_args(hint) else MISSING


@lru_cache
def _reader(hint: Any) -> Read:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _literal(parts)
    if origin in {Union, UnionType}:
        return _union(parts)
    if origin is tuple and parts[-1] is not Ellipsis:
        return _fixed(tuple(_reader(part) for part in parts))
    if origin in {tuple, Sequence}:
        return _many(_reader(parts[0]))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _member(hint)
    if is_dataclass(hint):
        return lambda value: _read_object(hint, value)
    return _PLAIN[hint]


def _literal(allowed: tuple[Any, ...]) -> Read:
    def read(value: Any) -> Any:
        if value not in allowed:
            raise OlderForm(f"{value!r} is not known")
        return value

    return read


def _member(kind: type[StrEnum]) -> Read:
    values = frozenset(member.value for member in kind)

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in values:
            raise OlderForm(f"{value!r:.40} is not known")
        return kind(value)

    return read


def _union(parts: tuple[Any, ...]) -> Read:
    """The first part that the value fits."""
    has_none = NoneType in parts
    readers = [_reader(part) for part in parts if part is not NoneType]
    *tried, last = readers

    def read(value: Any) -> Any:
        if value is None and has_none:
            return None
        for one in tried:
            try:
                return one(value)
            except OlderForm:
                continue
        return last(value)

    return read


def _many(one: Read) -> Read:
    def read(value: Any) -> tuple[Any, ...]:
        return tuple([one(item) for item in _list(value)])

    return read


def _fixed(readers: tuple[Read, ...]) -> Read:
    def read(value: Any) -> tuple[Any, ...]:
        if len(_list(value)) != len(readers):
            raise OlderForm(f"{len(value)} values instead of {len(readers)}")
        return tuple([one(item) for one, item in zip(readers, value, strict=True)])

    return read


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise OlderForm("no list")
    return value  # type: ignore[return-value]


def _exactly(kind: type, words: str) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not kind:
            raise OlderForm(f"{value!r:.40} is {words}")
        return value

    return read


def _number(value: Any) -> float:
    if value.__class__ is float:
        return value
    if value.__class__ is int and abs(value) <= _LARGEST:
        return float(value)
    raise OlderForm(f"{value!r:.40} is no number")


def _decimal(value: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise OlderForm(f"{value!r:.40} is no amount")
    return found


_PLAIN: dict[Any, Read] = {
    str: _exactly(str, "no text"),
    int: _exactly(int, "no whole number"),
    bool: _exactly(bool, "neither true nor false"),
    float: _number,
    Decimal: _decimal,
}
