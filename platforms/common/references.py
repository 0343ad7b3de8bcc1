"""Our own reference inside a remote name; it finds an object after a lost answer.

A remote name reads `<name> [<reference>]`. Vendors may append their own suffix.
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
    """`ae-` and 12 base32 characters: 60 random bits."""
    return "ae-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def validate_reference(reference: str) -> str:
    """Returns the reference. Raises InvalidInput, as references are put into queries unescaped."""
    if not _VALID.fullmatch(reference):
        raise InvalidInput(
            f"{reference!r} is not a reference. Use `ae-` and lower-case letters or digits.",
            field="reference",
        )
    return reference


def with_reference(name: str, reference: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The remote name; to keep the vendor's limit only the part before the reference is shortened.

    `size` measures a text as the vendor does (characters, bytes, wide characters twice).
    """
    tag = f"[{validate_reference(reference)}]"
    head = " ".join(name.split())
    while head and size(f"{head} {tag}") > limit:
        head = head[:-1].rstrip()
    return f"{head} {tag}" if head else tag


def strip_reference(remote_name: str) -> tuple[str, str | None]:
    """(name without our reference, the reference or None)."""
    matches = list(_IN_NAME.finditer(remote_name))
    if not matches:
        return remote_name, None
    match = matches[-1]  # ours is the last: a name may contain others
    rest = remote_name[: match.start()] + remote_name[match.end() :]
    return rest.strip(), match.group(1)


def reference_in(remote_name: str) -> str:
    """The reference in a remote name, or an empty text."""
    return strip_reference(remote_name)[1] or ""


def replace_name(remote_name: str, name: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The new remote name: `name` with the reference of the old name, if it has one."""
    reference = reference_in(remote_name)
    if not reference:
        return name
    return with_reference(name, reference, limit, size)
