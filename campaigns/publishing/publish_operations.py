"""What each kind of PublishRequest sends, how its outcome is looked up, and what it changes here.

`send` raises the platform's errors. `look_up` answers None when the platform shows that the
change was not made. `apply` and `revert` write our rows inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from campaigns.models import (
    Ad,
    AdGroup,
    Campaign,
    LearningEdit,
    PublishRequest,
    RemoteState,
    Wanted,
)
from campaigns.publishing import wishes
from campaigns.publishing.budget_changes import note_budget_return
from campaigns.specs.creations import ad_of, group_of, spec_of_request
from campaigns.specs.media_source import AssetMedia
from campaigns.spend.confirmed import note_confirmed
from core.common import clock
from core.common.errors import InvalidInput
from platforms.common.references import strip_reference
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.interface import AdPlatform
from platforms.spec.ads import SingleVideoAd
from platforms.types import (
    CampaignChange,
    GroupBudget,
    RemoteCampaign,
    RemoteRef,
)

Operation, Target = PublishRequest.Operation, PublishRequest.Target


@dataclass(frozen=True)
class RemoteResult:
    """What exists on the platform now: created objects, or the campaign as read back."""

    refs: tuple[RemoteRef, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)


Act = Callable[[AdPlatform, PublishRequest], RemoteResult | None]


def send(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    return _SEND[request.operation](client, request)


def look_up(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    return _LOOK_UP[request.operation](client, request)


# ---- creating ----------------------------------------------------------------------------


def _media(request: PublishRequest) -> AssetMedia:
    return AssetMedia(request.account.advertiser_id)


def _create_campaign(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    refs = client.create_campaign(spec_of_request(request), resuming=request.maybe_sent)
    return _creation_result(refs)


def _create_ad_group(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    spec, group = spec_of_request(request), AdGroup.objects.get(pk=request.target_id)
    ref = client.create_ad_group(
        campaign_ref(request.campaign),
        group_of(spec, group.reference),
        spec,
        resuming=request.maybe_sent,
    )
    return _creation_result([ref])


def _create_ad(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    ad = Ad.objects.select_related("ad_group").get(pk=request.target_id)
    parent = RemoteRef("ad_group", ad.ad_group.remote_id, request.campaign.remote_id)
    spec = ad_of(spec_of_request(request), ad.reference)
    ref = client.create_ad(parent, spec, _media(request), resuming=request.maybe_sent)
    return _creation_result([ref])


def send_ahead(client: AdPlatform, request: PublishRequest) -> None:
    """The video of an ad that is to be made."""
    client.upload_media(ad_of(spec_of_request(request), request.reference), _media(request))


def sends_a_video(request: PublishRequest) -> bool:
    """Whether an ad is made that shows one: then its file goes up first, which takes long."""
    if request.operation != Operation.CREATE_AD:
        return False
    try:
        return isinstance(ad_of(spec_of_request(request), request.reference), SingleVideoAd)
    except InvalidInput:  # refused with its sentence when it is to be sent
        return False


def _creation_result(refs: list[RemoteRef]) -> RemoteResult:
    return RemoteResult(tuple(refs), {"created": [f"{ref.kind} {ref.remote_id}" for ref in refs]})


def _find_created(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    """By our reference. A second object of one reference is left to the next sync, which pauses
    and reports it."""
    kind: Any = request.target_type
    refs = client.find_by_reference(kind, request.reference, _parent_id(request))
    if not refs:
        return None
    if request.operation == Operation.CREATE_CAMPAIGN:
        _ensure_paused(client, refs[0])
    return _creation_result(_first_tree(refs))


def _ensure_paused(client: AdPlatform, campaign: RemoteRef) -> None:
    """The attempt may have ended before it was switched off, where an account creates it on."""
    remote = client.read_campaign(campaign.remote_id)
    if remote is not None and remote.status not in {RemoteState.PAUSED.value, RemoteState.ENDED}:
        client.set_status(campaign, "paused")


def _first_tree(refs: list[RemoteRef]) -> list[RemoteRef]:
    """The first object with what belongs to it."""
    tree = refs[:1]
    for ref in refs[1:]:
        if ref.parent_id in {parent.remote_id for parent in tree if parent.kind != ref.kind}:
            tree.append(ref)
    return tree


def _parent_id(request: PublishRequest) -> str:
    if request.operation == Operation.CREATE_AD_GROUP:
        return request.campaign.remote_id
    if request.operation == Operation.CREATE_AD:
        return Ad.objects.select_related("ad_group").get(pk=request.target_id).ad_group.remote_id
    return ""


# ---- changing ----------------------------------------------------------------------------


def campaign_ref(campaign: Campaign) -> RemoteRef:
    if not campaign.remote_id:
        raise Rejected(
            "The campaign does not exist on the platform.", platform=campaign.account.platform
        )
    return RemoteRef("campaign", campaign.remote_id, name=campaign.name)


def _set_status(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    client.set_status(_target_ref(request), request.payload["to"])
    return RemoteResult(summary={"status": request.payload["to"]})


def _target_ref(request: PublishRequest) -> RemoteRef:
    if request.target_type == Target.CAMPAIGN:
        return campaign_ref(request.campaign)
    row: AdGroup | Ad
    if request.target_type == Target.AD_GROUP:
        row = AdGroup.objects.get(pk=request.target_id)
        return RemoteRef("ad_group", row.remote_id, request.campaign.remote_id)
    row = Ad.objects.select_related("ad_group").get(pk=request.target_id)
    return RemoteRef("ad", row.remote_id, row.ad_group.remote_id)


def _set_budget(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    budget = request.account.money(request.payload["micros"])
    if "groups" in request.payload:
        client.set_group_budgets(campaign_ref(request.campaign), _group_budgets(request))
    else:
        client.set_daily_budget(campaign_ref(request.campaign), budget)
    return RemoteResult(summary={"daily_budget": str(budget)})


def _group_budgets(request: PublishRequest) -> list[GroupBudget]:
    parts = {part["id"]: part for part in request.payload["groups"]}
    groups = AdGroup.objects.filter(pk__in=parts, campaign=request.campaign).order_by("pk")
    money = request.account.money
    return [
        GroupBudget(
            group.remote_id,
            money(parts[group.pk]["micros"]),
            money(parts[group.pk]["before"]),
        )
        for group in groups
    ]


def take_back_raises(client: AdPlatform, request: PublishRequest) -> None:
    """Lower the ad groups that have the raised budget of this request already, each by itself: a
    refusal of one raises no other again."""
    if request.operation != Operation.SET_BUDGET or "groups" not in request.payload:
        return
    there = {group.remote_id: group.daily_budget for group in _read(client, request).ad_groups}
    for part in _group_budgets(request):
        before, now = part.before, there.get(part.remote_id)
        if before is not None and before < part.daily_budget and now == part.daily_budget:
            back = GroupBudget(part.remote_id, before, part.daily_budget)
            client.set_group_budgets(campaign_ref(request.campaign), [back])


def _update(client: AdPlatform, request: PublishRequest) -> RemoteResult:
    changed = request.payload["to"]
    client.update_campaign(
        campaign_ref(request.campaign),
        CampaignChange(
            name=changed.get("name"),
            start=date.fromisoformat(changed["start"]) if changed.get("start") else None,
            end=date.fromisoformat(changed["end"]) if changed.get("end") else None,
        ),
    )
    return RemoteResult(summary=changed)


def _read(client: AdPlatform, request: PublishRequest) -> RemoteCampaign:
    remote = client.read_campaign(request.campaign.remote_id)
    if remote is None:
        raise RemoteObjectMissing(
            "The campaign is no longer on the platform.", platform=request.account.platform
        )
    return remote


def _status_was_set(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    if request.target_type != Target.CAMPAIGN:
        return None  # setting a status twice is harmless: send it again
    remote, to = _read(client, request), request.payload["to"]
    running = remote.status in {RemoteState.ACTIVE.value, RemoteState.IN_REVIEW.value}
    shown = {Wanted.ACTIVE: running, Wanted.PAUSED: remote.status == RemoteState.PAUSED.value}
    return RemoteResult(summary={"status": to}) if shown.get(to) else None


def _budget_was_set(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    remote = _read(client, request)
    if "groups" in request.payload:
        there = {group.remote_id: group.daily_budget for group in remote.ad_groups}
        is_set = all(there.get(b.remote_id) == b.daily_budget for b in _group_budgets(request))
    else:
        wanted = request.account.money(request.payload["micros"])
        is_set = remote.daily_budget == wanted
    return RemoteResult(summary={"daily_budget": str(remote.daily_budget)}) if is_set else None


def _update_was_made(client: AdPlatform, request: PublishRequest) -> RemoteResult | None:
    remote, to = _read(client, request), request.payload["to"]
    same_name = "name" not in to or strip_reference(remote.name)[0] == to["name"]
    dates = {"start": remote.start, "end": remote.end}
    same_dates = all(str(dates[key]) == to[key] for key in dates if key in to)
    return RemoteResult(summary=to) if same_name and same_dates else None


_SEND: dict[str, Callable[[AdPlatform, PublishRequest], RemoteResult | None]] = {
    Operation.CREATE_CAMPAIGN: _create_campaign,
    Operation.CREATE_AD_GROUP: _create_ad_group,
    Operation.CREATE_AD: _create_ad,
    Operation.SET_STATUS: _set_status,
    Operation.SET_BUDGET: _set_budget,
    Operation.UPDATE_CAMPAIGN: _update,
}
_LOOK_UP: dict[str, Act] = {
    Operation.CREATE_CAMPAIGN: _find_created,
    Operation.CREATE_AD_GROUP: _find_created,
    Operation.CREATE_AD: _find_created,
    Operation.SET_STATUS: _status_was_set,
    Operation.SET_BUDGET: _budget_was_set,
    Operation.UPDATE_CAMPAIGN: _update_was_made,
}


# ---- our rows ----------------------------------------------------------------------------


def apply(request: PublishRequest, found: RemoteResult) -> None:
    """Write into our rows what is now true on the platform."""
    note_confirmed(request)
    if request.operation in PublishRequest.CREATES:
        _apply_refs(request, found.refs)
        if request.operation == Operation.CREATE_AD:
            LearningEdit.objects.create(
                campaign_id=request.campaign_id, cause=LearningEdit.Cause.CREATIVE
            )
    elif request.operation == Operation.SET_STATUS:
        _apply_status(request)
    elif request.operation == Operation.SET_BUDGET:
        Campaign.objects.filter(pk=request.campaign_id).update(
            remote_daily_budget_micros=request.payload["micros"],
            budget_changed_at=clock.market_now(),
        )
        for part in request.payload.get("groups", ()):
            AdGroup.objects.filter(pk=part["id"]).update(daily_budget_micros=part["micros"])
    request.campaign.refresh_from_db()


def _apply_refs(request: PublishRequest, refs: tuple[RemoteRef, ...]) -> None:
    """Each created object to its row: by the reference in its name, else by place in the tree."""
    campaign = request.campaign
    for ref in refs:
        reference = ref.reference or strip_reference(ref.name)[1] or request.reference
        if ref.kind == "campaign":
            rows: Any = Campaign.objects.filter(pk=campaign.pk)
        elif ref.kind == "ad_group":
            rows = AdGroup.objects.filter(campaign=campaign, reference=reference)
        else:
            rows = Ad.objects.filter(ad_group__campaign=campaign, reference=reference)
        remote = RemoteState.PAUSED if ref.kind == "campaign" else RemoteState.UNKNOWN
        rows.update(remote_id=ref.remote_id, remote=remote)
        if ref.kind == "campaign":
            _note_created(request, rows)


def _note_created(request: PublishRequest, rows: Any) -> None:
    """What a new campaign was given, until it is read."""
    spec = spec_of_request(request)
    amount = spec.budget.amount
    micros = amount.micros if amount and spec.budget.period == "daily" else None
    rows.update(remote_daily_budget_micros=micros, remote_start=spec.schedule.start)


def _apply_status(request: PublishRequest) -> None:
    to = request.payload["to"]
    remote = {
        Wanted.ACTIVE: RemoteState.ACTIVE,
        Wanted.PAUSED: RemoteState.PAUSED,
        Wanted.ARCHIVED: RemoteState.ENDED,
    }[to]
    _rows(request).update(remote=remote)


_MODELS: dict[str, type[Campaign | AdGroup | Ad]] = {
    Target.CAMPAIGN: Campaign,
    Target.AD_GROUP: AdGroup,
    Target.AD: Ad,
}


def _rows(request: PublishRequest) -> Any:
    return _MODELS[request.target_type]._default_manager.filter(pk=request.target_id)


def target_of(request: PublishRequest) -> Campaign | AdGroup | Ad | None:
    row: Campaign | AdGroup | Ad | None = _rows(request).first()
    return row


def revert(request: PublishRequest) -> None:
    """After a refusal, set the row back to its state before the change: only where it still shows
    this wish, and nobody has wished anything else since."""
    left = wishes.remaining(request)
    if left is None:
        return
    if request.operation == Operation.SET_STATUS:
        before = wishes.value_before(request)
        _rows(request).filter(wanted=request.payload["to"]).update(wanted=before)
    elif request.operation == Operation.SET_BUDGET:
        _revert_budget(request)
    elif request.operation == Operation.UPDATE_CAMPAIGN:
        for key, value in (left.get("before") or {}).items():
            _rows(request).filter(**{key: left["to"][key]}).update(**{key: value})
    request.campaign.refresh_from_db()


def _revert_budget(request: PublishRequest) -> None:
    """To the budget that the platform confirmed: an earlier request may never have been sent."""
    remote = request.campaign.remote_daily_budget_micros
    before = request.payload.get("before") if remote is None else remote
    wished = request.payload["micros"]
    if before is None or before == wished:
        return
    if _rows(request).filter(daily_budget_micros=wished).update(daily_budget_micros=before):
        note_budget_return(request.campaign, wished, before)
