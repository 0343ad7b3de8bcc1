"""Asks a platform about a plan before anybody approves it; nothing is created there.

Runs in a job, since no page waits for a platform. What the platform refuses becomes a problem of
the plan, in its own words. A platform that cannot be asked now is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from agents.contracts import Problem
from agents.models import STRATEGY_MOVES, Strategy
from agents.plans import parse_plan
from core.common import clock
from core.common.errors import AdsEngineError, InvalidInput
from core.common.transitions import move
from core.jobs import Postponed
from core.models import Actor, ActorKind, AuditAction, record
from platforms.errors import CredentialsInvalid, PlatformError, Rejected
from platforms.models import AdAccount
from platforms.registry import PlatformNotConfigured, capabilities_of, platform_for
from platforms.spec.campaign import CampaignSpec

Check, State = Strategy.Check, Strategy.State
ASK_AGAIN_SECONDS = 60.0


def check_with_platform(strategy: Strategy) -> str:
    """Ask once, and store what came of it. A plan that waits for nobody is left as it is.

    Raises Postponed when the platform cannot be asked now; that is stored too.
    """
    if strategy.state != State.REVIEW or strategy.check_state == Check.PASSED:
        return strategy.check_state
    try:
        problems = _ask(strategy)
    except (PlatformError, PlatformNotConfigured) as err:
        says = err.user_message if isinstance(err, AdsEngineError) else str(err)
        _store(strategy, Check.UNREACHABLE, says)
        raise Postponed(says, seconds=ASK_AGAIN_SECONDS) from err
    if problems:
        _store(strategy, Check.REFUSED, problems[0].message, problems)
    else:
        _store(strategy, Check.PASSED, "")
    return strategy.check_state


def _ask(strategy: Strategy) -> list[Problem]:
    """What the platform has against the plan. Raises PlatformError when it cannot be asked."""
    account, plan = strategy.account, parse_plan(strategy.plan)
    try:
        return _problems(account, plan.campaigns)
    except CredentialsInvalid as err:
        return [Problem("accounts", err.user_message)]
    except Rejected as err:
        name = account.get_platform_display()
        says = err.vendor_message or err.user_message
        return [Problem(err.field or "accounts", f"{name} refuses this plan: {says}")]
    except InvalidInput as err:
        return [Problem(err.field or "accounts", err.user_message)]


def _problems(account: AdAccount, campaigns: Sequence[CampaignSpec]) -> list[Problem]:
    can = capabilities_of(account.platform)
    with platform_for(account) as client:
        if can.finds_places:
            unserved = client.unserved_countries(_countries(campaigns))
            if unserved:
                name = account.get_platform_display()
                places = ", ".join(unserved)
                message = f"{name} shows no ads in: {places}. Choose other countries."
                return [Problem("countries", message)]
        if can.validates != "nothing":
            for campaign in campaigns:
                client.validate_campaign(campaign)
    return []


def _countries(campaigns: Sequence[CampaignSpec]) -> list[str]:
    """A platform has them on the campaign, or on the ad groups."""
    places = [campaign.locations for campaign in campaigns]
    places += [group.targeting.locations for one in campaigns for group in one.ad_groups]
    return list(dict.fromkeys(code for place in places for code in place.countries))


def _store(
    strategy: Strategy, state: Strategy.Check, says: str, problems: list[Problem] | None = None
) -> None:
    """Unless the plan was approved, replaced or declined meanwhile."""
    with transaction.atomic():
        row = Strategy.objects.select_for_update().get(pk=strategy.pk)
        if row.state == State.REVIEW and row.plan_hash == strategy.plan_hash:
            values = {"check_state": state, "check_says": says, "checked_at": clock.real_now()}
            Strategy.objects.filter(pk=row.pk).update(**values)
            if problems:
                _block(row, problems)
    strategy.refresh_from_db()


def _block(strategy: Strategy, problems: list[Problem]) -> None:
    found = [{"field": p.field, "message": p.message} for p in problems]
    move(strategy, "state", State.BLOCKED, STRATEGY_MOVES, problems=found)
    record(
        Actor(ActorKind.WORKER, "plan check"),
        AuditAction.PLAN,
        strategy,
        advertiser=strategy.brief.advertiser,
        after={"hash": strategy.plan_hash, "state": State.BLOCKED},
        reason=problems[0].message,
    )


def check_had(strategy: Strategy, *, unchecked: bool) -> None:
    """May the plan be approved by what the platform said? `unchecked`: the approver was shown that
    it could not be asked. Raises InvalidInput."""
    name = strategy.account.get_platform_display()
    if strategy.check_state == Check.WAITING:
        raise InvalidInput(
            f"{name} is being asked about this plan. Approve it in a moment.", field="check_state"
        )
    if strategy.check_state == Check.UNREACHABLE and not unchecked:
        raise InvalidInput(
            f"{name} could not be asked about this plan: {strategy.check_says} Wait for it, or "
            "approve without its check.",
            field="unchecked",
        )
