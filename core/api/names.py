"""Refusals of names that a request gives and nothing reads, with the known name that is close."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_MOST_NAMED = 20  # of one request; a body may hold any number of fields
_LONGEST = 60
_CLOSE = 0.75  # of difflib: below it, status would be start


def shown(text: str) -> str:
    """A text of the request for an answer: short, and in characters that any encoding can write."""
    plain = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def unknown_names(
    given: Iterable[str], known: Collection[str], *, kind: str, elsewhere: Collection[str] = ()
) -> dict[str, list[str]]:
    """What to answer to each name that is not known, as DRF's errors: messages by name.

    `kind` is "field" or "query parameter"; `elsewhere` are the names of the other kind.
    """
    unknown = [name for name in given if name not in known][:_MOST_NAMED]
    return {shown(name): [_refusal(name, known, kind, elsewhere)] for name in unknown}


def _refusal(name: str, known: Collection[str], kind: str, elsewhere: Collection[str]) -> str:
    if name in elsewhere:
        place = "in the body" if kind == "query parameter" else "as a query parameter"
        return f"This is no {kind} here: send it {place}."
    begin = f"There is no {kind} {shown(name)!r} here."
    close = get_close_matches(name[:_LONGEST], sorted(known), n=1, cutoff=_CLOSE)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return f"{begin}{meant} Known: {', '.join(sorted(known)) or 'none'}."
