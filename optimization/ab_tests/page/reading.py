"""One test as its page prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from campaigns.models import Ad, AdGroup, Wanted
from optimization.ab_tests.goals.return_guards import return_guard, target_changes
from optimization.ab_tests.page.challengers import Challenger
from optimization.ab_tests.running import is_removed, off_reason
from optimization.decisions import OPEN
from optimization.models import ABTest, Analysis, Arm, Decision
from optimization.presentation import charts, labels
from optimization.presentation.charts import Interval
from optimization.presentation.verdict_reading import VerdictReading
from optimization.stats.ab.report import lead_in
from optimization.stats.ab.results import ArmFigures
from optimization.stats.ab.sentences import lift_range_text
from optimization.stats.common.metrics import metric_named
from optimization.stored_results.analysis import OLDER_VERDICT, StoredAnalysis
from optimization.stored_results.budgets import OLDER_PROPOSAL

HistoryEntry = tuple[Analysis, str, str, str]


@dataclass(frozen=True)
class ArmRow:
    """One arm of a test with its newest figures; `figures` is None before the first analysis."""

    subject: Ad | AdGroup
    figures: ArmFigures | None
    rate: str
    low: str
    high: str
    interval: Interval | None
    behind: str
    word: str
    tone: str

    @property
    def chance(self) -> float | None:
        return self.figures.prob_best if self.figures else None

    @property
    def loss(self) -> float | None:
        return self.figures.expected_loss if self.figures else None

    @property
    def events(self) -> float | None:
        return self.figures.events if self.figures else None

    @property
    def days(self) -> int | None:
        return self.figures.days if self.figures else None

    @property
    def delivery(self) -> float | None:
        """The arm's part of the impressions."""
        return self.figures.delivery_share if self.figures else None

    @property
    def state(self) -> str:
        """Whether it runs, in a few words, by the rule that the workers act on."""
        why = off_reason(self.subject)
        return f"{why[0].upper()}{why[1:]}" if why else "On"

    @property
    def in_words(self) -> str:
        """The alternative text of the interval's chart."""
        return f"{self.rate}, between {self.low} and {self.high}"


@dataclass(frozen=True)
class Proposal:
    """A decision as the page shows it: what would be done, and why."""

    decision: Decision
    reason: str

    @property
    def title(self) -> str:
        decision = self.decision
        if decision.is_pause:
            return f"Pause {decision.target}"
        if decision.grounds is None:
            return f"Raise the budget of {decision.campaign}"
        return f"Raise the budget of {decision.campaign} to {decision.new_budget} a day"

    @property
    def change(self) -> str:
        if self.decision.is_pause:
            return ""
        if self.decision.grounds is None:
            return OLDER_PROPOSAL
        return f"{self.decision.old_budget} → {self.decision.new_budget} a day"

    @property
    def button(self) -> str:
        return "Pause it" if self.decision.is_pause else "Raise it"

    @property
    def needs_approver(self) -> bool:
        return not self.decision.is_pause

    @property
    def can_be_undone(self) -> bool:
        if not self.decision.is_pause:
            new = self.decision.new_budget
            return new is not None and self.decision.campaign.daily_budget == new
        return self.decision.target.wanted == Wanted.PAUSED

    @property
    def undo_needs_approver(self) -> bool:
        """An ad that runs again spends again."""
        return self.decision.is_pause

    @property
    def undo_question(self) -> str:
        if self.decision.is_pause:
            return f"Let {self.decision.target} run again?"
        return f"Lower the budget to {self.decision.old_budget} a day again?"


