"""The turns of one client's calls: waits for them, and tells when there are none for long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from platforms.common.call_limits.pace import OUT_SECONDS, Pace, Rule, Turn
from platforms.errors import CallsUsedUp
from platforms.interface import ClientConfig

# So far apart workers that wait for the same moment ask again.
_SPREAD_SECONDS = 0.05
# For the wait for other workers that call the same vendor; then the job waits, not the worker.
LONGEST_TURN = 5.0


class Turns:
    """`rules_of`: which limits of the vendor's app an operation counts against."""

    def __init__(
        self,
        platform: str,
        config: ClientConfig,
        rules_of: Callable[[str], Sequence[Rule]] = lambda _: (),
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._platform, self._config = platform, config
        self._rules_of = rules_of
        self._pace = Pace(platform, config.shared)
        self._sleep, self._jitter = sleep, jitter

    def wait(self, operation: str, *, lowers: bool) -> Turn:
        """Until the call may be sent, a few seconds at most. Raises CallsUsedUp."""
        rules, waited = self._rules_of(operation), 0.0
        while True:
            turn = self._pace.ask(rules, lowers=lowers)
            if not turn.wait:
                return turn
            waited += turn.wait
            if waited > LONGEST_TURN:
                error = self._used_up(turn.wait)
                self._tell(rules, turn.wait, error)
                raise error
            self._sleep(turn.wait + self._jitter() * _SPREAD_SECONDS)

    def refused(self, operation: str, error: CallsUsedUp, *, lowers: bool) -> None:
        """The vendor counted more calls than we did: all workers slow down, but what lowers."""
        rules = self._rules_of(operation)
        if not rules:
            return
        halt = self._pace.refused(rules)
        if not lowers:
            error.retry_after = max(error.retry_after, halt)
        self._tell(rules, halt, error)

    def _tell(self, rules: Sequence[Rule], wait: float, error: CallsUsedUp) -> None:
        if wait >= OUT_SECONDS:
            self._config.calls_used_up(rules[-1].name, wait)
            error.is_told = True

    def answered(self, operation: str, turn: Turn) -> None:
        """The call of that turn was answered: there are calls again, where there were none."""
        if not turn.struck and not turn.was_out:
            return
        rules = self._rules_of(operation)
        self._pace.recovered(rules)
        for rule in rules if turn.was_out else ():
            self._config.calls_used_up(rule.name, 0.0)

    def _used_up(self, wait: float) -> CallsUsedUp:
        return CallsUsedUp(
            "All calls that the platform allows are used up for now. AdsEngine goes on by itself.",
            retry_after=wait,
            platform=self._platform,
            account=self._config.account_id,
        )
