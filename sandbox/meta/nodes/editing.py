"""What an existing object of the Meta emulator still lets be changed.

What is deleted, also by its parent, cannot be edited; of what is archived only the name, and the
status to DELETED. (Marketing API, manage your ad object's status)
"""

from __future__ import annotations

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.graph import STATUSES, Graph, effective_status
from sandbox.meta.params import Params
from sandbox.world.model import Ad, AdGroup, Campaign

_STATUS_FROM_META = {
    "ACTIVE": "active",
    "PAUSED": "paused",
    "ARCHIVED": "removed",
    "DELETED": "removed",
}
_OF_A_CALL = frozenset("access_token appsecret_proof execution_options fields".split())
_CHANGEABLE_IN_ARCHIVE = frozenset({"name", "status"})
# Set once, on create; this emulator carries out no change of them, so it refuses one.
_FIXED = {
    Campaign: frozenset(
        "objective buying_type special_ad_categories special_ad_category_country"
        " promoted_object".split()
    ),
    AdGroup: frozenset(
        "campaign_id optimization_goal billing_event destination_type promoted_object"
        " attribution_spec is_dynamic_creative".split()
    ),
    Ad: frozenset({"adset_id", "campaign_id"}),
}


def status_changes(graph: Graph, params: Params, item: Campaign | AdGroup | Ad) -> Params:
    """`status` of an update, as changes of the world. Raises GraphError for what may no longer, or
    never, be changed."""
    check_change(graph, params, item)
    status = read.choice(params, "status", STATUSES)
    if status is None:
        return {}
    return {"status": _STATUS_FROM_META[status], "raw": {"configured_status": status}}


def check_change(graph: Graph, params: Params, item: Campaign | AdGroup | Ad) -> None:
    state, sent = effective_status(graph, item), set(params) - _OF_A_CALL
    if state == "DELETED":
        raise errors.invalid("This object was deleted and cannot be edited.", "status")
    if state == "ARCHIVED":
        for name in sorted(sent - _CHANGEABLE_IN_ARCHIVE):
            raise errors.invalid("This object is archived; only its name can be edited.", name)
        if read.text(params, "status") not in (None, "DELETED"):
            raise errors.invalid("An archived object can only be deleted.", "status")
    for name in sorted(sent & _FIXED[type(item)]):
        raise errors.invalid(f"The field {name} cannot be changed.", name)


def check_parent(graph: Graph, parent: Campaign | AdGroup, field: str) -> None:
    """Raises GraphError for a parent below which nothing can be created any more."""
    if effective_status(graph, parent) in ("DELETED", "ARCHIVED"):
        raise errors.invalid(f"The parent {parent.id} was deleted or archived.", field)