@dataclass(frozen=True)
class ABTestReport:
    """What the newest analysis says about a test."""

    test: ABTest
    arms: Sequence[Arm]
    analyses: Sequence[Analysis]
    decisions: Sequence[Decision]
    challengers: Sequence[Challenger] = field(default=())

    @property
    def analysis(self) -> Analysis | None:
        return self.analyses[0] if self.analyses else None

    @cached_property
    def names(self) -> dict[int, str]:
        return {arm.subject_id: arm.subject.name for arm in self.arms}

    @property
    def what(self) -> str:
        return self.test.compared

    @cached_property
    def verdict(self) -> VerdictReading:
        return VerdictReading(self.test, self.analysis, self.names)

    @property
    def withdrawn(self) -> str:
        """Why an earlier winner was withdrawn."""
        return self.verdict.with_names(self.test.standing.withdrawn)

    @property
    def word(self) -> str:
        return labels.STATUS[self.test.status][0]

    @property
    def tone(self) -> str:
        return labels.STATUS[self.test.status][1]

    @property
    def warnings(self) -> list[str]:
        found = self._analysis.warnings if self._analysis else ()
        older = [OLDER_VERDICT] if self.test.standing.is_older else []
        changed = target_changes(self.analyses)
        texts = [*found, *self._newer_warnings]
        named = [self.verdict.with_names(text) for text in texts]
        return [*named, *self._split_note, *self._removed_notes, *changed, *older]

    @property
    def _split_note(self) -> list[str]:
        if self.analysis is None or not self.analysis.stored_result.is_split_off:
            return []
        return [
            f"So nothing follows from this test: no {self.what} is paused for it, and those that "
            "seem to lose run on."
        ]

    @property
    def _newer_warnings(self) -> list[str]:
        """What the newest analysis warns of and the one that decided did not."""
        if not self.is_as_decided or self._analysis is None or self.analysis is None:
            return []
        newest = self.analysis.stored_result
        found = newest.warnings if self.analysis.is_usable else (newest.summary,)
        return [
            f"Since the decision: {text}" for text in found if text not in self._analysis.warnings
        ]

    @property
    def _removed_notes(self) -> list[str]:
        return [
            f"“{arm.subject.name}” was removed on the platform: it gets no delivery any more, and "
            "its figures until then count. The verdict is not changed by that."
            for arm in self.arms
            if is_removed(arm.subject)
        ]

    @property
    def return_guard(self) -> str:
        """How the return of an ad is held against a target, in a sentence."""
        return return_guard(self.analysis)

    @property
    def next_step(self) -> str:
        return labels.next_step(self.test, self.analysis)

    @property
    def events(self) -> str:
        return metric_named(self.test.metric).events.capitalize()

    @property
    def metric(self) -> str:
        return self.test.metric.upper()

    @property
    def guards(self) -> str:
        return ", ".join(name.upper() for name in self.test.guard_metrics)

    @property
    def elapsed(self) -> int:
        return self._analysis.elapsed_days if self._analysis else 0

    @property
    def is_as_decided(self) -> bool:
        """Whether the table has the figures of the decision and not those of the newest day."""
        told, newest = self.verdict.told, self.analysis
        return told is not None and newest is not None and told.pk != newest.pk

    @cached_property
    def axis(self) -> charts.Axis | None:
        return charts.axis_of(self._figures)

    @property
    def axis_ends(self) -> tuple[str, str] | None:
        axis = self.axis
        return (self._format_rate(axis.low), self._format_rate(axis.high)) if axis else None

    @property
    def _analysis(self) -> StoredAnalysis | None:
        """The figures that the verdict is told with."""
        return self.verdict.stored

    @property
    def _figures(self) -> tuple[ArmFigures, ...]:
        return self._analysis.arms if self._analysis else ()

    def _format_rate(self, value: float | None) -> str:
        return charts.rate_shown(self.test.metric, value, self.test.campaign.account.currency)

    @property
    def lines(self) -> list[ArmRow]:
        """The best chance first; without figures in the order of the arms."""
        by_id = {arm.id: arm for arm in self._figures}
        lines = [self._line(arm.subject, by_id.get(arm.subject_id)) for arm in self.arms]
        return sorted(lines, key=lambda line: -(line.chance or 0.0))

    def _line(self, subject: Ad | AdGroup, row: ArmFigures | None) -> ArmRow:
        word, tone = self._standing_of(subject, row)
        return ArmRow(
            subject=subject,
            figures=row,
            rate=self._format_rate(row.rate if row else None),
            low=self._format_rate(row.ci_low if row else None),
            high=self._format_rate(row.ci_high if row else None),
            interval=charts.interval(row, self.axis),
            behind=self._behind(subject),
            word=word,
            tone=tone,
        )

    def _standing_of(self, subject: Ad | AdGroup, row: ArmFigures | None) -> tuple[str, str]:
        """The verdict on one arm: proven losers stay named, and what was paused for it says so."""
        status = row.status if row else ""
        if subject.pk in self.test.standing.losing_ids and status != "winner":
            status = "loser"
        if status == "loser" and subject.pk in self._paused_as_losers:
            return labels.PAUSED_LOSER
        return labels.ARM_STATUS.get(status, ("No data", "off"))

    @cached_property
    def _paused_as_losers(self) -> set[int]:
        done = [d for d in self.decisions if d.is_pause and d.state == Decision.State.DONE]
        return {d.subject.pk for d in done if d.subject and d.subject.wanted == Wanted.PAUSED}

    def _behind(self, subject: Ad | AdGroup) -> str:
        """The leader's lead over this arm with its interval; empty for the leader itself."""
        result = self._analysis.result if self._analysis else None
        pair = result.pair_with(subject.pk) if result else None
        if pair is None or pair.ci is None:
            return ""
        return lift_range_text(lead_in(pair))

    @property
    def history(self) -> list[HistoryEntry]:
        """Each analysis with its status, tone and sentence. After a decision an analysis adds
        figures to it, and does not decide again."""
        told = self.verdict.told if self.verdict.is_decided else None
        return [self._in_history(analysis, told) for analysis in self.analyses]

    def _in_history(self, analysis: Analysis, told: Analysis | None) -> HistoryEntry:
        if told is not None and analysis.pk > told.pk and analysis.is_usable:
            return (analysis, *labels.STANDS, self.verdict.later_text(analysis))
        said = self.verdict.with_names(analysis.stored_result.summary)
        return (analysis, *labels.status_words(analysis.status), said)

    @property
    def losers_to_pause(self) -> int:
        """Pauses that wait for a person; one button makes them all."""
        return sum(proposal.decision.is_pause for proposal in self.proposed)

    @property
    def proposed(self) -> list[Proposal]:
        return self._proposals_in(OPEN)

    @property
    def done(self) -> list[Proposal]:
        return self._proposals_in({Decision.State.DONE})

    def _proposals_in(
        self, states: frozenset[Decision.State] | set[Decision.State]
    ) -> list[Proposal]:
        chosen = [d for d in self.decisions if d.state in states and d.subject is not None]
        return [Proposal(d, d.reason) for d in chosen]
