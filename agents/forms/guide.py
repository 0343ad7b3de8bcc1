"""The brief's form while it is being written: which parts are complete, and ad previews."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.datastructures import MultiValueDict

from agents.contracts import ExecutionContext
from agents.forms.brief import BriefForm
from agents.planners.drafts import AdDraft
from agents.planners.variants import ad_variants
from agents.plans import NO_BUDGET
from campaigns.briefs.briefs import check_brief
from campaigns.briefs.selectors import patterns_of
from campaigns.models import Asset, Brief
from campaigns.models.brief import CALLS_TO_ACTION, OBJECTIVES
from campaigns.naming import Patterns
from core.common import dates
from core.common.errors import AdsEngineError
from core.models import Advertiser
from platforms.models import AdAccount
from platforms.registry import capabilities_of
from platforms.rules.capabilities import Capabilities

# Title, the id of its heading, and its fields.
PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("What it is for", "goal", ("name", "objective", "call_to_action", "landing_url")),
    ("Budget and dates", "money", ("total_budget", "currency", "start", "end")),
    ("Ad accounts", "accounts", ("accounts",)),
    ("Audience", "audience", ("countries", "age_min", "age_max", "gender")),
    ("Texts", "texts", ("headlines", "descriptions", "keywords")),
    ("Pictures and videos", "pictures", ("chosen", "images")),
)


@dataclass(frozen=True)
class Part:
    title: str
    anchor: str
    missing: str
    """What is missing; empty when the part is complete."""


@dataclass(frozen=True)
class AdPreview:
    name: str
    platform: str
    ad: AdDraft
    action: str


class BriefGuide:
    """State of the form, sent or not. It writes nothing."""

    def __init__(self, form: BriefForm, advertiser: Advertiser) -> None:
        self.advertiser = advertiser
        self.form = form if form.is_bound else _bind(form)

    @cached_property
    def missing(self) -> dict[str, str]:
        """Field to the first thing that is wrong with it."""
        if self.form.is_valid():
            try:
                check_brief(self.advertiser, self.form.brief_input())
            except AdsEngineError as err:
                self.form.refuse(err)
        found = {name: str(errors[0]) for name, errors in self.form.errors.items()}
        return self._missing_for_platforms() | found

    def _missing_for_platforms(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for account in self.accounts:
            can, name = capabilities_of(account.platform), account.get_platform_display()
            if can.image and not self._usable_media(can):
                more = " or a video" if can.video else ""
                found.setdefault("chosen", f"{name} needs a picture{more}.")
            if can.keywords and not self._lines("keywords"):
                found.setdefault("keywords", f"{name} needs at least one keyword.")
        return found

    def _usable_media(self, can: Capabilities) -> list[Asset]:
        return [asset for asset in self._pictures if can.video or not asset.is_video]

    @property
    def parts(self) -> list[Part]:
        return [
            Part(title, anchor, next((self.missing[f] for f in fields if f in self.missing), ""))
            for title, anchor, fields in PARTS
        ]

    @property
    def done(self) -> int:
        return sum(1 for part in self.parts if not part.missing)

    # ---- previews ----

    @property
    def accounts(self) -> list[AdAccount]:
        ticked = {str(pk) for pk in self.form["accounts"].value() or []}
        return [account for account in self.form.usable if str(account.pk) in ticked]

    @property
    def ad_previews(self) -> list[AdPreview]:
        """The ads that the planner would make of these texts and pictures, by platform."""
        if not (self._lines("headlines") or self._lines("descriptions")):
            return []
        action = dict(CALLS_TO_ACTION)[self._brief.call_to_action]
        by_platform = {account.platform: account for account in self.accounts}
        return [
            AdPreview(ad.name, platform, ad, action)
            for platform, account in by_platform.items()
            for ad in self._ads(account)
        ]

    def _ads(self, account: AdAccount) -> list[AdDraft]:
        context = ExecutionContext(
            brief=self._brief,
            account=account,
            capabilities=capabilities_of(account.platform),
            images=tuple(self._pictures),
            budget=NO_BUDGET,
            patterns=self._patterns,
        )
        return ad_variants(context)[0]

    @cached_property
    def _patterns(self) -> Patterns:
        return patterns_of(self.advertiser)

    @cached_property
    def _pictures(self) -> list[Asset]:
        return sorted((a for a, ticked in self.form.pictures if ticked), key=lambda a: a.pk)

    @cached_property
    def _brief(self) -> Brief:
        """Never saved: the planner's input, with the first choice in place of an invalid one."""
        data = self.form.cleaned_data if self.form.is_bound and self.form.is_valid() else {}
        return Brief(
            name=self._text("name") or "Your brief",
            objective=_known_or_first(self._text("objective"), OBJECTIVES),
            call_to_action=_known_or_first(self._text("call_to_action"), CALLS_TO_ACTION),
            landing_url=self._text("landing_url"),
            headlines=self._lines("headlines"),
            descriptions=self._lines("descriptions"),
            countries=list(data.get("countries", ())),
            start=data.get("start") or dates.today(self.advertiser.time_zone),
        )

    def _text(self, name: str) -> str:
        return str(self.form[name].value() or "").strip()

    def _lines(self, name: str) -> list[str]:
        lines = (line.strip() for line in self._text(name).splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def _known_or_first(code: str, choices: list[tuple[str, str]]) -> str:
    return code if code in dict(choices) else choices[0][0]


def _bind(form: BriefForm) -> BriefForm:
    """A bound form with the same values."""
    sent: MultiValueDict[str, str] = MultiValueDict()
    for name in form.fields:
        value = form[name].value()
        many = value if isinstance(value, list | tuple) else [value]
        sent.setlist(name, [str(one) for one in many if one not in (None, "", False)])
    return BriefForm(sent, advertiser=form.advertiser, accounts=form.usable)
