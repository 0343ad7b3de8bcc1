"""Builds predicates on field values from the conditions of a query."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.google.errors import refuse
from sandbox.google.fields import enum_name, is_message
from sandbox.google.query.gaql import Condition, Scalar

Field = Any
Predicate = Callable[[Any], bool]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_PATTERNS = ("LIKE", "NOT LIKE", "REGEXP_MATCH", "NOT REGEXP_MATCH")
_MAX_VALUES = 20_000


def predicate_for(condition: Condition, field: Field) -> Predicate:
    """A predicate on the field's value; an unset scalar counts as its default, as at Google."""
    if is_message(field):
        message = f"{condition.field} has fields of its own and cannot be filtered."
        refuse("query_error", "PROHIBITED_FIELD_IN_WHERE_CLAUSE", message)
    operator = condition.operator
    if operator in ("IS NULL", "IS NOT NULL"):
        return lambda value: (value in (None, "", [])) == (operator == "IS NULL")
    if operator.startswith("CONTAINS") != bool(field.is_repeated):
        _refuse_operator(condition)
    if operator == "DURING":
        _refuse_operator(condition)
    to_comparable = _to_comparable(field)
    if operator in _PATTERNS:
        return _pattern_predicate(condition, field)
    if isinstance(condition.value, tuple):
        return _list_predicate(condition, field, to_comparable)
    return _single_predicate(condition, field, to_comparable)


def _to_comparable(field: Field) -> Callable[[Any], Any]:
    """Converts a stored value for comparison: enums become names."""

    def convert(value: Any) -> Any:
        return enum_name(field, value) if field.enum_type is not None else value

    if field.is_repeated:
        return lambda value: [convert(item) for item in value or ()]
    return lambda value: convert(field.default_value if value is None else value)


def _single_predicate(
    condition: Condition, field: Field, to_comparable: Callable[[Any], Any]
) -> Predicate:
    if field.enum_type is not None and condition.operator not in ("=", "!="):
        _refuse_operator(condition)
    expected = _convert(condition, field, condition.value)
    compare = _COMPARISONS[condition.operator]
    return lambda value: compare(to_comparable(value), expected)


def _list_predicate(
    condition: Condition, field: Field, to_comparable: Callable[[Any], Any]
) -> Predicate:
    assert isinstance(condition.value, tuple)
    if len(condition.value) > _MAX_VALUES:
        message = f"A list may have {_MAX_VALUES} values."
        refuse("query_error", "FILTER_HAS_TOO_MANY_VALUES", message)
    expected = [_convert(condition, field, value) for value in condition.value]
    predicates: dict[str, Predicate] = {
        "IN": lambda value: to_comparable(value) in expected,
        "NOT IN": lambda value: to_comparable(value) not in expected,
        "CONTAINS ANY": lambda value: any(item in to_comparable(value) for item in expected),
        "CONTAINS ALL": lambda value: all(item in to_comparable(value) for item in expected),
        "CONTAINS NONE": lambda value: not any(item in to_comparable(value) for item in expected),
        "BETWEEN": lambda value: expected[0] <= to_comparable(value) <= expected[1],
    }
    return predicates[condition.operator]


def _pattern_predicate(condition: Condition, field: Field) -> Predicate:
    if field.cpp_type != field.CPPTYPE_STRING:
        _refuse_operator(condition)
    like = "LIKE" in condition.operator
    pattern = _like_pattern(str(condition.value)) if like else str(condition.value)
    try:
        compiled = re.compile(pattern, re.DOTALL)
    except re.error:
        message = f"'{pattern}' is not a regular expression."
        refuse("query_error", "INVALID_STRING_VALUE", message)
    is_match = not condition.operator.startswith("NOT")
    return lambda value: (compiled.fullmatch(value or "") is not None) == is_match


def _like_pattern(text: str) -> str:
    """% matches any text, _ any character; in square brackets they are literal."""
    parts = re.findall(r"\[[%_\[\]]\]|.", text, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    return "".join(wildcards.get(part) or re.escape(part.strip("[]") or part) for part in parts)


def _convert(condition: Condition, field: Field, value: Any) -> Any:
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


def _refuse_operator(condition: Condition) -> None:
    message = f"{condition.operator} does not work on {condition.field}."
    refuse("query_error", "OPERATOR_FIELD_MISMATCH", message)
