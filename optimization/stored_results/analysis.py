"""What analyses and tests keep as JSON, read through the types that wrote it: `stats.results` and
`stats.ab.verdicts.sticky_verdict`. What is of an older form is named, never guessed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimization.stats.ab.results import ABResult, ArmFigures, ArmId
from optimization.stats.ab.verdicts.sticky_verdict import StickyVerdict
from optimization.stats.common.json_form import OlderForm

OLDER = "This analysis is stored in an older form: its figures cannot be read any more."
OLDER_VERDICT = (
    "What was known of the standing verdict is stored in an older form and cannot be read any "
    "more; the next analysis starts from the named winner."
)
OLDER_KEY = "stored_in_older_form"
UNUSABLE = "insufficient_data"


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """One analysis. `result` is None where its figures could not be used, or are stored in an
    older form: the summary says which, and no arm is named for anything."""

    status: str
    result: ABResult | None
    summary: str
    warnings: tuple[str, ...] = ()
    is_older: bool = False

    @classmethod
    def of(cls, result: ABResult | str) -> StoredAnalysis:
        """Of a result of the engine, or of its reason to refuse the figures."""
        if isinstance(result, str):
            return cls(UNUSABLE, None, result, (result,))
        return cls(result.status, result, result.summary, result.warnings)

    @classmethod
    def read(cls, stored: Any, status: str, *, is_usable: bool) -> StoredAnalysis:
        """From an analysis' JSON and columns."""
        said = _text(stored, "summary")
        if not is_usable:
            return cls(status, None, said or OLDER, (said,) if said else (), not said)
        try:
            return cls.of(_with_our_ids(ABResult.from_json(stored)))
        except OlderForm:
            return cls(status, None, said or OLDER, (OLDER,) if said else (), is_older=True)

    @property
    def is_split_off(self) -> bool:
        """Whether the delivery of the arms contradicts the planned split: then the engine lets
        nothing follow."""
        ratio = self.result.srm if self.result else None
        return ratio is not None and (ratio.mismatch or ratio.proven)

    @property
    def arms(self) -> tuple[ArmFigures, ...]:
        return self.result.arms if self.result else ()

    @property
    def arm_ids(self) -> tuple[int, ...]:
        return _ids(tuple(arm.id for arm in self.arms))

    @property
    def winner_ids(self) -> tuple[int, ...]:
        return _ids(self.result.winner_ids if self.result else ())

    @property
    def losing_ids(self) -> tuple[int, ...]:
        return _ids(self.result.losing_ids if self.result else ())

    @property
    def pause_ids(self) -> tuple[int, ...]:
        return _ids(self.result.pause_ids if self.result else ())

    @property
    def scale_ids(self) -> tuple[int, ...]:
        return _ids(self.result.scale_ids if self.result else ())

    @property
    def chances(self) -> dict[int, float]:
        """Arm id to its chance to be the best, where it has one."""
        return {int(arm.id): arm.prob_best for arm in self.arms if arm.prob_best is not None}

    @property
    def elapsed_days(self) -> int:
        return self.result.boundary.elapsed_days if self.result else 0

    def to_json(self) -> dict[str, Any]:
        """As it is stored; of an older form what could be read, and that it is one."""
        if self.result is not None:
            return self.result.to_json()
        found: dict[str, Any] = {
            "status": self.status,
            "arms": [],
            "pause_ids": [],
            "losing_ids": [],
            "summary": self.summary,
            "warnings": list(self.warnings),
        }
        return {**found, OLDER_KEY: True} if self.is_older else found


@dataclass(frozen=True, slots=True)
class Standing:
    """The current verdict of a test. `latched` is None before the first analysis and where it is
    stored in an older form; `withdrawn` says why an earlier winner was withdrawn, until another
    one is named."""

    latched: StickyVerdict | None = None
    withdrawn: str = ""
    is_older: bool = False

    @classmethod
    def read(cls, stored: Any) -> Standing:
        if stored == {}:
            return cls()
        try:
            latched = StickyVerdict.from_json(stored)
            _check_ours((*latched.winner_ids, *latched.losing_ids))
        except OlderForm:
            return cls(withdrawn=_text(stored, "withdrawn"), is_older=True)
        return cls(latched, _text(stored, "withdrawn"))

    @property
    def losing_ids(self) -> tuple[int, ...]:
        return _ids(self.latched.losing_ids if self.latched else ())

    def to_json(self) -> dict[str, Any]:
        """As it is stored; of an older form that it is one."""
        if self.is_older:
            return {OLDER_KEY: True}
        if self.latched is None:
            return {}
        return {
            **self.latched.to_json(),
            **({"withdrawn": self.withdrawn} if self.withdrawn else {}),
        }


def _text(stored: Any, name: str) -> str:
    found = stored.get(name) if isinstance(stored, dict) else None
    return found if isinstance(found, str) else ""


def _with_our_ids(result: ABResult) -> ABResult:
    ids = (*result.winner_ids, *result.losing_ids, *result.pause_ids, *result.scale_ids)
    _check_ours((*ids, *(arm.id for arm in result.arms)))
    return result


def _check_ours(ids: tuple[ArmId, ...]) -> None:
    """Our arms are rows: their ids are whole numbers. Raises OlderForm."""
    if any(not isinstance(one, int) for one in ids):
        raise OlderForm("an arm's id is no number")


def _ids(ids: tuple[ArmId, ...]) -> tuple[int, ...]:
    return tuple(int(one) for one in ids)
