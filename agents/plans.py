"""An execution plan as a value, and as the text that is stored, shown and approved.

The text is canonical, as that of a spec is. Its hash is over its content, so that a database that
writes it with other spacing or another order of keys changes nothing.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from campaigns.specs.content_hashes import content_hash
from core.common.errors import AdsEngineError
from platforms.spec.base import MOST, Micros, Node
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import SpecMalformed, malformed
from platforms.spec.first_edition import spec_of_first_edition
from platforms.spec.text import campaign_content, canonical, read_json, upgraded_campaign
from platforms.spec.versions import VERSION

PLAN_VERSION = 2
Content = dict[str, Any]


class PlanMalformed(AdsEngineError):
    code = "plan_malformed"


class BudgetValidation(Node):
    """One account's part of the total: micros, days, and what rounding leaves over."""

    total_micros: Micros
    daily_micros: Micros
    days: Annotated[int, Field(ge=1, le=MOST)]
    left_over_micros: Micros
    minimum_micros: Micros
    notes: tuple[str, ...] = ()


NO_BUDGET = BudgetValidation(
    total_micros=0, daily_micros=0, days=1, left_over_micros=0, minimum_micros=0
)
"""Of samples and previews, which spend nothing."""


class PlanStep(Node):
    kind: Literal["prerequisites", "create", "verify", "enable", "confirm"]
    title: str


class PlanGap(Node):
    """What kept a campaign from being written at all: the path in its spec, and why."""

    path: str
    message: str


class ExecutionPlan(Node):
    """The whole plan for one account: one or several campaigns, or none and the gaps."""

    version: Literal[1, 2] = 2
    """1: of the first edition, which is read and carried out, and never written again."""
    platform: str
    account_id: Annotated[int, Field(ge=1, le=MOST)]
    planner: str
    campaigns: tuple[CampaignSpec, ...]
    budget: BudgetValidation
    worst_case_micros: Micros
    steps: tuple[PlanStep, ...]
    reasoning: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    gaps: tuple[PlanGap, ...] = ()
    rules_version: Annotated[int, Field(ge=0, le=MOST)] = 0
    """Of the platform's rules that it was made for; 0: from before they had versions."""

    @property
    def text(self) -> str:
        content = self.model_dump(mode="json", exclude={"campaigns"})
        campaigns = [campaign_content(campaign) for campaign in self.campaigns]
        return canonical({**content, "campaigns": campaigns, "spec_version": VERSION})

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(campaign.reference for campaign in self.campaigns)

    @property
    def ads(self) -> int:
        groups = (group for campaign in self.campaigns for group in campaign.ad_groups)
        return sum(len(group.ads) for group in groups)


def hash_of_plan(text: str) -> str:
    """Of the content of a stored plan, whatever its version. Raises PlanMalformed."""
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as err:
        raise PlanMalformed(f"This plan cannot be read ({err}). Plan again.") from err
    return content_hash(content)


def budget_of_plan(text: str) -> BudgetValidation:
    """The money of a stored plan of any edition, also where its campaigns cannot be read any more.
    Raises PlanMalformed."""
    try:
        content = read_json(text)
        return BudgetValidation.model_validate_json(json.dumps(content["budget"]))
    except ValidationError as err:
        raise _unreadable(malformed(err)) from err
    except (SpecMalformed, KeyError, TypeError) as err:
        raise PlanMalformed(f"This plan cannot be read ({err}). Plan again.") from err


def parse_plan(text: str) -> ExecutionPlan:
    """Strict: unknown, missing or wrongly versioned content raises PlanMalformed with the path."""
    try:
        content = read_json(text)
        if not isinstance(content, dict):
            raise PlanMalformed("This plan is no object. Plan again.")
        current = _current(content)
        return ExecutionPlan.model_validate_json(json.dumps(current))
    except ValidationError as err:
        raise _unreadable(malformed(err)) from err
    except SpecMalformed as err:
        raise _unreadable(err) from err


def _current(content: Content) -> Content:
    version = content.get("version")
    if version == 1 and type(version) is int:
        return _from_first_edition(content)
    if version != PLAN_VERSION or type(version) is not int:
        raise PlanMalformed(f"This plan has version {version!r}. Plan again.")
    spec_version, campaigns = content.get("spec_version"), content.get("campaigns")
    if not isinstance(campaigns, list):
        raise PlanMalformed("This plan cannot be read (campaigns: is no list). Plan again.")
    rest = {key: value for key, value in content.items() if key != "spec_version"}
    return {**rest, "campaigns": [upgraded_campaign(one, spec_version) for one in campaigns]}


def _from_first_edition(content: Content) -> Content:
    """It held the one campaign that it made as `spec`."""
    if "spec" not in content:
        raise PlanMalformed("This plan cannot be read (spec: is missing). Plan again.")
    spec = spec_of_first_edition(str(content.get("platform")), content["spec"])
    rest = {key: value for key, value in content.items() if key != "spec"}
    return {**rest, "campaigns": [campaign_content(spec)]}


def _unreadable(error: SpecMalformed) -> PlanMalformed:
    return PlanMalformed(f"This plan cannot be read ({error.problems[0]}). Plan again.")
