from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction

from adsengine.common import clock, dates
from adsengine.common.errors import AdsEngineError, InvalidInput, InvalidMove
from adsengine.models import Actor, Mode, record
from campaigns.models import Ad, Campaign, DailyMetric, Level, Wanted
from campaigns.services import set_ad_status
from campaigns.specs import content_hash
from optimization.models import METRICS, ABTest, Arm, Decision, Look
from optimization.stats.ab_test import analyze_many
from optimization.stats.results import ABResult
from optimization.test_data import arms_of

MIN_ARMS, MAX_ARMS = 2, 20
Status = ABTest.Status


def testable_ads(campaign: Campaign) -> list[Ad]:
    """The ads that can be compared: not archived, in their order."""
    ads = Ad.objects.filter(ad_group__campaign=campaign).exclude(wanted=Wanted.ARCHIVED)
    return list(ads.order_by("pk"))


def create_test(
    *,
    actor: Actor,
    campaign: Campaign,
    metric: str = "ctr",
    planned_days: int = 14,
    name: str = "",
    hypothesis: str = "",
    ads: list[Ad] | None = None,
    started_on: date | None = None,
) -> ABTest:
    """Start comparing a campaign's ads. Raises InvalidInput on the field at fault."""
    chosen = ads if ads is not None else testable_ads(campaign)
    _check_new(campaign, metric, planned_days, chosen)
    with transaction.atomic():
        running = ABTest.objects.filter(campaign=campaign, metric=metric, state="running")
        if running.exists():
            raise InvalidInput(
                f"A test on {metric.upper()} is running for this campaign already.",
                field="campaign",
            )
        test = ABTest.objects.create(
            campaign=campaign,
            name=name.strip()[:200] or f"{campaign.name}: which ad is better?"[:200],
            hypothesis=hypothesis.strip()[:500],
            metric=metric,
            planned_days=planned_days,
            started_on=started_on or _first_day(campaign),
            created_by=actor.name[:150],
        )
        Arm.objects.bulk_create(Arm(test=test, ad=ad) for ad in chosen)
        record(actor, "start A/B test", test, advertiser=campaign.account.advertiser)
    return test


def _check_new(campaign: Campaign, metric: str, planned_days: int, ads: list[Ad]) -> None:
    if metric not in dict(METRICS):
        raise InvalidInput(f"Choose one of: {', '.join(dict(METRICS))}.", field="metric")
    if not 3 <= planned_days <= 90:
        raise InvalidInput("Plan 3 to 90 days.", field="planned_days")
    if not MIN_ARMS <= len(ads) <= MAX_ARMS:
        raise InvalidInput(
            f"A test compares {MIN_ARMS} to {MAX_ARMS} ads; here are {len(ads)}.", field="campaign"
        )
    if any(ad.ad_group.campaign_id != campaign.pk for ad in ads):
        raise InvalidInput("An ad belongs to another campaign.", field="ads")


def _first_day(campaign: Campaign) -> date:
    """An ad's first figures start a test that is asked for later; else it starts today."""
    rows = DailyMetric.objects.filter(campaign=campaign, level=Level.AD).order_by("day")
    first = rows.values_list("period_first", "day").first()
    if first is not None:
        return first[0] or first[1]
    return dates.today(campaign.account.time_zone)


def look(test: ABTest) -> Look:
    """Analyse the test as its data stand now, and keep the look; figures that cannot be used
    give a look that says why."""
    look_many([test])
    return test.looks.latest()


def look_many(tests: Iterable[ABTest]) -> list[Look]:
    """Analyse many tests in batches of equal settings. One bad test does not stop the others."""
    chosen = list(tests)
    arms = arms_of(chosen)
    groups: dict[tuple[Any, ...], list[ABTest]] = defaultdict(list)
    for test in chosen:
        groups[_settings_key(test)].append(test)
    results: dict[int, ABResult] = {}
    for members in groups.values():
        results |= _analyse(members, arms)
    usable = [test for test in chosen if test.pk in results]
    return _keep(usable, results, arms)


def _settings_key(test: ABTest) -> tuple[Any, ...]:
    advertiser = test.campaign.account.advertiser
    return (test.metric, test.planned_days, advertiser.target_roas, advertiser.target_cpa_micros)


def _analyse(tests: list[ABTest], arms: dict[int, list[dict[str, Any]]]) -> dict[int, ABResult]:
    metric, planned_days, roas, cpa_micros = _settings_key(tests[0])
    options: dict[str, Any] = {
        "metric": metric,
        "planned_days": planned_days,
        "target_roas": float(roas) if roas is not None else None,
        "target_cpa": cpa_micros / 1_000_000 if cpa_micros is not None else None,
    }
    try:
        found = analyze_many([arms[test.pk] for test in tests], **options)
        return {test.pk: result for test, result in zip(tests, found)}
    except ValueError as err:
        if len(tests) == 1:
            _note_unusable(tests[0], str(err))
            return {}
    middle = len(tests) // 2
    return _analyse(tests[:middle], arms) | _analyse(tests[middle:], arms)


def _note_unusable(test: ABTest, why: str) -> None:
    Look.objects.create(
        test=test,
        status=Status.INSUFFICIENT,
        result={"status": Status.INSUFFICIENT, "summary": why, "warnings": [why], "arms": []},
        input_hash="",
        method_version="",
    )


