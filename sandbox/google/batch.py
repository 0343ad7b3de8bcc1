"""State of one mutate request: temporary ids, changed resources, references to parents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sandbox.google import kinds
from sandbox.google.errors import Path, Problem, Refusal, refuse
from sandbox.google.fields import get_enum
from sandbox.google.kinds import Kind
from sandbox.google.query.views import build_view
from sandbox.google.store import GoogleStore, last_part

Message = Any

_NAME = re.compile(r"customers/(\d+)/(\w+)/(-?\d+(?:~-?\d+)?)")


@dataclass
class MutateBatch:
    """`temporary_names` maps temporary resource names to real ones; `failed` has those without.

    `criteria_index` has the criteria of a parent by content, as a request may add thousands.
    """

    store: GoogleStore
    temporary_names: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    temporary_ids: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    criteria_index: dict[tuple[str, str], dict[object, tuple[str, bool]]] = field(
        default_factory=dict
    )

    def touch(self, resource_name: str) -> None:
        if resource_name in self.touched:
            refuse(
                "mutate_error",
                "ID_EXISTS_IN_MULTIPLE_MUTATES",
                f"{resource_name} is changed by more than one operation of this request.",
            )
        self.touched.add(resource_name)

    def claim_temporary(self, kind: Kind, resource_name: str) -> None:
        """Reserve the temporary name of a create. Raises Refusal when it is not a valid one."""
        path: Path = (("resource_name", None),)
        key = key_of(kind, resource_name, path)
        number = key.rpartition("~")[2]
        if not number.startswith("-"):
            message = "Leave resource_name empty or give a negative temporary id."
            refuse("new_resource_creation_error", "CANNOT_SET_ID_FOR_CREATE", message, path=path)
        if number in self.temporary_ids:
            message = f"The temporary id {number} is used more than once in this request."
            refuse("new_resource_creation_error", "DUPLICATE_TEMP_IDS", message, path=path)
        self.temporary_ids.add(number)

    def find_existing(self, kind: Kind, resource_name: str, path: Path) -> tuple[str, Message]:
        """Key and view of a resource named in the request. Raises Refusal without one."""
        if not resource_name:
            refuse(
                "request_error", "RESOURCE_NAME_MISSING", "A resource name is missing.", path=path
            )
        if resource_name in self.failed:
            message = f"The operation that creates {resource_name} has errors."
            refuse("new_resource_creation_error", "TEMP_ID_RESOURCE_HAD_ERRORS", message, path=path)
        resource_name = self.temporary_names.get(resource_name, resource_name)
        key = key_of(kind, resource_name, path)
        if resource_name != kind.resource_name(self.store.customer_id, key):
            _refuse_missing(resource_name, path)
        found = build_view(self.store, kind, key, health=False)
        if found is None:
            _refuse_missing(resource_name, path)
        return key, found

    def resolve(self, kind: Kind, message: Message, name: str) -> Iterator[Problem]:
        """Replace a temporary reference in field `name` by the real one; yield the problems."""
        path: Path = ((name, None),)
        if not getattr(message, name):
            yield Problem("field_error", "REQUIRED", f"The field {name} is required.", path)
            return
        try:
            key, parent = self.find_existing(kind, getattr(message, name), path)
        except Refusal as refusal:
            yield from refusal.problems
            return
        setattr(message, name, kind.resource_name(self.store.customer_id, key))
        if get_enum(parent, "status") == "REMOVED" or has_removed_parent(self.store, parent):
            yield _removed_parent_problem(kind, path)


def has_removed_parent(store: GoogleStore, message: Message) -> bool:
    """Whether the ad group or the campaign of this resource is removed."""
    world, fields = store.world, message.DESCRIPTOR.fields_by_name
    campaign = message.campaign if "campaign" in fields else ""
    if "ad_group" in fields and message.ad_group:
        group = world.ad_groups[last_part(message.ad_group)]
        if group.status == "removed":
            return True
        campaign = group.campaign_id
    return bool(campaign) and world.campaigns[last_part(campaign)].status == "removed"


def key_of(kind: Kind, resource_name: str, path: Path) -> str:
    match = _NAME.fullmatch(resource_name)
    parts = match.group(3).count("~") + 1 if match else 0
    if match is None or match.group(2) != kind.collection or parts != len(kind.parts):
        expected = kind.resource_name(
            "{customer_id}", "~".join(f"{{{part}}}" for part in kind.parts)
        )
        message = f"'{resource_name}' is not a name of this resource; expected {expected}."
        refuse("request_error", "RESOURCE_NAME_MALFORMED", message, path=path)
    return match.group(3)


def _refuse_missing(resource_name: str, path: Path) -> NoReturn:
    refuse("mutate_error", "RESOURCE_NOT_FOUND", f"{resource_name} was not found.", path=path)


def _removed_parent_problem(kind: Kind, path: Path) -> Problem:
    if kind is kinds.BUDGET:
        message = "The campaign budget is removed."
        return Problem("campaign_budget_error", "CAMPAIGN_BUDGET_REMOVED", message, path)
    return removed_problem(kind, path)


def removed_problem(kind: Kind, path: Path = ()) -> Problem:
    return Problem(
        "operation_access_denied_error",
        "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE",
        f"The {kind.name.replace('_', ' ')} is removed and cannot be changed.",
        path,
    )
