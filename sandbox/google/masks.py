"""Update masks: which fields an update may touch, and the merge of old and new."""

from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.google.errors import Path, Problem, refuse
from sandbox.google.fields import copy_field, find_fields, has_subfields, read_field
from sandbox.google.kinds import Kind

Message = Any
_MASK: Path = (("update_mask", None),)


def merge_fields(kind: Kind, before: Message, update: Message, paths: Sequence[str]) -> Message:
    """`before` with the masked fields of `update`. Raises Refusal for an invalid mask."""
    if not paths:
        refuse("field_mask_error", "FIELD_MASK_MISSING", "The update_mask is missing.", path=_MASK)
    after = kind.message.FromString(before.SerializeToString())
    for path in paths:
        if path != "resource_name":
            _copy_path(update, after, path)
    return after


def immutable_field_problems(
    kind: Kind, before: Message, after: Message, paths: Sequence[str]
) -> Iterator[Problem]:
    """A problem for every masked field that is output-only or immutable."""
    for path in paths:
        if _covers(kind.output_only, path) or _has_changed(kind, before, after, path):
            yield Problem(
                "field_error",
                "IMMUTABLE_FIELD",
                f"The field {path} cannot be changed.",
                tuple((name, None) for name in ("update", *path.split("."))),
            )


def _has_changed(kind: Kind, before: Message, after: Message, path: str) -> bool:
    if not _covers(kind.immutable, path):
        return False
    chain = find_fields(before.DESCRIPTOR, path)
    return bool(read_field(before, chain) != read_field(after, chain))


def _covers(fields: frozenset[str], path: str) -> bool:
    """Whether `path` is one of the fields, or below one."""
    parts = path.split(".")
    prefixes = {".".join(parts[: count + 1]) for count in range(len(parts))}
    return bool(prefixes & fields)


def _copy_path(update: Message, after: Message, path: str) -> None:
    chain = find_fields(update.DESCRIPTOR, path)
    if not chain:
        message = f"The update_mask names '{path}', which is not a field of this resource."
        refuse("field_mask_error", "FIELD_NOT_FOUND", message, path=_MASK)
    if has_subfields(chain[-1]):
        message = f"The update_mask names '{path}', which has fields of its own: name those."
        refuse("field_mask_error", "FIELD_HAS_SUBFIELDS", message, path=_MASK)
    copy_field(update, after, chain)
