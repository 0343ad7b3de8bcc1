"""Update masks: which fields an update may touch, and the merge of old and new."""

from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.google.errors import Path, Problem, refuse
from sandbox.google.fields import copy_field, find, has_subfields, read
from sandbox.google.kinds import Kind

Message = Any
_MASK: Path = (("update_mask", None),)


def merged(kind: Kind, before: Message, update: Message, paths: Sequence[str]) -> Message:
    """`before` with the masked fields of `update`. Raises Refusal for a mask that is not one."""
    if not paths:
        refuse("field_mask_error", "FIELD_MASK_MISSING", "The update_mask is missing.", path=_MASK)
    after = kind.message.FromString(before.SerializeToString())
    for path in paths:
        if path != "resource_name":
            _copy(update, after, path)
    return after


def frozen_fields(
    kind: Kind, before: Message, after: Message, paths: Sequence[str]
) -> Iterator[Problem]:
    """A problem for every masked field that only Google sets, or that is set once for all."""
    for path in paths:
        if _names(kind.output_only, path) or _moved(kind, before, after, path):
            yield Problem(
                "field_error",
                "IMMUTABLE_FIELD",
                f"The field {path} cannot be changed.",
                tuple((name, None) for name in ("update", *path.split("."))),
            )


def _moved(kind: Kind, before: Message, after: Message, path: str) -> bool:
    if not _names(kind.immutable, path):
        return False
    chain = find(before.DESCRIPTOR, path)
    return bool(read(before, chain) != read(after, chain))


def _names(fields: frozenset[str], path: str) -> bool:
    """Whether `path` is one of the fields, or lies below one."""
    parts = path.split(".")
    heads = {".".join(parts[: count + 1]) for count in range(len(parts))}
    return bool(heads & fields)


def _copy(update: Message, after: Message, path: str) -> None:
    chain = find(update.DESCRIPTOR, path)
    if not chain:
        message = f"The update_mask names '{path}', which is no field of this resource."
        refuse("field_mask_error", "FIELD_NOT_FOUND", message, path=_MASK)
    if has_subfields(chain[-1]):
        message = f"The update_mask names '{path}', which has fields of its own: name those."
        refuse("field_mask_error", "FIELD_HAS_SUBFIELDS", message, path=_MASK)
    copy_field(update, after, chain)
