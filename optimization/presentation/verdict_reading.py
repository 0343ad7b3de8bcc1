"""What a test says, once: one sentence, one lead, and what has come since a decision.

Page, list, API, overview and the reasons of proposals read it here, so that no two of them differ.
A decision that stands is told with the figures that made it; what later days show stands beside
it, labelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from optimization.models import ABTest, Analysis
from optimization.presentation.labels import with_arm_names
from optimization.stats.ab.results import ABResult, Lead, PairFigures
from optimization.stats.ab.sentences import ahead_text
from optimization.stored_results.analysis import StoredAnalysis

NOT_ANALYSED = "This test has not been analysed yet."
LARGEST_CONFIDENCE = 0.999


@dataclass(frozen=True)
class LabelledLead:
    """A lead and the data that it is of. `days` are full days, `at` is market time."""

    label: str
    lead: Lead
    text: str
    days: int
    at: datetime


@dataclass(frozen=True)
class VerdictReading:
    """One test's verdict. `names` are those of its arms, by id; `newest` its newest analysis."""

    test: ABTest
    newest: Analysis | None
    names: Mapping[int, str]

    @property
    def is_decided(self) -> bool:
        return self.test.winner_subject_id is not None

    @cached_property
    def told(self) -> Analysis | None:
        """The analysis whose figures are told: the one that decided, else the newest."""
        deciding = self.test.deciding if self.is_decided else None
        return deciding or self.newest

    @property
    def stored(self) -> StoredAnalysis | None:
        return self.told.stored_result if self.told else None

    @property
    def _result(self) -> ABResult | None:
        return self.stored.result if self.stored else None

    @property
    def sentence(self) -> str:
        if self.stored is None:
            return NOT_ANALYSED
        return self.with_names(self.stored.summary)

    @property
    def leader_id(self) -> int | None:
        """The winner, else who leads by the estimate."""
        if self.is_decided:
            return self.test.winner_subject_id
        lead = self._result.lead if self._result else None
        return int(lead.leader_id) if lead else None

    @property
    def lead(self) -> LabelledLead | None:
        """The lead that the sentence has."""
        lead = self._result.lead if self._result else None
        if lead is None or lead.lift is None or self.told is None:
            return None
        return self._labelled("When it was decided" if self.is_decided else "Now", lead, self.told)

    @property
    def since(self) -> LabelledLead | None:
        """The winner's lead over all days by now, where a later analysis has more of them."""
        newest = self.newest
        if not self.is_decided or newest is None or self.told is None:
            return None
        result = newest.stored_result.result
        if result is None or result.boundary.elapsed_days <= self._days(self.told):
            return None
        lead = lead_of(result, self.leader_id)
        return self._labelled("Over all days by now", lead, newest) if lead else None

    @property
    def confidence(self) -> str:
        """Of a named winner, in per cent; empty without one, and where it is not known any more."""
        latched = self.test.standing.latched
        if not self.is_decided or latched is None or latched.confidence is None:
            return ""
        if latched.confidence > LARGEST_CONFIDENCE:
            return f"over {LARGEST_CONFIDENCE:.1%}"
        return f"{latched.confidence:.1%}"

    @property
    def would_change(self) -> str:
        """What would decide the test; only while nothing is decided and it still runs."""
        if self.is_decided or self._result is None or self.test.state == ABTest.State.STOPPED:
            return ""
        return self.with_names(self._result.what_would_change)

    def later_text(self, analysis: Analysis) -> str:
        """An analysis after the decision, as what it adds: the lead by then."""
        result = analysis.stored_result.result
        lead = lead_of(result, self.leader_id) if result else None
        if lead is None:
            return self.with_names(analysis.stored_result.summary)
        days = analysis.stored_result.elapsed_days
        return f"The decision stands. Over {days} full days: {self._lead_text(lead)}."

    def with_names(self, text: str) -> str:
        return with_arm_names(text, self.names, self.test.compared)

    def _labelled(self, label: str, lead: Lead, analysis: Analysis) -> LabelledLead:
        text = self._lead_text(lead)
        return LabelledLead(label, lead, text, self._days(analysis), analysis.at)

    def _lead_text(self, lead: Lead) -> str:
        return self.with_names(ahead_text(lead))

    def _days(self, analysis: Analysis) -> int:
        return analysis.stored_result.elapsed_days


def lead_of(result: ABResult, arm: int | None) -> Lead | None:
    """How far the arm is ahead in the analysis: of the runner-up where it leads, else of the leader
    (below zero); None where the two cannot be compared."""
    if result.lead is not None and result.lead.leader_id == arm:
        return result.lead if result.lead.lift is not None else None
    pair = None if arm is None else result.pair_with(arm)
    return None if pair is None or pair.lift is None else _seen_from_behind(pair, pair.lift)


def _seen_from_behind(pair: PairFigures, lift: float) -> Lead:
    low, high = (_inverse(pair.ci[1]), _inverse(pair.ci[0])) if pair.ci else (None, None)
    return Lead(pair.other_id, pair.leader_id, _inverse(lift), low, high)


def _inverse(lift: float) -> float:
    return 1 / (1 + lift) - 1
