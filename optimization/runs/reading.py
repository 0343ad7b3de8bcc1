"""A worker's pass as the pages print it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from optimization.models import Run, RunOutcome
from optimization.presentation.labels import RUN, VERB, outcome
from optimization.stats.common.json_form import OlderForm
from optimization.stored_results.budgets import OLDER_VIEW, BudgetView, read_view


@dataclass(frozen=True)
class RunLine:
    """A pass of `selectors.runs_of` with its counts in words."""

    run: Run

    @property
    def counts(self) -> list[tuple[str, str]]:
        """How many of each outcome, and its tone; only those that occur."""
        found = [(int(getattr(self.run, state)), *RUN[state]) for state in reversed(RUN)]
        return [(f"{number} {word.lower()}", tone) for number, word, tone in found if number]

    @property
    def took(self) -> timedelta | None:
        end = self.run.finished_at
        return None if end is None else end - self.run.started_at

    @property
    def seconds(self) -> float | None:
        return None if self.took is None else round(self.took.total_seconds(), 1)


@dataclass(frozen=True)
class OutcomeLine:
    row: RunOutcome

    @property
    def says(self) -> str:
        return outcome(self.row)

    @property
    def word(self) -> str:
        return RUN[self.row.state][0]

    @property
    def tone(self) -> str:
        return RUN[self.row.state][1]

    @cached_property
    def view(self) -> BudgetView | None:
        return self._read[0]

    @property
    def cannot_read(self) -> str:
        """Why there is no view, where one is stored."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[BudgetView | None, str]:
        try:
            return read_view(self.row.view), ""
        except OlderForm:
            return None, OLDER_VIEW

    @property
    def pace(self) -> float | None:
        """Spend of the newest seven days in its budgets' parts."""
        return self.view.pace if self.view else None

    @property
    def verb(self) -> str:
        return VERB[self.view.verb] if self.view else ""
