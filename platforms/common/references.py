"""Our own reference inside a remote name: how an object is found again after a lost answer.

A remote name reads `<name> [<reference>]`. Vendors may add a suffix of their own behind it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from core.common.errors import InvalidInput

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 12
_VALID = re.compile(r"ae-[a-z0-9-]{1,40}")
_IN_NAME = re.compile(r" ?\[(ae-[a-z0-9-]{1,40})\]")


def new_reference() -> str:
    """`ae-` and 12 base32 characters: 60 random bits, unique for ever."""
    return "ae-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def checked_reference(reference: str) -> str:
    """The reference itself. Raises InvalidInput: it is put into queries, so its form is fixed."""
    if not _VALID.fullmatch(reference):
        raise InvalidInput(
            f"{reference!r} is not a reference. Use `ae-` and lower-case letters or digits.",
            field="reference",
        )
    return reference


def with_reference(name: str, reference: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The remote name; only the part before the reference is trimmed to keep the vendor's limit.

    `size` measures a text as the vendor does (characters, bytes, wide characters twice).
    """
    tag = f"[{checked_reference(reference)}]"
    head = " ".join(name.split())
    while head and size(f"{head} {tag}") > limit:
        head = head[:-1].rstrip()
    return f"{head} {tag}" if head else tag


def strip_reference(remote_name: str) -> tuple[str, str | None]:
    """(name without our reference, the reference or None)."""
    matches = list(_IN_NAME.finditer(remote_name))
    if not matches:
        return remote_name, None
    found = matches[-1]  # ours is the last: a name may hold others
    rest = remote_name[: found.start()] + remote_name[found.end() :]
    return rest.strip(), found.group(1)


def reference_in(remote_name: str) -> str:
    """The reference in a remote name, or an empty text."""
    return strip_reference(remote_name)[1] or ""


def renamed(remote_name: str, name: str, limit: int, size: Callable[[str], int] = len) -> str:
    """A new name that keeps the reference of the old one, where it has one."""
    reference = reference_in(remote_name)
    if not reference:
        return name
    return with_reference(name, reference, limit, size)