@transaction.atomic
def _keep(
    tests: list[ABTest], results: dict[int, ABResult], arms: dict[int, list[dict[str, Any]]]
) -> list[Look]:
    """Store the looks; a winner once named stays named until its test is stopped."""
    looks = [_look_of(test, results[test.pk], arms[test.pk]) for test in tests]
    Look.objects.bulk_create(looks, batch_size=500)
    open_ones = [test for test in tests if test.status != Status.WINNER]
    for test in open_ones:
        _take_verdict(test, results[test.pk])
    ABTest.objects.bulk_update(open_ones, ["status", "winner", "decided_at"], batch_size=300)
    return looks


def _look_of(test: ABTest, result: ABResult, arms: list[dict[str, Any]]) -> Look:
    return Look(
        test=test,
        status=result.status,
        result=_plain(asdict(result)),
        input_hash=content_hash({"arms": _plain(arms)}),
        method_version=result.method_version,
    )


def _plain(value: Any) -> Any:
    """As JSON keeps it: tuples as lists, days as text."""
    return json.loads(json.dumps(value, default=str))


def _take_verdict(test: ABTest, result: ABResult) -> None:
    test.status = result.status
    if result.status == Status.WINNER.value:
        test.winner_id = int(result.winner_ids[0])
        test.decided_at = clock.now()


# ---- acting on a verdict -----------------------------------------------------------------


def propose_pauses(test: ABTest, latest: Look) -> list[Decision]:
    """A decision for each arm that the newest look would pause and that still runs.

    One arm always stays: a test never pauses all of its ads.
    """
    wanted = {int(pk) for pk in latest.result.get("pause_ids", [])}
    running = {
        arm.ad_id for arm in test.arms.select_related("ad") if arm.ad.wanted == Wanted.ACTIVE
    }
    if not running - wanted:
        return []
    ads = Ad.objects.filter(pk__in=wanted & running)
    made = [_propose(test, ad, latest) for ad in ads]
    return [decision for decision in made if decision is not None]


def _propose(test: ABTest, ad: Ad, latest: Look) -> Decision | None:
    """None where this was decided already: proposed, done, undone by a person, or only noted
    while the mode is still watch."""
    mode = test.campaign.account.advertiser.mode
    pause = Decision.Action.PAUSE_AD
    earlier = Decision.objects.filter(test=test, ad=ad, action=pause)
    noted = earlier.filter(state=Decision.State.NOTED)
    if earlier.exclude(state=Decision.State.NOTED).exists():
        return None
    if mode == Mode.WATCH and noted.exists():
        return None
    return Decision.objects.create(
        campaign=test.campaign,
        test=test,
        ad=ad,
        action=pause,
        state=Decision.State.PROPOSED,
        reason=f"Loses the test “{test.name}”. {latest.result['summary']}"[:500],
        evidence={"look": latest.pk, "input_hash": latest.input_hash},
    )


def apply_pause(*, actor: Actor, decision: Decision) -> Decision:
    """Pause the losing ad. A refusal is kept on the decision and raised."""
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if decision.state != Decision.State.PROPOSED or decision.ad is None:
            raise InvalidMove("This proposal was decided already.", field="state")
        _check_one_stays(decision)
        decision.state, decision.decided_by = Decision.State.DONE, actor.name[:150]
        decision.save(update_fields=["state", "decided_by"])
        set_ad_status(
            actor=actor,
            ad=decision.ad,
            to=Wanted.PAUSED,
            reason=decision.reason,
            evidence={"decision": decision.pk, **decision.evidence},
        )
    return decision


def _check_one_stays(decision: Decision) -> None:
    """Proposals of several looks together must not pause all of a test's ads."""
    if decision.test is None:
        return
    test = ABTest.objects.select_for_update(of=("self",)).get(pk=decision.test.pk)
    others = test.arms.exclude(ad=decision.ad).filter(ad__wanted=Wanted.ACTIVE)
    if not others.exists():
        raise InvalidMove("This is the last running ad of its test.", field="state")


def undo_pause(*, actor: Actor, decision: Decision) -> Decision:
    """Let a paused loser run again."""
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if decision.state != Decision.State.DONE or decision.ad is None:
            raise InvalidMove("Only a pause that was made can be undone.", field="state")
        decision.state = Decision.State.UNDONE
        decision.save(update_fields=["state"])
        set_ad_status(actor=actor, ad=decision.ad, to=Wanted.ACTIVE, reason="Undo of a pause")
    return decision


def refuse(decision: Decision, err: AdsEngineError) -> None:
    Decision.objects.filter(pk=decision.pk, state=Decision.State.PROPOSED).update(
        error=err.user_message[:300]
    )


@transaction.atomic
def stop_test(*, actor: Actor, test: ABTest) -> ABTest:
    """End the test today; its verdict and looks stay."""
    changed = ABTest.objects.filter(pk=test.pk, state=ABTest.State.RUNNING).update(
        state=ABTest.State.STOPPED, ended_on=dates.today(test.campaign.account.time_zone)
    )
    if not changed:
        raise InvalidMove("This test has ended already.", field="state")
    test.refresh_from_db()
    record(actor, "stop A/B test", test, advertiser=test.campaign.account.advertiser)
    return test
