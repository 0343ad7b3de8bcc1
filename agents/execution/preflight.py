"""Checks a plan before any platform call; each problem names the field and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents.contracts import ExecutionContext, ExecutionPlan, Problem, ValidationResult
from agents.planners.emoji import has_emoji
from campaigns.guardrails import gate
from campaigns.models import Asset
from core.common import dates
from core.common.errors import AdsEngineError
from platforms.models import AdAccount
from platforms.types import RATIO_TOLERANCE

MAX_ADDRESS_LENGTH = 2048  # Google Ads API, final_urls
MAX_KEYWORD_LENGTH, MAX_KEYWORD_WORDS = 80, 10  # Google Ads API, keyword criteria


def preflight(context: ExecutionContext, plan: ExecutionPlan) -> ValidationResult:
    checks = (
        _objective,
        _account,
        _budget,
        _dates,
        _audience,
        _texts,
        _images,
        _videos,
        _addresses,
        _emoji,
    )
    problems = [problem for check in checks for problem in check(context, plan)]
    return ValidationResult(tuple(problems), plan.warnings)


def _objective(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    if plan.spec["objective"] not in context.capabilities.objectives:
        known = ", ".join(sorted(context.capabilities.objectives))
        yield Problem(
            "objective",
            f"{context.account.get_platform_display()} cannot be launched with the objective "
            f"{plan.spec['objective']} here yet. Choose: {known}.",
        )


def _account(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    account = context.account
    if account.state != AdAccount.State.CONNECTED:
        yield Problem("accounts", f"{account} {account.get_state_display()}.")
    if not account.can_deliver:
        why = " ".join(account.problems) or "The platform says so."
        yield Problem("accounts", f"{account} cannot deliver ads. {why}")


def _budget(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    account, budget = context.account, plan.budget
    daily = account.money(budget.daily_micros)
    if budget.daily_micros < budget.minimum_micros:
        least = account.money(budget.minimum_micros)
        needed = account.money(budget.minimum_micros * budget.days)
        yield Problem(
            "total_budget",
            f"{daily} a day is below the minimum of {least}. This account needs at least "
            f"{needed} of the total, fewer days, or to be left out.",
        )
        return
    try:
        gate.check_create(account, daily)
    except AdsEngineError as err:
        yield Problem(err.field or "total_budget", err.user_message)


def _dates(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    today = dates.today(context.account.time_zone)
    if plan.spec["start"] < today.isoformat():
        yield Problem("start", f"{plan.spec['start']} has passed in the account's time zone.")


def _audience(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    can = context.capabilities
    for group in plan.spec["ad_groups"]:
        targeting = group["targeting"]
        starts = can.age_bounds
        if targeting["age_min"] not in starts:
            yield Problem(
                "age_min",
                f"{context.account.get_platform_display()} targets ages from "
                f"{', '.join(map(str, starts))}. Choose one of these.",
            )
        ends = {b - 1 for b in starts} | {65}
        if targeting["age_max"] not in ends:
            allowed = ", ".join(str(e) for e in sorted(ends) if e > targeting["age_min"])
            yield Problem("age_max", f"Choose a last age from {allowed}.")
        yield from _keywords(targeting["keywords"], needed=can.keywords)


def _keywords(keywords: list[str], *, needed: bool) -> Iterator[Problem]:
    if needed and not keywords:
        yield Problem("keywords", "A search campaign needs at least one keyword.")
    for word in keywords:
        if len(word) > MAX_KEYWORD_LENGTH or len(word.split()) > MAX_KEYWORD_WORDS:
            yield Problem("keywords", f"“{word}” is too long: at most 80 characters, 10 words.")


def _texts(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    can = context.capabilities
    for ad in _ads(plan):
        for field, bounds, length in (
            ("headlines", can.headlines, can.headline_length),
            ("descriptions", can.descriptions, can.description_length),
        ):
            yield from _text_list(ad, field, bounds, length)


def _text_list(
    ad: dict[str, Any], field: str, bounds: tuple[int, int], length: int
) -> Iterator[Problem]:
    texts = ad[field]
    if not bounds[0] <= len(texts) <= max(bounds):
        yield Problem(
            field,
            f"Ad {ad['name']} has {len(texts)} {field} that fit; {bounds[0]} to {bounds[1]} are "
            f"needed, of at most {length} characters each. Write shorter ones.",
        )
    if len(set(texts)) < len(texts):
        yield Problem(field, f"Ad {ad['name']} has the same text twice in its {field}.")


def _images(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    bare = any(not ad["image"] and not ad.get("video") for ad in _ads(plan))
    if context.capabilities.image and bare:
        more = " or a video" if context.capabilities.video else ""
        name = context.account.get_platform_display()
        yield Problem("images", f"{name} needs a picture{more}. Upload one.")


def _videos(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    """One problem per video, however many ads show it."""
    videos = {ad["video"]["asset"]: ad["video"] for ad in _ads(plan) if ad.get("video")}
    assets = Asset.objects.filter(advertiser=context.brief.advertiser).in_bulk(list(videos))
    for pk, video in videos.items():
        asset = assets.get(pk)
        if asset is None or asset.sha256 != video["sha256"]:
            yield Problem("images", "A video of this plan is gone. Upload it again.")
        else:
            yield from _video_limits(context, asset)


def _video_limits(context: ExecutionContext, asset: Asset) -> Iterator[Problem]:
    name, limits = context.account.get_platform_display(), context.capabilities.video
    if limits is None:
        yield Problem("images", f"{name} shows no videos here. Leave out “{asset.name}”.")
        return
    seconds, ratio = asset.duration_ms / 1000, asset.width / asset.height
    if not limits.min_seconds <= round(seconds, 1) <= limits.max_seconds:
        yield Problem(
            "images",
            f"“{asset.name}” lasts {seconds:.1f} seconds; {name} takes {limits.min_seconds} to "
            f"{limits.max_seconds}. Use another video.",
        )
    too_small = min(asset.width, asset.height) < limits.min_side
    if (
        too_small
        or not limits.min_ratio - RATIO_TOLERANCE <= ratio <= limits.max_ratio + RATIO_TOLERANCE
    ):
        yield Problem(
            "images",
            f"“{asset.name}” is {asset.width}×{asset.height}, which {name} does not take. Use an "
            f"upright, square or wide video of at least {limits.min_side} pixels on each side.",
        )


def _addresses(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    longest = max((len(ad["landing_url"]) for ad in _ads(plan)), default=0)
    if longest > MAX_ADDRESS_LENGTH:
        yield Problem(
            "landing_url",
            f"With its tags the landing page's address has {longest} characters; "
            f"{MAX_ADDRESS_LENGTH} fit. Shorten the address or the URL tags.",
        )


def _emoji(context: ExecutionContext, plan: ExecutionPlan) -> Iterator[Problem]:
    if context.capabilities.emoji:
        return
    groups = plan.spec["ad_groups"]
    names = [plan.spec["name"], *(group["name"] for group in groups)]
    texts = [t for ad in _ads(plan) for t in (*ad["headlines"], *ad["descriptions"])]
    for field, values in (("name", names), ("descriptions", texts)):
        for text in values:
            if has_emoji(text):
                name = context.account.get_platform_display()
                yield Problem(field, f"{name} takes no emoji: “{text}”. Take them out.")


def _ads(plan: ExecutionPlan) -> list[dict[str, Any]]:
    return [ad for group in plan.spec["ad_groups"] for ad in group["ads"]]
