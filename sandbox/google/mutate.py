"""Creates, updates and removals: one request is one transaction of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.google.batch import MutateBatch, has_removed_parent, removed_problem
from sandbox.google.errors import Path, Problem, Refusal, refusal, refuse
from sandbox.google.fields import field_of, get_enum, set_enum
from sandbox.google.kinds import Kind
from sandbox.google.masks import immutable_field_problems, merge_fields
from sandbox.google.rules import ad, adgroup, asset, budget, campaign, criteria
from sandbox.google.rules.shared import ResourceChange, ResourceRules, field_path
from sandbox.google.store import GoogleStore

Message = Any
MAX_OPERATIONS = 10_000

_RULES: dict[str, ResourceRules] = {
    "campaign_budget": budget.RULES,
    "campaign": campaign.RULES,
    "ad_group": adgroup.RULES,
    "ad_group_ad": ad.RULES,
    "ad_group_criterion": criteria.OF_AD_GROUP,
    "campaign_criterion": criteria.OF_CAMPAIGN,
    "asset": asset.RULES,
}


@dataclass(frozen=True)
class Operation:
    """`kind` is None for resources the emulator does not serve; `path` is for error locations."""

    kind: Kind | None
    message: Message
    path: Path


@dataclass(frozen=True)
class MutateResult:
    """Resource names in the order of the operations, "" for failed ones; and the problems."""

    names: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Rollback(Exception):
    """Ends the transaction and undoes it."""


def run_operations(
    store: GoogleStore, operations: Sequence[Operation], *, partial: bool, validate_only: bool
) -> MutateResult:
    """Apply all operations or none; with `partial`, the valid ones.

    Without `partial`, raises Refusal with every problem found.
    """
    _check_size(operations)
    batch = MutateBatch(store)
    names: list[str] = []
    problems: list[Problem] = []
    try:
        with store.world.transaction():
            for operation in operations:
                names.append(_apply_or_collect(batch, operation, problems))
            if validate_only or (problems and not partial):
                raise _Rollback
    except _Rollback:
        names = []
    if problems and not partial:
        raise refusal(problems)
    return MutateResult(tuple(names), tuple(problems))


def _check_size(operations: Sequence[Operation]) -> None:
    if not operations:
        path = (("operations", None),)
        refuse("field_error", "REQUIRED_NONEMPTY_LIST", "There are no operations.", path=path)
    if len(operations) > MAX_OPERATIONS:
        message = f"A request may have {MAX_OPERATIONS} operations; this one: {len(operations)}."
        refuse("request_error", "TOO_MANY_MUTATE_OPERATIONS", message)


def _apply_or_collect(batch: MutateBatch, operation: Operation, problems: list[Problem]) -> str:
    """The resource name; "" after adding to `problems`. An invalid operation writes nothing."""
    try:
        return _apply(batch, operation)
    except Refusal as error:
        problems += [problem.nested_under(operation.path) for problem in error.problems]
        if operation.message.WhichOneof("operation") == "create":
            batch.failed.add(operation.message.create.resource_name)
        return ""


def _apply(batch: MutateBatch, operation: Operation) -> str:
    kind, message = operation.kind, operation.message
    which = message.WhichOneof("operation") if kind is not None else "unserved"
    if kind is None:
        text = f"The sandbox does not serve {operation.path[-1][0]}."
        refuse("mutate_error", "MUTATE_NOT_ALLOWED", text)
    if which is None:
        refuse("request_error", "OPERATION_REQUIRED", "Give create, update or remove.")
    if which != "update" and message.update_mask.paths:
        text = "Only updates take an update_mask."
        refuse("field_mask_error", "FIELD_MASK_NOT_ALLOWED", text, path=field_path("update_mask"))
    apply = {"create": _create, "update": _update, "remove": _remove}[which]
    return apply(batch, kind, message)


def _create(batch: MutateBatch, kind: Kind, operation: Message) -> str:
    message = kind.message.FromString(operation.create.SerializeToString())
    temporary_name = message.resource_name
    if temporary_name:
        _prefix_problems("create", lambda: batch.claim_temporary(kind, temporary_name))
    _drop_output_only(kind, message)
    rules = _RULES[kind.name]
    _raise_if_any(
        [p.nested_under(field_path("create")) for p in rules.check(ResourceChange(batch, message))]
    )
    key = rules.new_key(batch, message)
    name = kind.resource_name(batch.store.customer_id, key)
    if batch.store.get(kind, key) is None or _is_removed(batch, kind, key):
        batch.touch(name)
        rules.defaults(batch, message)
        batch.store.insert(kind, key, message)
    if temporary_name:
        batch.temporary_names[temporary_name] = name
    return name


def _update(batch: MutateBatch, kind: Kind, operation: Message) -> str:
    path: Path = (("update", None), ("resource_name", None))
    key, before = batch.find_existing(kind, operation.update.resource_name, path)
    name = kind.resource_name(batch.store.customer_id, key)
    batch.touch(name)
    if _status(before) == "REMOVED" or has_removed_parent(batch.store, before):
        raise refusal([removed_problem(kind, (("update", None),))])
    paths = list(operation.update_mask.paths)
    after = merge_fields(kind, before, operation.update, paths)
    _raise_if_any(list(immutable_field_problems(kind, before, after, paths)))
    fields = frozenset(path.split(".")[0] for path in paths)
    change = ResourceChange(batch, after, before, fields)
    _raise_if_any([p.nested_under(field_path("update")) for p in _RULES[kind.name].check(change)])
    batch.store.replace(kind, key, after)
    return name


def _remove(batch: MutateBatch, kind: Kind, operation: Message) -> str:
    key, before = batch.find_existing(kind, operation.remove, (("remove", None),))
    name = kind.resource_name(batch.store.customer_id, key)
    batch.touch(name)
    if get_enum(before, "status") == "REMOVED" or has_removed_parent(batch.store, before):
        raise refusal([removed_problem(kind, (("remove", None),))])
    _raise_if_any(
        [
            p.nested_under(field_path("remove"))
            for p in _RULES[kind.name].check_remove(batch, key, before)
        ]
    )
    batch.criteria_index.clear()
    set_enum(before, "status", "REMOVED")
    batch.store.replace(kind, key, before)
    return name


def _drop_output_only(kind: Kind, message: Message) -> None:
    for name in ("resource_name", *kind.output_only):
        field = field_of(message.DESCRIPTOR, name)
        if field is not None:
            message.ClearField(field.name)


def _is_removed(batch: MutateBatch, kind: Kind, key: str) -> bool:
    message = batch.store.get(kind, key)
    return message is not None and _status(message) == "REMOVED"


def _status(message: Message) -> str | None:
    """None for resources without a status, such as assets."""
    has_status = field_of(message.DESCRIPTOR, "status") is not None
    return get_enum(message, "status") if has_status else None


def _prefix_problems(name: str, step: Any) -> None:
    try:
        step()
    except Refusal as error:
        raise refusal(
            [problem.nested_under(field_path(name)) for problem in error.problems]
        ) from None


def _raise_if_any(problems: Sequence[Problem]) -> None:
    if problems:
        raise refusal(problems)
