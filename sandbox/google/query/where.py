"""Conditions of a query as tests on field values."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.google.errors import refuse
from sandbox.google.fields import enum_name, is_message
from sandbox.google.query.gaql import Condition, Scalar

Field = Any
Test = Callable[[Any], bool]

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_PATTERNS = ("LIKE", "NOT LIKE", "REGEXP_MATCH", "NOT REGEXP_MATCH")
_MOST_VALUES = 20_000


def test_for(condition: Condition, field: Field) -> Test:
    """A test of the field's value; unset scalars count as their default, as in real answers."""
    if is_message(field):
        message = f"{condition.field} has fields of its own and cannot be filtered."
        refuse("query_error", "PROHIBITED_FIELD_IN_WHERE_CLAUSE", message)
    operator = condition.operator
    if operator in ("IS NULL", "IS NOT NULL"):
        return lambda value: (value in (None, "", [])) == (operator == "IS NULL")
    if operator.startswith("CONTAINS") != bool(field.is_repeated):
        _mismatch(condition)
    if operator == "DURING":
        _mismatch(condition)
    plain = _plain(field)
    if operator in _PATTERNS:
        return _pattern_test(condition, field)
    if isinstance(condition.value, tuple):
        return _list_test(condition, field, plain)
    return _single_test(condition, field, plain)


def _plain(field: Field) -> Callable[[Any], Any]:
    """Turns a stored value into what conditions compare with: enums are names."""

    def one(value: Any) -> Any:
        return enum_name(field, value) if field.enum_type is not None else value

    if field.is_repeated:
        return lambda value: [one(item) for item in value or ()]
    return lambda value: one(field.default_value if value is None else value)


def _single_test(condition: Condition, field: Field, plain: Callable[[Any], Any]) -> Test:
    if field.enum_type is not None and condition.operator not in ("=", "!="):
        _mismatch(condition)
    wanted = _typed(condition, field, condition.value)
    compare = _ORDERED[condition.operator]
    return lambda value: compare(plain(value), wanted)


def _list_test(condition: Condition, field: Field, plain: Callable[[Any], Any]) -> Test:
    assert isinstance(condition.value, tuple)
    if len(condition.value) > _MOST_VALUES:
        message = f"A list may have {_MOST_VALUES} values."
        refuse("query_error", "FILTER_HAS_TOO_MANY_VALUES", message)
    wanted = [_typed(condition, field, value) for value in condition.value]
    tests: dict[str, Test] = {
        "IN": lambda value: plain(value) in wanted,
        "NOT IN": lambda value: plain(value) not in wanted,
        "CONTAINS ANY": lambda value: any(item in plain(value) for item in wanted),
        "CONTAINS ALL": lambda value: all(item in plain(value) for item in wanted),
        "CONTAINS NONE": lambda value: not any(item in plain(value) for item in wanted),
        "BETWEEN": lambda value: wanted[0] <= plain(value) <= wanted[1],
    }
    return tests[condition.operator]


def _pattern_test(condition: Condition, field: Field) -> Test:
    if field.cpp_type != field.CPPTYPE_STRING:
        _mismatch(condition)
    like = "LIKE" in condition.operator
    pattern = _like_pattern(str(condition.value)) if like else str(condition.value)
    try:
        compiled = re.compile(pattern, re.DOTALL)
    except re.error:
        message = f"'{pattern}' is no regular expression."
        refuse("query_error", "INVALID_STRING_VALUE", message)
    wanted = not condition.operator.startswith("NOT")
    return lambda value: (compiled.fullmatch(value or "") is not None) == wanted


def _like_pattern(text: str) -> str:
    """% is any text, _ any symbol; in square brackets they are themselves."""
    parts = re.findall(r"\[[%_\[\]]\]|.", text, re.DOTALL)
    words = {"%": ".*", "_": "."}
    return "".join(words.get(part) or re.escape(part.strip("[]") or part) for part in parts)


def _typed(condition: Condition, field: Field, value: Any) -> Any:
    if field.enum_type is not None:
        return _enum_value(condition, field, value)
    if field.cpp_type == field.CPPTYPE_STRING:
        return str(value)
    if field.cpp_type == field.CPPTYPE_BOOL:
        return _bool_value(condition, value)
    return _number(condition, value)


def _enum_value(condition: Condition, field: Field, value: Scalar) -> str:
    if str(value) not in field.enum_type.values_by_name:
        message = f"{condition.field} has no value '{value}'; write enums by their names."
        refuse("query_error", "BAD_ENUM_CONSTANT", message)
    return str(value)


def _bool_value(condition: Condition, value: Scalar) -> bool:
    word = str(value).upper()
    if word not in ("TRUE", "FALSE", "1", "0"):
        refuse("query_error", "BAD_VALUE", f"{condition.field} takes TRUE or FALSE.")
    return word in ("TRUE", "1")


def _number(condition: Condition, value: Scalar) -> float | int:
    try:
        return value if isinstance(value, int | float) else int(value)
    except ValueError:
        return refuse("query_error", "BAD_NUMBER", f"{condition.field} takes a number.")


def _mismatch(condition: Condition) -> None:
    message = f"{condition.operator} does not work on {condition.field}."
    refuse("query_error", "OPERATOR_FIELD_MISMATCH", message)
