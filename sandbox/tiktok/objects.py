"""What is deleted in the TikTok emulator, and which requests were carried out before."""

from __future__ import annotations

from sandbox.tiktok import errors
from sandbox.tiktok.params import Params, TikTok
from sandbox.world.model import Ad, AdGroup, Campaign


def is_deleted(tiktok: TikTok, item: Campaign | AdGroup | Ad) -> bool:
    """Deleted itself, or with its ad group or campaign."""
    if item.status == "removed":
        return True
    if isinstance(item, Ad):
        return is_deleted(tiktok, tiktok.ad_group(item.ad_group_id))
    return isinstance(item, AdGroup) and is_deleted(tiktok, tiktok.campaign(item.campaign_id))


def check_not_deleted(tiktok: TikTok, item: Campaign | AdGroup | Ad) -> None:
    """Raises ApiError."""
    if is_deleted(tiktok, item):
        raise errors.invalid(f"{item.id} is deleted and cannot be changed.")


def claim_request_id(tiktok: TikTok, params: Params) -> bool:
    """Whether a request_id was given. Raises ApiError for one used before, by whichever call: the
    documentation does not say that the calls count apart. (TikTok, idempotency)"""
    request_id = params.get("request_id")
    if request_id in (None, ""):
        return False
    if not isinstance(request_id, str) or not request_id.isdigit() or int(request_id) >= 2**63:
        raise errors.invalid("request_id: must be a string with a 64-bit integer.")
    key = f"request:{request_id}"
    if tiktok.world.get_object("tiktok", "requests", key) is not None:
        raise errors.ApiError(
            errors.DUPLICATE_REQUEST, f"Duplicate request: request_id {request_id}."
        )
    tiktok.world.put_object("tiktok", "requests", key, {"at": tiktok.now()})
    return True
