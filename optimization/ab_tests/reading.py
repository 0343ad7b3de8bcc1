"""One test as its page prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from campaigns.models import Ad, AdGroup, Wanted
from optimization.ab_tests.challengers import Challenger
from optimization.decisions import OPEN
from optimization.models import ABTest, Analysis, Arm, Decision
from optimization.presentation import charts, labels
from optimization.presentation.charts import Interval
from optimization.stats.ab.results import ArmFigures
from optimization.stored_results.analysis import OLDER_VERDICT, StoredAnalysis
from optimization.stored_results.budgets import OLDER_PROPOSAL

EVENTS = {"ctr": "Clicks", "cvr": "Conversions", "cpa": "Conversions", "roas": "Conversions"}


@dataclass(frozen=True)
class ArmRow:
    """One arm of a test with its newest figures; `figures` is None before the first look."""

    subject: Ad | AdGroup
    figures: ArmFigures | None
    rate: str
    low: str
    high: str
    interval: Interval | None
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
    def is_on(self) -> bool:
        return self.subject.wanted == Wanted.ACTIVE

    @property
    def in_words(self) -> str:
        """For those who cannot see the drawing."""
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
        """What runs again spends again."""
        return self.decision.is_pause

    @property
    def undo_question(self) -> str:
        if self.decision.is_pause:
            return f"Let {self.decision.target} run again?"
        return f"Lower the budget to {self.decision.old_budget} a day again?"


@dataclass(frozen=True)
class ABTestReport:
    """What the newest look says about a test."""

    test: ABTest
    arms: Sequence[Arm]
    analyses: Sequence[Analysis]
    decisions: Sequence[Decision]
    deciding: Analysis | None = None
    """The look that named the winner, while later ones no longer do: the first crossing holds."""
    challengers: Sequence[Challenger] = field(default=())

    @property
    def analysis(self) -> Analysis | None:
        return self.analyses[0] if self.analyses else None

    @cached_property
    def names(self) -> dict[int, str]:
        return {arm.subject_id: arm.subject.name for arm in self.arms}

    @property
    def what(self) -> str:
        return "ad group" if self.test.compares_groups else "ad"

    @property
    def verdict(self) -> str:
        said = self.deciding or self.analysis
        return self.said(said) if said else "Nobody has looked at this test yet."

    @property
    def withdrawn(self) -> str:
        """Why an earlier winner is none any more."""
        return self._named(self.test.standing.withdrawn)

    @property
    def since_then(self) -> str:
        """What the newest look adds, where the verdict is an earlier one's."""
        return self.said(self.analysis) if self.deciding and self.analysis else ""

    def said(self, analysis: Analysis) -> str:
        return self._named(analysis.stored_result.summary)

    def _named(self, text: str) -> str:
        return labels.named(text, self.names, self.what)

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
        return [self._named(text) for text in found] + older

    @property
    def would_change(self) -> str:
        """What would decide the test, or change its verdict."""
        result = self._analysis.result if self._analysis else None
        return self._named(result.what_would_change) if result else ""

    @property
    def next_step(self) -> str:
        return labels.next_step(self.test, self.analysis)

    @property
    def events(self) -> str:
        return EVENTS[self.test.metric]

    @property
    def metric(self) -> str:
        return self.test.metric.upper()

    @property
    def guards(self) -> str:
        return ", ".join(name.upper() for name in self.test.guard_metrics)

    @property
    def elapsed(self) -> int:
        return self._analysis.elapsed_days if self._analysis else 0

    @cached_property
    def axis(self) -> charts.Axis | None:
        return charts.axis_of(self._figures)

    @property
    def axis_ends(self) -> tuple[str, str] | None:
        axis = self.axis
        return (self._shown(axis.low), self._shown(axis.high)) if axis else None

    @property
    def _analysis(self) -> StoredAnalysis | None:
        return self.analysis.stored_result if self.analysis else None

    @property
    def _figures(self) -> tuple[ArmFigures, ...]:
        return self._analysis.arms if self._analysis else ()

    def _shown(self, value: float | None) -> str:
        return charts.rate_shown(self.test.metric, value, self.test.campaign.account.currency)

    @property
    def lines(self) -> list[ArmRow]:
        """The best chance first; without figures in the order of the arms."""
        by_id = {arm.id: arm for arm in self._figures}
        decided = self.deciding.stored_result.arms if self.deciding else self._figures
        standing = {arm.id: arm.status for arm in decided}
        lines = [
            self._line(arm.subject, by_id.get(arm.subject_id), standing.get(arm.subject_id, ""))
            for arm in self.arms
        ]
        return sorted(lines, key=lambda line: -(line.chance or 0.0))

    def _line(self, subject: Ad | AdGroup, row: ArmFigures | None, standing: str) -> ArmRow:
        word, tone = labels.ARM_STATUS.get(standing, ("No data", "off"))
        return ArmRow(
            subject=subject,
            figures=row,
            rate=self._shown(row.rate if row else None),
            low=self._shown(row.ci_low if row else None),
            high=self._shown(row.ci_high if row else None),
            interval=charts.interval(row, self.axis),
            word=word,
            tone=tone,
        )

    @property
    def history(self) -> list[tuple[Analysis, str, str, str]]:
        """Each look with its status, tone and sentence."""
        return [
            (analysis, *labels.status_words(analysis.status), self.said(analysis))
            for analysis in self.analyses
        ]

    @property
    def proposed(self) -> list[Proposal]:
        return self._decided(OPEN)

    @property
    def done(self) -> list[Proposal]:
        return self._decided({Decision.State.DONE})

    def _decided(self, states: frozenset[Decision.State] | set[Decision.State]) -> list[Proposal]:
        chosen = [d for d in self.decisions if d.state in states and d.subject is not None]
        return [Proposal(d, d.reason) for d in chosen]
