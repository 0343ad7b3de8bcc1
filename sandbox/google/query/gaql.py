"""Parser of the Google Ads Query Language (grammar of v26); field names are checked elsewhere.

    SELECT a, b FROM resource [WHERE a = 1 AND b IN (x, y)] [ORDER BY a DESC] [LIMIT n]
    [PARAMETERS name = value]

Raises Refusal with a QueryError code.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from sandbox.google.errors import refuse

Scalar = str | int | float
Value = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True)
class Condition:
    """`operator` is upper case: =, !=, <, <=, >, >=, IN, NOT IN, LIKE, BETWEEN, DURING, ..."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Query:
    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


_TOKENS = re.compile(
    r"""\s+
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<operator>!=|<=|>=|=|<|>)
    |(?P<mark>[(),])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
_TWO_WORDS = {
    "NOT": ("IN", "LIKE", "REGEXP_MATCH"),
    "CONTAINS": ("ANY", "ALL", "NONE"),
}
_LISTS = ("IN", "NOT IN", "CONTAINS ANY", "CONTAINS ALL", "CONTAINS NONE")
_SINGLES = ("=", "!=", "<", "<=", ">", ">=", "LIKE", "NOT LIKE", "REGEXP_MATCH", "DURING")
_PARAMETERS = ("include_drafts", "omit_unselected_resource_names")


def parse_query(text: str) -> Query:
    cursor = _Cursor(_tokenize(text))
    if not cursor.accept("SELECT"):
        refuse("query_error", "EXPECTED_SELECT", "The query must start with SELECT.")
    select = _fields(cursor)
    if not cursor.accept("FROM"):
        refuse("query_error", "EXPECTED_FROM", f"Expected FROM, found {cursor.next_text}.")
    resource = cursor.word("a resource name")
    where = _conditions(cursor) if cursor.accept("WHERE") else ()
    order = _order(cursor) if cursor.accept("ORDER") else ()
    limit = _limit(cursor) if cursor.accept("LIMIT") else None
    parameters = _parameters(cursor) if cursor.accept("PARAMETERS") else ()
    if cursor.peek() is not None:
        refuse("query_error", "UNEXPECTED_INPUT", f"Error in query: unexpected {cursor.next_text}.")
    return Query(tuple(select), resource, where, order, limit, parameters)


class _Cursor:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def next_text(self) -> str:
        token = self.peek()
        return f"'{token.text}'" if token else "the end of the query"

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            refuse("query_error", "UNEXPECTED_END_OF_QUERY", "The query ends too early.")
        self._at += 1
        return token

    def accept(self, text: str) -> bool:
        token = self.peek()
        if token is None or token.upper != text or token.kind == "string":
            return False
        self._at += 1
        return True

    def word(self, expected: str) -> str:
        token = self.take()
        if token.kind != "word":
            refuse("query_error", "UNEXPECTED_INPUT", f"Expected {expected}, found '{token.text}'.")
        return token.text


def _tokenize(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKENS.match(text, position)
        if match is None:
            _refuse_symbol(text[position])
        position = match.end()
        if match.lastgroup == "string":
            tokens.append(Token("string", _unquote(match.group())))
        elif match.lastgroup:
            tokens.append(Token(match.lastgroup, match.group()))
    return tokens


def _refuse_symbol(symbol: str) -> NoReturn:
    if symbol in "'\"":
        refuse("query_error", "STRING_NOT_TERMINATED", "A string literal is not closed.")
    refuse("query_error", "BAD_SYMBOL", f"The symbol {symbol!r} does not belong in a query.")


def _unquote(literal: str) -> str:
    if "\n" in literal:
        refuse("query_error", "PROHIBITED_NEWLINE_IN_STRING", "A string holds a line break.")
    return re.sub(r"\\(.)", lambda match: _escape(match.group(1)), literal[1:-1])


def _escape(symbol: str) -> str:
    if symbol not in _ESCAPES:
        refuse("query_error", "BAD_ESCAPE_SEQUENCE", f"Unknown escape sequence \\{symbol}.")
    return _ESCAPES[symbol]


def _fields(cursor: _Cursor) -> list[str]:
    fields = [cursor.word("a field name")]
    while cursor.accept(","):
        fields.append(cursor.word("a field name"))
    return fields


def _conditions(cursor: _Cursor) -> tuple[Condition, ...]:
    conditions = [_condition(cursor)]
    while cursor.accept("AND"):
        conditions.append(_condition(cursor))
    return tuple(conditions)


def _condition(cursor: _Cursor) -> Condition:
    field = cursor.word("a field name")
    operator = _operator(cursor)
    if operator in _LISTS:
        return Condition(field, operator, _list(cursor))
    if operator == "BETWEEN":
        return Condition(field, operator, _between(cursor))
    if operator in ("IS NULL", "IS NOT NULL"):
        return Condition(field, operator, None)
    token = cursor.peek()
    if token is not None and token.text == "(":
        refuse("query_error", "EXPECTED_SINGLE_VALUE", f"{operator} takes one value, not a list.")
    return Condition(field, operator, _scalar(cursor))


def _operator(cursor: _Cursor) -> str:
    token = cursor.take()
    first = token.upper
    if first == "IS":
        negated = cursor.accept("NOT")
        if cursor.accept("NULL"):
            return "IS NOT NULL" if negated else "IS NULL"
    elif first in _TWO_WORDS and token.kind == "word":
        for second in _TWO_WORDS[first]:
            if cursor.accept(second):
                return f"{first} {second}"
    elif token.kind != "string" and first in (*_SINGLES, "IN", "BETWEEN"):
        return first
    return refuse("query_error", "BAD_OPERATOR", f"'{token.text}' is not an operator here.")


def _scalar(cursor: _Cursor) -> Scalar:
    token = cursor.take()
    if token.kind == "number":
        return float(token.text) if "." in token.text else int(token.text)
    if token.kind not in ("string", "word"):
        refuse("query_error", "BAD_VALUE", f"Expected a value, found '{token.text}'.")
    return token.text


def _list(cursor: _Cursor) -> tuple[Scalar, ...]:
    if not cursor.accept("("):
        refuse("query_error", "EXPECTED_LIST", f"Expected a list in brackets: {cursor.next_text}.")
    if cursor.accept(")"):
        refuse("query_error", "PROHIBITED_EMPTY_LIST_IN_CONDITION", "The list is empty.")
    values = [_scalar(cursor)]
    while cursor.accept(","):
        values.append(_scalar(cursor))
    if not cursor.accept(")"):
        refuse("query_error", "UNEXPECTED_INPUT", f"Expected ')', found {cursor.next_text}.")
    return tuple(values)


def _between(cursor: _Cursor) -> tuple[Scalar, Scalar]:
    low = _scalar(cursor)
    if not cursor.accept("AND"):
        refuse("query_error", "EXPECTED_AND", f"BETWEEN needs AND, found {cursor.next_text}.")
    return low, _scalar(cursor)


def _order(cursor: _Cursor) -> tuple[tuple[str, bool], ...]:
    if not cursor.accept("BY"):
        refuse("query_error", "EXPECTED_BY", f"ORDER needs BY, found {cursor.next_text}.")
    keys: list[tuple[str, bool]] = []
    while True:
        name = cursor.word("a field name")
        descending = cursor.accept("DESC")
        if not descending:
            cursor.accept("ASC")
        keys.append((name, descending))
        if not cursor.accept(","):
            return tuple(keys)


def _limit(cursor: _Cursor) -> int:
    token = cursor.take()
    if token.kind != "number" or "." in token.text:
        refuse("query_error", "BAD_LIMIT_VALUE", "LIMIT takes a whole number.")
    if int(token.text) < 1:
        refuse("query_error", "LIMIT_VALUE_TOO_LOW", "LIMIT must be at least 1.")
    return int(token.text)


def _parameters(cursor: _Cursor) -> tuple[tuple[str, str], ...]:
    parameters: list[tuple[str, str]] = []
    while True:
        name = cursor.word("a parameter name")
        if name.lower() not in _PARAMETERS:
            refuse("query_error", "BAD_PARAMETER_NAME", f"Unknown parameter {name}.")
        if not cursor.accept("="):
            refuse("query_error", "UNEXPECTED_INPUT", f"Expected '=', found {cursor.next_text}.")
        value = str(_scalar(cursor)).lower()
        if value not in ("true", "false"):
            refuse("query_error", "BAD_PARAMETER_VALUE", f"{name} takes true or false.")
        parameters.append((name.lower(), value))
        if not cursor.accept(","):
            return tuple(parameters)
