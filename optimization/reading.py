"""One test as its page prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from campaigns.models import Ad, Wanted
from optimization import figures, words
from optimization.figures import Interval
from optimization.models import ABTest, Arm, Decision, Look

EVENTS = {"ctr": "Clicks", "cvr": "Conversions", "cpa": "Conversions", "roas": "Conversions"}


@dataclass(frozen=True)
class ArmLine:
    """One ad of a test with its newest figures; `figures` is empty before the first look."""

    ad: Ad
    figures: dict[str, Any]
    rate: str
    low: str
    high: str
    interval: Interval | None
    word: str
    tone: str

    @property
    def chance(self) -> float | None:
        return self.figures.get("prob_best")

    @property
    def events(self) -> float | None:
        return self.figures.get("events")

    @property
    def days(self) -> int | None:
        return self.figures.get("days")

    @property
    def is_on(self) -> bool:
        return self.ad.wanted == Wanted.ACTIVE

    @property
    def in_words(self) -> str:
        """For those who cannot see the drawing."""
        return f"{self.rate}, between {self.low} and {self.high}"


@dataclass(frozen=True)
class TestReport:
    """What the newest look says about a test."""

    test: ABTest
    arms: Sequence[Arm]
    looks: Sequence[Look]
    decisions: Sequence[Decision]
    deciding: Look | None = None
    """The look that named the winner, while later ones no longer do: the first crossing holds."""

    @property
    def look(self) -> Look | None:
        return self.looks[0] if self.looks else None

    @cached_property
    def names(self) -> dict[int, str]:
        return {arm.ad_id: arm.ad.name for arm in self.arms}

    @property
    def verdict(self) -> str:
        said = self.deciding or self.look
        return self.said(said) if said else "Nobody has looked at this test yet."

    @property
    def since_then(self) -> str:
        """What the newest look adds, where the verdict is an earlier one's."""
        return self.said(self.look) if self.deciding and self.look else ""

    def said(self, look: Look) -> str:
        return words.named(look.result.get("summary", ""), self.names)

    @property
    def word(self) -> str:
        return words.STATUS[self.test.status][0]

    @property
    def tone(self) -> str:
        return words.STATUS[self.test.status][1]

    @property
    def warnings(self) -> list[str]:
        found = self.look.result.get("warnings", []) if self.look else []
        return [words.named(text, self.names) for text in found]

    @property
    def next_step(self) -> str:
        return words.next_step(self.test, self.look)

    @property
    def events(self) -> str:
        return EVENTS[self.test.metric]

    @property
    def metric(self) -> str:
        return self.test.metric.upper()

    @cached_property
    def axis(self) -> figures.Axis | None:
        return figures.axis_of(self._figures)

    @property
    def axis_ends(self) -> tuple[str, str] | None:
        axis = self.axis
        return (self._shown(axis.low), self._shown(axis.high)) if axis else None

    @property
    def _figures(self) -> list[dict[str, Any]]:
        return list(self.look.result.get("arms", [])) if self.look else []

    def _shown(self, value: float | None) -> str:
        return figures.rate_shown(self.test.metric, value, self.test.campaign.account.currency)

    @property
    def lines(self) -> list[ArmLine]:
        """The best chance first; without figures in the order of the arms."""
        by_id = {int(row["id"]): row for row in self._figures}
        decided = self.deciding.result.get("arms", []) if self.deciding else self._figures
        standing = {int(row["id"]): str(row["status"]) for row in decided}
        lines = [
            self._line(arm.ad, by_id.get(arm.ad_id, {}), standing.get(arm.ad_id, ""))
            for arm in self.arms
        ]
        return sorted(lines, key=lambda line: -(line.chance or 0.0))

    def _line(self, ad: Ad, row: dict[str, Any], standing: str) -> ArmLine:
        word, tone = words.ARM_STATUS.get(standing, ("No data", "off"))
        return ArmLine(
            ad=ad,
            figures=row,
            rate=self._shown(row.get("rate")),
            low=self._shown(row.get("ci_low")),
            high=self._shown(row.get("ci_high")),
            interval=figures.interval(row, self.axis),
            word=word,
            tone=tone,
        )

    @property
    def history(self) -> list[tuple[Look, str, str, str]]:
        """Each look with its status, tone and sentence."""
        return [(look, *words.STATUS[look.status], self.said(look)) for look in self.looks]

    @property
    def proposed(self) -> list[tuple[Decision, str]]:
        return self._decided(Decision.State.PROPOSED)

    @property
    def done(self) -> list[tuple[Decision, str]]:
        return self._decided(Decision.State.DONE)

    def _decided(self, state: str) -> list[tuple[Decision, str]]:
        chosen = [d for d in self.decisions if d.state == state and d.ad is not None]
        return [(d, words.named(d.reason, self.names)) for d in chosen]
