"""The forms of A/B tests in the admin."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import Campaign
from core.access import advertisers_of, require
from core.admin.forms import AdminChange, ServiceForm
from core.common.errors import InvalidInput
from core.models import AuditAction, Role, record
from optimization import services
from optimization.models import METRICS, ABTest


def analyse_now(test: ABTest) -> None:
    """Analyse a running test. Raises InvalidInput when its figures cannot be analysed."""
    latest, _ = services.analyse_and_propose(test)
    if not latest.is_usable:
        raise InvalidInput(f"The figures cannot be analysed: {latest.stored_result.summary}")


class NewTestForm(ServiceForm):
    guard_metrics = forms.MultipleChoiceField(
        choices=METRICS, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ABTest
        fields = (
            "campaign",
            "subject",
            "metric",
            "guard_metrics",
            "smallest_effect",
            "planned_days",
            "design",
            "hypothesis",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = advertisers_of(self.actor.user)
        campaigns = Campaign.objects.filter(account__advertiser__in=mine)
        self.fields["campaign"].queryset = campaigns.select_related(  # type: ignore[attr-defined]
            "account__advertiser"
        )

    def currency(self) -> str:
        return ""

    def changes(self) -> list[AdminChange]:
        return [AdminChange("campaign", self._create)]

    def _create(self) -> None:
        """Start the test and analyse it at once, as the API does."""
        campaign = self.cleaned_data["campaign"]
        require(self.actor.user, campaign.account.advertiser, Role.EDITOR)
        self.instance = services.create_test(
            actor=self.actor, **{name: self.cleaned_data[name] for name in self.Meta.fields}
        )
        services.analyse_tests([self.instance])


class WordingForm(ServiceForm):
    """Wording only: what is compared, and for how long, stays as it was started."""

    class Meta:
        model = ABTest
        fields = ("name", "hypothesis")

    def currency(self) -> str:
        return ""

    def changes(self) -> list[AdminChange]:
        return [AdminChange("name", self._reword)] if self.changed_data else []

    def _reword(self) -> None:
        stored = ABTest.objects.select_for_update(of=("self",)).get(pk=self.instance.pk)
        before = {name: getattr(stored, name) for name in self.changed_data}
        after = {name: self.cleaned_data[name] for name in self.changed_data}
        ABTest.objects.filter(pk=stored.pk).update(**after)
        advertiser = stored.campaign.account.advertiser
        record(
            self.actor,
            AuditAction.REWORD_AB_TEST,
            stored,
            advertiser=advertiser,
            before=before,
            after=after,
        )
