"""The form of an advertiser's name patterns, and examples of the names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms

from agents.contracts import ExecutionContext
from agents.planners.names import ad_group_name, ad_name, campaign_name, landing_url
from agents.plans import NO_BUDGET
from campaigns.models import Brief
from campaigns.naming import FIELDS, MOST, PLACEHOLDERS, Patterns
from core.common import dates
from core.common.errors import InputErrors
from core.models import Advertiser
from platforms.models import AdAccount, Platform
from platforms.registry import capabilities_of, launch_platforms

_LABELS = {
    "campaign": "Campaigns",
    "ad_group": "Ad groups",
    "ad": "Ads",
    "url_tags": "URL tags",
}


class NamingForm(forms.Form):
    """What the patterns may hold is the service's rule."""

    def __init__(self, data: Any = None, *, patterns: Patterns) -> None:
        super().__init__(data)
        for name in FIELDS:
            self.fields[name] = forms.CharField(
                label=_LABELS[name],
                required=False,
                max_length=MOST,
                initial=getattr(patterns, name),
                help_text=" ".join(f"{{{word}}}" for word in PLACEHOLDERS[name]),
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def patterns(self) -> Patterns:
        """The patterns of a valid form."""
        return Patterns(**{name: self.cleaned_data[name] for name in FIELDS})

    def refuse(self, err: InputErrors) -> None:
        for part in err.errors:
            self.add_error(part.field, part.user_message)


@dataclass(frozen=True)
class Sample:
    platform: str
    campaign: str
    ad_group: str
    ad: str
    address: str


def samples(advertiser: Advertiser, patterns: Patterns) -> list[Sample]:
    """Example names of an invented brief on each platform; nothing is saved."""
    start = dates.today(advertiser.time_zone) + timedelta(days=1)
    brief = Brief(
        name="Autumn boots",
        objective="traffic",
        start=start,
        countries=["US"],
        landing_url="https://shop.example.com/boots",
    )
    return [_sample(advertiser, patterns, brief, code) for code in sorted(launch_platforms())]


def _sample(advertiser: Advertiser, patterns: Patterns, brief: Brief, platform: str) -> Sample:
    name = Platform(platform).label
    context = ExecutionContext(
        brief=brief,
        account=AdAccount(advertiser=advertiser, platform=platform, name=f"{advertiser} {name}"),
        capabilities=capabilities_of(platform),
        images=(),
        budget=NO_BUDGET,
        patterns=patterns,
    )
    ad = ad_name(context, "A", "Boots for long days")
    return Sample(
        platform,
        campaign_name(context),
        ad_group_name(context),
        ad,
        landing_url(context, "A", ad),
    )
