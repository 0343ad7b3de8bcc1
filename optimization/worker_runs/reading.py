"""A worker's run as the pages print it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from optimization import selectors
from optimization.models import Run, RunOutcome
from optimization.presentation.labels import VERB, outcome_label, outcome_text
from optimization.selectors import UnchangedReason
from optimization.stats.common.json_form import OlderForm
from optimization.stored_results.budgets import OLDER_VIEW, BudgetView, read_view

State = RunOutcome.State
REASONS = 2


@dataclass(frozen=True)
class RunLine:
    """A run of `selectors.runs_of` with a summary of its outcomes: for a run over campaigns the
    reasons why some were left alone, for a rebalance the outcome of each pool."""

    run: Run
    reasons: Sequence[UnchangedReason]
    pools: Sequence[RunOutcome]

    @property
    def summary(self) -> str:
        """What the run did; empty where it had nothing to check."""
        if self.run.kind == Run.Kind.REBALANCE:
            return "; ".join(pool_text(row) for row in self.pools)
        total = sum(self._count(state) for state in RunOutcome.State.values)
        if not total:
            return ""
        campaigns = f"{total} campaign{'' if total == 1 else 's'}"
        return f"checked {campaigns}: {', '.join(self._parts())}"

    def _parts(self) -> list[str]:
        """The numbers, without zeros, but for what was changed."""
        changed, unknown = self._count("changed"), self._count("unknown")
        done = self._count(RunOutcome.State.DONE)
        unchanged = done - changed - unknown + self._count(RunOutcome.State.SKIPPED)
        failed, waiting = (self._count(s) for s in (State.FAILED, State.WAITING))
        parts = [
            (changed, "changed"),
            (unknown, "done"),
            (unchanged, f"left alone{self._reasons_text()}"),
            (failed, "failed"),
            (waiting, "waiting"),
        ]
        first = not unknown  # earlier versions did not record what was changed
        return [f"{n} {text}" for i, (n, text) in enumerate(parts) if n or (first and not i)]

    def _reasons_text(self) -> str:
        """The most frequent reasons in brackets, with their numbers where there are several."""
        named = [one for one in self.reasons if one.text]
        if not named:
            return ""
        if len(self.reasons) == 1:
            return f" ({outcome_text(named[0].state, named[0].text)})"
        texts = [f"{r.campaigns}: {outcome_text(r.state, r.text)}" for r in named[:REASONS]]
        rest = sum(one.campaigns for one in self.reasons) - sum(
            one.campaigns for one in named[:REASONS]
        )
        return f" ({'; '.join([*texts, *([f'{rest}: other reasons'] if rest else [])])})"

    def _count(self, name: str) -> int:
        return int(getattr(self.run, name))

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
        return outcome_text(self.row.state, self.row.said)

    @property
    def word(self) -> str:
        return outcome_label(self.row)[0]

    @property
    def tone(self) -> str:
        return outcome_label(self.row)[1]

    @property
    def pool_text(self) -> str:
        return pool_text(self.row)

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


def run_lines(runs: Iterable[Run]) -> list[RunLine]:
    """Runs of `selectors.runs_of`; two queries, whatever their number."""
    found = list(runs)
    reasons, pools = selectors.unchanged_reasons(found), selectors.pool_outcomes(found)
    return [RunLine(run, reasons.get(run.pk, []), pools.get(run.pk, [])) for run in found]


def pool_text(row: RunOutcome) -> str:
    """The outcome of one pool: "USD budgets: no change, because …"."""
    name = f"{row.key} budgets"
    if row.state == State.WAITING:
        return f"{name}: waiting"
    if row.state == State.FAILED:
        return f"{name}: failed: {row.said}"
    if row.changed or (row.changed is None and row.state == State.DONE):
        return f"{name}: {row.said}"
    if row.state == State.DONE:
        return f"{name}: no change yet: {row.said}"
    return f"{name}: no change, because {_inside_sentence(row.said)}"


def _inside_sentence(text: str) -> str:
    """The reason without its capital letter and its full stop; abbreviations keep theirs."""
    text = text.removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
