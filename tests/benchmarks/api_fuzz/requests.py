"""Requests made up by hand from the routes and what their handlers declare, some of them broken."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.urls import resolve

from core.api.paging import paging_names
from core.api.views import Takes
from tests.benchmarks.api_fuzz.values import ODD, ODD_TEXTS, plausible
from tests.fixtures.routes import routes

JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
)


@dataclass(frozen=True)
class Target:
    """One method of one route; `fields` and `parameters` are serializer fields by name."""

    method: str
    path: str
    fields: dict[str, Any]
    parameters: dict[str, Any]
    is_upload: bool


@dataclass
class Sent:
    """A request; `unknown` says that it holds a name that its route does not know."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None
    raw: bytes | None = None
    content_type: str = JSON
    unknown: bool = False

    @property
    def address(self) -> str:
        asked = urlencode(self.query, errors="replace")
        return self.path + (f"?{asked}" if asked else "")

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.body is None:
            return b""
        if self.content_type == JSON:
            return json.dumps(self.body).encode()
        pairs = [(name, _text(value)) for name, value in self.body.items()]
        if self.content_type == FORM:
            return urlencode(pairs, errors="replace").encode()
        return _multipart(pairs)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _multipart(pairs: list[tuple[str, str]]) -> bytes:
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    text = "".join(
        part.format(name, '; filename="r.csv"' if name == "file" else "", value)
        for name, value in pairs
    )
    return f"{text}--x--\r\n".encode("utf-8", "replace")


def targets(ids: dict[str, Any]) -> list[Target]:
    """Every method of every route, with what its handler declares."""
    paths = [route.path for route in routes(ids) if route.path.startswith("/api/")]
    return [target for path in paths for target in targets_at(path)]


def targets_at(path: str) -> list[Target]:
    """Those of one path; none where no route has it."""
    match = resolve(path)
    if match.url_name == "no-such-path":
        return []
    view: Any = match.func
    kind = getattr(view, "cls", None) or view.view_class
    own = {m: m for m in ("get", "post", "patch", "delete") if hasattr(kind, m)}
    handlers = getattr(view, "actions", None) or own
    return [_target(kind, method, handler, path) for method, handler in handlers.items()]


def _target(kind: Any, method: str, handler: str, path: str) -> Target:
    taken: Takes = getattr(getattr(kind, handler), "takes", Takes(is_paged=handler == "list"))
    names = paging_names() if taken.is_paged else set()
    filters = getattr(kind, "filterset_class", None) if handler == "list" else None
    names |= set(filters.base_filters) if filters else set()
    parameters = dict(taken.query().fields) if taken.query else {}
    return Target(
        method,
        path,
        dict(taken.body().fields) if taken.body else {},
        {**dict.fromkeys(names), **parameters},
        str(kind.parser_classes[0].media_type).startswith("multipart"),
    )


def made_up(chance: random.Random, known: list[Target], ids: dict[str, Any]) -> Iterator[Sent]:
    """Requests without end: plausible ones, most of them then broken in one or two places."""
    while True:
        target = chance.choice(known)
        sent = _plausible(chance, target, ids)
        changes = chance.sample(_CHANGES, chance.choice([0, 1, 1, 1, 2]))
        for change in changes:
            change(chance, target, sent)
        changed = set(changes)
        sent.unknown = bool(changed & _STRANGERS) and not changed & _HIDING
        yield sent


def _plausible(chance: random.Random, target: Target, ids: dict[str, Any]) -> Sent:
    query = [
        (name, _text(plausible(chance, name, kind, ids)))
        for name, kind in target.parameters.items()
        if chance.random() < (0.9 if getattr(kind, "required", False) else 0.3)
    ]
    body = {
        name: plausible(chance, name, kind, ids)
        for name, kind in target.fields.items()
        if chance.random() < (0.95 if kind.required else 0.4)
    }
    form = MULTIPART if target.is_upload else chance.choice([JSON, JSON, JSON, FORM, MULTIPART])
    return Sent(target.method, target.path, query, body or None, content_type=form)


# ---- what breaks a request ----

Change = Callable[[random.Random, Target, Sent], None]
_NAMES = "status paused dryrun dry_run limit offset format fields id $where __class__ 0 ü".split()


def _stranger(chance: random.Random, known: Any) -> str:
    """A name that is not known: one of another route, a misspelt one, or an odd one."""
    near = [f"{name}{tail}" for name in known for tail in ("s", "_", "[]", "__in")]
    names = [name for name in (*_NAMES, *near) if name not in known]
    return chance.choice(names)


def _unknown_parameter(chance: random.Random, target: Target, sent: Sent) -> None:
    sent.query.append((_stranger(chance, target.parameters), chance.choice(["1", "", "acme"])))


def _unknown_field(chance: random.Random, target: Target, sent: Sent) -> None:
    sent.body = {**(sent.body or {}), _stranger(chance, target.fields): chance.choice(ODD[:12])}


def _odd_field(chance: random.Random, target: Target, sent: Sent) -> None:
    if target.fields:
        sent.body = {**(sent.body or {}), chance.choice([*target.fields]): chance.choice(ODD)}


def _odd_parameter(chance: random.Random, target: Target, sent: Sent) -> None:
    if target.parameters:
        sent.query.append((chance.choice([*target.parameters]), chance.choice(ODD_TEXTS)))


def _twice(chance: random.Random, target: Target, sent: Sent) -> None:
    sent.query += sent.query[:1]


def _other_path(chance: random.Random, target: Target, sent: Sent) -> None:
    plain = sent.path.removesuffix("/")
    ends = [plain, f"{plain}.json", f"{plain}.json/", f"{plain}//", f"{plain}/%00/", f"{plain}%0A/"]
    head = plain.rpartition("/")[0]
    ends += [f"{head}/{quote(str(odd), errors='replace')}/" for odd in (10**40, "1.0", "١", "x", 0)]
    sent.path = chance.choice(ends)


def _other_body(chance: random.Random, target: Target, sent: Sent) -> None:
    whole = sent.content()
    sent.raw = chance.choice(
        [
            whole[: len(whole) // 2],
            whole + b"}",
            b"\xef\xbb\xbf" + whole,
            b"\xff\xfe" + whole,
            b"\x00",
            b"null",
            b"[]",
            b'"text"',
            b"NaN",
            b"[" * 600 + b"]" * 600,
            b"[" * 100_000,
            b'{"a": 1, "a": 2}',
            b'{"a": 1' + b"0" * 5000 + b"}",
        ]
    )


def _other_type(chance: random.Random, target: Target, sent: Sent) -> None:
    kinds = (
        "text/plain application/xml application/json;charset=utf-16 multipart/form-data x".split()
    )
    sent.raw, sent.content_type = sent.content(), chance.choice([*kinds, JSON, FORM, MULTIPART, ""])


def _other_method(chance: random.Random, target: Target, sent: Sent) -> None:
    """Its route may know other names, so that nothing is said of those that were added."""
    sent.method = chance.choice("get head options post put patch delete trace".split())


_CHANGES: list[Change] = [
    _unknown_parameter,
    _unknown_parameter,
    _unknown_field,
    _unknown_field,
    _odd_field,
    _odd_field,
    _odd_field,
    _odd_parameter,
    _odd_parameter,
    _twice,
    _other_path,
    _other_body,
    _other_type,
    _other_method,
]
_STRANGERS: set[Change] = {_unknown_parameter, _unknown_field}
_HIDING: set[Change] = {_other_method, _other_body, _other_type}  # the name may be known, or lost
