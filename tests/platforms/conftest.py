"""The session's sandbox, for every test of the clients."""

from tests.fixtures.sandbox import market_clock, running_sandbox

__all__ = ["market_clock", "running_sandbox"]
